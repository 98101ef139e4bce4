// The hub's signature under its log of a space, up to one row.
//
//   signed: "board.checkpoint", a zero byte, and the array [hub, epoch, space, position, running digest]

package import Cryptography

/// A position in a hub's log of a space, with the running digest there, signed by the hub.
package struct Checkpoint: Equatable, Sendable {
  package let hub: HubID
  package let epoch: EpochID
  package let space: SpaceID
  package let position: UInt64
  /// The running digest (``LogPlace/digest``) at the position.
  package let digest: Digest

  package init(hub: HubID, epoch: EpochID, space: SpaceID, position: UInt64, digest: Digest) {
    self.hub = hub
    self.epoch = epoch
    self.space = space
    self.position = position
    self.digest = digest
  }

  /// The hub's signature, 64 bytes.
  package func signature(by key: SigningKey) -> [UInt8] { key.signature(for: statement) }

  /// Tests whether the key signed this checkpoint. Costs one Ed25519 verification.
  package func isSigned(with signature: [UInt8], by key: PublicKey) -> Bool {
    key.isValid(signature, for: statement)
  }

  /// The bytes signed.
  package var statement: [UInt8] {
    var writer = CBORWriter()
    writer.array(5)
    writer.id(hub)
    writer.id(epoch)
    writer.id(space)
    writer.unsigned(position)
    writer.bytes(digest.bytes)
    return Array("board.checkpoint".utf8) + [0] + writer.bytes
  }
}

/// A hub's signature of a ``Checkpoint``, with the epoch that the checkpoint names.
package struct CheckpointSignature: Equatable, Sendable {
  package let epoch: EpochID
  /// The Ed25519 signature, 64 bytes.
  package let bytes: [UInt8]

  package init(epoch: EpochID, bytes: [UInt8]) {
    self.epoch = epoch
    self.bytes = bytes
  }
}
