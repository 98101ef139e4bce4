// Turns what a person or a script typed into drafts, by the field's type and policy. This is the only place where text
// becomes values.

package import JSONText
package import Replication

/// The reason an input is not a value of its field.
package enum InputError: Error, Equatable, Sendable {
  case noSuchField(String, kind: String)
  /// `expected` describes a valid value in plain words (`FieldRules.expectation`).
  case badValue(field: String, expected: String)
}

/// An assignment as typed: `field=text` or `field:=JSON`.
package enum FieldInput: Equatable, Sendable {
  case text(field: String, String)
  case json(field: String, JSON)

  /// The field named.
  package var field: String {
    switch self {
    case .text(let field, _), .json(let field, _): field
    }
  }

  /// A group as typed: a JSON map of its fields, or plain text for its first field.
  fileprivate init(groupText text: String, field: String) {
    do throws(JSONError) {
      let json = try JSON(parsing: Array(text.utf8))
      if case .object = json { self = .json(field: field, json) } else { self = .text(field: field, text) }
    } catch {
      // Plain text is not JSON, and need not be.
      self = .text(field: field, text)
    }
  }

  /// Builds the drafts that write this input.
  ///
  /// A set takes one element to add, a JSON list to become, or `{"add": […], "remove": […]}`. A counter takes the
  /// number to add. An append-only list takes the entry to append. Any other field takes its new value.
  ///
  /// - Throws: ``InputError``.
  package func drafts(
    for record: RecordID, kind: String, model: RecordModel, current: RecordState?
  ) throws -> [Draft] {
    guard let rules = model.rules.kinds[kind]?.fields[field] else {
      throw InputError.noSuchField(field, kind: kind)
    }
    switch rules.policy {
    case .set: return try setDrafts(record, rules, current)
    case .counter:
      guard case .integer(let amount) = try value(FieldRules(.latest, type: .integer)) else { throw bad(rules) }
      return [.count(record, field: field, amount)]
    case .appendOnly: return [.append(record, field: field, try value(rules))]
    case .latest, .review, .once, .text, .furthest:
      if case .json(_, .object(let parts)) = self, let group = model.rules.kinds[kind]?.groups[field] {
        return try parts.sorted { $0.key < $1.key }.flatMap { name, part in
          guard group.contains(name) else { throw InputError.noSuchField(name, kind: kind) }
          return try FieldInput.json(field: name, part).drafts(for: record, kind: kind, model: model, current: current)
        }
      }
      return [.set(record, field: field, try named(try value(rules), kind: kind, model: model, current: current))]
    }
  }

  /// The value itself, or a member's name judged and tidied.
  ///
  /// - Throws: ``InputError/badValue(field:expected:)`` for what is no name.
  private func named(_ value: Value, kind: String, model: RecordModel, current: RecordState?) throws -> Value {
    guard kind == model.memberKind, field == "name", case .text(let text) = value else { return value }
    var ownRole: String?
    if case .text(let role)? = current?.shown("role", by: FieldRules(.latest)) { ownRole = role }
    do throws(MemberName.Problem) {
      return .text(try MemberName(text, role: ownRole, in: model).text)
    } catch {
      throw InputError.badValue(field: field, expected: error.expectation)
    }
  }

  private func setDrafts(_ record: RecordID, _ rules: FieldRules, _ current: RecordState?) throws -> [Draft] {
    func elements(_ list: [JSON]) throws -> [Value] {
      try list.map { try FieldInput.json(field: field, $0).value(rules) }
    }
    switch self {
    case .text: return [.add(record, field: field, try value(rules))]
    case .json(_, .array(let list)):
      let wanted = try elements(list)
      let standing = current?.fields[field]?.elements.map(\.value) ?? []
      return wanted.map { .add(record, field: field, $0) }
        + standing.filter { !wanted.contains($0) }.map { .remove(record, field: field, $0) }
    case .json(_, .object(let parts)):
      guard Set(parts.keys).isSubset(of: ["add", "remove"]) else { throw bad(rules) }
      return try ["add", "remove"].flatMap { word -> [Draft] in
        guard let part = parts[word] else { return [] }
        guard case .array(let list) = part else { throw bad(rules) }
        return try elements(list).map {
          word == "add" ? .add(record, field: field, $0) : .remove(record, field: field, $0)
        }
      }
    case .json: return [.add(record, field: field, try value(rules))]
    }
  }

  /// The input parsed as a value of the field's type.
  fileprivate func value(_ rules: FieldRules) throws -> Value {
    switch self {
    case .text(_, let text): try value(ofText: text, rules)
    case .json(_, let json): try value(ofJSON: json, rules)
    }
  }

  private func value(ofText text: String, _ rules: FieldRules) throws -> Value {
    switch rules.type {
    case .date, .time:
      guard rules.refusal(of: .text(text)) == nil else { throw bad(rules) }
      return .text(text)
    case .text:
      guard !text.isBlank else { throw bad(rules) }
      return .text(text)
    case .choice, .any: return .text(text)
    case .integer:
      guard let number = Int64(text) else { throw bad(rules) }
      return .integer(number)
    case .boolean:
      switch text {
      case "true", "yes": return .bool(true)
      case "false", "no": return .bool(false)
      default: throw bad(rules)
      }
    case .link:
      guard let record = RecordID(text) else { throw bad(rules) }
      return .link(record)
    }
  }

  private func value(ofJSON json: JSON, _ rules: FieldRules) throws -> Value {
    switch (rules.type, json) {
    case (_, .null): return .null
    case (.link, .string(let text)), (.date, .string(let text)), (.time, .string(let text)),
      (.text, .string(let text)):
      return try value(ofText: text, rules)
    case (.choice, .string(let text)): return .text(text)
    case (.integer, .integer(let number)): return .integer(number)
    case (.boolean, .bool(let flag)): return .bool(flag)
    case (.any, _):
      guard let value = Value(json) else { throw bad(rules) }
      return value
    default: throw bad(rules)
    }
  }

  private func bad(_ rules: FieldRules) -> InputError {
    .badValue(field: field, expected: rules.expectation)
  }
}

extension FieldRules {
  /// A description of valid input, in plain words.
  package var expectation: String {
    switch type {
    case .text: "words, not a blank"
    case .integer: "a whole number"
    case .boolean: "yes or no"
    case .link: "the id of a record"
    case .date: "a date, such as 2026-12-10, 2026-12, 2026-autumn or 2026"
    case .time: "a time and its place, such as 10:30 Europe/London"
    case .choice: "one of: " + (order + choices).joined(separator: ", ")
    case .any: "words, numbers, lists or maps"
    }
  }
}

extension Value {
  /// Converts a JSON value to a field's value; `nil` for numbers with a fraction, which no field holds.
  fileprivate init?(_ json: JSON) {
    switch json {
    case .null: self = .null
    case .bool(let flag): self = .bool(flag)
    case .integer(let number): self = .integer(number)
    case .number: return nil
    case .string(let text): self = .text(text)
    case .array(let items):
      var values: [Value] = []
      for item in items {
        guard let value = Value(item) else { return nil }
        values.append(value)
      }
      self = .list(values)
    case .object(let members):
      var values: [String: Value] = [:]
      for (name, member) in members {
        guard let value = Value(member) else { return nil }
        values[name] = value
      }
      self = .map(values)
    }
  }
}

extension Conflict {
  /// Builds the drafts that settle this conflict with the text a script gave: for a group, the first field of one of the
  /// rivals, which is kept whole, or a JSON map of the fields to write. The fields that a map leaves out stay as they
  /// are, and the commit refuses it if the rivals differ in one of them.
  ///
  /// - Parameter current: The state of the record; a member's name may be what the programs call their own role.
  /// - Throws: ``InputError``.
  package func drafts(
    settling record: RecordID, field: String, text: String, kind: String, model: RecordModel, current: RecordState?
  ) throws -> [Draft] {
    if self.field == Conflict.removedField {
      switch text {
      case "true", "yes": return [.restore(record), .delete(record)]
      case "false", "no": return [.restore(record)]
      default: throw InputError.badValue(field: field, expected: "true or false")
      }
    }
    guard model.rules.kinds[kind]?.groups[self.field] != nil else {
      return try FieldInput.text(field: field, text).drafts(for: record, kind: kind, model: model, current: current)
    }
    let chosen = rivals.filter { field == self.field && $0.value.part(named: field) == .text(text) }
    if chosen.count == 1 { return [.set(record, field: field, chosen[0].value)] }
    let input = field == self.field ? FieldInput(groupText: text, field: field) : .text(field: field, text)
    return try input.drafts(for: record, kind: kind, model: model, current: current)
  }
}

extension Value {
  fileprivate func part(named name: String) -> Value? {
    if case .map(let parts) = self { parts[name] } else { nil }
  }
}
