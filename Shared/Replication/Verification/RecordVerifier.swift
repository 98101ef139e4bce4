// Verifies one space's records: each against the merge of the rows that edit it, by the same merge as everywhere else.
// Others may write meanwhile; a run of records and their rows are read from one state of the store.

/// The verified records of a space, so far, in the order of their ids.
package struct RecordVerifier {
  /// The most rows to merge for a run of records, and the most bytes of states; but a run has at least one record.
  private static let rowsMax = 16_384
  private static let stateBytesMax = 8 << 20

  /// The number of records.
  package private(set) var count = 0
  /// The verified log of the space.
  private let log: LogVerifier
  /// The last record that was verified.
  private var reached: RecordID?

  private var space: SpaceID { log.space.id }

  /// - Parameter log: The space's log, verified. It found every row at the records that it edits.
  package init(of log: LogVerifier) {
    self.log = log
  }

  /// Verifies the next records.
  ///
  /// - Returns: False if there are no more records.
  /// - Throws: The first fault. The verifier is then not to be used further.
  package mutating func verifyRun(from reader: any StoreReader) throws -> Bool {
    let touched = try reader.touchedRecords(after: reached, in: space, rowsMax: Self.rowsMax)
    let stored = try storedStates(of: touched.map(\.record), reader)
    let meant = try merged(touched.prefix(stored.count), reader)
    for ((record, _), state) in zip(touched, stored) {
      guard let meant = meant[record]?.encoded else { throw log.failure(.record(record), .recordUnmade) }
      if let byte = firstDifference(state, meant) { throw log.failure(.record(record), .record, byte: byte) }
      count += 1
      reached = record
    }
    return !touched.isEmpty
  }

  /// The stored states of the first of these records, as many as one run has.
  ///
  /// - Throws: A fault if another record is stored before or between them, or after the space's last.
  private func storedStates(of records: [RecordID], _ reader: any StoreReader) throws -> [[UInt8]] {
    var states: [[UInt8]] = []
    var left = Self.stateBytesMax
    try reader.forEachStoredRecord(after: reached, in: space) { name, state in
      guard let record = RecordID(bytes: name) else {
        throw log.failure(.space, .unreadable("the name of a record is not 16 bytes"))
      }
      guard states.count < records.count else {
        if records.isEmpty { throw log.failure(.record(record), .recordUnmade) }
        return false
      }
      let next = records[states.count]
      guard record <= next else { throw log.failure(.record(next), .recordMissing) }
      guard record == next else { throw log.failure(.record(record), .recordUnmade) }
      states.append(state)
      left -= state.count
      return left > 0
    }
    if left > 0, states.count < records.count {
      throw log.failure(.record(records[states.count]), .recordMissing)
    }
    return states
  }

  private func merged(
    _ touched: ArraySlice<(record: RecordID, positions: [UInt64])>, _ reader: any StoreReader
  ) throws -> [RecordID: RecordState] {
    let run = Set(touched.map(\.record))
    var states: [RecordID: RecordState] = [:]
    for position in Set(touched.flatMap(\.positions)).sorted() {
      guard let entry = try reader.row(at: position, in: space)?.entry else { continue }
      for edit in entry.edits where run.contains(edit.record) {
        states[edit.record, default: RecordState(kind: edit.kind)].merge(edit, by: entry.header.stamp)
      }
    }
    return states
  }
}
