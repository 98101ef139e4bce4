// Fixtures shared by the promises and by the tests of each backend: somebody who writes changes, and short names.

package import Replication

/// The error of a body that changes its mind.
package struct Regret: Error, Equatable {
  package init() {}
}

/// An id whose last byte is the number.
package func id<Role>(_ number: UInt8) -> Identifier<Role> {
  Identifier(bytes: [UInt8](repeating: 0, count: 15) + [number])!
}

package let board: SpaceID = id(1)
package let reserved: SpaceID = id(2)

/// A person at one replica, whose changes follow each other in one space.
package struct ChangeWriter {
  package let replica: ReplicaID
  package let space: SpaceID
  package private(set) var tip: Tip?

  package init(_ number: UInt8, in space: SpaceID = board) {
    replica = id(number)
    self.space = space
  }

  /// The next change of the chain.
  package mutating func writes(_ edits: [Edit]) -> Change {
    let change = Change(
      edits: edits, space: space, replica: replica, previous: tip, lamport: (tip?.sequence ?? 0) + 1,
      author: id(9), time: Timestamp(milliseconds: 1_700_000_000_000), modelVersion: 1)
    tip = Tip(sequence: change.dot.sequence, digest: change.digest, lamport: change.header.lamport)
    return change
  }

  /// The next change of the chain: it gives every record named the same title.
  package mutating func writes(_ title: String, on records: RecordID..., supersedes: DotSet = []) -> Change {
    writes(
      records.map {
        Edit(
          record: $0, kind: "note",
          operation: .assign(field: "title", value: .text(title), supersedes: supersedes))
      })
  }
}

extension Change {
  /// The row that is left of this where nobody may keep what it wrote of these records.
  package func erased(_ records: RecordID...) throws -> RedactedChange {
    var rest = CBORWriter()
    let kept = edits.filter { !records.contains($0.record) }
    rest.array(kept.count)
    for edit in kept { edit.encode(into: &rest) }
    return try RedactedChange(headerBytes: headerBytes, redactedBody: rest.bytes)
  }
}

extension RecordState {
  /// Creates the state that changes, applied in this order, make of a record.
  package init(_ record: RecordID, kind: String = "note", of changes: Change...) {
    self.init(kind: kind)
    for change in changes {
      for edit in change.edits where edit.record == record { merge(edit, by: change.header.stamp) }
    }
  }
}

extension StoreTransaction {
  /// Adds changes to the log of the board.
  package func append(_ changes: Change..., isAcknowledged: Bool = false) throws {
    for change in changes { try append(.change(change), isAcknowledged: isAcknowledged) }
  }

  /// Adds an entry to its log; an acknowledged one at the next place of the hub's.
  package func append(_ entry: LogEntry, isAcknowledged: Bool) throws {
    let space = entry.header.space
    let last = try lastPlace(in: space)
    let next = LogPlace(
      after: last?.position ?? 0, last?.digest ?? LogPlace.start(of: space), of: entry.digest,
      refusedFor: entry.refusal, at: Timestamp(milliseconds: 7))
    try append(entry, at: isAcknowledged ? next : nil)
  }

  package func put(
    _ state: RecordState, at record: RecordID, in space: SpaceID = board, presence: Presence = .present,
    shownFields: [String: Value] = [:], date: String = RecordProjection.noDate
  ) throws {
    let projection = RecordProjection(presence: presence, fields: shownFields, date: date)
    try put(state, at: RecordKey(space, record), projection: projection)
  }
}
