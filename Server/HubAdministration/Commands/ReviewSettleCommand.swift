// `review settle`: settles a question with a value. Every version stays in the record's history.

package import JSONText
internal import PartnerExchange
internal import RecordModel
internal import Replication
internal import SyncHub

package struct ReviewSettleCommand: ShortAdminCommand {
  package static let name = "review settle"

  /// The question's number in the list, or its id.
  let question: String
  /// The value as typed.
  let value: String

  package var parameters: [String: JSON] { ["id": question.json, "value": value.json] }

  package func run(in hub: AdminContext) throws -> QuestionSettled {
    let now = hub.clock()
    if let settled = try settleCrossing(in: hub, now: now) { return settled }
    do {
      let settled = try hub.store.write { transaction in
        let item = try ReviewQueue.settle(question, as: value, model: hub.model, now: now, in: transaction)
        try Audit.record(auditEntry(of: item, in: hub), now: now, in: transaction)
        return item
      }
      let left = try hub.store.read { try ReviewQueue(model: hub.model, $0).questions().count }
      return QuestionSettled(id: settled.id, field: settled.field, value: value, crossing: nil, waiting: left)
    } catch ReviewError.noSuchQuestion(let name) {
      throw AdminError(noSuchQuestion: name)
    } catch ReviewError.input(.badValue(let field, let expected)) {
      throw AdminError(.badValue, "\(field) takes \(expected).")
    } catch ReviewError.input(.noSuchField(let field, let kind)) {
      throw AdminError(.noSuchField, "A \(kind) has no \(field).")
    } catch ReviewError.refused(.unsettled, let field) {
      throw AdminError(
        .refused,
        "The versions differ in \(field), too. Settle it in the same step, with all of it as one JSON map.")
    } catch ReviewError.refused(let reason, let field) {
      throw AdminError(.refused, "\(field) does not take that (\(reason.rawValue)).")
    }
  }

  /// Decides what waits before it crosses, if the question is about that.
  private func settleCrossing(in hub: AdminContext, now: Timestamp) throws -> QuestionSettled? {
    let settled = try hub.store.write { transaction -> (CrossingQuestion, String)? in
      guard let crossing = try hub.crossing(named: question, now: now, in: transaction) else { return nil }
      guard let decision = CrossingDecision(typed: value, for: crossing) else {
        throw AdminError(.badValue, "This takes \(crossing.expectation).")
      }
      do throws(any Error) {
        try CrossingQueue.decide(crossing, decision, model: hub.model, now: now, in: transaction)
      } catch CrossingError.unfit {
        throw AdminError(.badValue, "This takes \(crossing.expectation).")
      } catch CrossingError.refused(let reason) {
        throw AdminError(.refused, "\(crossing.field.field) does not take that (\(reason.rawValue)).")
      }
      let key = crossing.field.record
      try Audit.record(
        AuditEntry(
          .crossingDecide, by: hub.actor, member: crossing.partner.member, spaces: [key.space], records: [key.record],
          field: crossing.field.field), now: now, in: transaction)
      return (crossing, decision.outcome(for: crossing))
    }
    guard let (settled, outcome) = settled else { return nil }
    try hub.partners?.keep()
    let left = try hub.store.read { reader in
      try ReviewQueue(model: hub.model, reader).questions().count
        + CrossingQueue(model: hub.model, now: now, in: reader).questions().count
    }
    return QuestionSettled(id: settled.id, field: settled.field.field, value: value, crossing: outcome, waiting: left)
  }

  private func auditEntry(of item: ReviewItem, in hub: AdminContext) -> AuditEntry {
    // An imported item's field is free text from its file. Only a field of the model is certain to hold no personal
    // data, so only that is recorded.
    let isKnown = hub.model.rules.kinds[item.kind]?.fields[item.field] != nil
    let records = [item.targetID, item.item?.record].compactMap { $0 }
    let spaces = Set([item.target?.space, item.item?.space].compactMap { $0 }).sorted()
    return AuditEntry(
      .reviewSettle, by: hub.actor, spaces: spaces, records: records, field: isKnown ? item.field : nil)
  }
}

extension ReviewSettleCommand {
  package init(parameters: JSON) throws(JSONMismatch) {
    self.init(question: try parameters.member("id"), value: try parameters.member("value"))
  }
}

extension AdminCommand where Self == ReviewSettleCommand {
  package static func reviewSettle(_ question: String, value: String) -> Self { Self(question: question, value: value) }
}

/// The answer of `review settle`.
package struct QuestionSettled: JSONConvertible {
  package let id: String
  package let field: String
  package let value: String
  /// The outcome in a sentence, if the question was about what crosses to or from a partner; `nil` for any other.
  package let crossing: String?
  /// The number of questions still open.
  package let waiting: Int

  package var json: JSON {
    .object([
      "settled": id.json, "field": field.json, "value": value.json, "crossing": crossing.json,
      "questions": waiting.json,
    ])
  }
}

extension QuestionSettled {
  package init(json: JSON) throws(JSONMismatch) {
    self.init(
      id: try json.member("settled"), field: try json.member("field"), value: try json.member("value"),
      crossing: try json.member("crossing"),
      waiting: try json.member("questions"))
  }
}
