// What records must hold once the world is healed, worked out from the log and from what people had before their eyes,
// and never by the product's own merge: a merge that is wrong the same way everywhere leaves copies that are equal.

internal import ClientCore
internal import RecordModel
internal import Replication
internal import SQLiteStorage
internal import SyncHub

extension World {
  /// Every value stands, unless somebody who had seen it wrote over it; and nothing stands that somebody wrote over (G5).
  func lookAtRecords(_ store: SQLiteStore) throws {
    let rules = hub.model.rules
    try store.read { reader in
      for space in try reader.sharedSpaces() {
        let written = try Written(in: space.id, reader)
        for (record, fields) in written.fields {
          guard let state = try reader.record(RecordKey(space.id, record)) else {
            broken.append("\(record) is written about, and is not there")
            continue
          }
          if state.isErased {
            broken.append("\(record) is erased, and its words are in the log")
            continue
          }
          // What only the newer model has nobody in these worlds ever fills in.
          if state.fields["extra"] != nil { broken.append("\(record) has a new field, and nobody wrote it") }
          if state.existence.isEmpty { broken.append("\(record) is there, and nobody made it") }
          for (name, values) in fields { look(at: state.fields[name] ?? FieldState(), values) }
          if state.presence(by: rules.deletes(of: state.kind)) == .deleted { lookAtRemoval(of: record, state, rules) }
        }
      }
    }
  }

  private func look(at field: FieldState, _ written: Written.Field) {
    let current = Set(field.siblings.compactMap(\.typed))
    let replaced = written.assigned.reduce(into: Set<String>()) { $0.formUnion(witness.seen[$1] ?? []) }
    let fallen = written.assigned.subtracting(replaced).subtracting(current)
    if !fallen.isEmpty { broken.append("fallen, and nobody who had seen them replaced them: \(fallen.sorted())") }
    // What two copies of one branch sent again stands twice by right, and what a lost branch's writer said again stands
    // beside what replaced it before. An import may put its word beside what stands: a question, and no replacement.
    for later in current where !later.hasPrefix("centre") {
      let stale = current.intersection(witness.seen[later] ?? [])
        .subtracting(written.assignedTwice).subtracting(witness.saidAgainElsewhere)
      if !stale.isEmpty { broken.append("\(stale.sorted()) still stand beside \(later), which replaced them") }
    }
    let elements = Dictionary(
      uniqueKeysWithValues: field.elements.filter { !$0.stamps.isEmpty }.map {
        ($0.value.canonicalBytes, Set($0.stamps.map(\.dot)))
      })
    if elements != written.elements { broken.append("other elements stand than were put in and not taken out") }
    let kept = (field.entries + field.counts).compactMap(\.typed).sorted()
    if kept != written.kept.sorted() { broken.append("\(kept) stand, and not \(written.kept.sorted())") }
  }

  /// Where unseen words bring a record back, it stays removed only where its removers had seen all that stands in it.
  private func lookAtRemoval(of record: RecordID, _ state: RecordState, _ rules: RuleBook) {
    guard rules.deletes(of: state.kind) == .revive else { return }
    let unseen = Values.current(in: state).subtracting(witness.removals[record] ?? [])
    if !unseen.isEmpty { broken.append("\(record) is removed, and its removers never saw \(unseen.sorted())") }
  }

  /// What a change says it took the place of was written there: else it names what its writer never saw, and takes the
  /// place of that. Of its writer's own changes it may name others too.
  func lookAtNames(_ store: SQLiteStore) throws {
    try store.read { reader in
      for space in try reader.sharedSpaces() {
        for change in try reader.rows(after: 0, in: space.id, bytesMax: .max).map(\.entry) {
          for edit in change.edits {
            guard let field = edit.operation.field else { continue }
            for dot in edit.operation.supersedes.runs.flatMap(\.dots) {
              guard case .change(let named)? = try reader.row(of: dot, in: space.id)?.entry,
                named.header.author != change.header.author
              else { continue }
              let isThere = named.edits.contains { $0.record == edit.record && $0.operation.field == field }
              if !isThere { broken.append("\(change.dot) names \(dot), which wrote nothing there") }
            }
          }
        }
      }
    }
  }

  /// A copy asks every question that its records hold: what an index leaves out nobody is ever asked.
  func lookAtQuestions(of copy: MemberReplica, _ name: String) throws {
    let rules = try copy.model().rules
    let disputed = try copy.store.read { reader in
      var disputed: Set<RecordID> = []
      for space in try reader.spaces() {
        try reader.forEachRecord(in: space.id, kind: nil) { record, state in
          if !state.conflicts(by: rules).isEmpty { disputed.insert(record) }
        }
      }
      return disputed
    }
    let asked = Set(try copy.conflicts().map(\.id))
    if asked != disputed {
      broken.append("\(name) asks about \(asked.sorted()), and its records about \(disputed.sorted())")
    }
  }
}

/// What a space's log says was written, field by field.
private struct Written {
  struct Field {
    /// Into a register.
    private(set) var assigned: Set<String> = []
    private(set) var assignedTwice: Set<String> = []
    /// Into a list that only grows, or added to a counter.
    var kept: [String] = []
    private var added: [[UInt8]: Set<Dot>] = [:]
    private var removed: [[UInt8]: DotSet] = [:]

    /// Every adding of an element of a set that nobody who saw it has taken away, by the element.
    var elements: [[UInt8]: Set<Dot>] {
      Dictionary(
        uniqueKeysWithValues: added.map { element, dots in
          (element, dots.filter { removed[element]?.contains($0) != true })
        }
      ).filter { !$0.value.isEmpty }
    }

    mutating func add(_ element: Value, as dot: Dot, inPlaceOf earlier: DotSet) {
      added[element.canonicalBytes, default: []].insert(dot)
      remove(element, earlier)
    }

    mutating func remove(_ element: Value, _ earlier: DotSet) {
      removed[element.canonicalBytes] = (removed[element.canonicalBytes] ?? []).union(earlier)
    }

    mutating func assign(_ value: String) {
      if !assigned.insert(value).inserted { assignedTwice.insert(value) }
    }
  }

  private(set) var fields: [RecordID: [String: Field]] = [:]

  init(in space: SpaceID, _ reader: any StoreReader) throws {
    for change in try reader.rows(after: 0, in: space, bytesMax: .max).map(\.entry) {
      for edit in change.edits where edit.kind != "member" {
        switch edit.operation {
        case .assign(let name, .text(let text), _) where Values.isTyped(text):
          fields[edit.record, default: [:]][name, default: Field()].assign(text)
        case .add(let name, let element, let earlier):
          fields[edit.record, default: [:]][name, default: Field()].add(element, as: change.dot, inPlaceOf: earlier)
        case .remove(let name, let element, let earlier):
          fields[edit.record, default: [:]][name, default: Field()].remove(element, earlier)
        case .append(let name, .text(let text)):
          fields[edit.record, default: [:]][name, default: Field()].kept.append(text)
        case .count(let name, let amount):
          fields[edit.record, default: [:]][name, default: Field()].kept.append("\(amount)")
        default: continue
        }
      }
    }
  }
}

extension Sibling {
  /// The value, where somebody typed it.
  fileprivate var typed: String? {
    switch value {
    case .text(let text): Values.isTyped(text) ? text : nil
    case .integer(let number): "\(number)"
    default: nil
    }
  }
}

extension Values {
  /// What stands in a record and was typed.
  static func current(in state: RecordState) -> Set<String> {
    Set(
      state.fields.values.flatMap { field in
        (field.siblings + field.entries + field.counts).compactMap(\.typed)
          + field.elements.compactMap { if case .text(let text) = $0.value, isTyped(text) { text } else { nil } }
      })
  }
}
