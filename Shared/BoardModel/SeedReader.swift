// Parses one line of an import file and checks it against the model; `SeedProblem` names every rule.

internal import JSONText
internal import RecordModel
internal import Replication

extension SeedProblem {
  /// A problem thrown to the caller that knows its line.
  struct Thrown: Error {
    let problem: SeedProblem

    init(_ problem: SeedProblem) { self.problem = problem }
  }
}

/// Parser of an import file's lines under one model.
struct SeedReader {
  private static let spaceOfScope = ["public": "public", "centre-staff": "staff"]

  private let model: RecordModel
  /// Key prefix → kind.
  private let kinds: [Substring: String]

  init(_ model: RecordModel) {
    self.model = model
    kinds = model.kinds.values.reduce(into: [:]) { kinds, kind in
      if let prefix = kind.keyPrefix { kinds[Substring(prefix)] = kind.name }
    }
  }

  func record(_ line: ArraySlice<UInt8>) throws(SeedProblem.Thrown) -> SeedRecord {
    let (type, key, fields) = try parts(of: line)
    guard let rules = model.rules.kinds[type], let words = model.kinds[type] else {
      throw .init(.unknownType(type))
    }
    guard let prefix = Self.prefix(of: key), kinds[prefix] == type else { throw .init(.wrongKey(key)) }
    try check(key, "key")
    guard case .string(let set)? = fields["set"], !set.isEmpty else { throw .init(.missing("set")) }
    guard case .string(let scope)? = fields["scope"] else { throw .init(.missing("scope")) }
    guard let space = Self.spaceOfScope[scope] else { throw .init(.unknownScope(scope)) }
    guard words.spaces.contains(space) else { throw .init(.wrongScope(type: type, scope: scope)) }

    let questions = try Self.questions(in: fields)
    for field in questions where fields[field] == nil { throw .init(.noQuestion(field: field)) }
    var read: [String: SeedField] = [:]
    for (name, json) in fields.sorted(by: { $0.key < $1.key }) where name != "_review" {
      // The key has a place of its own on the line, so that no record can have two.
      guard let field = rules.fields[name], name != "key" else { throw .init(.unknownField(name)) }
      if json == .null {
        if questions.contains(name) { throw .init(.noQuestion(field: name)) }
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
  ) throws(SeedProblem.Thrown) -> (type: String, key: String, fields: [String: JSON]) {
    guard line.count <= SeedFile.lineBytesMax else { throw .init(.lineTooLarge(bytes: line.count)) }
    let json: JSON
    do throws(JSONError) {
      json = try JSON(parsing: line)
    } catch {
      throw .init(.json(error))
    }
    guard case .object(let members) = json else { throw .init(.notAnObject) }
    for word in members.keys.sorted() where !["type", "key", "fields"].contains(word) {
      throw .init(.extra(word))
    }
    guard case .string(let type)? = members["type"] else { throw .init(.missing("type")) }
    guard case .string(let key)? = members["key"] else { throw .init(.missing("key")) }
    guard case .object(let fields)? = members["fields"] else { throw .init(.missing("fields")) }
    return (type, key, fields)
  }

  private static func questions(in fields: [String: JSON]) throws(SeedProblem.Thrown) -> Set<String> {
    guard let json = fields["_review"] else { return [] }
    guard case .array(let names) = json else { throw .init(.wrongType(field: "_review")) }
    var questions: Set<String> = []
    for name in names {
      guard case .string(let name) = name else { throw .init(.wrongType(field: "_review")) }
      questions.insert(name)
    }
    return questions
  }

  private func question(
    _ json: JSON, _ name: String, _ field: FieldRules
  ) throws(SeedProblem.Thrown) -> SeedField {
    guard case .array(let rivals) = json, rivals.count > 1, field.policy == .review else {
      throw .init(.noQuestion(field: name))
    }
    let values = try rivals.map { rival throws(SeedProblem.Thrown) in try value(rival, name, field) }
    guard Set(values.map(\.canonicalBytes)).count == values.count else {
      throw .init(.noQuestion(field: name))
    }
    return SeedField(values, isQuestion: true)
  }

  private func values(
    _ json: JSON, _ name: String, _ field: FieldRules
  ) throws(SeedProblem.Thrown) -> SeedField {
    guard case .array(let elements) = json, field.type != .any else {
      return SeedField([try value(json, name, field)])
    }
    guard field.policy == .set || field.policy == .appendOnly else { throw .init(.manyValues(field: name)) }
    return SeedField(
      try elements.map { element throws(SeedProblem.Thrown) in try value(element, name, field) })
  }

  private func value(
    _ json: JSON, _ name: String, _ field: FieldRules
  ) throws(SeedProblem.Thrown) -> Value {
    let value: Value
    switch (field.type, json) {
    case (.link, .string(let key)): value = .link(try link(to: key, name))
    default: value = try plain(json, name)
    }
    guard value != .null, field.refusal(of: value) == nil else { throw .init(.wrongType(field: name)) }
    return value
  }

  private func link(to key: String, _ field: String) throws(SeedProblem.Thrown) -> RecordID {
    guard let prefix = Self.prefix(of: key), let kind = kinds[prefix] else {
      throw .init(.unknownLink(field: field, key: key))
    }
    try check(key, field)
    return .fixed(kind: kind, key: key)
  }

  /// Text is normalised here, at entry. Objects and fractions have no place in an import file.
  private func plain(_ json: JSON, _ field: String) throws(SeedProblem.Thrown) -> Value {
    switch json {
    case .bool(let value): return .bool(value)
    case .integer(let value): return .integer(value)
    case .string(let text):
      try check(text, field)
      guard let value = try? Value.text(text).normalised() else { throw .init(.wrongType(field: field)) }
      return value
    case .array(let elements):
      return .list(try elements.map { element throws(SeedProblem.Thrown) in try plain(element, field) })
    case .null, .number, .object: throw .init(.wrongType(field: field))
    }
  }

  private func check(_ text: String, _ field: String) throws(SeedProblem.Thrown) {
    if let detail = ContactDetail.found(in: text) { throw .init(.contactDetail(field: field, detail)) }
  }

  /// The part before the first slash; `nil` unless the key is well formed: at most 200 printable ASCII characters
  /// without spaces, so that two keys that look the same are the same.
  private static func prefix(of key: String) -> Substring? {
    guard key.utf8.count <= 200, key.utf8.allSatisfy({ (0x21...0x7e).contains($0) }) else { return nil }
    guard let slash = key.firstIndex(of: "/"), key.index(after: slash) != key.endIndex else { return nil }
    return key[..<slash]
  }
}
