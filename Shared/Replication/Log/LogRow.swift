// One row of a space's log, which the store keeps and sync pages through.

package import Cryptography

/// A row's digest and status, read without decoding the row.
package struct RowOutline: Equatable, Sendable {
  /// The digest of the row's header.
  package let digest: Digest
  /// True for a change with all its words: neither a void nor redacted.
  package let isWhole: Bool
  package let isAcknowledged: Bool
  /// True if the row has a place in the hub's log.
  package let isPlaced: Bool

  package init(digest: Digest, isWhole: Bool, isAcknowledged: Bool, isPlaced: Bool) {
    self.digest = digest
    self.isWhole = isWhole
    self.isAcknowledged = isAcknowledged
    self.isPlaced = isPlaced
  }
}

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
