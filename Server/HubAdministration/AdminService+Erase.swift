// `erase`: a record's words go from this hub's files at once, and from every member's copy when it next joins up.

internal import BoardModel
internal import Replication
internal import SyncHub

extension AdminService {
  /// Erases one record, for good.
  ///
  /// The reason stands in the answer alone: it may say more about somebody than the record did.
  func erase(_ name: String, _ reason: String) throws -> JSON {
    let reason = try Self.reason(reason)
    let now = clock()
    let (key, state, space, rows, dot) = try store.write { transaction in
      let (key, state) = try record(named: name, in: transaction)
      guard !state.isErased else { throw AdminError(.data, "erasedAlready", "This record is erased already.") }
      let rows = try transaction.rows(touching: key).count
      let change = try Replica(rules: model.rules, in: transaction).commit(
        [.erase(key.record)], in: key.space, by: .hub, at: now, isAcknowledged: true)
      try Proposal.purge(key, now: now, transaction)
      try Audit.record(AuditEntry(.erase, spaces: [key.space], records: [key.record]), now: now, in: transaction)
      return (key, state, try transaction.space(key.space)?.name ?? "", rows, change!.dot)
    }
    return .object([
      "erased": .string(key.record.description), "kind": .string(state.kind), "space": .string(space),
      "changes": .integer(Int64(rows)), "reason": .string(reason), "time": .string(now.iso8601),
      "dot": .object([
        "replica": .string(dot.replica.description), "sequence": .integer(Int64(dot.sequence)),
      ]),
      "swept": .bool(sweep()),
    ])
  }

  /// - Returns: False where somebody was reading, or the disk has no room for tidying up. The record is erased all the
  ///   same, and the next request or opening of the hub tries again.
  private func sweep() -> Bool {
    do { return try store.scrub() } catch { return false }
  }

  private func record(named name: String, in reader: any StoreReader) throws -> (RecordKey, RecordState) {
    var found: [(RecordKey, RecordState)] = []
    for space in try reader.spaces() where !space.isHubsOwn {
      if let id = RecordID(name) {
        let key = RecordKey(space.id, id)
        if let state = try reader.record(key) { found.append((key, state)) }
        continue
      }
      try reader.forEachRecord(in: space.id, kind: nil) { record, state in
        guard state.shownFields(by: model.rules)["key"] == .text(name) else { return }
        found.append((RecordKey(space.id, record), state))
      }
    }
    guard let first = found.first else {
      throw AdminError(.data, "noSuchRecord", "There is no record '\(name)'. Name it by its id or its key.")
    }
    guard found.count == 1 else {
      throw AdminError(.data, "manyRecords", "'\(name)' means \(found.count) records. Name one by its id.")
    }
    return first
  }
}
