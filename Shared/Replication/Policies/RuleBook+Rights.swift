// Checks an author's rights to make a change. The home hub checks every change, with the role its directory gives the
// author at that moment; a device checks before it saves.
//
// A record is a member's own if they created it, or if it has their id, like the hub's record of a member. The creator
// is read from the log, since the existence claims only tell who made the record present last.

extension RuleBook {
  /// Checks the rights to make a whole change. Values are validated by `refusal(of:before:isCreatedHere:)`.
  ///
  /// Resolving a conflict requires the same access as writing, and restoring the same as deleting.
  ///
  /// - Parameters:
  ///   - edits: The edits of the change.
  ///   - writer: The author and their role.
  ///   - creator: Looks up the creator of a record before the change; `nil` if it did not exist. Called only where
  ///     the answer matters.
  /// - Returns: The first edit that is not allowed at all, else the first that may only be suggested; `nil` if all are
  ///   allowed.
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
    of edit: Edit, among edits: [Edit], by writer: AuthorRole, _ creator: (RecordID) throws -> MemberID?
  ) rethrows -> RefusalReason? {
    // A kind unknown to the model is refused as such, not for lack of rights.
    guard let access = kinds[edit.kind]?.access(of: writer.role, to: edit.operation.field) else { return nil }
    switch access {
    case .none, .read: return .notAllowed
    case .suggest: return .suggestOnly
    case .write: return nil
    case .own:
      if edit.record.bytes == writer.member.bytes { return nil }
      if let creator = try creator(edit.record) { return creator == writer.member ? nil : .notAllowed }
      // The record did not exist. Either this change creates it, or it is unknown, which the model's validation
      // reports.
      return nil
    }
  }
}

extension [Edit] {
  /// Tests whether these edits make a record under an id that others can foresee, which is the Centre's alone: whoever
  /// took the id of a record to be imported, or of a member to be invited, would make that impossible for good.
  package func takeForeseeableID(in space: SpaceID, _ reader: any StoreReader) throws -> Bool {
    try contains {
      try $0.makesPresent && $0.record.isForeseeable && reader.record(RecordKey(space, $0.record)) == nil
    }
  }
}

extension KindRules {
  /// The access of a role to a field, or to the records themselves if `field` is `nil`.
  ///
  /// - Returns: `nil` if the model grants no rights to anyone, like models from before rights existed.
  package func access(of role: String, to field: String?) -> Access? {
    guard let access else { return nil }
    return field.flatMap { fields[$0]?.access[role] } ?? access[role] ?? Access.none
  }
}

extension StoreReader {
  /// The member who created a record; `nil` if there is none. Costs one header of the log.
  package func creator(of key: RecordKey) throws -> MemberID? {
    try firstHeader(touching: key)?.header.author
  }
}
