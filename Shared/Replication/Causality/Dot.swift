// The name of a change. Comparing whole dots, never the replica alone, is what lets restored and cloned
// machines be noticed.

/// The name of a change: the replica that made it and its place in that replica's own count, dense from 1 in each space.
package struct Dot: Hashable, Sendable, Comparable, CustomStringConvertible {
  package let replica: ReplicaID
  package let sequence: UInt64

  package init(_ replica: ReplicaID, _ sequence: UInt64) {
    self.replica = replica
    self.sequence = sequence
  }

  package var description: String { "\(replica)/\(sequence)" }

  /// Replica bytes first, then sequence: a total order with no meaning but that all copies share it.
  package static func < (left: Dot, right: Dot) -> Bool {
    (left.replica, left.sequence) < (right.replica, right.sequence)
  }
}
