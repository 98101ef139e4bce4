// A copy in words: records by title, values, authors by name, and dates. Every label comes from the model, so that a
// new field needs no new program to read well.

package import ClientCore
package import RecordModel
package import Replication
package import SafeText

/// A snapshot of a member's copy, with words for what it holds.
package struct Presenter {
  package let snapshot: MemberSnapshot
  private let environment: TerminalEnvironment

  package init(_ snapshot: MemberSnapshot, _ environment: TerminalEnvironment) {
    self.snapshot = snapshot
    self.environment = environment
  }

  package var model: RecordModel { snapshot.model }
  package var membership: Membership { snapshot.membership }

  // MARK: Time

  /// Converts a moment to local time.
  package func local(_ time: Timestamp) -> CivilTime { environment.local(time) }

  /// The present time by this computer's clock.
  package var clock: Timestamp { environment.clock() }

  // MARK: Records

  /// The title of a record, or its kind if it has none. If the title is in conflict, all its versions.
  package func title(of view: RecordView) throws -> TerminalText {
    guard let kind = model.kinds[view.kind] else { return "\(view.kind)" }
    if view.presence == .erased { return "\(kind.label), erased" }
    let register = model.rules.kinds[view.kind]?.register(of: kind.titleField)
    if let rivals = view.conflicts.first(where: { $0.field == register })?.rivals {
      let titles = try rivals.map { try inline($0.value.part(kind.titleField), kind.titleField, of: view.kind) }
      return titles.joined(by: ", or ")
    }
    guard let value = view.fields[kind.titleField], !value.isBlank else { return "\(kind.label), without a name" }
    return try inline(value, kind.titleField, of: view.kind)
  }

  /// The title of a linked record, or a note that this copy does not hold it.
  package func title(of record: RecordID) throws -> TerminalText {
    try snapshot.record(record).map { try title(of: $0) } ?? "a record that is not in this copy"
  }

  /// The label of a field or group; its name if the model does not define it.
  package func label(ofField field: String, of kind: String) -> TerminalText {
    if field == Conflict.removedField { return "Removed" }
    return TerminalText(words: model.kinds[kind]?.fieldLabels[field] ?? field)
  }

  /// A value on one line, truncated if it is long.
  package func inline(_ value: Value?, _ field: String, of kind: String) throws -> TerminalText {
    try self.lines(value, field, of: kind).joined(by: " / ").cut
  }

  /// A value, line by line. A list has a line for each entry, a group one for each field.
  ///
  /// - Parameter others: The other fields of the record or group: a time is read with its date.
  package func lines(
    _ value: Value?, _ field: String, of kind: String, beside others: [String: Value] = [:]
  ) throws -> [TerminalText] {
    switch value {
    case nil, .null: return ["nothing"]
    case .bool(let flag): return [flag ? "yes" : "no"]
    case .integer(let number): return ["\(number)"]
    case .text(let text) where text.isBlank: return ["nothing that can be seen"]
    case .text(let text):
      let type = model.rules.kinds[kind]?.fields[field]?.type
      switch type {
      case .date: return [TerminalText(date: text)]
      case .time:
        let dates = model.rules.kinds[kind]?.dateFields ?? []
        let date = dates.lazy.compactMap { if case .text(let date)? = others[$0] { date } else { nil } }.first
        return [
          TerminalText(time: text, on: date, local: environment.zone, offset: environment.zoneOffset)
        ]
      default: return TerminalText.lines(of: text)
      }
    case .link(let record): return [try title(of: record)]
    case .bytes(let bytes): return ["\(bytes.count) bytes"]
    case .unknown: return ["something this program cannot show"]
    case .list(let values):
      return values.isEmpty ? ["nothing"] : try values.flatMap { try lines($0, field, of: kind) }
    case .map(let parts):
      let order = model.rules.kinds[kind]?.groups[field] ?? []
      let names = order.filter { parts[$0] != nil } + parts.keys.filter { !order.contains($0) }.sorted()
      return try names.filter { parts[$0] != .null }.map { name in
        let lines = try lines(parts[name], name, of: kind, beside: parts)
        return "\(label(ofField: name, of: kind)): \(lines.joined(by: " / ").cut)"
      }
    }
  }

  // MARK: Versions

  /// The fields in conflict: of a group, those in which its versions differ; otherwise the field itself.
  package func fields(of conflict: Conflict, on kind: String) -> [String] {
    guard let group = model.rules.kinds[kind]?.groups[conflict.field] else { return [conflict.field] }
    return group.filter { name in
      let parts = conflict.rivals.map { $0.value.part(name) ?? .null }
      return parts.contains { !$0.hasSameBytes(as: parts[0]) }
    }
  }

  /// The labels of the fields in conflict.
  package func label(of conflict: Conflict, on kind: String) -> TerminalText {
    let labels = fields(of: conflict, on: kind).map { label(ofField: $0, of: kind) }
    return labels.isEmpty ? label(ofField: conflict.field, of: kind) : labels.joined(by: " and ")
  }

  /// A version of a field, line by line; of a group, only the fields in which its versions differ.
  package func lines(_ value: Value, of conflict: Conflict, on kind: String) throws -> [TerminalText] {
    let fields = fields(of: conflict, on: kind)
    guard case .map(let parts) = value, !fields.isEmpty, fields != [conflict.field] || parts[conflict.field] != nil
    else { return try lines(value, conflict.field, of: kind) }
    guard fields.count > 1 else { return try lines(parts[fields[0]], fields[0], of: kind, beside: parts) }
    return try fields.map { name in
      let lines = try lines(parts[name], name, of: kind, beside: parts)
      return "\(label(ofField: name, of: kind)): \(lines.joined(by: " / ").cut)"
    }
  }

  /// The versions of a conflict, line by line and in their order. Two that look the same are told apart.
  package func versions(of conflict: Conflict, on kind: String) throws -> [[TerminalText]] {
    TerminalText.toldApart(try conflict.rivals.map { try lines($0.value, of: conflict, on: kind) }, by: \.lookAlikeKey)
  }

  // MARK: People

  /// An author's name, with the role unless it is `member`: `Sam Lee, the note taker`. A name that says what only this
  /// program says of people is shown as a name.
  package func name(of author: MemberID) throws -> TerminalText {
    if author == membership.member { return "you" }
    if author == membership.importer { return "the Centre's public pages" }
    if author == membership.centre { return "the Centre" }
    let roleName = try snapshot.authorRole(author)
    let role = roleName.flatMap { $0 == "member" ? nil : TerminalText(words: model.label(ofRole: $0)) }
    guard let stored = try snapshot.authorName(author) else { return role ?? "another person" }
    let name = MemberName.shown(stored, role: roleName, in: model)
    // Avoids "the chair, the chair" for somebody who is known by their role.
    guard let role, !name.lowercased().hasSuffix(role.description.lowercased()) else { return "\(name)" }
    return "\(name), \(role)"
  }

  // MARK: Spaces

  /// The label of a space; its name if the model does not define it.
  package func label(ofSpace name: String) -> TerminalText {
    let family = name.split(separator: ":", maxSplits: 1).first.map(String.init) ?? name
    return TerminalText(words: (model.space(named: name) ?? model.space(named: family))?.label ?? name)
  }

  /// The names of this copy's spaces.
  func spaceNames() throws -> [SpaceID: String] {
    try Dictionary(snapshot.spaces().map { ($0.id, $0.name) }) { first, _ in first }
  }

  /// The board's name: the label of the space in which this copy has meetings.
  package func boardName() throws -> TerminalText {
    let spaces = try snapshot.spaces().map(\.name)
    let home = model.kinds["meeting"]?.spaces.first { spaces.contains($0) } ?? spaces.first
    return home.map { label(ofSpace: $0) } ?? "Your board"
  }
}

extension Value {
  /// True if there is nothing to show: null, or a text without a visible character.
  var isBlank: Bool {
    if case .text(let text) = self { text.isBlank } else { self == .null }
  }

  /// A field of a group's map, or the value itself if it is not a map.
  package func part(_ field: String) -> Value? {
    if case .map(let parts) = self { parts[field] } else { self }
  }
}
