// Proof of authorship for a chain of changes, verifiable by anyone: a device's key signs the chain's end at each push.
// Each header names its predecessor, so one signature attests all changes up to it. The replica id follows from the key,
// so nobody else can sign a head of the chain.
//
//   signed: "board.head", a zero byte, and the array [hub, space, replica, sequence, header digest]

package import Cryptography

/// A signature that attests one replica's chain in one space, up to and including one change.
package struct SignedHead: Equatable, Sendable {
  package let space: SpaceID
  /// The last change attested.
  package let dot: Dot
  /// The digest of the header at `dot`.
  package let digest: Digest
  /// The signer's key: that of the author's device.
  package let key: PublicKey
  /// The salt from which, with the key, the replica id follows.
  package let salt: ReplicaSalt
  /// The Ed25519 signature, 64 bytes.
  package let signature: [UInt8]

  package init(
    space: SpaceID, dot: Dot, digest: Digest, key: PublicKey, salt: ReplicaSalt, signature: [UInt8]
  ) {
    self.space = space
    self.dot = dot
    self.digest = digest
    self.key = key
    self.salt = salt
    self.signature = signature
  }

  /// Signs a chain up to and including an entry, for one hub.
  ///
  /// - Parameter salt: The salt of the entry's replica id.
  package init(of entry: LogEntry, for hub: HubID, by key: SigningKey, salt: ReplicaSalt) {
    self.init(space: entry.header.space, dot: entry.dot, digest: entry.digest, for: hub, by: key, salt: salt)
  }

  /// Signs a chain up to and including the change named by dot and digest, for one hub.
  package init(
    space: SpaceID, dot: Dot, digest: Digest, for hub: HubID, by key: SigningKey, salt: ReplicaSalt
  ) {
    let statement = Self.statement(space, dot, digest, hub)
    self.init(
      space: space, dot: dot, digest: digest, key: key.publicKey, salt: salt,
      signature: key.signature(for: statement))
  }

  /// Tests whether the replica id is the key's, and the signature too, for this hub. Costs a digest and one Ed25519
  /// verification. Trust in the key is not checked.
  package func isValid(for hub: HubID) -> Bool {
    ReplicaID(of: key, salt: salt) == dot.replica && key.isValid(signature, for: statement(for: hub))
  }

  /// The bytes that are signed for a hub.
  package func statement(for hub: HubID) -> [UInt8] { Self.statement(space, dot, digest, hub) }

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
