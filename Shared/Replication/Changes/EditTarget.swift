// The key that keeps two edits of one change from writing to the same place.

/// The place an edit writes to: a field, an element of a set, or a record's existence, which includes erasure. A change
/// writes each at most once, so the order of its edits does not matter.
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
