// What waits for an administrator before it crosses: free text of ours, to be looked at, and partners' suggestions for
// records of ours.

internal import Cryptography
package import RecordModel
package import Replication
package import SyncHub
internal import SyncProtocol

/// One thing that an administrator decides before it crosses.
package struct CrossingQuestion: Equatable, Sendable {
  package enum Subject: Equatable, Sendable {
    /// A value of free text that a partner is to get.
    case text
    /// A value that a partner suggests, with their words. It is out of date if they had seen another value than stands.
    case suggestion(Replication.Value, words: String, writer: String, isOutOfDate: Bool)
  }

  /// The name by which a decision finds the question.
  package let id: String
  package let partner: Partner
  /// The agreement's id.
  package let agreement: String
  /// The field of our record.
  package let field: FieldKey
  package let kind: String
  package let title: String
  /// The present value; `nil` if the field has none.
  package let value: Replication.Value?
  package let subject: Subject
}

/// A decision on one question.
package enum CrossingDecision: Equatable, Sendable {
  /// The text crosses as it is.
  case pass
  /// The partner gets other words in its place.
  case edit(String)
  /// The text stays at home, or the suggestion is not taken.
  case leave(reason: String)
  /// The suggestion becomes the record's value.
  case take
}

/// The reason a decision was not carried out. Nothing was written.
package enum CrossingError: Error, Equatable, Sendable {
  /// The question takes other decisions.
  case unfit
  /// The model does not allow the suggested value.
  case refused(RefusalReason)
}

/// The questions of all agreements in force.
package struct CrossingQueue {
  /// The most values of free text of one agreement that are listed at a time; the rest follows.
  package static let textsMax = 200

  private let model: RecordModel
  private let now: Timestamp
  private let reader: any StoreReader

  package init(model: RecordModel, now: Timestamp, in reader: any StoreReader) {
    self.model = model
    self.now = now
    self.reader = reader
  }

  /// Every open question: by partner and agreement, suggestions first.
  package func questions() throws -> [CrossingQuestion] {
    try Directory(reader).partners().flatMap { partner in
      let inForce = try Papers(with: partner, in: reader)?.inForce(at: now, in: reader) ?? []
      let ids = Set(inForce.map(\.agreement.id))
      let suggestions = try ReceivedSuggestions.waiting(of: partner.member, in: reader)
        .filter { ids.contains($0.suggestion.agreement) }
      return try suggestions.compactMap { try question(of: $0.suggestion, $0.id, from: partner, inForce) }
        + inForce.flatMap { try texts(of: $0, for: partner) }
    }
  }

  private func texts(of state: AgreementState, for partner: Partner) throws -> [CrossingQuestion] {
    guard let hub = partner.hub else { return [] }
    let looks = Looks(of: state.agreement.id, with: hub.id)
    let projection = Projection(of: state.agreement, at: state.home, model: model)
    return try looks.waiting(limit: Self.textsMax, in: reader).compactMap { field in
      guard let record = try reader.record(field.record),
        let value = record.shownFields(by: model.rules)[field.field], let space = try reader.space(field.record.space),
        projection.freeText(of: record.kind, inSpaceNamed: space.name).contains(field.field)
      else { return nil }
      return CrossingQuestion(
        id: "text/\(state.agreement.id)/\(field.record.space)/\(field.record.record)/\(field.field)/\(value.mark)",
        partner: partner,
        agreement: state.agreement.id, field: field, kind: record.kind, title: title(of: record), value: value,
        subject: .text)
    }
  }

  private func question(
    of suggestion: Suggestion, _ id: RecordID, from partner: Partner, _ inForce: [AgreementState]
  ) throws -> CrossingQuestion? {
    guard let hub = partner.hub else { return nil }
    let book = ProjectionBook(of: suggestion.agreement, with: hub.id)
    guard let source = try book.source(of: suggestion.target, in: reader), let record = try reader.record(source),
      let state = inForce.first(where: { $0.agreement.id == suggestion.agreement })
    else { return nil }
    // A rule lets a field of one kind be suggested, and nobody overwrites what waits for a choice of our own people.
    guard
      state.agreement.rules(givenBy: state.home).contains(where: {
        $0.kind == record.kind && $0.suggested.contains(suggestion.field)
      }), record.conflict(of: register(of: suggestion.field, record.kind), by: model.rules) == nil
    else { return nil }
    let outgoing = PartnerSpace.outgoing(of: suggestion.agreement, from: state.home, to: hub.id)
    let given = try reader.record(RecordKey(outgoing, suggestion.target))?.shownFields(by: model.rules)
    let value = try translated(suggestion.value, by: book)
    let present = record.shownFields(by: model.rules)[suggestion.field]
    let isProjected = present.map { $0.isLinkFree ? given?[suggestion.field] == $0 : true } ?? true
    return CrossingQuestion(
      id: "suggestion/\(id)/\(value.mark)", partner: partner, agreement: suggestion.agreement,
      field: FieldKey(source, suggestion.field), kind: record.kind, title: title(of: record),
      value: present,
      subject: .suggestion(
        value, words: suggestion.words, writer: suggestion.writer,
        isOutOfDate: !suggestion.hasSeen(given?[suggestion.field]) || !isProjected))
  }

  private func register(of field: String, _ kind: String) -> String {
    model.rules.kinds[kind]?.register(of: field) ?? field
  }

  /// A suggested value with its links leading to our own records; links to what they cannot mean are left out.
  private func translated(_ value: Replication.Value, by book: ProjectionBook) throws -> Replication.Value {
    switch value {
    case .link(let target): return try book.source(of: target, in: reader).map { .link($0.record) } ?? .null
    case .list(let values): return .list(try values.map { try translated($0, by: book) }.filter { $0 != .null })
    case .map(let parts): return .map(try parts.mapValues { try translated($0, by: book) })
    default: return value
    }
  }

  private func title(of record: RecordState) -> String {
    guard let field = model.kinds[record.kind]?.titleField,
      case .text(let text)? = record.shownFields(by: model.rules)[field]
    else { return record.kind }
    return text
  }

  // MARK: Deciding

  /// Decides one question, in the caller's transaction.
  ///
  /// - Throws: ``CrossingError``; the caller must then roll its transaction back.
  package static func decide(
    _ question: CrossingQuestion, _ decision: CrossingDecision, model: RecordModel, now: Timestamp,
    in transaction: any StoreTransaction
  ) throws {
    guard let hub = question.partner.hub else { throw CrossingError.unfit }
    let book = ProjectionBook(of: question.agreement, with: hub.id)
    let looks = Looks(of: question.agreement, with: hub.id)
    switch (question.subject, decision) {
    case (.text, .pass), (.text, .edit), (.text, .leave):
      guard let value = question.value else { throw CrossingError.unfit }
      let verdict: Look.Decision =
        switch decision {
        case .edit(let words): .edited(words)
        case .leave: .leaveOut
        case .pass, .take: .pass
        }
      try looks.decide(Look(at: value, verdict), on: question.field, in: transaction)
      try book.setPending(true, question.field.record, in: transaction)
    case (.suggestion(let value, _, _, _), .take):
      try take(value, for: question, model: model, now: now, transaction)
      try answer(question, SuggestionAnswer(isTaken: true, reason: ""), now: now, transaction)
    case (.suggestion, .leave(let reason)):
      try answer(question, SuggestionAnswer(isTaken: false, reason: reason), now: now, transaction)
    case (.text, .take), (.suggestion, .pass), (.suggestion, .edit): throw CrossingError.unfit
    }
  }

  private static func take(
    _ value: Replication.Value, for question: CrossingQuestion, model: RecordModel, now: Timestamp,
    _ transaction: any StoreTransaction
  ) throws {
    let (key, field) = (question.field.record, question.field.field)
    let drafts: [Draft]
    switch model.rules.kinds[question.kind]?.fields[field]?.policy {
    case .set:
      func elements(_ value: Replication.Value?) -> [Replication.Value] {
        if case .list(let values)? = value { values } else { [] }
      }
      let (before, after) = (elements(question.value), elements(value))
      drafts =
        after.filter { !before.contains($0) }.map { .add(key.record, field: field, $0) }
        + before.filter { !after.contains($0) }.map { .remove(key.record, field: field, $0) }
    case .latest, .review, .text, .once, .furthest: drafts = [.set(key.record, field: field, value)]
    case .counter, .appendOnly, nil: throw CrossingError.unfit
    }
    do {
      _ = try Replica(rules: model.rules, in: transaction).commit(
        drafts, in: key.space, by: HubIdentity.centre(in: transaction), at: now, isHome: true)
    } catch CommitError.refused(let reason, _) {
      throw CrossingError.refused(reason)
    }
  }

  /// Closes a suggestion and tells the partner.
  private static func answer(
    _ question: CrossingQuestion, _ answer: SuggestionAnswer, now: Timestamp, _ transaction: any StoreTransaction
  ) throws {
    guard let id = RecordID(String(question.id.split(separator: "/")[1])), let hub = question.partner.hub
    else { throw CrossingError.unfit }
    try ReceivedSuggestions.close(id, of: question.partner.member, in: transaction)
    let home = try HubIdentity.identity(in: transaction).hub
    _ = try Replica(rules: PartnerRules.book, in: transaction).commit(
      answer.drafts(for: id), in: PartnerSpace.link(from: home, to: hub.keys.signing),
      by: HubIdentity.centre(in: transaction), at: now, isHome: true)
  }

  // MARK: Suggesting

  /// Suggests a value for a record that a partner has given, in the caller's transaction.
  ///
  /// - Parameters:
  ///   - record: The record in the received space.
  ///   - writer: How the suggester is called at the partner's.
  /// - Returns: The suggestion's id; `nil` if no agreement in force lets this field be suggested.
  package static func suggest(
    _ value: Replication.Value, for record: RecordKey, field: String, words: String, writer: String,
    model: RecordModel, now: Timestamp, in transaction: any StoreTransaction
  ) throws -> RecordID? {
    guard case .received(let member, let id, _, false)? = try PartnerSpace.part(of: record.space, in: transaction),
      let partner = try Directory(transaction).partners().first(where: { $0.member == member }), let hub = partner.hub,
      let state = try Papers(with: partner, in: transaction)?.inForce(at: now, in: transaction)
        .first(where: { $0.agreement.id == id }),
      let given = try transaction.record(record),
      state.agreement.rules(givenBy: hub.id).contains(where: {
        $0.kind == given.kind && $0.suggested.contains(field)
      })
    else { return nil }
    let suggestion = Suggestion(
      agreement: id, target: record.record, field: field, value: value,
      seen: given.shownFields(by: model.rules)[field], words: words, writer: writer)
    let name = RecordID.make(at: now)
    _ = try Replica(rules: PartnerRules.book, in: transaction).commit(
      suggestion.drafts(for: name), in: PartnerSpace.outgoing(of: id, from: state.home, to: hub.id),
      by: HubIdentity.centre(in: transaction), at: now, isHome: true)
    try OwnSuggestions.add(suggestion, as: name, in: transaction)
    return name
  }
}

extension Value {
  /// The mark of a value in a question's id: a decision is about the very value that was listed.
  fileprivate var mark: String { String(Digest(tag: "board.partner-question", canonicalBytes).description.prefix(8)) }

  /// True if the value links to no record, so that both sides read it alike.
  fileprivate var isLinkFree: Bool {
    switch self {
    case .link: false
    case .list(let values): values.allSatisfy(\.isLinkFree)
    case .map(let parts): parts.values.allSatisfy(\.isLinkFree)
    default: true
    }
  }
}
