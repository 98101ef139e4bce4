// What erasing does beyond the record itself: its words go from every row of the log that holds them, from what was set
// aside of others' work, and from settings kept beside the record. The rows stay, and with them what the same changes
// wrote of other records.
//
// All of this waits for the hub. A row that no hub has acknowledged keeps its words, own ones first of all, and an
// erasing that no hub has acknowledged takes none: the hub will say what becomes of them.

extension Replica {
  /// Takes note that the hub holds these rows. What they wrote of erased records goes, and what they erased.
  package func acknowledge(_ dots: [Dot], in space: SpaceID) throws {
    try transaction.setAcknowledged(true, dots: dots, in: space)
    for dot in dots {
      guard let entry = try transaction.row(of: dot, in: space)?.entry else { continue }
      try purge(entry)
      try purgeErased(by: entry)
    }
  }

  /// An entry as a copy keeps it that nobody needs it whole from.
  package func redacted(_ entry: LogEntry) throws -> LogEntry {
    let erased = try entry.edits.records.filter {
      try transaction.record(RecordKey(entry.header.space, $0))?.isErased == true
    }
    return entry.redacting(Set(erased))
  }

  /// Puts away what the copy holds of the records that this entry, which is applied, erased.
  func purgeErased(by entry: LogEntry) throws {
    let erased = entry.edits.filter(\.isErasure).map(\.record)
    guard !erased.isEmpty else { return }
    // Their words stood in the records, if nowhere else.
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

  /// Sets work aside for a person. Of others' work, nothing that is erased; one's own words are one's own.
  func rescue(_ entry: LogEntry, reason: RefusalReason) throws {
    let isOwn = try identity.owns(entry.dot.replica)
    let kept = isOwn ? entry : try redacted(entry)
    if let remainder = kept.remainder { try transaction.rescue(remainder, reason: reason) }
  }
}
