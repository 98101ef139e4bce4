// A space as one copy stores it. A space is the unit of log, membership, permission and digest.

/// The state of a space, apart from its records and log.
package struct Space: Equatable, Sendable {
  package let id: SpaceID
  /// A label for people. Spaces are distinguished by id, not by name.
  package var name: String
  /// The highest Lamport time applied.
  package var lamport: UInt64
  /// The position of the last log row; 0 while the log is empty.
  package var lastPosition: UInt64
  /// The position up to which this copy has read the hub's log; `nil` before the first page, and on the hub.
  package var cursor: Cursor?

  package init(id: SpaceID, name: String, lamport: UInt64 = 0, lastPosition: UInt64 = 0, cursor: Cursor? = nil) {
    self.id = id
    self.name = name
    self.lamport = lamport
    self.lastPosition = lastPosition
    self.cursor = cursor
  }
}
