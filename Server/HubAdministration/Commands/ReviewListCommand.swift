// `review list`: the hub's open questions, and what waits before it crosses to a partner, numbered.

package import JSONText
internal import PartnerExchange
package import Replication
internal import SyncHub

package struct ReviewListCommand: PlainAdminCommand {
  package static let name = "review list"
  package init() {}

  package func run(in hub: AdminContext) throws -> QuestionList {
    let now = hub.clock()
    let list = try hub.store.read { reader in
      let questions = try ReviewQueue(model: hub.model, reader).questions().enumerated().map { place, question in
        try QuestionSummary(question, number: place + 1, reader)
      }
      let crossings = try CrossingQueue(model: hub.model, now: now, in: reader).questions().enumerated().map {
        QuestionSummary($1, number: questions.count + $0 + 1)
      }
      return QuestionList(questions: questions + crossings)
    }
    try hub.store.write { try NumberedList.questions.remember(list.questions.map(\.id), in: $0) }
    return list
  }
}

extension AdminCommand where Self == ReviewListCommand {
  package static var reviewList: Self { Self() }
}

/// The answer of `review list`.
package struct QuestionList: JSONConvertible {
  package let questions: [QuestionSummary]

  package var json: JSON { .object(["questions": questions.json]) }
}

extension QuestionList {
  package init(json: JSON) throws(JSONMismatch) { self.init(questions: try json.member("questions")) }
}

/// A question, as shown to an administrator.
package struct QuestionSummary: JSONConvertible {
  /// One of the rival values.
  package struct Version: JSONConvertible {
    /// The value in the form that scripts read.
    package let value: JSON
    /// The author's name.
    package let author: String
    /// The change that wrote it; `nil` for a value that is suggested, or that waits to cross.
    package let dot: Dot?

    package var json: JSON { .object(["value": value, "author": author.json, "dot": dot.json]) }
  }

  /// The number in the list last shown, from 1; 0 if it was not in it.
  package let number: Int
  package let id: String
  /// The record in question; `nil` if the question names none.
  package let record: RecordID?
  package let kind: String
  /// The record's title; empty if the record has not been loaded.
  package let title: String
  package let field: String
  /// The question in plain words.
  package let question: String
  package let versions: [Version]

  package var json: JSON {
    .object([
      "number": number.json, "id": id.json, "record": record.json, "kind": kind.json, "title": title.json,
      "field": field.json, "question": question.json, "values": versions.json,
    ])
  }
}

extension QuestionSummary {
  package init(json: JSON) throws(JSONMismatch) {
    self.init(
      number: try json.member("number"), id: try json.member("id"), record: try json.member("record"),
      kind: try json.member("kind"), title: try json.member("title"), field: try json.member("field"),
      question: try json.member("question"), versions: try json.member("values"))
  }

  init(_ item: ReviewItem, number: Int, _ reader: any StoreReader) throws {
    let directory = Directory(reader)
    let versions = try item.rivals.map { rival in
      Version(
        value: JSON(rival.value), author: try directory.authorName(rival.stamp.author), dot: rival.stamp.dot)
    }
    self.init(
      number: number, id: item.id, record: item.targetID, kind: item.kind, title: item.title, field: item.field,
      question: item.words, versions: versions)
  }
}

extension QuestionSummary.Version {
  package init(json: JSON) throws(JSONMismatch) {
    self.init(value: try json.member("value"), author: try json.member("author"), dot: try json.member("dot"))
  }
}
