// Checks a member's rights in advance, before they type at length or are asked to settle a conflict, and names the
// roles that do have the right.

internal import RecordModel
package import Replication

/// The roles that may do what the member may not.
package struct Rights: Equatable, Sendable {
  /// The labels of the roles that may write it, such as `the chair`; empty if no role may.
  package let writers: [String]
  /// True if the record's creator may, too.
  package let isOpenToCreator: Bool
}

extension RecordModel {
  func rights(behind refusal: RightsRefusal) -> Rights {
    let kind = rules.kinds[refusal.kind]
    let access = roles.map { ($0.label, kind?.access(of: $0.name, to: refusal.field)) }
    return Rights(
      writers: access.filter { $0.1 == .write || refusal.isCreation && $0.1 == .own }.map(\.0),
      isOpenToCreator: !refusal.isCreation && access.contains { $0.1 == .own })
  }
}

extension MemberSnapshot {
  /// Checks that the member may create records of a kind.
  ///
  /// - Throws: ``ClientError/notAllowed(_:rights:)`` if they may not.
  package func checkMayAdd(kind: String) throws {
    let making = Edit(record: .random(), kind: kind, operation: .makePresent(supersedes: []))
    guard let refusal = model.rules.refusal(of: [making], by: writer, creator: { _ in nil }) else { return }
    throw ClientError.notAllowed(refusal.reason, rights: model.rights(behind: refusal))
  }

  /// Returns true if the member may settle a conflict. Members are asked only about those.
  package func maySettle(_ conflict: Conflict, on view: RecordView) throws -> Bool {
    let dots = DotSet(conflict.rivals.map(\.stamp.dot))
    let settling: Operation =
      conflict.field == Conflict.removedField
      ? .makePresent(supersedes: dots) : .assign(field: conflict.field, value: .null, supersedes: dots)
    let edit = Edit(record: view.id, kind: view.kind, operation: settling)
    return try model.rules.refusal(of: [edit], by: writer, creator: { _ in try reader.creator(of: view.key) }) == nil
  }

  private var writer: AuthorRole { AuthorRole(membership.member, role: membership.role) }
}
