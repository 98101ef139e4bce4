// What a replica has applied of a space, in one line per replica. Parker et al., "Detection of Mutual
// Inconsistency in Distributed Systems" (1983).

/// Per replica, the highest sequence up to which every change is applied (or void). Held changes do not count.
package struct VersionVector: Equatable, Sendable {
  /// Replica → highest contiguous sequence. A replica never seen is absent, never 0.
  package private(set) var heights: [ReplicaID: UInt64]

  package init(_ heights: [ReplicaID: UInt64] = [:]) {
    self.heights = heights.filter { $0.value > 0 }
  }

  /// The highest contiguous sequence of a replica; 0 if none was seen.
  package func height(of replica: ReplicaID) -> UInt64 {
    heights[replica] ?? 0
  }

  package func contains(_ dot: Dot) -> Bool {
    dot.sequence > 0 && dot.sequence <= height(of: dot.replica)
  }

  /// Takes in the next change of a replica.
  ///
  /// - Precondition: `dot` is the very next of its replica; a gap would make later questions answer wrongly.
  package mutating func advance(to dot: Dot) {
    precondition(dot.sequence == height(of: dot.replica) + 1, "a vector only grows by the next sequence")
    heights[dot.replica] = dot.sequence
  }

  /// Forgets what a replica made after `height`, when its later changes turn out to be somebody else's (a fork).
  package mutating func lower(_ replica: ReplicaID, to height: UInt64) {
    heights[replica] = height == 0 ? nil : min(height, self.height(of: replica))
  }
}
