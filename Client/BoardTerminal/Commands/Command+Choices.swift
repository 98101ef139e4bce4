// `choices`, `keep` and `later`: show one conflict at a time. Only `keep` settles it, and only with a version that was
// on the screen; leaving settles nothing. A member once lost words because leaving a screen chose for them
// (Docs/lessons.md 9).

internal import ClientCore
internal import JSONText
internal import Replication
internal import SafeText

extension Command {
  static func choices(_ session: inout Session, _ line: CommandLine) async throws -> Report {
    _ = try line.only(0, "choices")
    return try session.show(session.reading { try $0.question(at: 0) })
  }

  static func keep(_ session: inout Session, _ line: CommandLine) async throws -> Report {
    let letter = try line.only(1, "keep A")[0].uppercased()
    switch try session.reading({ try $0.choice(of: letter) }) {
    case .settledMeanwhile:
      try session.replica().setNote(Note.question, nil)
      throw Failure("nothingToSettle", .badData, Wording.settledMeanwhile)
    case .changedMeanwhile(let screen):
      var report = try session.show(screen)
      report.lines.insert(Wording.changedMeanwhile, at: 0)
      report.failure = Failure("changedMeanwhile", .tryAgain, Wording.nothingChosen)
      return report
    case .version(let question, let value):
      let replica = try session.replica()
      let receipt = try replica.settle(question.view.key, field: question.conflict.field, with: value)
      try replica.setNote(Note.question, nil)
      let left = try session.reading { try ConflictPrompt.all($0).mine.count }
      return Report(
        json: JSON(receipt),
        lines: [Wording.chosen, Wording.savedHere] + (left > 0 ? [Wording.question(Wording.choices(left))] : []),
        isSaved: true)
    }
  }

  static func later(_ session: inout Session, _ line: CommandLine) async throws -> Report {
    _ = try line.only(0, "later")
    return try session.show(session.reading { try $0.nextQuestion() })
  }
}

/// The screen of one question, or the message that there is none.
private struct QuestionScreen {
  let report: Report
  /// The fingerprint of everything shown; `nil` if there is no question.
  let fingerprint: String?
}

/// The state in which an answer finds the question that was shown.
private enum Choice {
  /// The question shown is no longer open.
  case settledMeanwhile
  /// The question is open but has changed since it was shown, so it is shown again.
  case changedMeanwhile(QuestionScreen)
  /// The question is unchanged, and the letter names this version of it.
  case version(ConflictPrompt, Value)
}

extension Session {
  /// Shows one question and stores its fingerprint.
  fileprivate mutating func show(_ screen: QuestionScreen) throws -> Report {
    try replica().setNote(Note.question, screen.fingerprint)
    return screen.report
  }
}

extension Presenter {
  /// Builds the screen of a question.
  ///
  /// - Parameter index: The question's index, from 0. Beyond the last, the screen says that there are no more.
  fileprivate func question(at index: Int) throws -> QuestionScreen {
    let (questions, forTheCentre) = try ConflictPrompt.all(self)
    let tail = forTheCentre > 0 ? [Wording.forTheCentre(forTheCentre)] : []
    let count = JSON.integer(Int64(questions.count))
    guard questions.indices.contains(index) else {
      let lines = [questions.isEmpty ? Wording.noChoices : Wording.noMoreChoices] + tail
      return QuestionScreen(
        report: Report(json: .object(["choices": count, "question": .null]), lines: lines), fingerprint: nil)
    }
    let question = questions[index]
    let lines = [Wording.choiceCount(questions.count, index + 1)] + (try question.lines(self)) + tail
    let json = try snapshot.json(of: question.conflict, on: question.view)
    return QuestionScreen(
      report: Report(json: .object(["choices": count, "question": json]), lines: lines),
      fingerprint: question.fingerprint)
  }

  /// Builds the screen of the question after the one last shown.
  ///
  /// - Throws: ``Failure`` if no question was shown.
  fileprivate func nextQuestion() throws -> QuestionScreen {
    guard let shown = try snapshot.note(Note.question) else { throw Failure.usage(Wording.noQuestionYet) }
    let index = try ConflictPrompt.all(self).mine.firstIndex { $0.isAbout(shown) }
    return try question(at: index.map { $0 + 1 } ?? 0)
  }

  /// Finds the version that an answer chooses.
  ///
  /// - Parameter letter: The version's letter, in upper case.
  /// - Throws: ``Failure`` if no question was shown, or no version under that letter.
  fileprivate func choice(of letter: String) throws -> Choice {
    guard let shown = try snapshot.note(Note.question) else { throw Failure.usage(Wording.noQuestionYet) }
    let questions = try ConflictPrompt.all(self).mine
    guard let index = questions.firstIndex(where: { $0.isAbout(shown) }) else { return .settledMeanwhile }
    let question = questions[index]
    guard question.fingerprint == shown else { return .changedMeanwhile(try self.question(at: index)) }
    let letters = ConflictPrompt.letters.prefix(question.conflict.rivals.count)
    guard let version = letters.firstIndex(where: { $0.description == letter }) else {
      throw Failure.usage(Wording.howToChoose(Array(letters)))
    }
    return .version(question, question.answer(version, model))
  }
}
