// One time line of a whole hub: what administrators did, and each change of every space. Who, when, which records and
// fields; what was written in them is for those who may read the space. A damaged row does not end it.

internal import BoardModel
internal import Replication
internal import SyncHub

extension AdminService {
  /// The time line, oldest first, and what became of verifying the hub.
  ///
  /// - Parameter spaceName: Only what happened in this space, and acts that were about it; `nil` for everything but the
  ///   hub's directory, whose changes are the acts' own.
  func audit(_ spaceName: String?, _ reader: any StoreReader) throws -> JSON {
    let all = try reader.spaces()
    let spaces = all.filter { !$0.isHubsOwn && (spaceName == nil || $0.name == spaceName) }
    if let spaceName, spaces.isEmpty {
      let known = all.filter { !$0.isHubsOwn }.map(\.name).joined(separator: ", ")
      throw AdminError(.data, "noSuchSpace", "There is no space '\(spaceName)'. The spaces are: \(known).")
    }
    var line = TimeLine()
    let meant = Set(spaces.map(\.id))
    // First, so that of one moment the act stands before the changes that it made.
    for space in all where space.name == Audit.spaceName {
      try line.forEachEntry(of: space, reader) { row in
        guard case .change(let change) = row, let entry = AuditEntry(change),
          spaceName == nil || !meant.isDisjoint(with: entry.spaces)
        else { return nil }
        return try json(entry, at: change.header.time, all, reader)
      }
    }
    for space in spaces {
      try line.forEachEntry(of: space, reader) { try json($0, in: space, reader) }
    }
    var answer: [String: JSON] = [
      "entries": .array(line.inOrder), "unreadable": .integer(line.unreadable), "verified": .bool(true),
      "damage": .null,
    ]
    do {
      _ = try Verification(of: reader)
    } catch let damage as IntegrityFailure {
      answer["verified"] = .bool(false)
      answer["damage"] = .string(damage.words)
    }
    return .object(answer)
  }

  private func json(_ entry: LogEntry, in space: Space, _ reader: any StoreReader) throws -> JSON {
    let header = entry.header
    var fields: [String: JSON] = [
      "time": .string(header.time.iso8601), "act": .string("change"), "space": .string(space.name),
      "author": .string(header.author.description), "name": .string(try Directory(reader).authorName(header.author)),
      "change": .string(header.dot.description), "refused": .null, "records": .array([]),
    ]
    switch entry {
    case .void(let void): fields["refused"] = .string(void.reason.rawValue)
    case .change, .redacted: fields["records"] = .array(entry.edits.records.map { Self.json($0, in: entry.edits) })
    }
    return .object(fields)
  }

  private static func json(_ record: RecordID, in edits: [Edit]) -> JSON {
    let edits = edits.filter { $0.record == record }
    var acts: Set<String> = []
    for edit in edits {
      switch edit.operation {
      case .makePresent: acts.insert("make")
      case .delete: acts.insert("delete")
      case .erase: acts.insert("erase")
      case .assign, .add, .remove, .count, .append: acts.insert("write")
      }
    }
    return .object([
      "record": .string(record.description), "kind": .string(edits[0].kind),
      "acts": .array(acts.sorted().map { .string($0) }),
      "fields": .array(Set(edits.compactMap(\.operation.field)).sorted().map { .string($0) }),
    ])
  }

  private func json(
    _ entry: AuditEntry, at time: Timestamp, _ spaces: [Space], _ reader: any StoreReader
  ) throws -> JSON {
    let names = Dictionary(spaces.map { ($0.id, $0.name) }) { first, _ in first }
    return .object([
      "time": .string(time.iso8601), "act": .string(entry.event.rawValue),
      "member": entry.member.map { .string($0.description) } ?? .null,
      "name": try entry.member.map { .string(try Directory(reader).authorName($0)) } ?? .null,
      "role": entry.role.map { .string($0) } ?? .null, "devices": .array(entry.devices.map { .string($0) }),
      "spaces": .array(entry.spaces.map { .string(names[$0] ?? $0.description) }),
      "records": .array(entry.records.map { .string($0.description) }),
      "field": entry.field.map { .string($0) } ?? .null, "counts": .object(entry.counts.mapValues { .integer($0) }),
    ])
  }
}

/// Entries of many chains in one order: by what their clocks said, but in no chain a later one before an earlier. Clocks
/// may be wrong; a chain is not.
private struct TimeLine {
  private var entries: [(time: Int64, json: JSON)] = []
  /// Rows that nothing can be said about.
  private(set) var unreadable: Int64 = 0

  /// Adds what `json` says of every row of a space; nothing where it says `nil`.
  mutating func forEachEntry(
    of space: Space, _ reader: any StoreReader, _ json: (LogEntry) throws -> JSON?
  ) throws {
    /// The latest time that each chain has reached.
    var reached: [ReplicaID: Int64] = [:]
    try reader.forEachStoredRow(in: space.id) { row in
      guard let entry = LogEntry(row) else {
        unreadable += 1
        return
      }
      let time = max(reached[entry.dot.replica] ?? .min, entry.header.time.milliseconds)
      reached[entry.dot.replica] = time
      if let json = try json(entry) { entries.append((time, json)) }
    }
  }

  var inOrder: [JSON] {
    entries.enumerated().sorted { ($0.element.time, $0.offset) < ($1.element.time, $1.offset) }.map(\.element.json)
  }
}
