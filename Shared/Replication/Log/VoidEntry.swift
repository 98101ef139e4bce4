// The void that a refused change leaves. The header stays, so the chain still verifies and the dot stays taken for
// good. The hub signs the refusal, so that nobody else can void a change.

package import Cryptography

/// The header of a refused change, the reason, and, if the hub gave one, its signature over both.
package struct VoidEntry: Equatable, Sendable {
  package let header: Header
  package let headerBytes: [UInt8]
  package let reason: RefusalReason
  /// The header's digest.
  package let digest: Digest
  /// The home hub's signature over the refusal, so that nobody else can void a change. `nil` on a copy whose hub sent
  /// none.
  package let signature: [UInt8]?

  /// Reads a void from the refused change's header.
  ///
  /// - Throws: ``CBORError`` if the bytes are not a header.
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

  /// The same void with its hub's signature.
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

  /// Tests whether the hub with this key signed the refusal. False without a signature.
  package func isSigned(for hub: HubID, by key: PublicKey) -> Bool {
    signature.map { key.isValid($0, for: statement(hub)) } ?? false
  }

  /// The bytes signed: "board.void", a zero byte, and the array [hub, header digest, reason].
  private func statement(_ hub: HubID) -> [UInt8] {
    var writer = CBORWriter()
    writer.array(3)
    writer.id(hub)
    writer.bytes(digest.bytes)
    writer.text(reason.rawValue)
    return Array("board.void".utf8) + [0] + writer.bytes
  }
}
