// Parses a model file into rules. Every word must be known and every rule of the engine kept; otherwise the whole file
// is refused with the line at fault. A half-understood file would merge by other rules than its author meant.

internal import Replication

/// The words that each section of a model file may have, as `Docs/model.md` explains them.
package enum ModelWords {
  package static let file = ["version", "defaults", "people", "questions", "spaces", "roles", "common", "kinds"]
  package static let defaults = ["personal", "basis", "keep", "access"]
  package static let space = ["label", "owner", "readers", "public"]
  package static let role = ["label"]
  package static let kind = [
    "label", "plural", "title", "spaces", "key", "delete", "personal", "basis", "keep", "access", "fields", "groups",
  ]
  package static let field = ["policy", "type", "label", "order", "choices", "access"]
}

extension RecordModel {
  /// The most bytes of a model file; the first one had 22 KiB.
  package static let bytesMax = 1024 * 1024

  /// The most entries of one list or section: few enough that a linear search for a word costs next to nothing.
  package static let wordsMax = 500

  /// Parses a model file. Cost is about linear in the text.
  ///
  /// - Throws: ``ModelError``, with the line and the word of the first fault.
  package init(parsing text: String) throws(ModelError) {
    let file = try ModelSection(ModelNode.reading(text), "the model", allowed: ModelWords.file)
    let version = try file.versionNumber()
    let defaults = try ModelSection(try file.required("defaults"), "defaults", allowed: ModelWords.defaults)
    roles = try Self.roles(in: file)
    let roleNames = roles.map(\.name)
    spaces = try Self.spaces(in: file, roles: roleNames)
    let access = try defaults.accessOfEverybody(roles: roleNames)

    var common = FieldParser(roles: roleNames)
    try common.read(ModelSection(try file.required("common"), "common"))
    var kinds: [String: KindDescription] = [:]
    var rules: [String: KindRules] = [:]
    var prefixes: Set<String> = []
    for (name, node) in try ModelSection(try file.required("kinds"), "kinds").words {
      try node.checkName(name, joiner: UInt8(ascii: "_"))
      let section = try ModelSection(node, "the kind '\(name)'", allowed: ModelWords.kind)
      let read = try KindParser(
        name, section, common: common, defaults: defaults, access: access, roles: roleNames, spaces: spaces)
      if let prefix = read.description.keyPrefix, !prefixes.insert(prefix).inserted {
        throw .sharedKeyPrefix(line: node.line, prefix: prefix)
      }
      kinds[name] = read.description
      rules[name] = read.rules
    }
    self.kinds = kinds
    memberKind = try file.kind("people", or: "member", among: rules, with: ["name", "role"])
    questionKind = try file.kind(
      "questions", or: "review_item", among: rules, with: ["target_ref", "field", "question", "status", "answer"])
    let owned = Set(spaces.filter(\.isPerMember).map(\.name))
    var homes = kinds.mapValues { $0.spaces.map { owned.contains($0) ? $0 + ":" : $0 } }
    // A member has a record in every space that they read.
    homes[memberKind] = nil
    self.rules = RuleBook(
      version: version, kinds: rules, spaces: homes,
      spaceNames: Set(spaces.map { $0.isPerMember ? $0.name + ":" : $0.name }))
    source = text
  }

  private static func spaces(
    in file: ModelSection, roles: [String]
  ) throws(ModelError) -> [SpaceDescription] {
    var spaces: [SpaceDescription] = []
    for (name, node) in try ModelSection(try file.required("spaces"), "spaces").words {
      try node.checkName(name, joiner: UInt8(ascii: "-"))
      let section = try ModelSection(node, "the space '\(name)'", allowed: ModelWords.space)
      var isPerMember = false
      if let owner = section.optional("owner") {
        let value = try owner.text("owner")
        guard value == "one" else {
          throw .notOneOf(line: owner.line, word: "owner", value: value, allowed: ["one"])
        }
        isPerMember = true
      }
      spaces.append(
        SpaceDescription(
          name: name, label: try section.text("label"), isPerMember: isPerMember,
          readers: try section.readers(roles: roles), isPublic: try isPublic(section)))
    }
    return spaces
  }

  private static func isPublic(_ section: ModelSection) throws(ModelError) -> Bool {
    guard let node = section.optional("public") else { return false }
    let value = try node.text("public")
    guard value == "yes" else { throw .notOneOf(line: node.line, word: "public", value: value, allowed: ["yes"]) }
    return true
  }

  private static func roles(in file: ModelSection) throws(ModelError) -> [RoleDescription] {
    var roles: [RoleDescription] = []
    for (name, node) in try ModelSection(try file.required("roles"), "roles").words {
      try node.checkName(name, joiner: UInt8(ascii: "-"))
      let section = try ModelSection(node, "the role '\(name)'", allowed: ModelWords.role)
      roles.append(RoleDescription(name: name, label: try section.text("label")))
    }
    return roles
  }
}

extension ModelSection {
  fileprivate func versionNumber() throws(ModelError) -> UInt64 {
    let node = try required("version")
    guard let version = UInt64(try node.text("version")), version > 0, version < Limits.counterMax else {
      throw .shape(line: node.line, word: "version", expected: "a whole number from 1")
    }
    return version
  }

  /// The kind at a word, which must have certain fields; `fallback`, unchecked, if the section lacks the word.
  fileprivate func kind(
    _ word: String, or fallback: String, among kinds: [String: KindRules], with fields: [String]
  ) throws(ModelError) -> String {
    guard let node = optional(word) else { return fallback }
    let kind = try node.text(word)
    guard let rules = kinds[kind], fields.allSatisfy({ rules.fields[$0] != nil }) else {
      let expected = "a kind with the fields " + fields.joined(separator: ", ")
      throw .shape(line: node.line, word: word, expected: expected)
    }
    return kind
  }
}

/// Parses and checks one kind.
private struct KindParser {
  let description: KindDescription
  let rules: KindRules

  init(
    _ name: String, _ section: ModelSection, common: FieldParser, defaults: ModelSection, access: [String: Access]?,
    roles: [String], spaces: [SpaceDescription]
  ) throws(ModelError) {
    var fields = FieldParser(roles: roles)
    try fields.read(ModelSection(try section.required("fields"), "the fields of '\(name)'"))
    for field in fields.order where common.rules[field] != nil {
      throw .commonField(line: fields.lines[field] ?? section.line, field: field)
    }
    let groups = try Self.groups(in: section, fields)
    let own = try section.access(roles: roles)
    let said = own != nil || [fields, common].contains { $0.rules.values.contains { !$0.access.isEmpty } }
    guard access != nil || !said else { throw .missing(line: section.line, word: "access", section: "defaults") }
    rules = KindRules(
      deletes: try section.choice("delete"),
      fields: fields.rules.merging(common.rules) { own, _ in own },
      groups: groups, dateFields: KindDescription.dateFields.filter { fields.rules[$0]?.type == .date },
      access: access?.merging(own ?? [:]) { _, own in own })
    let title = try section.text("title")
    guard fields.rules[title] != nil else {
      throw .titleField(line: try section.required("title").line, field: title)
    }
    description = KindDescription(
      name: name, label: try section.text("label"), plural: try section.text("plural"), titleField: title,
      spaces: try Self.spaces(in: section, known: spaces, rules), keyPrefix: try Self.keyPrefix(in: section),
      fieldLabels: fields.labels.merging(common.labels) { own, _ in own },
      fieldOrder: fields.order + common.order,
      personal: try section.choice("personal", or: try defaults.choice("personal")),
      basis: try section.text("basis", or: defaults),
      keep: try section.text("keep", or: defaults))
  }

  /// The spaces of a kind. A reader of a space reads all of it, so none may have readers without access to the kind.
  private static func spaces(
    in section: ModelSection, known: [SpaceDescription], _ rules: KindRules
  ) throws(ModelError) -> [String] {
    let node = try section.required("spaces")
    let spaces = try node.list("spaces")
    for name in spaces {
      guard let space = known.first(where: { $0.name == name }) else {
        throw .unknownSpace(line: node.line, space: name)
      }
      if let role = space.readers.first(where: { rules.access(of: $0, to: nil) == Access.none }) {
        throw .readsAgainstAccess(line: node.line, space: name, role: role)
      }
    }
    return spaces
  }

  private static func keyPrefix(in section: ModelSection) throws(ModelError) -> String? {
    guard let node = section.optional("key") else { return nil }
    let prefix = try node.text("key")
    try node.checkName(prefix, joiner: UInt8(ascii: "-"))
    return prefix
  }

  private static func groups(
    in section: ModelSection, _ fields: FieldParser
  ) throws(ModelError) -> [String: [String]] {
    guard let node = section.optional("groups") else { return [:] }
    var groups: [String: [String]] = [:]
    var grouped: Set<String> = []
    for (name, node) in try ModelSection(node, "the groups of \(section.name)").words {
      let members = try node.list(name)
      if let problem = Self.problem(ofGroup: name, members, fields, &grouped) {
        throw .group(line: node.line, group: name, problem: problem)
      }
      groups[name] = members
    }
    return groups
  }

  private static func problem(
    ofGroup name: String, _ members: [String], _ fields: FieldParser, _ grouped: inout Set<String>
  ) -> ModelError.GroupProblem? {
    guard members.first == name else { return .notNamedForFirstField }
    guard members.count > 1 else { return .fewerThanTwoFields }
    var policies: Set<Policy> = []
    var accesses: Set<[String: Access]> = []
    for field in members {
      guard let rules = fields.rules[field] else { return .notAField(field) }
      guard grouped.insert(field).inserted else { return .fieldInTwoGroups(field) }
      policies.insert(rules.policy)
      accesses.insert(rules.access)
    }
    guard accesses.count == 1 else { return .mixedAccess }
    guard policies.count == 1, let policy = policies.first else { return .mixedPolicies }
    // A group is one register that holds a map, so it has no single value to rank along an order either.
    guard [.latest, .review, .once].contains(policy) else { return .unfitPolicy(spelling(of: policy)) }
    return nil
  }
}

/// Parses and checks the fields of sections, in the order read.
private struct FieldParser {
  let roles: [String]
  var order: [String] = []
  var rules: [String: FieldRules] = [:]
  var labels: [String: String] = [:]
  var lines: [String: Int] = [:]

  init(roles: [String]) {
    self.roles = roles
  }

  mutating func read(_ section: ModelSection) throws(ModelError) {
    for (name, node) in section.words {
      try node.checkName(name, joiner: UInt8(ascii: "_"))
      let field = try ModelSection(node, "the field '\(name)'", allowed: ModelWords.field)
      order.append(name)
      lines[name] = node.line
      rules[name] = try Self.rules(of: name, field, roles)
      labels[name] = try field.text("label")
    }
  }

  private static func rules(
    of name: String, _ field: ModelSection, _ roles: [String]
  ) throws(ModelError) -> FieldRules {
    let policy: Policy = try field.choice("policy")
    let isMoving = policy == .furthest
    let type: ValueType = try field.choice("type", or: isMoving ? .choice : .text)
    let order = try field.list("order")
    let choices = try field.list("choices")
    guard order.isEmpty != isMoving else {
      throw isMoving
        ? .orderMissing(line: field.line, field: name) : .orderUnwanted(line: field.line, field: name)
    }
    let isChoosing = type == .choice && !isMoving
    guard choices.isEmpty != isChoosing else { throw .choices(line: field.line, field: name) }
    let needed: ValueType? =
      switch policy {
      case .counter: .integer
      case .furthest: .choice
      case .text: .text
      default: nil
      }
    guard needed == nil || needed == type else {
      throw .typeOfPolicy(
        line: field.line, field: name, policy: spelling(of: policy), type: spelling(of: type))
    }
    let isOne = name.hasSuffix("_ref")
    let isMany = name.hasSuffix("_refs")
    let holdsMany = policy == .set || policy == .appendOnly
    guard (type == .link) == (isOne || isMany), !isOne || !holdsMany, !isMany || holdsMany else {
      throw .linkName(line: field.line, field: name)
    }
    // A reader of a record reads all of its fields, so no field can deny reading.
    let access = try field.access(roles: roles, allowed: [.read, .suggest, .own, .write])
    return FieldRules(policy, type: type, order: order, choices: choices, access: access ?? [:])
  }
}
