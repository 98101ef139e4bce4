// Tokens that the hub signs and a device keeps: the hub's word, which no rollback takes back. Only hubs make them, so the
// model needs no signatures; a liar's forgeries are marked as such where they are offered.

/// A hub's life between two restores, with the lives it came from.
struct Epoch {
  var id: UInt64
  var ancestors: Set<UInt64> = []

  func descends(from other: Epoch) -> Bool { ancestors.contains(other.id) }
}

/// The running digest at a position of a log.
struct Checkpoint {
  var epoch: Epoch
  var position: Int
  var digest: Digest
}

/// The verdict on one change, and the position of its row.
struct Receipt {
  var epoch: Epoch
  var position: Int
  var change: Change
  var outcome: Outcome
}

/// A device's enrolment as of one act of an administrator.
struct Ticket {
  var epoch: Epoch
  /// The number of the administrator's last act.
  var act: Int
  var key: Int
  var member: Int
  var mayWrite: Bool

  var id: Digest {
    [UInt64(act), UInt64(key), UInt64(member), mayWrite ? 1 : 0].reduce(epoch.id) { chained($0, $1) }
  }
}

/// A row that a device has from a log which its hub has no longer.
struct LateRow {
  var row: Row
  /// Covered by a checkpoint, or a receipt.
  var isProven = true
  /// The rows that must come together before a checkpoint proves this one.
  var run = 1
}
