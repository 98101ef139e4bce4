// The second reading of an import file: its records are written a batch a commit, so that members sync in between. A batch
// that is not the one that was checked is not written, so nothing unchecked ever is. Whatever stops the loading leaves
// whole batches, and the same command again loads the others, because nothing is imported twice.

internal import Cryptography
internal import RecordModel
internal import Replication
internal import SyncHub

/// The loading of a checked import file.
struct ImportLoading {
  private let hub: AdminContext
  private let file: ImportFile
  private let check: ImportCheck
  /// The only set to load; `nil` for all.
  private let set: String?
  private let now: Timestamp
  /// The name of the audit entry that is being written.
  private let entry = RecordID.random()
  /// The figures of what is committed.
  private var summary = ImportSummary()
  /// The links of committed records to records that the hub did not have then.
  private var unsettled: Set<RecordID> = []
  /// The repeated records that have had their turn.
  private var seen: Set<RecordID> = []

  init(_ file: ImportFile, checked check: ImportCheck, set: String?, in hub: AdminContext) {
    self.hub = hub
    self.file = file
    self.check = check
    self.set = set
    now = hub.clock()
  }

  /// Loads the file.
  ///
  /// - Parameter telling: Called after each commit. What it throws is thrown.
  /// - Throws: ``AdminError``, which says how much was loaded before it.
  mutating func run(reading line: SeedLineReader, telling: (ImportProgress) throws -> Void) throws -> ImportSummary {
    do {
      try load(reading: line, telling: telling)
      summary.unsettledLinks = try unsettledCount()
      summary.questions = try hub.store.read { try ReviewQueue(model: hub.model, $0).questions().count }
      return summary
    } catch {
      throw stopped(by: error)
    }
  }

  private mutating func load(reading line: SeedLineReader, telling: (ImportProgress) throws -> Void) throws {
    var reading = file.batches()
    for (place, digest) in check.batches.enumerated() {
      let isLast = place == check.batches.count - 1
      guard let batch = try reading.next(), batch.digest == digest, try !isLast || reading.next() == nil else {
        throw AdminError(.badFile, "The file was changed while it was being loaded.")
      }
      let records = try batch.records(by: line).map(\.record).filter { set == nil || $0.set == set }
      try commit(records.filter { !check.repeated.contains($0.id) || seen.insert($0.id).inserted }, isLast: isLast)
      try telling(.loaded(lines: batch.lastNumber, of: check.lines))
    }
  }

  /// Writes the records of one batch, and the audit entry in the same commit. Until the last batch the entry only waits
  /// in local state; if this process is killed, the next opening of the hub records it from there.
  private mutating func commit(_ records: [SeedRecord], isLast: Bool) throws {
    let isBegun = summary.written > 0
    guard !records.isEmpty || isLast && isBegun else { return }
    let before = summary
    let loaded = try hub.store.write { transaction in
      var loading = try SeedImport(model: hub.model, now: now, counting: before, transaction)
      try loading.load(records)
      let audited = AuditEntry(
        .importFile, by: hub.actor,
        counts: ["added": Int64(loading.summary.added), "changed": Int64(loading.summary.changed)])
      if isLast {
        if loading.summary.written > 0 { try Audit.record(audited, now: now, in: transaction) }
        if isBegun { try Audit.dropUnfinished(entry, in: transaction) }
      } else if loading.summary.written > before.written {
        try Audit.keepUnfinished(audited, as: entry, in: transaction)
      }
      return loading
    }
    summary = loaded.summary
    unsettled.formUnion(loaded.unsettled)
  }

  /// The number of linked records that the hub still does not have, now that the whole file is loaded.
  private func unsettledCount() throws -> Int {
    let readMax = 1_000
    let links = Array(unsettled)
    var count = 0
    for first in stride(from: 0, to: links.count, by: readMax) {
      try hub.store.read { reader in
        for link in links[first...].prefix(readMax) where try reader.spaces(holding: link).isEmpty { count += 1 }
      }
    }
    return count
  }

  // MARK: Stopping

  /// The error that says why loading stopped, what of the file stays, and how to go on.
  private func stopped(by error: any Error) -> any Error {
    if summary.written > 0 {
      do { try hub.store.write { try Audit.finishUnfinished(entry, now: now, in: $0) } } catch {
        // The first error is the one to tell. The note of this entry is durable, and the hub's next opening records it.
      }
    }
    let reason: AdminError
    switch error {
    case let refusal as ImportRefusal:
      reason = AdminError(.refused, "\(refusal.key): \(refusal.field) is not taken (\(refusal.reason.rawValue)).")
    case StoreError.full where summary.written > 0: reason = AdminError(.diskFull, "The disk is full.")
    case let failure as StoreError: reason = AdminError(failure)
    case let failure as AdminError: reason = failure
    default: return error
    }
    guard summary.written > 0 else { return reason }
    return AdminError(
      reason.code,
      "\(reason.message) Before that, \(summary.added) records were added and \(summary.changed) changed, and they stay. "
        + "Once this is put right, the same command loads the others and writes nothing twice.")
  }
}
