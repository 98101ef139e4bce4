// The JSON scripts read, shape by shape as the table of acts promises them. Nothing here is for people, so words may be
// the engine's own.

internal import ClientCore
internal import Replication

extension JSON {
  init(_ dot: Dot) {
    self = .object([
      "replica": .string(dot.replica.description), "sequence": .integer(Int64(clamping: dot.sequence)),
    ])
  }

  /// `{"id", "space", "dot"}`: what an act of writing prints once the bytes are durable.
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

extension MemberReplica {
  /// `{"id","kind","space","removed","fields","conflicts"}`; of an erased record also `"erased": true`.
  func shape(of view: RecordView) throws -> JSON {
    let conflicts = try view.conflicts.map { ($0.field, JSON.array(try $0.rivals.map(shape))) }
    var members: [String: JSON] = [
      "id": .string(view.id.description), "kind": .string(view.kind), "space": .string(view.space),
      "removed": .bool(view.presence == .deleted), "fields": .object(view.fields.mapValues { JSON($0) }),
      "conflicts": .object(Dictionary(conflicts) { first, _ in first }),
    ]
    if view.presence == .erased { members["erased"] = .bool(true) }
    return .object(members)
  }

  func shape(of views: [RecordView]) throws -> JSON {
    .object(["records": .array(try views.map(shape))])
  }

  /// `{"value","author","dot"}`.
  func shape(of sibling: Sibling) throws -> JSON {
    .object([
      "value": JSON(sibling.value), "author": .string(try authorName(sibling.stamp.author)),
      "dot": JSON(sibling.stamp.dot),
    ])
  }

  /// `{"id","kind","field","values"}`.
  func shape(of conflict: Conflict, on view: RecordView) throws -> JSON {
    .object([
      "id": .string(view.id.description), "kind": .string(view.kind), "field": .string(conflict.field),
      "values": .array(try conflict.rivals.map(shape)),
    ])
  }

  /// `{"dot","author","time","edits"}`.
  func shape(of entry: HistoryEntry) throws -> JSON {
    .object([
      "dot": JSON(entry.stamp.dot), "author": .string(try authorName(entry.stamp.author)),
      "time": JSON(entry.stamp.time), "edits": .array(try entry.edits.map(shape)),
    ])
  }

  /// `{"operation","field","value","replaced"}`; existence has no field.
  private func shape(of edit: HistoryEdit) throws -> JSON {
    var members = edit.operation.members
    members["replaced"] = .array(try edit.replaced.map(shape))
    return .object(members)
  }

  /// A change in the rescue box: `{"dot","time","reason","edits":[{"id","kind",…}]}`.
  func shape(of rescued: RescuedChange) -> JSON {
    let header = rescued.change.header
    let edits = rescued.change.edits.map { edit in
      edit.operation.members.merging([
        "id": .string(edit.record.description), "kind": .string(edit.kind),
      ]) { first, _ in first }
    }
    return .object([
      "dot": JSON(rescued.change.dot), "time": JSON(header.time), "reason": .string(rescued.reason.rawValue),
      "edits": .array(edits.map { .object($0) }),
    ])
  }
}

extension Operation {
  /// The operation by its name on the wire, with its field and value.
  fileprivate var members: [String: JSON] {
    switch self {
    case .assign(let field, let value, _):
      ["operation": .string("assign"), "field": .string(field), "value": JSON(value)]
    case .add(let field, let element, _):
      ["operation": .string("add"), "field": .string(field), "value": JSON(element)]
    case .remove(let field, let element, _):
      ["operation": .string("remove"), "field": .string(field), "value": JSON(element)]
    case .count(let field, let amount):
      ["operation": .string("count"), "field": .string(field), "value": .integer(amount)]
    case .append(let field, let entry):
      ["operation": .string("append"), "field": .string(field), "value": JSON(entry)]
    case .makePresent: ["operation": .string("exist"), "value": .bool(true)]
    case .delete: ["operation": .string("exist"), "value": .bool(false)]
    case .erase: ["operation": .string("erase")]
    }
  }
}
