// The last change of a chain that a copy has applied.

package import Cryptography

/// The end of one replica's chain in one space, as far as a copy has applied it.
package struct Tip: Equatable, Sendable {
  /// The highest contiguous sequence.
  package let sequence: UInt64
  /// The digest of that change's header.
  package let digest: Digest
  /// The highest Lamport time of the chain, voids included.
  package let lamport: UInt64

  package init(sequence: UInt64, digest: Digest, lamport: UInt64) {
    self.sequence = sequence
    self.digest = digest
    self.lamport = lamport
  }
}
