// `review show`: one question with all its versions.

package import JSONText
internal import PartnerExchange
internal import Replication

package struct ReviewShowCommand: ShortAdminCommand {
  package static let name = "review show"

  /// The question's number in the list, or its id.
  let question: String

  package var parameters: [String: JSON] { ["id": question.json] }

  package func run(in hub: AdminContext) throws -> QuestionSummary {
    let now = hub.clock()
    return try hub.store.read { reader in
      if let crossing = try hub.crossing(named: question, now: now, in: reader) {
        return QuestionSummary(
          crossing, number: try NumberedList.questions.number(of: crossing.id, in: reader))
      }
      do throws(any Error) {
        let item = try ReviewQueue(model: hub.model, reader).question(named: question)
        return try QuestionSummary(item, number: NumberedList.questions.number(of: item.id, in: reader), reader)
      } catch ReviewError.noSuchQuestion(let name) {
        throw AdminError(noSuchQuestion: name)
      }
    }
  }
}

extension ReviewShowCommand {
  package init(parameters: JSON) throws(JSONMismatch) { self.init(question: try parameters.member("id")) }
}

extension AdminCommand where Self == ReviewShowCommand {
  package static func reviewShow(_ question: String) -> Self { Self(question: question) }
}

extension AdminError {
  init(noSuchQuestion name: String) {
    self.init(
      .noSuchQuestion, "There is no open question '\(name)' in the list last shown. Type 'review list' to see them.")
  }
}
