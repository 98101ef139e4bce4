// A refused change leaves a void: its header stays, so that the chain verifies and the dot stays taken for good. The hub
// signs the refusal, so that nobody else can make a void of a change.

package import Cryptography

/// The empty place of a refused change: its header stays, so that the chain verifies and the dot stays taken.
package struct VoidEntry: Equatable, Sendable {
  package let header: Header
  package let headerBytes: [UInt8]
  package let reason: RefusalReason
  package let digest: Digest
  /// The home hub's, over the refusal: without it nobody could make a void of another's change. `nil` on a copy whose
  /// hub gave none.
  package let signature: [UInt8]?

  /// - Throws: ``CBORError`` where the bytes are no header.
  package init(headerBytes: [UInt8], reason: RefusalReason, signature: [UInt8]? = nil) throws(CBORError) {
    header = try Header(decoding: headerBytes)
    self.headerBytes = headerBytes
    self.reason = reason
    self.signature = signature
    digest = Header.digest(of: headerBytes)
  }

  package init(of change: Change, reason: RefusalReason, signature: [UInt8]? = nil) {
    self.init(of: .change(change), reason: reason, signature: signature)
  }

  package init(of entry: LogEntry, reason: RefusalReason, signature: [UInt8]? = nil) {
    header = entry.header
    headerBytes = entry.headerBytes
    self.reason = reason
    self.signature = signature
    digest = entry.digest
  }

  /// The same void, signed by its hub.
  package func signed(for hub: HubID, by key: SigningKey) -> VoidEntry {
    VoidEntry(self, signature: key.signature(for: statement(hub)))
  }

  private init(_ void: VoidEntry, signature: [UInt8]) {
    header = void.header
    headerBytes = void.headerBytes
    reason = void.reason
    digest = void.digest
    self.signature = signature
  }

  /// Whether the hub with this key signed the refusal.
  package func isSigned(for hub: HubID, by key: PublicKey) -> Bool {
    signature.map { key.isValid($0, for: statement(hub)) } ?? false
  }

  /// "board.void", a zero byte, and the array [hub, header digest, reason].
  private func statement(_ hub: HubID) -> [UInt8] {
    var writer = CBORWriter()
    writer.array(3)
    writer.id(hub)
    writer.bytes(digest.bytes)
    writer.text(reason.rawValue)
    return Array("board.void".utf8) + [0] + writer.bytes
  }
}
