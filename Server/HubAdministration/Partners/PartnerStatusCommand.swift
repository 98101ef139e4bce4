// `partner status`: what crossed to and from each partner, by agreement, and what is not confirmed. `partner suggest`: a
// value for a record of a partner's.

internal import Cryptography
package import JSONText
internal import PartnerExchange
internal import RecordModel
package import Replication
internal import SyncHub

package struct PartnerStatusCommand: ShortAdminCommand {
  package static let name = "partner status"
  /// `nil` for all.
  let partner: String?

  package var parameters: [String: JSON] { ["name": partner.json] }
  package init(_ partner: String?) { self.partner = partner }
  package init(parameters: JSON) throws(JSONMismatch) { self.init(try parameters.member("name")) }

  package func run(in hub: AdminContext) throws -> PartnerStatuses {
    let now = hub.clock()
    return try hub.store.read { reader in
      let partners =
        try partner.map { [try hub.partner(called: $0, in: reader)] } ?? Directory(reader).partners()
      return PartnerStatuses(partners: try partners.map { try status(of: $0, in: hub, now: now, reader) })
    }
  }

  private func status(
    of partner: Partner, in hub: AdminContext, now: Timestamp, _ reader: any StoreReader
  ) throws -> PartnerStatuses.Status {
    let states = try Papers(with: partner, in: reader)?.all(in: reader) ?? []
    let agreements = try Dictionary(grouping: states, by: \.agreement.id).sorted { $0.key < $1.key }.compactMap {
      try $0.value.last.map { try crossing(of: $0, with: partner, in: hub, now: now, reader) }
    }
    let waiting = try CrossingQueue(model: hub.model, now: now, in: reader).questions().count {
      $0.partner.member == partner.member
    }
    let suggestions = try OwnSuggestions.all(in: reader).filter { made in
      states.contains { $0.agreement.id == made.suggestion.agreement }
    }
    return PartnerStatuses.Status(
      partner: try PartnerSummary(partner, now: now, in: reader), agreements: agreements, waiting: waiting,
      suggestionsOpen: suggestions.count { $0.answer == nil },
      suggestionsTaken: suggestions.count { $0.answer?.isTaken == true },
      suggestionsLeft: suggestions.count { $0.answer?.isTaken == false })
  }

  private func crossing(
    of state: AgreementState, with partner: Partner, in hub: AdminContext, now: Timestamp, _ reader: any StoreReader
  ) throws -> PartnerStatuses.Crossing {
    var given: [String: Int] = [:]
    var isConfirmed = true
    if let partnerHub = partner.hub {
      let outgoing = PartnerSpace.outgoing(of: state.agreement.id, from: state.home, to: partnerHub.id)
      if let space = try reader.space(outgoing) {
        try reader.forEachRecord(in: outgoing, kind: nil) { _, record in
          if !record.isErased, !record.kind.hasPrefix("_") { given[record.kind, default: 0] += 1 }
        }
        isConfirmed = state.theirs?.reached == space.lastPosition
      }
    }
    var received: [String: Int] = [:]
    for case (let space, .received(partner.member, state.agreement.id, _, false)) in try PartnerSpace.all(in: reader) {
      try reader.forEachRecord(in: space, kind: nil) { _, record in
        if !record.isErased { received[record.kind, default: 0] += 1 }
      }
    }
    return PartnerStatuses.Crossing(
      agreement: AgreementSummary(state, partner: partner, model: hub.model, now: now), given: given,
      received: received,
      isConfirmed: isConfirmed)
  }
}

package struct PartnerStatuses: JSONConvertible {
  /// What crossed under one agreement.
  package struct Crossing: JSONConvertible {
    package let agreement: AgreementSummary
    /// Kind → the number of records that the partner may read.
    package let given: [String: Int]
    /// Kind → the number of the partner's records that members may read.
    package let received: [String: Int]
    /// True once the partner's hub has confirmed everything that was given or erased.
    package let isConfirmed: Bool

    package var json: JSON {
      .object([
        "agreement": agreement.json, "given": .object(given.mapValues(\.json)),
        "received": .object(received.mapValues(\.json)), "confirmed": isConfirmed.json,
      ])
    }
  }

  package struct Status: JSONConvertible {
    package let partner: PartnerSummary
    package let agreements: [Crossing]
    /// The texts and suggestions that wait for an administrator here.
    package let waiting: Int
    package let suggestionsOpen: Int
    package let suggestionsTaken: Int
    package let suggestionsLeft: Int

    package var json: JSON {
      .object([
        "partner": partner.json, "agreements": agreements.json, "waiting": waiting.json,
        "suggestionsOpen": suggestionsOpen.json, "suggestionsTaken": suggestionsTaken.json,
        "suggestionsLeft": suggestionsLeft.json,
      ])
    }
  }

  package let partners: [Status]
  package var json: JSON { .object(["partners": partners.json]) }
}

extension PartnerStatuses {
  package init(json: JSON) throws(JSONMismatch) { self.init(partners: try json.member("partners")) }
}

extension PartnerStatuses.Status {
  package init(json: JSON) throws(JSONMismatch) {
    self.init(
      partner: try json.member("partner"), agreements: try json.member("agreements"),
      waiting: try json.member("waiting"), suggestionsOpen: try json.member("suggestionsOpen"),
      suggestionsTaken: try json.member("suggestionsTaken"), suggestionsLeft: try json.member("suggestionsLeft"))
  }
}

extension PartnerStatuses.Crossing {
  package init(json: JSON) throws(JSONMismatch) {
    func counts(_ name: String) throws(JSONMismatch) -> [String: Int] {
      guard case .object(let members) = try json.member(name) as JSON else { throw JSONMismatch() }
      var counts: [String: Int] = [:]
      for (key, value) in members { counts[key] = try Int(json: value) }
      return counts
    }
    self.init(
      agreement: try json.member("agreement"), given: try counts("given"), received: try counts("received"),
      isConfirmed: try json.member("confirmed"))
  }
}

// MARK: Suggest

package struct PartnerSuggestCommand: ShortAdminCommand {
  package static let name = "partner suggest"
  /// The id of the record.
  let record: String
  let field: String
  /// The value as typed.
  let value: String
  /// The reason, which the partner's administrator reads.
  let words: String

  package var parameters: [String: JSON] {
    ["record": record.json, "field": field.json, "value": value.json, "words": words.json]
  }

  package init(_ record: String, field: String, value: String, words: String) {
    self.record = record
    self.field = field
    self.value = value
    self.words = words
  }

  package init(parameters: JSON) throws(JSONMismatch) {
    self.init(
      try parameters.member("record"), field: try parameters.member("field"), value: try parameters.member("value"),
      words: try parameters.member("words"))
  }

  package func run(in hub: AdminContext) throws -> SuggestionMade {
    let now = hub.clock()
    guard words.count <= 500 else { throw AdminError(.badReason, "A reason has at most 500 letters.") }
    let made = try hub.store.write { transaction in
      let (key, state) = try received(transaction)
      let value = try typed(for: state, key.record, model: hub.model)
      let id = try CrossingQueue.suggest(
        value, for: key, field: field, words: words.trimmingSpaces, writer: "an administrator there",
        model: hub.model, now: now, in: transaction)
      guard let id else {
        throw AdminError(
          .refused, "No agreement in force lets '\(field)' of this record be suggested. Type 'agreement show' to see.")
      }
      try Audit.record(
        AuditEntry(.partnerSuggest, by: hub.actor, spaces: [key.space], records: [key.record], field: field),
        now: now, in: transaction)
      return SuggestionMade(id: id, field: field)
    }
    return made
  }

  /// The record of a partner's that was named.
  private func received(_ reader: any StoreReader) throws -> (RecordKey, RecordState) {
    for case (let space, .received(_, _, _, false)) in try PartnerSpace.all(in: reader) {
      guard let record = RecordID(record.trimmingSpaces) else { break }
      let key = RecordKey(space, record)
      if let state = try reader.record(key), !state.isErased { return (key, state) }
    }
    throw AdminError(.noSuchRecord, "There is no record '\(record)' that a partner has given. Name it by its id.")
  }

  private func typed(for state: RecordState, _ record: RecordID, model: RecordModel) throws -> Value {
    let drafts: [Draft]
    do throws(any Error) {
      drafts = try FieldInput.text(field: field, value).drafts(
        for: record, kind: state.kind, model: model, current: nil)
    } catch InputError.badValue(let field, let expected) {
      throw AdminError(.badValue, "\(field) takes \(expected).")
    } catch InputError.noSuchField(let field, let kind) {
      throw AdminError(.noSuchField, "A \(kind) has no \(field).")
    }
    switch drafts.first {
    case .set(_, _, let value)?: return value
    default: throw AdminError(.refused, "'\(field)' cannot be suggested: it is a list or a count.")
    }
  }
}

package struct SuggestionMade: JSONConvertible {
  package let id: RecordID
  package let field: String
  package var json: JSON { .object(["suggestion": id.json, "field": field.json]) }
}

extension SuggestionMade {
  package init(json: JSON) throws(JSONMismatch) {
    self.init(id: try json.member("suggestion"), field: try json.member("field"))
  }
}
