// The version vector of one space: for each replica, the extent of its chain that a copy holds. Parker et al.,
// "Detection of Mutual Inconsistency in Distributed Systems" (1983).
//
// Each entry carries the digest of the header it ends at. After a restore or a clone, two copies may hold different
// changes under one dot; the digests then differ where the sequences alone would look equal.

package import Cryptography

/// For one space, replica → the end of its chain. Every change up to there is applied or void. Held changes do not
/// count.
package struct VersionVector: Equatable, Sendable, ExpressibleByArrayLiteral {
  /// The end of one replica's chain.
  package struct Entry: Equatable, Sendable {
    package let replica: ReplicaID
    /// The highest contiguous sequence, from 1.
    package let sequence: UInt64
    /// The digest of that change's header.
    package let digest: Digest

    package init(replica: ReplicaID, sequence: UInt64, digest: Digest) {
      self.replica = replica
      self.sequence = sequence
      self.digest = digest
    }

    package var dot: Dot { Dot(replica, sequence) }
  }

  private let ends: [ReplicaID: Entry]

  /// - Parameter entries: One for each replica; of duplicates, the first wins.
  package init(_ entries: [Entry]) {
    ends = Dictionary(entries.map { ($0.replica, $0) }) { first, _ in first }
  }

  package init(_ tips: [ReplicaID: Tip]) {
    self.init(tips.map { Entry(replica: $0, sequence: $1.sequence, digest: $1.digest) })
  }

  package init(arrayLiteral entries: Entry...) {
    self.init(entries)
  }

  /// The entries in ascending order of replica, as on the wire. Cost: a sort.
  package var entries: [Entry] { ends.values.sorted { $0.replica < $1.replica } }

  /// The end of a replica's chain; `nil` for a replica never seen.
  package subscript(replica: ReplicaID) -> Entry? { ends[replica] }

  /// Tests whether a dot is applied or void; false for sequence 0.
  package func contains(_ dot: Dot) -> Bool {
    dot.sequence > 0 && dot.sequence <= ends[dot.replica]?.sequence ?? 0
  }
}
