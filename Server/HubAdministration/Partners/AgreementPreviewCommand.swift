// `agreement preview`: what a version of an agreement would give, counted, with examples.

package import JSONText
internal import PartnerExchange
internal import Replication
internal import SyncHub

package struct AgreementPreviewCommand: ShortAdminCommand {
  package static let name = "agreement preview"
  let agreement: String
  /// The only kind to show; `nil` for all.
  let kind: String?
  let examples: Int

  package var parameters: [String: JSON] { ["id": agreement.json, "kind": kind.json, "examples": examples.json] }

  package init(_ agreement: String, kind: String?, examples: Int) {
    self.agreement = agreement
    self.kind = kind
    self.examples = examples
  }

  package init(parameters: JSON) throws(JSONMismatch) {
    self.init(
      try parameters.member("id"), kind: try parameters.member("kind"), examples: try parameters.member("examples"))
  }

  package func run(in hub: AdminContext) throws -> AgreementPreview {
    let (preview, seen) = try hub.store.read { reader in
      let (partner, state) = try hub.agreement(named: agreement, in: reader)
      guard let partnerHub = partner.hub else {
        throw AdminError(.notJoined, "The hub of \(partner.name) has not joined yet.")
      }
      let preview = try Preview(
        of: state, to: partnerHub, model: hub.model, kind: kind, examplesMax: examples, in: reader)
      return (
        AgreementPreview(
          id: state.agreement.id, version: state.agreement.version, partner: partner.name,
          kinds: preview.kinds.map(AgreementPreview.Kind.init), vanishing: preview.vanishing), state.agreement
      )
    }
    // A preview of one kind shows less than what is confirmed.
    if kind == nil { try hub.store.write { try Papers.notePreview(of: seen, in: $0) } }
    return preview
  }
}

/// The answer of `agreement preview`.
package struct AgreementPreview: JSONConvertible {
  /// What would cross of one kind.
  package struct Kind: JSONConvertible {
    package let kind: String
    package let crossing: Int
    package let new: Int
    /// Field → the number of records with which it crosses.
    package let fields: [String: Int]
    /// Field → the number of records in which it stays at home, because no rule names it.
    package let unnamed: [String: Int]
    /// Reason → the number of records or values that stay at home for it.
    package let staying: [String: Int]
    package let examples: [[String: JSON]]

    package var json: JSON {
      .object([
        "kind": kind.json, "crossing": crossing.json, "new": new.json, "fields": .object(fields.mapValues(\.json)),
        "unnamed": .object(unnamed.mapValues(\.json)), "staying": .object(staying.mapValues(\.json)),
        "examples": .array(examples.map { .object($0) }),
      ])
    }
  }

  package let id: String
  package let version: UInt64
  package let partner: String
  package let kinds: [Kind]
  package let vanishing: Int

  package var json: JSON {
    .object([
      "id": id.json, "version": version.json, "partner": partner.json, "kinds": kinds.json,
      "vanishing": vanishing.json,
    ])
  }
}

extension AgreementPreview {
  package init(json: JSON) throws(JSONMismatch) {
    self.init(
      id: try json.member("id"), version: try json.member("version"), partner: try json.member("partner"),
      kinds: try json.member("kinds"), vanishing: try json.member("vanishing"))
  }
}

extension AgreementPreview.Kind {
  init(_ kind: Preview.Kind) {
    self.init(
      kind: kind.kind, crossing: kind.crossing, new: kind.new, fields: kind.fields, unnamed: kind.unnamed,
      staying: Dictionary(uniqueKeysWithValues: kind.staying.map { ($0.key.rawValue, $0.value) }),
      examples: kind.examples.map { $0.mapValues { JSON($0) } })
  }

  package init(json: JSON) throws(JSONMismatch) {
    func counts(_ name: String) throws(JSONMismatch) -> [String: Int] {
      guard case .object(let members) = try json.member(name) as JSON else { throw JSONMismatch() }
      var counts: [String: Int] = [:]
      for (key, value) in members { counts[key] = try Int(json: value) }
      return counts
    }
    guard case .array(let items) = try json.member("examples") as JSON else { throw JSONMismatch() }
    var examples: [[String: JSON]] = []
    for item in items {
      guard case .object(let members) = item else { throw JSONMismatch() }
      examples.append(members)
    }
    self.init(
      kind: try json.member("kind"), crossing: try json.member("crossing"), new: try json.member("new"),
      fields: try counts("fields"), unnamed: try counts("unnamed"), staying: try counts("staying"),
      examples: examples)
  }
}
