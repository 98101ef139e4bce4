// The part of the model that the engine needs, as values, so that the engine itself knows no kind by name. Merging
// never consults a rule. Rules only interpret state (which value to show, whether to ask a person) and let the home hub
// refuse what the model does not define.

/// The interpretation of a field's values.
package enum Policy: String, Sendable, CaseIterable {
  /// The winner is shown. The other values stay in the history, and their authors are told.
  case latest
  /// Rival values wait for a person.
  case review
  /// A set. A concurrent addition wins over a removal.
  case set
  /// A sum of signed amounts.
  case counter
  /// The value furthest along a given order is shown. A superseding write may not go back.
  case furthest
  /// An append-only list.
  case appendOnly
  /// Written once. Two concurrent first writes wait for a person.
  case once
  /// Text to be merged word by word. Not implemented yet: read as `review`.
  case text
}

/// The interpretation of deletes of a kind's records.
package enum DeletePolicy: String, Sendable, CaseIterable {
  /// The latest of delete and restore wins.
  case archive
  /// A delete whose author had not seen some current value makes the record disputed.
  case revive
  /// The record stays deleted. Values that the delete had not seen are kept for their authors as overridden values.
  case final
  /// Deletes are refused.
  case never
}

/// The type of a field's values.
package enum ValueType: String, Sendable, CaseIterable {
  case text, integer, boolean, link
  /// One of the words in `FieldRules.choices` or `FieldRules.order`.
  case choice
  /// A date, whole or in part: `2026-12-10`, `2026-12`, `2022-autumn`, `2026`.
  case date
  /// A time of day with its place: `10:30 Europe/London`. Without the place, it would be another time elsewhere.
  case time
  /// Any value of a known type.
  case any
}

/// The rules of one field.
package struct FieldRules: Equatable, Sendable {
  package let policy: Policy
  package let type: ValueType
  /// For `furthest`: the words from first to last. A word's rank is its index in this list.
  package let order: [String]
  /// For `choice`: the allowed words, in addition to those of `order`.
  package let choices: [String]
  /// Role → access to this field, where it differs from the kind's. All fields of a group have the same.
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
  /// Group name → its fields in order. A group is one register whose edits write the whole map, and all its fields have
  /// the same policy. A group is named after its first field.
  package let groups: [String: [String]]
  /// The names of the fields by whose dates lists of the kind are ordered: the first of them that is written counts.
  package let dateFields: [String]
  /// Role → access to the records; a role that is not listed has none. `nil` for a model from before rights existed,
  /// where every reader may write.
  package let access: [String: Access]?

  package init(
    deletes: DeletePolicy, fields: [String: FieldRules], groups: [String: [String]] = [:],
    dateFields: [String] = [], access: [String: Access]? = nil
  ) {
    self.deletes = deletes
    self.fields = fields
    self.groups = groups
    self.dateFields = dateFields
    self.access = access
  }

  /// The register that holds a field: its group's name, or the field's own.
  package func register(of field: String) -> String {
    groups.first { $0.value.contains(field) }?.key ?? field
  }
}

/// The rules of every kind, at one model version.
package struct RuleBook: Equatable, Sendable {
  /// The model version, raised with every change of the model; 0 before any model is known.
  package let version: UInt64
  package let kinds: [String: KindRules]
  /// Kind → the names of the spaces its records may be created in. A name that ends in a colon is the beginning of those
  /// of one member each. Records of a kind that is not named may be created anywhere.
  package let spaces: [String: [String]]
  /// The names of all spaces, in the form of ``spaces``; empty for a model from before spaces were named.
  private let spaceNames: Set<String>

  package init(
    version: UInt64, kinds: [String: KindRules], spaces: [String: [String]] = [:], spaceNames: Set<String> = []
  ) {
    self.version = version
    self.kinds = kinds
    self.spaces = spaces
    self.spaceNames = spaceNames
  }

  /// Tests whether records in a space with a given name may be written at all. A space that the model does not name shows
  /// what a partner has given: another hub is its records' home.
  func allowsWriting(inSpaceNamed name: String) -> Bool {
    guard !spaceNames.isEmpty, !spaceNames.contains(name) else { return true }
    return name.firstIndex(of: ":").map { spaceNames.contains(String(name[...$0])) } ?? false
  }

  /// Tests whether records of a kind may be created in a space with a given name.
  func allowsCreation(of kind: String, inSpaceNamed name: String) -> Bool {
    spaces[kind].map { $0.contains { $0.hasSuffix(":") ? name.hasPrefix($0) : name == $0 } } ?? true
  }

  /// The empty rule book, used before a model is known: fields are read as `latest`, deletes as `archive`.
  package static let none = RuleBook(version: 0, kinds: [:])

  /// The rules for a register of a kind. A register that this model does not define is kept and read as `latest`.
  package func field(_ register: String, of kind: String) -> FieldRules {
    kinds[kind]?.fields[register] ?? FieldRules(.latest, type: .any)
  }

  /// The delete policy of a kind; `archive` for a kind that this model does not define.
  package func deletes(of kind: String) -> DeletePolicy {
    kinds[kind]?.deletes ?? .archive
  }
}
