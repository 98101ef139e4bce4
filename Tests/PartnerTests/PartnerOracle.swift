// What may cross by an agreement, read anew and simply from the giver's records: the measure of random worlds. It shares
// no code with the projection that it judges.

import BoardModel
import RecordModel
import Replication
import SQLiteStorage
import SyncHub
import TestKit

/// One rule of an agreement, as a random world wrote it.
struct WorldRule: Equatable {
  var giver: Int
  var kind: String
  var space: String
  var condition: String?
  var fields: [String]
  var freeText: [String]
  var suggested: [String]
}

/// One version of an agreement of a random world, with what has become of it.
struct WorldVersion {
  let id: String
  let number: Int
  let from: CivilDay
  let to: CivilDay
  var rules: [WorldRule]
  /// The receivers for whose country a safeguard is on record.
  let safeguarded: Set<Int>
  var signers: Set<Int> = []
  var confirmers: Set<Int> = []
  /// The sides that know that it has ended.
  var endedAt: Set<Int> = []
}

/// An administrator's look, as the world remembers it.
struct WorldLook {
  let value: Value
  let decision: Value?
}

struct LookKey: Hashable {
  let agreement: String
  let record: RecordID
  let field: String
}

/// A record of a giver's own.
struct OwnRecord {
  let id: RecordID
  let space: String
  let state: RecordState
}

/// The fields that cross of some records, each with the text by which a link to it is told.
struct PartnerOracle {
  static let rules = RecordModel.board.rules
  static let publicKinds: Set = ["event", "organisation", "topic"]

  let records: [OwnRecord]
  let looks: [LookKey: WorldLook]
  let isOneCountry: Bool

  /// Every record that crosses, with its fields. Links lead to the giver's records.
  func crossing(by version: WorldVersion, from giver: Int, to receiver: Int) -> [(OwnRecord, [String: Value])] {
    let isPublicOnly = !isOneCountry && !version.safeguarded.contains(receiver)
    return records.compactMap { record in
      let rule = version.rules.first {
        $0.giver == giver && $0.kind == record.state.kind && $0.space == record.space
      }
      guard let rule, !isPublicOnly || record.space == "public" && Self.publicKinds.contains(rule.kind) else {
        return nil
      }
      return fields(of: record, by: rule, version.id).map { (record, $0) }
    }
  }

  private func fields(of record: OwnRecord, by rule: WorldRule, _ agreement: String) -> [String: Value]? {
    let state = record.state
    guard state.presence(by: Self.rules.deletes(of: state.kind)).isThere else { return nil }
    var contested = Set(state.conflicts(by: Self.rules).map(\.field))
    if contested.contains("date") { contested.formUnion(["date_precision", "time"]) }
    let shown = state.shownFields(by: Self.rules)
    if let word = rule.condition {
      guard shown["kind"] == .text(word), !contested.contains("kind") else { return nil }
    }
    var fields = shown.filter { rule.fields.contains($0.key) && !contested.contains($0.key) }
    for field in rule.freeText where !contested.contains(field) {
      guard let value = shown[field], let look = looks[LookKey(agreement: agreement, record: record.id, field: field)],
        look.value == value
      else { continue }
      fields[field] = look.decision
    }
    return fields.filter { $0.value != .null }
  }

  /// The texts of everything that crosses, which are equal for both hubs though ids differ.
  static func texts(_ records: [(id: RecordID, kind: String, fields: [String: Value])]) -> [String] {
    let names = Dictionary(
      records.map { ($0.id, "\($0.kind) \(plain($0.fields, { _ in "" }))") }, uniquingKeysWith: { first, _ in first })
    return records.map { "\($0.kind) \(plain($0.fields) { names[$0].map { "→(\($0))" } ?? "" })" }.sorted()
  }

  /// The fields in words; those that show nothing are left out.
  private static func plain(_ fields: [String: Value], _ link: (RecordID) -> String) -> String {
    fields.keys.sorted().map { field in
      let texts = elements(fields[field]!).map { value -> String in
        if case .link(let record) = value { link(record) } else { "\(value)" }
      }.filter { !$0.isEmpty }.sorted()
      return texts.isEmpty || fields[field] == .integer(0) ? "" : "\(field)=\(texts)"
    }.filter { !$0.isEmpty }.joined(separator: " ")
  }

  static func elements(_ value: Value) -> [Value] { if case .list(let values) = value { values } else { [value] } }

  /// The pieces of a record that crosses, by which what is at a partner is judged.
  static func pieces(_ kind: String, _ fields: [String: Value]) -> [String] {
    fields.flatMap { field, value in
      elements(value).map { element -> String in
        if case .link = element { "\(kind).\(field) →" } else { "\(kind).\(field) \(element)" }
      }
    }
  }
}
