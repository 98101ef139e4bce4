// What waits before it crosses to a partner, as questions of the review: shown, numbered and settled like the others.

internal import JSONText
internal import PartnerExchange
internal import RecordModel
internal import Replication
internal import SyncHub

extension AdminContext {
  /// The open question about a crossing that an administrator names, by its number in the list last shown or by its id;
  /// `nil` if it is none.
  func crossing(named name: String, now: Timestamp, in reader: any StoreReader) throws -> CrossingQuestion? {
    guard let id = try NumberedList.questions.id(named: name, in: reader) else { return nil }
    guard id.hasPrefix("text/") || id.hasPrefix("suggestion/") else { return nil }
    return try CrossingQueue(model: model, now: now, in: reader).questions().first { $0.id == id }
  }
}

extension CrossingQuestion {
  /// The decisions that the question takes, in plain words.
  var expectation: String {
    switch subject {
    case .text: "'pass', 'leave out', or 'edit' and the words that \(partner.name) is to get"
    case .suggestion: "'take', or 'leave' and why"
    }
  }
}

extension CrossingDecision {
  /// Reads a decision as typed; `nil` for what the question does not take.
  init?(typed text: String, for question: CrossingQuestion) {
    let (word, rest) = (
      text.trimmingSpaces.split(separator: " ", maxSplits: 1).first.map { $0.lowercased() } ?? "",
      text.trimmingSpaces.split(separator: " ", maxSplits: 1).dropFirst().first.map(String.init) ?? ""
    )
    switch (question.subject, word) {
    case (.text, "pass") where rest.isEmpty: self = .pass
    case (.text, "leave") where rest == "out": self = .leave(reason: "")
    case (.text, "edit") where !rest.isBlank: self = .edit(rest.trimmingSpaces)
    case (.suggestion, "take") where rest.isEmpty: self = .take
    case (.suggestion, "leave"): self = .leave(reason: rest.trimmingSpaces)
    default: return nil
    }
  }
}

extension CrossingDecision {
  /// The outcome for a question, in a sentence.
  func outcome(for question: CrossingQuestion) -> String {
    let (partner, field) = (question.partner.name, question.field.field)
    return switch (question.subject, self) {
    case (.text, .edit): "\(partner) gets your words in the place of these."
    case (.text, .leave): "These words stay here."
    case (.text, _): "These words go to \(partner) as they are."
    case (.suggestion, .take): "\(field) has the value that \(partner) suggested."
    case (.suggestion, _): "\(field) stays as it is, and \(partner) is told."
    }
  }
}

extension QuestionSummary {
  init(_ question: CrossingQuestion, number: Int) {
    let words: String
    var versions: [Version] = question.value.map { [Version(value: JSON($0), author: "the Centre", dot: nil)] } ?? []
    switch question.subject {
    case .text:
      words = "These words would go to \(question.partner.name). Look at them. This takes \(question.expectation)."
    case .suggestion(let value, let reason, let writer, let isOutOfDate):
      versions.append(Version(value: JSON(value), author: MemberName.shown(writer), dot: nil))
      words =
        "\(question.partner.name) suggests another value"
        + (reason.isBlank ? "." : ": \(reason).")
        + (isOutOfDate ? " The value has changed since they saw it." : "")
        + " This takes \(question.expectation)."
    }
    self.init(
      number: number, id: question.id, record: question.field.record.record, kind: question.kind,
      title: question.title, field: question.field.field, question: words, versions: versions)
  }
}
