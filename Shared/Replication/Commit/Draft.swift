// A request by a person or an importer, before it becomes a change: no dots, no causality. `Replica.commit` turns
// drafts into edits by looking at the current state.

/// One requested write to one record.
package enum Draft: Equatable, Sendable {
  /// Creates a record of a kind. Has no effect on a record that exists.
  case create(RecordID, kind: String)
  /// Writes a field, superseding every current value. The other fields of its group, if any, are copied.
  case set(RecordID, field: String, Value)
  /// Writes a rival value, superseding nothing. The importer uses it to raise a conflict for a person to decide.
  case setBeside(RecordID, field: String, Value)
  /// Adds an element to a set. Has no effect on an element that is there.
  case add(RecordID, field: String, Value)
  /// Removes an element from a set. Has no effect on an element that is not there.
  case remove(RecordID, field: String, Value)
  /// Adds a signed amount to a counter. Amounts within one change are summed.
  case count(RecordID, field: String, Int64)
  /// Appends an entry to an append-only list, at most once per list in one change.
  case append(RecordID, field: String, Value)
  /// Deletes a record. Has no effect on a deleted record.
  case delete(RecordID)
  /// Restores a deleted record. Has no effect on a record without a delete.
  case restore(RecordID)
  /// Erases the record's content from every copy, permanently. Has no effect on an erased record.
  case erase(RecordID)

  package var record: RecordID {
    switch self {
    case .create(let record, _), .set(let record, _, _), .setBeside(let record, _, _), .add(let record, _, _),
      .remove(let record, _, _), .count(let record, _, _), .append(let record, _, _), .delete(let record),
      .restore(let record), .erase(let record):
      record
    }
  }
}

/// A failure to commit drafts. Nothing was written.
package enum CommitError: Error, Equatable, Sendable {
  /// This copy does not hold the space.
  case unknownSpace
  /// The model, the record's state or a limit rejects a draft. `field` is empty if the refusal is not about one field.
  case refused(RefusalReason, field: String)
  /// The author's role does not allow the write.
  case notAllowed(RightsRefusal)
  /// A text contains U+0000.
  case nulCharacter
  /// The drafts contain nothing to write.
  case empty
}
