// Who made a chain of changes, for everybody to check: a device's key signs the chain's end at each push. A header names
// the one before it, so that one signature stands for all that lead up to it.
//
//   signed: "board.head", a zero byte, and the array [hub, space, replica, sequence, header digest]

package import Cryptography

/// That the holder of a key stands for one replica's chain in one space, up to one change.
package struct SignedHead: Equatable, Sendable {
  package let space: SpaceID
  package let dot: Dot
  /// The digest of the header at `dot`.
  package let digest: Digest
  /// The author's device's; a hub's own, where the hub says that it took the chain in so far.
  package let key: PublicKey
  /// 64 bytes of Ed25519.
  package let signature: [UInt8]

  package init(space: SpaceID, dot: Dot, digest: Digest, key: PublicKey, signature: [UInt8]) {
    self.space = space
    self.dot = dot
    self.digest = digest
    self.key = key
    self.signature = signature
  }

  /// Signs the end of a chain for one hub.
  package init(of entry: LogEntry, for hub: HubID, by key: SigningKey) {
    self.init(space: entry.header.space, dot: entry.dot, digest: entry.digest, for: hub, by: key)
  }

  package init(space: SpaceID, dot: Dot, digest: Digest, for hub: HubID, by key: SigningKey) {
    let statement = Self.statement(space, dot, digest, hub)
    self.init(
      space: space, dot: dot, digest: digest, key: key.publicKey, signature: key.signature(for: statement))
  }

  /// Whether the key signed this, and for this hub.
  package func isValid(for hub: HubID) -> Bool {
    key.isValid(signature, for: Self.statement(space, dot, digest, hub))
  }

  private static func statement(_ space: SpaceID, _ dot: Dot, _ digest: Digest, _ hub: HubID) -> [UInt8] {
    var writer = CBORWriter()
    writer.array(5)
    writer.id(hub)
    writer.id(space)
    writer.id(dot.replica)
    writer.unsigned(dot.sequence)
    writer.bytes(digest.bytes)
    return Array("board.head".utf8) + [0] + writer.bytes
  }
}
