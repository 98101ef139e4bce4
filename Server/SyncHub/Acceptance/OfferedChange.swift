// An offered change, decoded before the writer is asked for: a request that cannot be read is rejected as a whole, and
// decoding costs nobody else their turn.

internal import Cryptography
internal import Replication

/// One offered change. The digest is computed once, because every question of ``Acceptance`` asks for it.
package struct OfferedChange: Sendable {
  /// The decoded change, or the reason for which there is none.
  enum Content: Sendable {
    case change(Change)
    /// A body that no version can decode.
    case malformed
    /// A body of a later version.
    case reserved
  }

  let header: Header
  let headerBytes: [UInt8]
  let digest: Digest
  let content: Content
  /// The approximate encoded size, by which a request is divided among commits.
  let byteCount: Int

  /// - Throws: ``RequestError/unreadable(_:)`` if not even the header can be decoded.
  package init(headerBytes: [UInt8], bodyBytes: [UInt8]) throws(RequestError) {
    self.headerBytes = headerBytes
    byteCount = headerBytes.count + bodyBytes.count
    do throws(Change.DecodingError) {
      let change = try Change(headerBytes: headerBytes, bodyBytes: bodyBytes)
      (header, digest, content) = (change.header, change.digest, .change(change))
    } catch .body(let header, let error) {
      (self.header, digest) = (header, Header.digest(of: headerBytes))
      content = error == .reserved ? .reserved : .malformed
    } catch { throw .unreadable("an offered change cannot be read") }
  }
}
