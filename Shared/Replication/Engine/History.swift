// The history of a record: who changed what, when, and what it replaced. Read from the log, so it is as whole as the
// log is, and the same on every copy that holds the log over the same range.

/// One change of a record, as a person reads it.
package struct HistoryEntry: Equatable, Sendable {
  package let stamp: Stamp
  package let edits: [HistoryEdit]
}

/// One edit of a history entry, and the values it took the place of.
package struct HistoryEdit: Equatable, Sendable {
  package let operation: Operation
  /// What stood in the register and was superseded by this, oldest first. Empty for other operations.
  package let replaced: [Sibling]
}

/// The history of a record, in this copy's log order. Cost grows with the record's history.
package func history(of key: RecordKey, in reader: any StoreReader) throws -> [HistoryEntry] {
  var state: RecordState?
  var entries: [HistoryEntry] = []
  for case .change(let change) in try reader.rows(touching: key).map(\.entry) {
    var edits: [HistoryEdit] = []
    for edit in change.edits where edit.record == key.record {
      let standing = edit.operation.field.flatMap { state?.fields[$0]?.siblings } ?? []
      let replaced = standing.filter { edit.operation.supersedes.contains($0.stamp.dot) }
        .sorted { $0.stamp.precedes($1.stamp) }
      edits.append(HistoryEdit(operation: edit.operation, replaced: replaced))
      var next = state ?? RecordState(kind: edit.kind)
      next.merge(edit, by: change.header.stamp)
      state = next
    }
    entries.append(HistoryEntry(stamp: change.header.stamp, edits: edits))
  }
  return entries
}
