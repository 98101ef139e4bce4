// Wording for conflicts and comments.

internal import SafeText

extension Wording {
  // MARK: Choices

  static let nothingLost: TerminalText = "Nobody's words were lost."

  static func choiceCount(_ count: Int, _ number: Int) -> TerminalText {
    count == 1 ? "1 thing needs your choice." : "\(count) things need your choice. This is number \(number)."
  }

  static func howToChoose(_ letters: [TerminalText]) -> TerminalText {
    "Type \(letters.map { "'keep \($0)'" as TerminalText }.joined(by: ", ")) or 'later'."
  }

  static let chosen: TerminalText = "Done: Chosen. The other versions stay in 'history'."
  static let noChoices: TerminalText = "Nothing needs your choice."
  static let noMoreChoices: TerminalText = "That was the last one. They will wait. Type 'choices' to see them again."
  static let noQuestionYet: TerminalText = "Type 'choices' first, to see what there is to choose."
  static let settledMeanwhile: TerminalText =
    "This was settled in the meantime. Type 'choices' to see what is left."
  static let changedMeanwhile: TerminalText =
    "Something came in since you looked, so nothing was chosen. Here is the question again."
  static let nothingChosen: TerminalText = "Nothing was chosen yet."

  static func forTheCentre(_ count: Int) -> TerminalText {
    count == 1
      ? "1 question is for the Centre to settle. You do not need to do anything."
      : "\(count) questions are for the Centre to settle. You do not need to do anything."
  }

  // MARK: Comments

  static let howToWrite: TerminalText =
    "Write your view. Stop any time. Put a full stop on its own line to end."

  static func goOn(_ lines: [String]) -> [TerminalText] {
    let kept: TerminalText = lines.count == 1 ? "line was kept:" : "lines were kept:"
    return ["Your half-written \(kept)"] + lines.map { "  \($0)" } + ["Go on. Put a full stop on its own line to end."]
  }

  static let halfWrittenKept: TerminalText = "Your half-written comment is kept. Type 'comment' to go on with it."

  static func halfWrittenElsewhere(_ title: TerminalText) -> TerminalText {
    "You have a half-written comment on \(title). Type 'comment' to go on with it, or 'discard' to let it go."
  }

  static let nothingHalfWritten: TerminalText = "There is no half-written comment."
  static let letGo: TerminalText = "We let go of these words:"
  static let nothingWritten: TerminalText = "You wrote nothing, so nothing was saved."
  static let commentTooLong: TerminalText =
    "That line would make the comment too long. It was not kept. End here, and write the rest in another."
  static let lineNotKept: TerminalText = "That line holds a character we cannot keep. It was not kept. Type it again."

  static let lineTooLong: TerminalText =
    """
    That line is too long for this window, which may have cut its end off. It was not kept. Write it in shorter lines, \
    or put the words into a file, stop here, and type: board comment < FILE
    """

  static func linesWritten(_ count: Int) -> TerminalText {
    count == 1 ? "You wrote 1 line." : "You wrote \(count) lines."
  }
}
