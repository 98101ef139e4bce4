// The effects of erasing beyond the record itself: its content is removed from all log rows that hold it, from others'
// work in the rescue box, and from the local state kept beside the record. The rows stay, with what the same changes
// wrote to other records.
//
// All of this waits for the hub. An unacknowledged row keeps its content, above all the copy's own, and an
// unacknowledged erasure removes none: the hub has yet to decide about both.

extension Replica {
  /// Marks rows as acknowledged by the hub. Removes from the log what they wrote to erased records, and all content of
  /// the records they erased.
  package func acknowledge(_ dots: [Dot], in space: SpaceID) throws {
    try transaction.setAcknowledged(true, dots: dots, in: space)
    for dot in dots {
      guard let entry = try transaction.row(of: dot, in: space)?.entry else { continue }
      try purge(entry)
      try purgeErased(by: entry)
    }
  }

  /// The entry without its edits to records that are erased on this copy; edits that erase are kept.
  package func redacted(_ entry: LogEntry) throws -> LogEntry {
    let erased = try entry.edits.records.filter {
      try transaction.record(RecordKey(entry.header.space, $0))?.isErased == true
    }
    return entry.redacting(Set(erased))
  }

  /// Removes this copy's content of the records erased by an applied entry: in acknowledged rows, in others' rescued
  /// changes, and beside the records. Cost grows with the records' histories and with the rescue box.
  func purgeErased(by entry: LogEntry) throws {
    let erased = entry.edits.filter(\.isErasure).map(\.record)
    guard !erased.isEmpty else { return }
    // Even if no row held their content, the records did.
    try transaction.didErase()
    for key in erased.map({ RecordKey(entry.header.space, $0) }) {
      for row in try transaction.rows(touching: key) where row.isAcknowledged {
        try purge(row.entry)
      }
      try LocalState.besideRecords.set(key.record, of: key.space, to: nil, in: transaction)
    }
    for rescued in try transaction.rescued() where rescued.change.header.space == entry.header.space {
      guard try !identity.owns(rescued.change.dot.replica) else { continue }
      let kept = try redacted(.change(rescued.change))
      guard kept != .change(rescued.change) else { continue }
      try transaction.removeRescued(rescued.change)
      if let remainder = kept.remainder { try transaction.rescue(remainder, reason: rescued.reason) }
    }
  }

  private func purge(_ entry: LogEntry) throws {
    let kept = try redacted(entry)
    guard kept != entry else { return }
    try transaction.replaceRow(with: kept)
    try transaction.didErase()
  }

  /// Moves an entry's edits to the rescue box. Others' work is redacted first; this copy's own is kept whole.
  func rescue(_ entry: LogEntry, reason: RefusalReason) throws {
    let isOwn = try identity.owns(entry.dot.replica)
    let kept = isOwn ? entry : try redacted(entry)
    if let remainder = kept.remainder { try transaction.rescue(remainder, reason: reason) }
  }
}
