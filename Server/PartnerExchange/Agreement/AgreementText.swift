// Reads an agreement as an administrator writes it, in YAML, and checks it word by word against the model. A
// half-understood agreement would give away what nobody meant to give.

package import Cryptography
package import RecordModel
package import Replication

/// The one of two hubs that an agreement's text calls `us` or `them`.
package struct AgreementSide: Equatable, Sendable {
  package let hub: HubID
  package let key: PublicKey

  package init(hub: HubID, key: PublicKey) {
    self.hub = hub
    self.key = key
  }
}

extension Agreement {
  private static let words = [
    "agreement", "version", "purpose", "lawful_basis", "from", "to", "at_end", "retention", "us", "them", "we_share",
    "they_share",
  ]

  /// Parses and checks an agreement's text.
  ///
  /// - Parameters:
  ///   - us: The hub whose administrator wrote it.
  ///   - them: The partner's hub.
  ///   - model: The model of our hub, which names kinds, fields and spaces.
  /// - Throws: ``ModelError``, with the line of the first fault.
  package init(
    parsing text: String, us: AgreementSide, them: AgreementSide, model: RecordModel
  ) throws(ModelError) {
    let file = try ModelSection(ModelNode.reading(text), "the agreement", allowed: Self.words)
    let parties = [
      try Self.party(file.required("us"), "us", us), try Self.party(file.required("them"), "them", them),
    ]
    let id = try file.required("agreement")
    try id.checkName(try id.text("agreement"), joiner: UInt8(ascii: "-"))
    let rules = try Self.rules(file, "we_share", giver: 0, model) + Self.rules(file, "they_share", giver: 1, model)
    self.init(
      id: try id.text("agreement"), version: try Self.version(file), parties: parties,
      purpose: try file.text("purpose"), basis: try file.text("lawful_basis"), from: try Self.day("from", file),
      to: try Self.day("to", file), atEnd: try file.choice("at_end"), retention: try file.text("retention"),
      rules: rules)
    guard from <= to else {
      throw .shape(line: try file.required("to").line, word: "to", expected: "a day on or after 'from'")
    }
    guard !rules.isEmpty, rules.count <= Self.rulesMax else {
      throw .missing(line: file.line, word: "we_share' or 'they_share", section: file.name)
    }
  }

  private static func version(_ file: ModelSection) throws(ModelError) -> UInt64 {
    let node = try file.required("version")
    guard let version = UInt64(try node.text("version")), (1...versionMax).contains(version) else {
      throw .shape(line: node.line, word: "version", expected: "a whole number from 1")
    }
    return version
  }

  private static func day(_ word: String, _ file: ModelSection) throws(ModelError) -> CivilDay {
    let node = try file.required(word)
    guard let day = CivilDay(try node.text(word)) else {
      throw .shape(line: node.line, word: word, expected: "a day such as 2027-07-31")
    }
    return day
  }

  private static func party(
    _ node: ModelNode, _ word: String, _ side: AgreementSide
  ) throws(ModelError) -> Party {
    let section = try ModelSection(
      node, "'\(word)'", allowed: ["name", "country", "role", "safeguard"])
    return Party(
      hub: side.hub, key: side.key, name: try section.text("name"), country: try section.text("country"),
      role: try section.choice("role"), safeguard: try section.optional("safeguard")?.text("safeguard"))
  }

  private static func rules(
    _ file: ModelSection, _ word: String, giver: Int, _ model: RecordModel
  ) throws(ModelError) -> [Rule] {
    guard let node = file.optional(word) else { return [] }
    guard case .list(let nodes) = node.content, !nodes.isEmpty else {
      throw .shape(line: node.line, word: word, expected: "a list of rules, each after '-'")
    }
    var rules: [Rule] = []
    for node in nodes {
      let rule = try rule(node, giver: giver, model)
      // A record could match both.
      guard !rules.contains(where: { ($0.kind, $0.space) == (rule.kind, rule.space) }) else {
        throw .duplicate(line: node.line, word: "\(rule.kind) in \(rule.space)")
      }
      rules.append(rule)
    }
    return rules
  }

  private static func rule(_ node: ModelNode, giver: Int, _ model: RecordModel) throws(ModelError) -> Rule {
    let section = try ModelSection(
      node, "a rule", allowed: ["kind", "space", "where", "fields", "free_text", "suggest"])
    let kindNode = try section.required("kind")
    let kind = try kindNode.text("kind")
    guard let description = model.kinds[kind], let rules = model.rules.kinds[kind] else {
      throw .notOneOf(line: kindNode.line, word: "kind", value: kind, allowed: model.kinds.keys.sorted())
    }
    let spaceNode = try section.required("space")
    let space = try spaceNode.text("space")
    guard description.spaces.contains(space), model.space(named: space)?.isPerMember == false else {
      throw .unknownSpace(line: spaceNode.line, space: space)
    }
    let (fields, freeText) = (try section.list("fields"), try section.list("free_text"))
    for (word, names) in [("fields", fields), ("free_text", freeText)] {
      for name in names where rules.fields[name] == nil {
        throw .shape(
          line: section.optional(word)?.line ?? section.line, word: name, expected: "a field of the kind '\(kind)'")
      }
    }
    let rule = Rule(
      giver: giver, kind: kind, space: space, conditions: try conditions(section, rules), fields: fields,
      freeText: freeText, suggested: try section.list("suggest"))
    try check(rule, in: section, description, rules)
    return rule
  }

  private static func conditions(_ section: ModelSection, _ rules: KindRules) throws(ModelError) -> [Condition] {
    guard let node = section.optional("where") else { return [] }
    var conditions: [Condition] = []
    for (field, word) in try ModelSection(node, "'where'").words {
      guard let allowed = rules.fields[field] else {
        throw .shape(line: word.line, word: field, expected: "a field of this kind")
      }
      let value = try word.text(field)
      let choices = allowed.choices + allowed.order
      guard choices.isEmpty || choices.contains(value) else {
        throw .notOneOf(line: word.line, word: field, value: value, allowed: choices)
      }
      conditions.append(Condition(field: field, word: value))
    }
    return conditions
  }

  /// Holds a rule to what nobody may agree to by mistake.
  private static func check(
    _ rule: Rule, in section: ModelSection, _ description: KindDescription, _ rules: KindRules
  ) throws(ModelError) {
    guard !rule.named.isEmpty else { throw .missing(line: section.line, word: "fields", section: section.name) }
    if let twice = rule.fields.first(where: rule.freeText.contains) {
      throw .duplicate(line: section.line, word: twice)
    }
    for field in rule.fields where rules.isFreeText(field, titled: description.titleField) {
      throw .shape(
        line: section.optional("fields")?.line ?? section.line, word: field,
        expected: "under 'free_text', because people write words of their own in it")
    }
    for (_, parts) in rules.groups where !rule.named.isDisjoint(with: parts) && !rule.named.isSuperset(of: parts) {
      let missing = parts.first { !rule.named.contains($0) } ?? ""
      throw .missing(line: section.line, word: missing, section: "a rule that names a part of its group")
    }
    for field in rule.suggested where !rule.named.contains(field) {
      throw .shape(line: section.line, word: field, expected: "among the fields that cross, to be suggested")
    }
  }
}

extension KindRules {
  /// Tests whether people write words of their own in a field: any text that is neither the record's title nor chosen
  /// from a list.
  package func isFreeText(_ field: String, titled title: String) -> Bool {
    guard let rules = fields[field], field != title else { return false }
    return rules.type == .text && rules.choices.isEmpty && rules.order.isEmpty || rules.type == .any
  }
}
