// Access levels of roles to records of a kind: the same five words as in the model file. Reading is granted per space,
// so `none` and `read` do not block reads here. They state who may be a reader, and `RecordModel` checks spaces against
// it.

/// A role's access to the records of a kind, or to one of their fields.
package enum Access: String, Sendable, CaseIterable {
  /// No access: nobody with the role may read a space that holds such records.
  case none
  /// Read only.
  case read
  /// Read and suggest changes, each of which somebody with write access must accept.
  case suggest
  /// Read all records, create records, and write one's own.
  case own
  /// Read and write all records.
  case write
}

/// The author of a change and the role they write in.
package struct AuthorRole: Equatable, Sendable {
  package let member: MemberID
  /// The name of a role in the model.
  package let role: String

  package init(_ member: MemberID, role: String) {
    self.member = member
    self.role = role
  }
}

/// The refusal of an edit that its author has no right to make.
package struct RightsRefusal: Equatable, Sendable {
  /// `notAllowed` or `suggestOnly`.
  package let reason: RefusalReason
  package let kind: String
  /// The register written; `nil` for creating, deleting, restoring and erasing.
  package let field: String?
  /// Indicates that the edit would have created a record.
  package let isCreation: Bool
}
