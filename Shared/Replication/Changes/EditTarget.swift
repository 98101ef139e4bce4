// The place that an edit writes to.

/// The place an edit writes to. A change writes a register, a set's element or a record's existence at most once, so the
/// order of its edits means nothing. Erasing stands for existence.
package struct EditTarget: Hashable, Sendable {
  private let record: RecordID
  private let field: String?
  private let element: [UInt8]?

  package init(_ edit: Edit) {
    record = edit.record
    field = edit.operation.field
    switch edit.operation {
    case .add(_, let value, _), .remove(_, let value, _): element = value.canonicalBytes
    default: element = nil
    }
  }
}
