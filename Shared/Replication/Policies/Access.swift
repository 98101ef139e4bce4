// What a role may do with records of a kind: five words, in the model file and here alike. Reading is granted per space,
// so `none` and `read` stop no reader here; they say who may be one, and `BoardModel` holds spaces to it.

/// What a role may do with the records of a kind, or with one field of theirs.
package enum Access: String, Sendable, CaseIterable {
  /// Nothing; nobody of the role is a reader where such records are.
  case none
  case read
  /// Reads, and may say what should change. Somebody who may write has to take it in.
  case suggest
  /// Reads all, makes records, and writes those of their own.
  case own
  case write
}

/// Who writes a change, and as what.
package struct AuthorRole: Equatable, Sendable {
  package let member: MemberID
  /// A role of the model.
  package let role: String

  package init(_ member: MemberID, role: String) {
    self.member = member
    self.role = role
  }
}

/// An edit that its writer may not make.
package struct RightsRefusal: Equatable, Sendable {
  /// `notAllowed` or `suggestOnly`.
  package let reason: RefusalReason
  package let kind: String
  /// The register written; `nil` for making, deleting and restoring.
  package let field: String?
  /// Whether it was to make a record.
  package let isCreation: Bool
}
