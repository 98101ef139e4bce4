// A row of a space's log: an entry at a position.

/// One row of a space's log.
package struct LogRow: Equatable, Sendable {
  /// This copy's own count in the space, ascending. Only a hub's positions are dense and mean something to others.
  package let position: UInt64
  package let entry: LogEntry
  /// Whether the hub has said that it holds this. Always true on a hub.
  package let isAcknowledged: Bool

  package init(position: UInt64, entry: LogEntry, isAcknowledged: Bool) {
    self.position = position
    self.entry = entry
    self.isAcknowledged = isAcknowledged
  }
}
