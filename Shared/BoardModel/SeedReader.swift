// Reads the lines of the file of the Centre's real records, one JSON object a line, and checks each against the model;
// `SeedProblem` names every rule.
//
//   {"type": "event", "key": "event/2013-02-reform", "fields": {"title": …, "host_refs": [key, …], "_review": [name]}}

internal import JSONText
package import RecordModel
internal import Replication

/// Parser of an import file's lines under one model.
package struct SeedReader {
  private static let spaceOfScope = ["public": "public", "centre-staff": "staff"]

  private let model: RecordModel
  /// Key prefix → kind.
  private let kinds: [Substring: String]

  /// The format, for whoever reads whole files.
  package static let format: SeedFormat = { model in
    let reader = SeedReader(model)
    return { try reader.record($0) }
  }

  package init(_ model: RecordModel) {
    self.model = model
    kinds = model.kinds.values.reduce(into: [:]) { kinds, kind in
      if let prefix = kind.keyPrefix { kinds[Substring(prefix)] = kind.name }
    }
  }

  /// Reads one line, without its line break.
  package func record(_ line: ArraySlice<UInt8>) throws(SeedProblem) -> SeedRecord {
    let (type, key, fields) = try parts(of: line)
    guard let rules = model.rules.kinds[type], let words = model.kinds[type] else {
      throw .unknownType(type)
    }
    guard let prefix = Self.prefix(of: key), kinds[prefix] == type else { throw .wrongKey(key) }
    try check(key, "key")
    guard case .string(let set)? = fields["set"], !set.isEmpty else { throw .missing("set") }
    guard case .string(let scope)? = fields["scope"] else { throw .missing("scope") }
    guard let space = Self.spaceOfScope[scope] else { throw .unknownScope(scope) }
    guard words.spaces.contains(space) else { throw .wrongScope(type: type, scope: scope) }

    let questions = try Self.questions(in: fields)
    for field in questions where fields[field] == nil { throw .noQuestion(field: field) }
    var read: [String: SeedField] = [:]
    for (name, json) in fields.sorted(by: { $0.key < $1.key }) where name != "_review" {
      // The key has a place of its own on the line, so that no record can have two.
      guard let field = rules.fields[name], name != "key" else { throw .unknownField(name) }
      if json == .null {
        if questions.contains(name) { throw .noQuestion(field: name) }
        continue
      }
      read[name] =
        questions.contains(name) ? try question(json, name, field) : try values(json, name, field)
    }
    if rules.fields["key"] != nil { read["key"] = SeedField([.text(key)]) }
    return SeedRecord(kind: type, key: key, set: set, scope: scope, spaceName: space, fields: read)
  }

  private func parts(
    of line: ArraySlice<UInt8>
  ) throws(SeedProblem) -> (type: String, key: String, fields: [String: JSON]) {
    let json: JSON
    do throws(JSONError) {
      // A byte-order mark begins a file, or one of several that were joined.
      json = try JSON(parsing: line.starts(with: [0xef, 0xbb, 0xbf]) ? line.dropFirst(3) : line)
    } catch {
      throw .json(error)
    }
    guard case .object(let members) = json else { throw .notAnObject }
    for word in members.keys.sorted() where !["type", "key", "fields"].contains(word) {
      throw .extra(word)
    }
    guard case .string(let type)? = members["type"] else { throw .missing("type") }
    guard case .string(let key)? = members["key"] else { throw .missing("key") }
    guard case .object(let fields)? = members["fields"] else { throw .missing("fields") }
    return (type, key, fields)
  }

  private static func questions(in fields: [String: JSON]) throws(SeedProblem) -> Set<String> {
    guard let json = fields["_review"] else { return [] }
    guard case .array(let names) = json else { throw .wrongType(field: "_review") }
    var questions: Set<String> = []
    for name in names {
      guard case .string(let name) = name else { throw .wrongType(field: "_review") }
      questions.insert(name)
    }
    return questions
  }

  private func question(
    _ json: JSON, _ name: String, _ field: FieldRules
  ) throws(SeedProblem) -> SeedField {
    guard case .array(let rivals) = json, rivals.count > 1, field.policy == .review else {
      throw .noQuestion(field: name)
    }
    let values = try rivals.map { rival throws(SeedProblem) in try value(rival, name, field) }
    guard Set(values.map(\.canonicalBytes)).count == values.count else {
      throw .noQuestion(field: name)
    }
    return SeedField(values, isQuestion: true)
  }

  private func values(
    _ json: JSON, _ name: String, _ field: FieldRules
  ) throws(SeedProblem) -> SeedField {
    guard case .array(let elements) = json, field.type != .any else {
      return SeedField([try value(json, name, field)])
    }
    guard field.policy == .set || field.policy == .appendOnly else { throw .manyValues(field: name) }
    return SeedField(
      try elements.map { element throws(SeedProblem) in try value(element, name, field) })
  }

  private func value(
    _ json: JSON, _ name: String, _ field: FieldRules
  ) throws(SeedProblem) -> Value {
    let value: Value
    switch (field.type, json) {
    case (.link, .string(let key)): value = .link(try link(to: key, name))
    default: value = try plain(json, name)
    }
    if case .text(let text) = value, text.isBlank { throw .wrongType(field: name) }
    guard value != .null, field.refusal(of: value) == nil else { throw .wrongType(field: name) }
    return value
  }

  private func link(to key: String, _ field: String) throws(SeedProblem) -> RecordID {
    guard let prefix = Self.prefix(of: key), let kind = kinds[prefix] else {
      throw .unknownLink(field: field, key: key)
    }
    try check(key, field)
    return .fixed(kind: kind, key: key)
  }

  /// Text is normalised here, at entry. Objects and fractions have no place in an import file.
  private func plain(_ json: JSON, _ field: String) throws(SeedProblem) -> Value {
    switch json {
    case .bool(let value): return .bool(value)
    case .integer(let value): return .integer(value)
    case .string(let text):
      try check(text, field)
      // There is one error: U+0000.
      guard let value = try? Value.text(text).normalised() else { throw .wrongType(field: field) }
      return value
    case .array(let elements):
      return .list(try elements.map { element throws(SeedProblem) in try plain(element, field) })
    case .null, .number, .object: throw .wrongType(field: field)
    }
  }

  private func check(_ text: String, _ field: String) throws(SeedProblem) {
    if let detail = ContactDetail.found(in: text) { throw .contactDetail(field: field, detail) }
  }

  /// The part before the first slash; `nil` unless the key is well formed: at most 200 printable ASCII characters
  /// without spaces, so that two keys that look the same are the same.
  private static func prefix(of key: String) -> Substring? {
    guard key.utf8.count <= 200, key.utf8.allSatisfy({ (0x21...0x7e).contains($0) }) else { return nil }
    guard let slash = key.firstIndex(of: "/"), key.index(after: slash) != key.endIndex else { return nil }
    return key[..<slash]
  }
}
