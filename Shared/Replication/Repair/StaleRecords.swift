// An answer may refuse thousands of changes of one record. Rebuilding the record for each would read its whole history
// each time, so the records are noted, and each is rebuilt once.

/// The records that a repair of the log has left behind it. Until they are rebuilt, their states still hold what the log
/// has lost, so nobody may be shown them.
package struct StaleRecords: Sendable {
  private var records: [SpaceID: Set<RecordID>] = [:]

  package init() {}

  /// Notes the records of edits that were taken out of the log, or put back.
  mutating func add(_ edits: [Edit], in space: SpaceID) {
    records[space, default: []].formUnion(edits.map(\.record))
  }

  /// Rebuilds every record noted, and forgets them. Cost grows with the records' histories.
  package mutating func rebuild(with replica: Replica) throws {
    for (space, records) in records.sorted(by: { $0.key < $1.key }) {
      try replica.rebuild(Array(records), in: space)
    }
    records = [:]
  }
}
