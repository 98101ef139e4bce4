// One row of a space's log, which the store keeps and sync pages through.

/// A log entry at its position in a space's log.
package struct LogRow: Equatable, Sendable {
  /// The row's place in this copy's log of the space, ascending. Only a hub's positions are dense and meaningful to
  /// peers.
  package let position: UInt64
  package let entry: LogEntry
  /// Indicates that the hub has acknowledged the entry. Always true on a hub.
  package let isAcknowledged: Bool
  /// The row's place in the hub's log; `nil` until this copy has read it there. On a hub, its position is `position`.
  package let place: LogPlace?

  package init(position: UInt64, entry: LogEntry, isAcknowledged: Bool, place: LogPlace? = nil) {
    self.position = position
    self.entry = entry
    self.isAcknowledged = isAcknowledged
    self.place = place
  }
}
