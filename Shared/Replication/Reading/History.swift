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
  /// What its author saw in the register and wrote over, oldest first. Empty for other operations.
  package let replaced: [Sibling]
}

/// The history of a record, oldest first (of an erased one, who erased it): every change after those its author had seen, and the same on every copy that
/// holds the log over the same range. Cost grows with the record's history.
///
/// What a change replaced is read from what it names and never from what stood here when it arrived: two rivals replaced
/// the same words, whichever of them came first.
package func history(of key: RecordKey, in reader: any StoreReader) throws -> [HistoryEntry] {
  var written: [String: [Dot: Assignment]] = [:]
  var entries: [HistoryEntry] = []
  for entry in try reader.rows(touching: key).map(\.entry) {
    let stamp = entry.header.stamp
    let edits = entry.edits.filter { $0.record == key.record }.map { edit -> HistoryEdit in
      guard case .assign(let field, let value, let superseded) = edit.operation else {
        return HistoryEdit(operation: edit.operation, replaced: [])
      }
      let named = superseded.compactMap { written[field]?[$0] }
      // A change also names what its author's unsent words before it had replaced; those words, not that, it replaced.
      let replaced = named.filter { one in !named.contains { $0.supersedes.contains(one.sibling.stamp.dot) } }
      written[field, default: [:]][stamp.dot] = Assignment(
        sibling: Sibling(stamp: stamp, value: value), supersedes: superseded)
      return HistoryEdit(
        operation: edit.operation, replaced: replaced.map(\.sibling).sorted { $0.stamp.precedes($1.stamp) })
    }
    entries.append(HistoryEntry(stamp: stamp, edits: edits))
  }
  return entries.sorted { $0.stamp.precedes($1.stamp) }
}

/// One writing of a register.
private struct Assignment {
  let sibling: Sibling
  let supersedes: [Dot]
}
