// Turns drafts into edits. An edit supersedes what its author can see: the current state of the records, plus whatever
// the copy's own unacknowledged changes had superseded in turn.

/// Collects the edits of one change. Later drafts see the effect of earlier ones.
struct Composer {
  let rules: RuleBook
  let space: SpaceID
  let transaction: any StoreTransaction
  private(set) var edits: [Edit] = []
  private var places: [EditTarget: Int] = [:]
  /// The contested fields of the groups written, without those that this change writes itself.
  private var unsettled: [EditTarget: [String]] = [:]

  init(rules: RuleBook, space: SpaceID, transaction: any StoreTransaction) {
    self.rules = rules
    self.space = space
    self.transaction = transaction
  }

  mutating func add(_ draft: Draft) throws {
    let record = draft.record
    let state = try transaction.record(RecordKey(space, record))
    guard let kind = kind(of: draft, state) else { throw CommitError.refused(.unknownRecord, field: "") }
    if let state, state.isErased {
      if case .erase = draft { return }
      throw CommitError.refused(.erased, field: "")
    }
    if try isDeleted(record, state), !draft.isAboutExistence { throw CommitError.refused(.deleted, field: "") }
    switch draft {
    case .create:
      if state == nil { write(record, kind, .makePresent(supersedes: [])) }
    case .set(_, let field, let value):
      try assign(record, kind, field, value, state, superseding: true)
    case .setBeside(_, let field, let value):
      guard !isPlanned(record, field) else { throw CommitError.refused(.wrongOperation, field: field) }
      try assign(record, kind, field, value, state, superseding: false)
    case .add(_, let field, let element):
      let element = try entry(element)
      let seen = state?.fields[field]?.dots(of: element) ?? []
      drop(.remove(field: field, element: element, supersedes: []), of: record, kind)
      // Adding an element that is there writes nothing. An edit would bring back what somebody else removes
      // concurrently.
      if seen.isEmpty { write(record, kind, .add(field: field, element: element, supersedes: [])) }
    case .remove(_, let field, let element):
      let element = try entry(element)
      let seen = state?.fields[field]?.dots(of: element) ?? []
      drop(.add(field: field, element: element, supersedes: []), of: record, kind)
      guard !seen.isEmpty else { return }
      let target = EditTarget(
        Edit(record: record, kind: kind, operation: .remove(field: field, element: element, supersedes: [])))
      let all = try withOwnUnacknowledged(seen) { EditTarget($0) == target }
      write(record, kind, .remove(field: field, element: element, supersedes: all))
    case .count(_, let field, let amount):
      var amount = amount
      for edit in edits where edit.record == record {
        guard case .count(field, let earlier) = edit.operation else { continue }
        let (sum, overflow) = earlier.addingReportingOverflow(amount)
        guard !overflow else { throw CommitError.refused(.tooLarge, field: field) }
        amount = sum
      }
      write(record, kind, .count(field: field, amount: amount))
    case .append(_, let field, let value):
      // A change appends at most one entry per list. A second one needs its own change and must not replace the first.
      guard !isPlanned(record, field) else { throw CommitError.refused(.wrongOperation, field: field) }
      write(record, kind, .append(field: field, entry: try entry(value)))
    case .delete: try delete(record, kind, state)
    case .restore:
      let standing = state?.existence.map(\.stamp.dot) ?? []
      drop(.delete(supersedes: [], seen: []), of: record, kind)
      guard state?.existence.contains(where: \.isDeleted) == true else { return }
      let all = try withOwnUnacknowledged(standing) { $0.record == record && $0.operation.field == nil }
      write(record, kind, .makePresent(supersedes: all))
    case .erase: write(record, kind, .erase)
    }
  }

  /// Refuses a change that writes a part of a group in conflict and leaves another contested part to whichever rival is
  /// shown: nobody would have chosen it. Call it after the last draft.
  ///
  /// - Throws: ``CommitError/refused(_:field:)``, `unsettled`, with the first part that is contested and not written.
  func checkSettled() throws {
    for edit in edits {
      guard let field = unsettled[EditTarget(edit)]?.first else { continue }
      throw CommitError.refused(.unsettled, field: field)
    }
  }

  private mutating func assign(
    _ record: RecordID, _ kind: String, _ field: String, _ value: Value, _ state: RecordState?, superseding: Bool
  ) throws {
    let value = try entry(value)
    let register = rules.kinds[kind]?.register(of: field) ?? field
    let standing = superseding ? state?.fields[register]?.siblings ?? [] : []
    let whole =
      register == field && rules.kinds[kind]?.groups[register] == nil
      ? value : wholeGroup(register, record, kind, setting: field, to: value, state)
    // Rewriting the only current value writes nothing.
    if superseding, standing.count == 1, standing[0].value.hasSameBytes(as: whole), pending(record, register) == nil {
      return
    }
    let dots = try withOwnUnacknowledged(standing.map(\.stamp.dot)) {
      $0.record == record && $0.operation.field == register
    }
    let operation = Operation.assign(field: register, value: whole, supersedes: dots)
    if superseding, let group = rules.kinds[kind]?.groups[register] {
      let target = EditTarget(Edit(record: record, kind: kind, operation: operation))
      let contested =
        unsettled[target] ?? state?.conflict(of: register, by: rules)?.contestedFields(in: group) ?? []
      unsettled[target] = isWholeGroup(register, setting: field, to: value) ? [] : contested.filter { $0 != field }
    }
    write(record, kind, operation)
  }

  private func isWholeGroup(_ group: String, setting field: String, to value: Value) -> Bool {
    if field == group, case .map = value { true } else { false }
  }

  /// The group's map with one field replaced, starting from what this change already plans for it, else from what is
  /// shown. Keys unknown to this program are copied. A map given under the group's own name is taken as the whole
  /// group.
  private func wholeGroup(
    _ group: String, _ record: RecordID, _ kind: String, setting field: String, to value: Value,
    _ state: RecordState?
  ) -> Value {
    if isWholeGroup(group, setting: field, to: value) { return value }
    var parts: [String: Value] = [:]
    if case .map(let shown)? = state?.shown(group, by: rules.field(group, of: kind)) { parts = shown }
    if case .map(let planned)? = pending(record, group) { parts = planned }
    parts[field] = value
    return .map(parts)
  }

  private func pending(_ record: RecordID, _ register: String) -> Value? {
    for edit in edits where edit.record == record {
      if case .assign(register, let value, _) = edit.operation { return value }
    }
    return nil
  }

  private mutating func delete(_ record: RecordID, _ kind: String, _ state: RecordState?) throws {
    guard let state else { throw CommitError.refused(.unknownRecord, field: "") }
    if try isDeleted(record, state) { return }
    // A delete cannot have seen values written by its own change, so those edits are dropped.
    remove { $0.record == record && $0.operation.field != nil }
    let standing = try withOwnUnacknowledged(state.existence.map(\.stamp.dot)) {
      $0.record == record && $0.operation.field == nil
    }
    var seen = DotSet(state.valueDots)
    // Own unacknowledged changes may have removed values without leaving a dot. If they are refused, those values
    // return, so the delete names them too.
    for row in try transaction.rows(touching: RecordKey(space, record)) where !row.isAcknowledged {
      guard try ReplicaIdentity(transaction).owns(row.entry.dot.replica) else { continue }
      for edit in row.entry.edits where edit.record == record && edit.operation.field != nil {
        seen = seen.union(edit.operation.supersedes)
      }
    }
    // Whoever has applied the last of a chain's changes has seen all before it. But a refused one may be taken after all,
    // once the hub has been restored, and of a redacted one more may come back; this author never saw what they wrote.
    seen = try seen.filling { try !transaction.isIncomplete($0, in: space) }
    write(record, kind, .delete(supersedes: standing, seen: seen))
  }

  private mutating func write(_ record: RecordID, _ kind: String, _ operation: Operation) {
    let edit = Edit(record: record, kind: kind, operation: operation)
    let target = EditTarget(edit)
    if let place = places[target] {
      edits[place] = edit
    } else {
      places[target] = edits.count
      edits.append(edit)
    }
  }

  /// Discards the edit of this kind that an earlier draft of this change planned for the same target, if there is one.
  /// An edit that the draft only repeats stays.
  private mutating func drop(_ operation: Operation, of record: RecordID, _ kind: String) {
    let target = EditTarget(Edit(record: record, kind: kind, operation: operation))
    remove { EditTarget($0) == target && $0.operation.isSameKind(as: operation) }
  }

  private mutating func remove(_ isUnwanted: (Edit) -> Bool) {
    edits.removeAll(where: isUnwanted)
    places = Dictionary(uniqueKeysWithValues: edits.enumerated().map { (EditTarget($1), $0) })
  }

  private func isPlanned(_ record: RecordID, _ field: String) -> Bool {
    let register = edits.first { $0.record == record }.flatMap { rules.kinds[$0.kind]?.register(of: field) } ?? field
    return edits.contains { $0.record == record && $0.operation.field == register }
  }

  private func kind(of draft: Draft, _ state: RecordState?) -> String? {
    if let state { return state.kind }
    if case .create(_, let kind) = draft { return kind }
    return edits.first { $0.record == draft.record }?.kind
  }

  private func isDeleted(_ record: RecordID, _ state: RecordState?) throws -> Bool {
    guard let state else { return false }
    for edit in edits where edit.record == record {
      if case .delete = edit.operation { return true }
      if case .makePresent = edit.operation { return false }
    }
    return state.presence(by: rules.deletes(of: state.kind)) == .deleted
  }

  private func entry(_ value: Value) throws -> Value {
    do { return try value.normalised() } catch { throw CommitError.nulCharacter }
  }

  /// The given dots, plus the dots superseded by those of them that are this copy's own and unacknowledged. If the hub
  /// refuses one of those, its predecessors are still superseded, and no false conflict appears.
  ///
  /// Own unacknowledged changes between two of these are named too, so that the set stays one run: what they wrote to the
  /// register is replaced, and of what they wrote elsewhere nothing is meant.
  ///
  /// - Parameter isSameRegister: Selects the edits of such a change that wrote the register in question.
  private func withOwnUnacknowledged(_ dots: [Dot], _ isSameRegister: (Edit) -> Bool) throws -> DotSet {
    var all = DotSet(dots)
    for dot in dots where try ReplicaIdentity(transaction).owns(dot.replica) {
      guard let row = try transaction.row(of: dot, in: space), !row.isAcknowledged else { continue }
      for edit in row.entry.edits where isSameRegister(edit) { all = all.union(edit.operation.supersedes) }
    }
    // Acknowledged changes are the beginning of a chain, and the refused ones in it.
    return try all.filling { gap in
      guard try ReplicaIdentity(transaction).owns(gap.replica) else { return false }
      return try transaction.outline(of: Dot(gap.replica, gap.first), in: space)?.isAcknowledged == false
        && !transaction.isIncomplete(gap, in: space)
    }
  }
}

extension Draft {
  fileprivate var isAboutExistence: Bool {
    switch self {
    case .create, .delete, .restore, .erase: true
    default: false
    }
  }
}

extension Operation {
  /// True for two additions, two removals or two deletes, whatever they write.
  fileprivate func isSameKind(as other: Operation) -> Bool {
    switch (self, other) {
    case (.add, .add), (.remove, .remove), (.delete, .delete): true
    default: false
    }
  }
}

extension FieldState {
  /// The dots of one element of the set.
  fileprivate func dots(of element: Value) -> [Dot] {
    elements.first { $0.value.hasSameBytes(as: element) }?.stamps.map(\.dot) ?? []
  }
}
