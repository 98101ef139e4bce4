// Where a value came from: the dot that names its change, and what a person is shown about it.

/// The provenance of one value.
package struct Stamp: Hashable, Sendable {
  package let dot: Dot
  package let lamport: UInt64
  package let author: MemberID
  package let time: Timestamp

  package init(dot: Dot, lamport: UInt64, author: MemberID, time: Timestamp) {
    self.dot = dot
    self.lamport = lamport
    self.author = author
    self.time = time
  }

  /// The order that picks winners among edits whose authors had not seen each other: Lamport time, then dot. It
  /// reads no clock, and every copy computes it alike.
  package func precedes(_ other: Stamp) -> Bool {
    (lamport, dot) < (other.lamport, other.dot)
  }
}
