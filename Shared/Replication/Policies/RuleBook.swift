// What the model says, as far as the engine needs it: values, so that the engine itself knows no kind by name.
// Merging never asks a rule; rules only read state (which value to show, whether to ask a person) and let the
// home hub refuse what the model does not name.

/// How the values of a field are read.
package enum Policy: String, Sendable, CaseIterable {
  /// The winner is shown; the others are in history and their authors are told.
  case latest
  /// Rival values wait for a person.
  case review
  /// A set; adding wins over removing at the same time.
  case set
  /// Signed additions, summed.
  case counter
  /// The value furthest along a stated order is shown; a superseding write may not go back.
  case furthest
  /// A list that only grows.
  case appendOnly
  /// Written once; two first writings at the same time wait for a person.
  case once
  /// Text that will merge by words; until then it is read as `review`.
  case text
}

/// How deletes of a kind's records are read.
package enum DeletePolicy: String, Sendable, CaseIterable {
  /// The latest of delete and restore wins.
  case archive
  /// A delete that had not seen some current value puts the record on the holding list.
  case revive
  /// The record stays deleted; values the delete had not seen are on hold for their authors.
  case final
  /// Deletes are refused.
  case never
}

/// What a field's values must look like.
package enum ValueType: String, Sendable, CaseIterable {
  case text, integer, boolean, link
  /// One of the words in `FieldRules.choices` or `FieldRules.order`.
  case choice
  /// A date, whole or in part: `2026-12-10`, `2026-12`, `2022-autumn`, `2026`.
  case date
  /// Anything the encoding can carry.
  case any
}

/// The rules of one field.
package struct FieldRules: Equatable, Sendable {
  package let policy: Policy
  package let type: ValueType
  /// For `furthest`: the words from first to last. Rank is the place in this list.
  package let order: [String]
  /// For `choice`: the words allowed, beside those of `order`.
  package let choices: [String]
  /// Role → what it may do with this field, where that differs from the kind's. The fields of a group have the same.
  package let access: [String: Access]

  package init(
    _ policy: Policy, type: ValueType = .text, order: [String] = [], choices: [String] = [],
    access: [String: Access] = [:]
  ) {
    self.policy = policy
    self.type = type
    self.order = order
    self.choices = choices
    self.access = access
  }
}

/// The rules of one kind of record.
package struct KindRules: Equatable, Sendable {
  package let deletes: DeletePolicy
  /// Field name → rules, for every field, grouped or not.
  package let fields: [String: FieldRules]
  /// Group name → its fields in order. A group is one register whose edits write the whole map; all its fields
  /// have the same policy. A group is named for its first field.
  package let groups: [String: [String]]
  /// Role → what it may do with the records; a role that is not named may nothing. `nil` where the model is from before
  /// rights: whoever reads may write.
  package let access: [String: Access]?

  package init(
    deletes: DeletePolicy, fields: [String: FieldRules], groups: [String: [String]] = [:],
    access: [String: Access]? = nil
  ) {
    self.deletes = deletes
    self.fields = fields
    self.groups = groups
    self.access = access
  }

  /// The register that holds a field: the group's name, or the field's own.
  package func register(of field: String) -> String {
    groups.first { $0.value.contains(field) }?.key ?? field
  }
}

/// Every kind's rules, at one model version.
package struct RuleBook: Equatable, Sendable {
  /// Counts up with every change of the model; 0 before any model is known.
  package let version: UInt64
  package let kinds: [String: KindRules]
  /// Kinds that are for one reader alone → the spaces they may be made in, by the name before the colon.
  package let privateKinds: [String: [String]]

  package init(version: UInt64, kinds: [String: KindRules], privateKinds: [String: [String]] = [:]) {
    self.version = version
    self.kinds = kinds
    self.privateKinds = privateKinds
  }

  /// Whether a record of a kind may be made in a space of a name: in any, but for what is for one reader alone.
  package func allowsCreation(of kind: String, inSpaceNamed name: String) -> Bool {
    privateKinds[kind].map { $0.contains { name.hasPrefix($0 + ":") } } ?? true
  }

  /// No model yet: every field is read as `latest`, every delete as `archive`.
  package static let none = RuleBook(version: 0, kinds: [:])

  /// The rules for a register of a kind; `latest` for what this model does not name, which is kept all the same.
  package func field(_ register: String, of kind: String) -> FieldRules {
    kinds[kind]?.fields[register] ?? FieldRules(.latest, type: .any)
  }

  /// The delete policy of a kind; `archive` for a kind this model does not name.
  package func deletes(of kind: String) -> DeletePolicy {
    kinds[kind]?.deletes ?? .archive
  }
}
