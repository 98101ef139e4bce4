// One write, chosen before it is done: so the witness knows what its writer had before their eyes even where
// the disk strikes in the middle.

internal import ClientCore
internal import JSONText
internal import RecordModel
internal import Replication
internal import TestKit

/// What a member is about to write.
struct Writing {
  enum Deed {
    case add(kind: String, [FieldInput], space: String)
    case set(String, [FieldInput])
    case remove(String)
    case restore(String)
    case nothing
  }

  private var action = Deed.nothing
  /// The values it writes, each unlike all others.
  private(set) var values: [String] = []
  /// The values in the register that is written.
  private(set) var current: [Value] = []
  /// The record that is removed, and what stands in it.
  private(set) var removal: (record: RecordID, values: Set<String>)?
  /// Whether the model says no: what was written once is written again, a stage goes back, the record is removed.
  private(set) var mustBeRefused = false
  /// The register that is written: what its writer may go on with.
  private(set) var register: Register?
  let words: String

  typealias Register = (record: RecordID, field: String)

  init(_ deed: Deed, values: [String] = [], words: String) {
    action = deed
    self.values = values
    self.words = words
  }

  /// - Parameter earlier: What the same person wrote before; people often correct what they have just written.
  init(
    _ copy: MemberReplica, words: String, number: Int, after earlier: Register?, _ random: inout SplitMix64
  ) throws {
    self.words = words
    /// The record, and whether it is removed; with a branch that was lost, or an older copy, it may be gone.
    func look(at record: RecordID) throws -> (state: RecordState, isRemoved: Bool)? {
      let state = try copy.store.read { reader in
        try reader.spaces(holding: record).first.flatMap { try reader.record(RecordKey($0, record)) }
      }
      return try state.map { ($0, !$0.presence(by: try copy.model().rules.deletes(of: $0.kind)).isThere) }
    }
    func assign(_ record: RecordID, _ field: String) throws -> Deed {
      guard let (state, isRemoved) = try look(at: record) else { return .nothing }
      current = state.fields[field]?.siblings.map(\.value) ?? []
      values = [words]
      register = (record, field)
      mustBeRefused = isRemoved || field == "sealed" && current.count == 1
      return .set(record.description, [.text(field: field, words)])
    }
    func move(_ record: RecordID) throws -> Deed {
      guard let (state, isRemoved) = try look(at: record) else { return .nothing }
      let stages = ["begun", "halfway", "nearly", "done"]
      let stage = stages.randomElement(using: &random)!
      let reached = state.fields["stage"]?.siblings.compactMap { sibling in
        if case .text(let word) = sibling.value { stages.firstIndex(of: word) } else { nil }
      }
      register = (record, "stage")
      mustBeRefused = isRemoved || stages.firstIndex(of: stage)! < reached?.max() ?? 0
      return .set(record.description, [.text(field: "stage", stage)])
    }
    if let earlier, Int.random(in: 0..<4, using: &random) == 0 {
      action = try earlier.field == "stage" ? move(earlier.record) : assign(earlier.record, earlier.field)
      return
    }
    let kind = ["thing", "thing", "thing", "view", "paper"].randomElement(using: &random)!
    let records = try copy.list(kind: kind).sorted { $0.id.isBefore($1.id) }
    // A few records, so that people meet on them.
    guard let record = records.prefix(2).randomElement(using: &random), Int.random(in: 0..<7, using: &random) > 0 else {
      let spaces = try copy.spaces().map(\.name).sorted()
      guard let space = spaces.randomElement(using: &random) else { return }
      values = [words, "\(words) too"]
      // A group's other field stands, so that it can go when the one is written.
      let group: [FieldInput] = kind == "thing" ? [.text(field: "left", words)] : []
      action = .add(
        kind: kind, [.text(field: "name", words), .text(field: "colour", "\(words) too")] + group, space: space)
      return
    }
    let id = record.id.description
    func assign(_ field: String) throws -> Deed { try assign(record.id, field) }
    let isThing = kind == "thing"
    switch Int.random(in: 0..<20, using: &random) {
    case 0, 1, 2: action = try assign("name")
    case 3: action = try assign("colour")
    case 4 where isThing: action = try assign("essay")
    case 5 where isThing: action = try assign("sealed")
    case 6 where isThing: action = .set(id, [.text(field: Bool.random(using: &random) ? "left" : "right", words)])
    case 7 where isThing:
      values = ["\(number)"]
      action = .set(id, [.json(field: "total", .integer(Int64(number)))])
    case 8 where isThing:
      values = [words]
      action = .set(id, [.text(field: "words", words)])
    case 9 where isThing:
      values = [words]
      action = .set(id, [.text(field: "remarks", words)])
    case 10 where isThing: action = try move(record.id)
    case 11 where isThing:
      guard case .list(let list)? = record.fields["words"], case .text(let one)? = list.first else { return }
      action = .set(id, [.json(field: "words", .object(["remove": .array([.string(one)])]))])
    case 12, 13:
      let state = try copy.store.read { try $0.record(record.key) }
      removal = state.map { (record.id, Values.current(in: $0)) }
      action = .remove(id)
    case 14, 15:
      // Also of records that are removed, which no list shows.
      let removed = try copy.store.read { reader in
        var found: [RecordID] = []
        for space in try reader.spaces() {
          try reader.forEachRecord(in: space.id, kind: kind) { id, state in
            if state.existence.contains(where: \.isDeleted) { found.append(id) }
          }
        }
        return found.sorted { $0.isBefore($1) }
      }
      guard let one = removed.randomElement(using: &random) else { return }
      action = .restore(one.description)
    case 16 where isThing, 17 where isThing, 18 where isThing:
      // A word that everybody puts in and takes out again: only so can an adding meet another's removing.
      let isIn = if case .list(let list)? = record.fields["words"] { list.contains(.text("tag")) } else { false }
      action =
        isIn
        ? .set(id, [.json(field: "words", .object(["remove": .array([.string("tag")])]))])
        : .set(id, [.text(field: "words", "tag")])
    default: action = try assign("name")
    }
  }

  /// - Returns: `nil` where the model does not allow it; then nothing was written.
  func save(on copy: MemberReplica) throws -> Receipt? {
    do {
      switch action {
      case .add(let kind, let inputs, let space): return try copy.add(kind: kind, inputs, space: space)
      case .set(let id, let inputs): return try copy.set(id, inputs)
      case .remove(let id): return try copy.remove(id)
      case .restore(let id): return try copy.restore(id)
      case .nothing: return nil
      }
    } catch ClientError.refused {
      return nil
    } catch ClientError.notAllowed {
      return nil
    }
  }
}

extension RecordID {
  /// An order that no clock has a part in: the first six bytes of a record's name are the time it was made at.
  func isBefore(_ other: RecordID) -> Bool {
    bytes.dropFirst(6).lexicographicallyPrecedes(other.bytes.dropFirst(6))
  }
}
