// Whether the model lets a writer make a change. The home hub asks this of every change, with the role its directory
// gives the author at that moment; a device asks the same before it saves.
//
// A record is a member's own if they made it, or if it bears their own id, as the hub's record of a member does. Who
// made it is read from the log: existence tells only who made it present last.

extension RuleBook {
  /// Judges a whole change by rights alone; what the model says of its values is `refusal(of:before:isCreatedHere:)`'s.
  ///
  /// Settling rivals is writing, and restoring is like deleting.
  ///
  /// - Parameter maker: Who made a record, as things stood before the change; `nil` if it was not there. Asked only
  ///   where it matters.
  /// - Returns: The first edit that is not allowed at all, else the first that may only be suggested; `nil` if all stand.
  package func refusal(
    of edits: [Edit], by writer: AuthorRole, creator: (RecordID) throws -> MemberID?
  ) rethrows -> RightsRefusal? {
    var suggestion: RightsRefusal?
    for edit in edits {
      guard let reason = try refusal(of: edit, among: edits, by: writer, creator) else { continue }
      let refusal = RightsRefusal(
        reason: reason, kind: edit.kind, field: edit.operation.field,
        isCreation: edit.operation == .makePresent(supersedes: []))
      if reason == .notAllowed { return refusal }
      suggestion = suggestion ?? refusal
    }
    return suggestion
  }

  private func refusal(
    of edit: Edit, among edits: [Edit], by writer: AuthorRole, _ maker: (RecordID) throws -> MemberID?
  ) rethrows -> RefusalReason? {
    // A kind that the model does not name is refused for that.
    guard let access = kinds[edit.kind]?.access(of: writer.role, to: edit.operation.field) else { return nil }
    switch access {
    case .none, .read: return .notAllowed
    case .suggest: return .suggestOnly
    case .write: return nil
    case .own:
      if edit.record.bytes == writer.member.bytes { return nil }
      if let maker = try maker(edit.record) { return maker == writer.member ? nil : .notAllowed }
      // Not there before: the writer makes it here, or it is unknown, which is for the other judgement to say.
      return nil
    }
  }
}

extension KindRules {
  /// What a role may do with a field, or for `nil` with the records themselves.
  ///
  /// - Returns: `nil` where the model says of nobody what they may do, as models did before there were rights.
  package func access(of role: String, to field: String?) -> Access? {
    guard let access else { return nil }
    return field.flatMap { fields[$0]?.access[role] } ?? access[role] ?? Access.none
  }
}

extension StoreReader {
  /// Who made a record, or `nil` if there is none.
  package func creator(of key: RecordKey) throws -> MemberID? {
    try firstRow(touching: key)?.entry.header.author
  }
}
