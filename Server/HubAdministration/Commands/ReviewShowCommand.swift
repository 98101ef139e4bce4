// `review show`: one question with all its versions.

package import JSONText
internal import Replication

package struct ReviewShowCommand: ShortAdminCommand {
  package static let name = "review show"

  /// The question's number in the list, or its id.
  let question: String

  package var parameters: [String: JSON] { ["id": question.json] }

  package func run(in hub: AdminContext) throws -> QuestionSummary {
    try hub.store.read { reader in
      let questions = try ReviewQueue(model: hub.model, reader).questions()
      guard let place = questions.index(named: question, id: \.id) else { throw AdminError(noSuchQuestion: question) }
      return try QuestionSummary(questions[place], number: place + 1, reader)
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
    self.init(.noSuchQuestion, "There is no question '\(name)'. Type 'review list' to see them.")
  }
}
