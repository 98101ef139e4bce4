// What a person, or an importer, asks for, before it has a name: no dots, no causality. `Replica.commit` turns
// drafts into edits by looking at what stands.

/// One wish about one record.
package enum Draft: Equatable, Sendable {
  /// Makes a record of a kind. Asked of a record that is there, it changes nothing.
  case create(RecordID, kind: String)
  /// Writes a field: everything that stands there is superseded. Of a group, the other fields are copied.
  case set(RecordID, field: String, Value)
  /// Writes another value beside whatever stands, superseding nothing: the importer's way of asking a question.
  case setBeside(RecordID, field: String, Value)
  /// Puts an element into a set, or takes it out.
  case add(RecordID, field: String, Value)
  case remove(RecordID, field: String, Value)
  case count(RecordID, field: String, Int64)
  case append(RecordID, field: String, Value)
  case delete(RecordID)
  case restore(RecordID)
  /// Takes the record's words from every copy, for good. Asked of an erased record, it changes nothing.
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

/// Why drafts were not taken. Nothing was written.
package enum CommitError: Error, Equatable, Sendable {
  /// This copy has no such space.
  case unknownSpace
  /// The model, or the record's state, says no. `field` is empty where the whole record is meant.
  case refused(RefusalReason, field: String)
  /// The author may not write this.
  case notAllowed(RightsRefusal)
  /// The text holds U+0000.
  case nulCharacter
  /// There is nothing to write.
  case empty
}
