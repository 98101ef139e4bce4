// The history of a record: each change with its author, its time and the values it replaced. It is read from the log,
// so it is as complete as the log, and the same on every copy that holds the same range of it.

/// One change of a record, as shown to people.
package struct HistoryEntry: Equatable, Sendable {
  package let stamp: Stamp
  /// The time at which the hub received the change, by its clock; `nil` while this copy has not read it in the hub's log.
  package let received: Timestamp?
  package let edits: [HistoryEdit]
}

/// One edit of a history entry, and the values it replaced.
package struct HistoryEdit: Equatable, Sendable {
  package let operation: Operation
  /// For an assignment, the values its author saw in the register and overwrote, oldest first. Empty for other
  /// operations.
  package let replaced: [Sibling]
}

/// Reads the history of a record, oldest first: each change comes after those its author had seen. For an erased
/// record, it holds only the erasures. The result is the same on every copy that has read the same range of the log. Cost
/// grows with the record's history.
///
/// The values a change replaced are taken from the dots it names, never from the state at its arrival: two rivals
/// replaced the same value, whichever arrived first.
package func history(of key: RecordKey, in reader: any LogReader) throws -> [HistoryEntry] {
  var written: [String: [Dot: Assignment]] = [:]
  var entries: [HistoryEntry] = []
  for row in try reader.rows(touching: key) {
    let entry = row.entry
    let stamp = entry.header.stamp
    let edits = entry.edits.filter { $0.record == key.record }.map { edit -> HistoryEdit in
      guard case .assign(let field, let value, let superseded) = edit.operation else {
        return HistoryEdit(operation: edit.operation, replaced: [])
      }
      let earlier = written[field] ?? [:]
      let named = superseded.dots(among: earlier).compactMap { earlier[$0] }
      // A change also names the dots that its author's earlier unsent changes had superseded. It replaced the values of
      // those changes, not the ones before them.
      let replaced = named.filter { one in !named.contains { $0.supersedes.contains(one.sibling.stamp.dot) } }
      written[field, default: [:]][stamp.dot] = Assignment(
        sibling: Sibling(stamp: stamp, value: value), supersedes: superseded)
      return HistoryEdit(
        operation: edit.operation, replaced: replaced.map(\.sibling).sorted { $0.stamp.precedes($1.stamp) })
    }
    entries.append(HistoryEntry(stamp: stamp, received: row.place?.time, edits: edits))
  }
  return entries.sorted { $0.stamp.precedes($1.stamp) }
}

/// One assignment of a register.
private struct Assignment {
  let sibling: Sibling
  let supersedes: DotSet
}
