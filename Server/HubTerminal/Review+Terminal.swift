// The answers of commands on the review queue.

package import HubAdministration
internal import Replication
package import SafeText

extension QuestionList: TerminalAnswer {
  package var lines: [TerminalText] {
    ["\(.counted(questions.count, one: "question needs", many: "questions need")) a person."]
      + questions.map { "\($0.number). \($0.shownTitle): \($0.question)" }
      + (questions.isEmpty ? [] : ["Type 'review show 1' to see one, 'review settle 1 VALUE' to settle it."])
  }
}

extension QuestionSummary: TerminalAnswer {
  package var lines: [TerminalText] {
    ["\(shownTitle), \(field)", "\(question)"]
      + zip(versions, shownVersions).enumerated().map { place, version in
        "Version \(letter(place)), by \(version.0.author): \(version.1)"
      }
  }

  /// The versions' values. Two that look the same are told apart.
  private var shownVersions: [TerminalText] {
    TerminalText.toldApart(versions.map { [TerminalText(value: $0.value)] }, by: \.lookAlikeKey).map {
      $0.joined(by: " ")
    }
  }

  fileprivate var shownTitle: TerminalText {
    title.isEmpty ? "A record that is not loaded" : TerminalText(words: title)
  }

  private func letter(_ place: Int) -> String {
    place < 26 ? String(UnicodeScalar(UInt8(ascii: "A") + UInt8(place))) : String(place + 1)
  }
}

extension QuestionSettled: TerminalAnswer {
  package var lines: [TerminalText] {
    let done: TerminalText = crossing.map { TerminalText(words: $0) } ?? "\(field) is now \(value)."
    return ["Done: \(done) \(.counted(waiting, one: "question is", many: "questions are")) left."]
  }
}
