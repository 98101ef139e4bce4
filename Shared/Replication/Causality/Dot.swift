// The name of a change. Dots are compared whole, never by replica alone; that is how restored and cloned machines are
// detected.

/// The name of a change: the replica that made it, and a sequence that is dense from 1 for each replica and space.
package struct Dot: Hashable, Sendable, Comparable, CustomStringConvertible {
  /// The replica that made the change.
  package let replica: ReplicaID
  /// The change's number among the replica's changes in the space, dense from 1.
  package let sequence: UInt64

  package init(_ replica: ReplicaID, _ sequence: UInt64) {
    self.replica = replica
    self.sequence = sequence
  }

  package var description: String { "\(replica)/\(sequence)" }

  /// Orders by replica bytes, then by sequence: an arbitrary total order that every copy shares.
  package static func < (left: Dot, right: Dot) -> Bool {
    (left.replica, left.sequence) < (right.replica, right.sequence)
  }
}
