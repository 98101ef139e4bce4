// Why the home hub did not take a change: a stable word on the wire, in the log and in every program, for ever.

/// A reason code. A code this program does not know is kept and shown as it is.
package struct RefusalReason: RawRepresentable, Hashable, Sendable {
  package let rawValue: String

  package init(rawValue: String) { self.rawValue = rawValue }

  /// The author may not write here.
  package static let notAllowed = RefusalReason(rawValue: "notAllowed")
  /// The author may only suggest such a change; somebody who may write has to take it in.
  package static let suggestOnly = RefusalReason(rawValue: "suggestOnly")
  /// The body cannot be read.
  package static let malformed = RefusalReason(rawValue: "malformed")
  /// The model names no such kind.
  package static let unknownKind = RefusalReason(rawValue: "unknownKind")
  /// The model names no such field of this kind.
  package static let unknownField = RefusalReason(rawValue: "unknownField")
  /// Records of this kind are made only in a space of one reader, and this is none.
  package static let wrongSpace = RefusalReason(rawValue: "wrongSpace")
  /// The record is of another kind.
  package static let wrongKind = RefusalReason(rawValue: "wrongKind")
  /// The field's policy does not take this operation.
  package static let wrongOperation = RefusalReason(rawValue: "wrongOperation")
  /// The value is not of the field's type.
  package static let wrongType = RefusalReason(rawValue: "wrongType")
  /// Over one of `Limits`.
  package static let tooLarge = RefusalReason(rawValue: "tooLarge")
  /// Records of this kind are never deleted.
  package static let deletesNever = RefusalReason(rawValue: "deletesNever")
  /// The field only moves forward, and this moves it back.
  package static let goesBack = RefusalReason(rawValue: "goesBack")
  /// The field is written once, and this author had seen it written.
  package static let writtenOnce = RefusalReason(rawValue: "writtenOnce")
  /// The record's creation was refused.
  package static let dependsOnRefused = RefusalReason(rawValue: "dependsOnRefused")
  /// No such record.
  package static let unknownRecord = RefusalReason(rawValue: "unknownRecord")
  /// The record is deleted; it takes edits after a restore.
  package static let deleted = RefusalReason(rawValue: "deleted")
  /// The record is erased; nothing can be written into it any more.
  package static let erased = RefusalReason(rawValue: "erased")
  /// The Lamport time is beyond what its replica can have seen.
  package static let lamport = RefusalReason(rawValue: "lamport")
  /// The writer left the space, or the device was taken off, before this was sent. Only ever a reason in the rescue box
  /// and in a rescue.
  package static let left = RefusalReason(rawValue: "left")
  /// What the hub holds under this dot is another change. Only ever a reason in the rescue box.
  package static let forked = RefusalReason(rawValue: "forked")
}
