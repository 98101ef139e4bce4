// The reasons for which a home hub refuses a change. Each is a stable word on the wire, in the log and in every
// program, and never changes.

/// A reason code. Codes unknown to this program are kept and shown as they are.
package struct RefusalReason: RawRepresentable, Hashable, Sendable {
  package let rawValue: String

  package init(rawValue: String) { self.rawValue = rawValue }

  /// The author has no right to make this edit.
  package static let notAllowed = RefusalReason(rawValue: "notAllowed")
  /// The author may only suggest such a change; somebody with write access must accept it.
  package static let suggestOnly = RefusalReason(rawValue: "suggestOnly")
  /// The change's body cannot be read.
  package static let malformed = RefusalReason(rawValue: "malformed")
  /// The model does not define the kind.
  package static let unknownKind = RefusalReason(rawValue: "unknownKind")
  /// The model does not define the field for this kind.
  package static let unknownField = RefusalReason(rawValue: "unknownField")
  /// Records of this kind may only be created in a private space of one reader, which this is not.
  package static let wrongSpace = RefusalReason(rawValue: "wrongSpace")
  /// The record exists under a kind other than the edit's.
  package static let wrongKind = RefusalReason(rawValue: "wrongKind")
  /// The field's policy does not support the operation.
  package static let wrongOperation = RefusalReason(rawValue: "wrongOperation")
  /// The value does not match the field's type.
  package static let wrongType = RefusalReason(rawValue: "wrongType")
  /// The change exceeds one of the `Limits`.
  package static let tooLarge = RefusalReason(rawValue: "tooLarge")
  /// The model forbids deleting records of this kind.
  package static let deletesNever = RefusalReason(rawValue: "deletesNever")
  /// The edit moves a field back whose policy is `furthest`.
  package static let goesBack = RefusalReason(rawValue: "goesBack")
  /// The edit overwrites a settled value of a field whose policy is `once`.
  package static let writtenOnce = RefusalReason(rawValue: "writtenOnce")
  /// The creation of the record was refused.
  package static let dependsOnRefused = RefusalReason(rawValue: "dependsOnRefused")
  /// The edit names a record that neither exists nor is created by the same change.
  package static let unknownRecord = RefusalReason(rawValue: "unknownRecord")
  /// The record is deleted and accepts edits only after a restore.
  package static let deleted = RefusalReason(rawValue: "deleted")
  /// The record is erased and accepts no further edits.
  package static let erased = RefusalReason(rawValue: "erased")
  /// The Lamport time is not above that of its replica's previous change.
  package static let lamport = RefusalReason(rawValue: "lamport")
  /// The author left the space, or the device was revoked, before the change was sent. Used only in the rescue box and
  /// in sealed changes.
  package static let left = RefusalReason(rawValue: "left")
  /// The edit writes a part of a group in conflict and would settle another part unseen. Only a copy that saves a
  /// change gives this reason: an edit does not say what its author meant to settle.
  package static let unsettled = RefusalReason(rawValue: "unsettled")
  /// The hub holds another change under this dot. Used only in the rescue box.
  package static let forked = RefusalReason(rawValue: "forked")
}
