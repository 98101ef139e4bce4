// The provenance of a value: the dot of its change, its place in the order of changes, and the author and time shown to
// people.

/// The provenance of one value.
package struct Stamp: Hashable, Sendable {
  /// The dot of the change that wrote the value.
  package let dot: Dot
  /// The Lamport time of that change.
  package let lamport: UInt64
  /// The member who wrote the value.
  package let author: MemberID
  /// The author's wall clock: shown, never compared.
  package let time: Timestamp

  package init(dot: Dot, lamport: UInt64, author: MemberID, time: Timestamp) {
    self.dot = dot
    self.lamport = lamport
    self.author = author
    self.time = time
  }

  /// Tests whether this stamp comes first in the order that picks winners among concurrent edits: by Lamport time, then
  /// by dot. The order uses no clock and is the same on every copy.
  package func precedes(_ other: Stamp) -> Bool {
    (lamport, dot) < (other.lamport, other.dot)
  }
}
