// An offered entry, decoded before the writer is asked for: a request that cannot be read is rejected as a whole, and
// decoding costs nobody else their turn.

internal import Cryptography
internal import Replication
package import SyncProtocol

/// One offered entry. The digest is computed once, because every question of ``Acceptance`` asks for it.
package struct OfferedEntry: Sendable {
  /// The decoded entry, or the reason for which there is none.
  enum Content: Sendable {
    case entry(LogEntry)
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

  /// - Throws: ``RequestError/unreadable(_:)`` if not even the header can be decoded, or the remainder of a redacted
  ///   change cannot.
  package init(_ offer: RawEntry) throws(RequestError) {
    headerBytes = offer.headerBytes
    byteCount = headerBytes.count + offer.bodyByteCount
    do throws(Change.DecodingError) {
      let entry = try offer.decoded()
      (header, digest, content) = (entry.header, entry.digest, .entry(entry))
    } catch .body(let header, let error) where !offer.isRedacted || error == .reserved {
      (self.header, digest) = (header, Header.digest(of: offer.headerBytes))
      content = error == .reserved ? .reserved : .malformed
    } catch { throw .unreadable("an offered change cannot be read") }
  }
}

extension RawEntry {
  fileprivate var isRedacted: Bool { if case .redactedBody = content { true } else { false } }

  fileprivate var bodyByteCount: Int {
    switch content {
    case .body(let body), .redactedBody(let body): body.count
    case .void: 0
    }
  }
}
