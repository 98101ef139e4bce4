// A read position in one hub's log of one space.

package import Cryptography

/// A position in one hub's log of one space, valid only within its epoch.
package struct Cursor: Equatable, Sendable {
  /// The life of the hub in which the position is valid.
  package let epoch: EpochID
  /// The position of the last row applied; 0 before the first.
  package let position: UInt64
  /// The running digest (``LogPlace/digest``) there.
  package let digest: Digest

  package init(epoch: EpochID, position: UInt64, digest: Digest) {
    self.epoch = epoch
    self.position = position
    self.digest = digest
  }
}
