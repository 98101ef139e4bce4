// One row of a space's log, which the store keeps and sync pages through.

/// A log entry at its position in a space's log.
package struct LogRow: Equatable, Sendable {
  /// The row's place in this copy's log of the space, ascending. Only a hub's positions are dense and meaningful to
  /// peers.
  package let position: UInt64
  package let entry: LogEntry
  /// Indicates that the hub has acknowledged the entry. Always true on a hub.
  package let isAcknowledged: Bool

  package init(position: UInt64, entry: LogEntry, isAcknowledged: Bool) {
    self.position = position
    self.entry = entry
    self.isAcknowledged = isAcknowledged
  }
}
