// Checks whether one model may succeed another. Laptops that are offline for weeks hold records written under the older
// model, so a newer one may only add: whatever an old program wrote must keep its meaning.

internal import Replication

/// A change that a newer model may not make.
package enum ModelChangeProblem: Equatable, Sendable {
  /// The models differ, so the version must be higher than `than`.
  case versionNotHigher(than: UInt64)
  case spaceRemoved(String)
  /// A space became one per member, or stopped being so.
  case spaceOwnerChanged(String)
  case roleRemoved(String)
  /// The older model restricted access and this one does not, so everybody could write.
  case accessDropped
  /// The records about members, or the open questions of imports, would be of another kind.
  case purposeChanged(word: String, kind: String)
  case kindRemoved(String)
  case deletePolicyChanged(kind: String)
  case keyPrefixChanged(kind: String)
  /// The kind no longer lists a space in which its records already live.
  case kindLeftSpace(kind: String, space: String)
  case fieldRemoved(kind: String, field: String)
  case policyChanged(kind: String, field: String)
  case typeChanged(kind: String, field: String)
  /// The field moved into, out of or between groups.
  case groupChanged(kind: String, field: String)
  /// Words of an order were removed or moved, or new ones inserted before its end.
  case orderChanged(kind: String, field: String)
  case choiceRemoved(kind: String, field: String, choice: String)
}

extension RecordModel {
  /// The reasons this model may not succeed `older`; empty if it may.
  ///
  /// Labels, titles, notes on retention and comments are free to change. So is a kind's first space, as long as the old
  /// spaces stay in its list, and so are access and readers, because they decide nothing about existing records. Any
  /// difference in definitions still needs a higher version, because devices report the version they have.
  ///
  /// - Returns: Every problem: the version, spaces and roles in the order of the file, access, the kinds with a
  ///   purpose, then kinds and fields by name.
  package func incompatibilities(with older: RecordModel) -> [ModelChangeProblem] {
    var problems: [ModelChangeProblem] = []
    if version < older.version || (version == older.version && !hasSameDefinitions(as: older)) {
      problems.append(.versionNotHigher(than: older.version))
    }
    for old in older.spaces {
      guard let new = space(named: old.name) else {
        problems.append(.spaceRemoved(old.name))
        continue
      }
      if new.isPerMember != old.isPerMember { problems.append(.spaceOwnerChanged(old.name)) }
    }
    for role in older.roles where !roles.contains(where: { $0.name == role.name }) {
      problems.append(.roleRemoved(role.name))
    }
    if older.saysAccess && !saysAccess { problems.append(.accessDropped) }
    if memberKind != older.memberKind {
      problems.append(.purposeChanged(word: "people", kind: older.memberKind))
    }
    if questionKind != older.questionKind {
      problems.append(.purposeChanged(word: "questions", kind: older.questionKind))
    }
    for kind in older.kinds.keys.sorted() { problems += changes(ofKind: kind, since: older) }
    return problems
  }

  private var saysAccess: Bool { rules.kinds.values.contains { $0.access != nil } }

  private func hasSameDefinitions(as other: RecordModel) -> Bool {
    rules == other.rules && kinds == other.kinds && spaces == other.spaces && roles == other.roles
  }

  private func changes(ofKind kind: String, since older: RecordModel) -> [ModelChangeProblem] {
    guard let new = rules.kinds[kind], let words = kinds[kind], let old = older.rules.kinds[kind],
      let oldWords = older.kinds[kind]
    else { return [.kindRemoved(kind)] }
    var problems: [ModelChangeProblem] = []
    if new.deletes != old.deletes { problems.append(.deletePolicyChanged(kind: kind)) }
    // A kind without a prefix may get one. Changing one would give imported records new ids.
    if let prefix = oldWords.keyPrefix, words.keyPrefix != prefix {
      problems.append(.keyPrefixChanged(kind: kind))
    }
    for space in oldWords.spaces where !words.spaces.contains(space) {
      problems.append(.kindLeftSpace(kind: kind, space: space))
    }
    for field in old.fields.keys.sorted() {
      problems += Self.changes(ofField: field, of: kind, from: old, to: new)
    }
    return problems
  }

  private static func changes(
    ofField field: String, of kind: String, from old: KindRules, to new: KindRules
  ) -> [ModelChangeProblem] {
    guard let now = new.fields[field], let before = old.fields[field] else {
      return [.fieldRemoved(kind: kind, field: field)]
    }
    var problems: [ModelChangeProblem] = []
    if now.policy != before.policy { problems.append(.policyChanged(kind: kind, field: field)) }
    if now.type != before.type { problems.append(.typeChanged(kind: kind, field: field)) }
    // Comparing the register's name is not enough: the first field of a new group keeps its name, yet now holds a map.
    let register = (old.register(of: field), new.register(of: field))
    let isGrouped = (old.groups[register.0] != nil, new.groups[register.1] != nil)
    if register.0 != register.1 || isGrouped.0 != isGrouped.1 {
      problems.append(.groupChanged(kind: kind, field: field))
    }
    if !now.order.starts(with: before.order) { problems.append(.orderChanged(kind: kind, field: field)) }
    for choice in before.choices where !now.choices.contains(choice) {
      problems.append(.choiceRemoved(kind: kind, field: field, choice: choice))
    }
    return problems
  }
}

extension ModelChangeProblem: CustomStringConvertible {
  /// A plain sentence for the model's author.
  package var description: String {
    switch self {
    case .versionNotHigher(let version): "The version must be higher than \(version)."
    case .spaceRemoved(let space): "The space '\(space)' is missing."
    case .spaceOwnerChanged(let space): "The space '\(space)' must keep its owner."
    case .roleRemoved(let role): "The role '\(role)' is missing."
    case .accessDropped: "The 'access' of the defaults is missing."
    case .purposeChanged(let word, let kind): "The '\(word)' must stay '\(kind)'."
    case .kindRemoved(let kind): "The kind '\(kind)' is missing."
    case .deletePolicyChanged(let kind): "The kind '\(kind)' must keep its 'delete'."
    case .keyPrefixChanged(let kind): "The kind '\(kind)' must keep its 'key'."
    case .kindLeftSpace(let kind, let space): "The kind '\(kind)' must keep '\(space)' in its 'spaces'."
    case .fieldRemoved(let kind, let field): "The field '\(field)' of '\(kind)' is missing."
    case .policyChanged(let kind, let field): "The field '\(field)' of '\(kind)' must keep its 'policy'."
    case .typeChanged(let kind, let field): "The field '\(field)' of '\(kind)' must keep its 'type'."
    case .groupChanged(let kind, let field): "The field '\(field)' of '\(kind)' must keep its group."
    case .orderChanged(let kind, let field):
      "The order of '\(field)' of '\(kind)' may only get new words at its end."
    case .choiceRemoved(let kind, let field, let choice):
      "The field '\(field)' of '\(kind)' must keep the choice '\(choice)'."
    }
  }
}
