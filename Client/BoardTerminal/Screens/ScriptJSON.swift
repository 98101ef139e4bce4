// The JSON that scripts read. It uses the engine's own terms, because none of it is shown to people.

internal import ClientCore
internal import JSONText
internal import RecordModel
internal import Replication

extension JSON {
  init(_ dot: Dot) {
    self = .object([
      "replica": .string(dot.replica.description), "sequence": .integer(Int64(clamping: dot.sequence)),
    ])
  }

  /// `{"id", "space", "dot"}`: the answer of a command that writes, once the change is durable.
  init(_ receipt: Receipt) {
    self = .object([
      "id": .string(receipt.id.description), "space": .string(receipt.space), "dot": JSON(receipt.dot),
    ])
  }

  /// `{"epoch", "position"}`, or null before the first page.
  init(_ cursor: Cursor?) {
    guard let cursor else {
      self = .null
      return
    }
    self = .object([
      "epoch": .string(cursor.epoch.description), "position": .integer(Int64(clamping: cursor.position)),
    ])
  }

  init(_ time: Timestamp?) {
    self = time.map { .string($0.iso8601) } ?? .null
  }
}

extension JSON {
  /// A change in the rescue box: `{"dot","time","reason","edits":[{"id","kind",…}]}`.
  init(_ rescued: RescuedChange) {
    let edits = rescued.change.edits.map { edit in
      JSON.object(
        edit.operation.json.merging(["id": .string(edit.record.description), "kind": .string(edit.kind)]) { $1 })
    }
    self = .object([
      "dot": JSON(rescued.change.dot), "time": JSON(rescued.change.header.time),
      "reason": .string(rescued.reason.rawValue), "edits": .array(edits),
    ])
  }
}

extension MemberSnapshot {
  /// `{"id","kind","space","removed","fields","conflicts"}`; for an erased record also `"erased": true`.
  func json(of view: RecordView) throws -> JSON {
    let conflicts = try view.conflicts.map { ($0.field, JSON.array(try $0.rivals.map(json))) }
    var members: [String: JSON] = [
      "id": .string(view.id.description), "kind": .string(view.kind), "space": .string(view.space),
      "removed": .bool(view.presence == .deleted), "fields": .object(view.fields.mapValues { JSON($0) }),
      "conflicts": .object(Dictionary(conflicts) { first, _ in first }),
    ]
    if view.presence == .erased { members["erased"] = .bool(true) }
    return .object(members)
  }

  /// `{"records"}`.
  func json(of views: [RecordView]) throws -> JSON {
    .object(["records": .array(try views.map(json))])
  }

  /// An author's name; `import` for the importer, and the id of somebody whose name is not in this copy.
  private func scriptName(of author: MemberID) throws -> String {
    if author == membership.importer { return "import" }
    if author == membership.centre { return "the Centre" }
    return try authorName(author).map { MemberName.shown($0, role: try authorRole(author), in: model) }
      ?? author.description
  }

  /// `{"value","author","dot"}`.
  func json(of sibling: Sibling) throws -> JSON {
    .object([
      "value": JSON(sibling.value), "author": .string(try scriptName(of: sibling.stamp.author)),
      "dot": JSON(sibling.stamp.dot),
    ])
  }

  /// `{"id","kind","field","values"}`.
  func json(of conflict: Conflict, on view: RecordView) throws -> JSON {
    .object([
      "id": .string(view.id.description), "kind": .string(view.kind), "field": .string(conflict.field),
      "values": .array(try conflict.rivals.map(json)),
    ])
  }

  /// `{"dot","author","time","received","edits"}`; `received` is the hub's time, or null.
  func json(of entry: HistoryEntry) throws -> JSON {
    .object([
      "dot": JSON(entry.stamp.dot), "author": .string(try scriptName(of: entry.stamp.author)),
      "time": JSON(entry.stamp.time), "received": entry.received.map { JSON($0) } ?? .null,
      "edits": .array(try entry.edits.map(json)),
    ])
  }

  /// `{"operation","field","value","replaced"}`; operations on existence have no field.
  private func json(of edit: HistoryEdit) throws -> JSON {
    var members = edit.operation.json
    members["replaced"] = .array(try edit.replaced.map(json))
    return .object(members)
  }
}

extension Operation {
  /// `{"operation","field","value"}`, with the operation's name as in `Docs/wire.md`.
  fileprivate var json: [String: JSON] {
    let (name, value): (String, JSON?) =
      switch self {
      case .assign(_, let value, _): ("assign", JSON(value))
      case .add(_, let element, _): ("add", JSON(element))
      case .remove(_, let element, _): ("remove", JSON(element))
      case .count(_, let amount): ("count", .integer(amount))
      case .append(_, let entry): ("append", JSON(entry))
      case .makePresent: ("exist", .bool(true))
      case .delete: ("exist", .bool(false))
      case .erase: ("erase", nil)
      }
    var members: [String: JSON] = ["operation": .string(name)]
    members["field"] = field.map { .string($0) }
    members["value"] = value
    return members
  }
}
