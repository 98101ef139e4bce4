// The void that a refused change leaves. The header stays, so the chain still verifies and the dot stays taken for
// good. The signed log says that the hub refused it, so nobody else can void a change.

package import Cryptography

/// The header of a refused change, and the reason.
package struct VoidEntry: Equatable, Sendable {
  package let header: Header
  package let headerBytes: [UInt8]
  package let reason: RefusalReason
  /// The header's digest.
  package let digest: Digest

  /// Reads a void from the refused change's header.
  ///
  /// - Throws: ``CBORError`` if the bytes are not a header.
  package init(headerBytes: [UInt8], reason: RefusalReason) throws(CBORError) {
    header = try Header(decoding: headerBytes)
    self.headerBytes = headerBytes
    self.reason = reason
    digest = Header.digest(of: headerBytes)
  }

  package init(of change: Change, reason: RefusalReason) {
    self.init(of: .change(change), reason: reason)
  }

  package init(of entry: LogEntry, reason: RefusalReason) {
    header = entry.header
    headerBytes = entry.headerBytes
    self.reason = reason
    digest = entry.digest
  }
}
