// What a member may not write, asked ahead: before they type at length, before they are asked to choose. And
// what they are told when their role may not: who may.

internal import BoardModel
package import Replication

/// The roles that may do what was not allowed.
package struct Rights: Equatable, Sendable {
  /// The roles that may write it, as the model calls them: `the chair`. Empty where no role may.
  package let writers: [String]
  /// True where the maker of the record may, too.
  package let isOpenToMaker: Bool
}

extension BoardModel {
  func rights(behind refusal: RightsRefusal) -> Rights {
    let kind = rules.kinds[refusal.kind]
    let access = roles.map { ($0.label, kind?.access(of: $0.name, to: refusal.field)) }
    return Rights(
      writers: access.filter { $0.1 == .write || refusal.isCreation && $0.1 == .own }.map(\.0),
      isOpenToMaker: !refusal.isCreation && access.contains { $0.1 == .own })
  }
}

extension MemberSnapshot {
  /// Asks whether the member may make records of a kind, before they type at length.
  ///
  /// - Throws: ``ClientError/notAllowed(_:rights:)`` where they may not.
  package func checkMayAdd(kind: String) throws {
    let making = Edit(record: .random(), kind: kind, operation: .makePresent(supersedes: []))
    guard let refusal = model.rules.refusal(of: [making], by: writer, creator: { _ in nil }) else { return }
    throw ClientError.notAllowed(refusal.reason, rights: model.rights(behind: refusal))
  }

  /// True where the member may settle a question; nobody is asked what is not theirs to answer.
  package func maySettle(_ conflict: Conflict, on view: RecordView) throws -> Bool {
    let dots = conflict.rivals.map(\.stamp.dot)
    let settling: Operation =
      conflict.field == Conflict.removedField
      ? .makePresent(supersedes: dots) : .assign(field: conflict.field, value: .null, supersedes: dots)
    let edit = Edit(record: view.id, kind: view.kind, operation: settling)
    return try model.rules.refusal(of: [edit], by: writer, creator: { _ in try reader.creator(of: view.key) }) == nil
  }

  private var writer: AuthorRole { AuthorRole(membership.member, role: membership.role) }
}
