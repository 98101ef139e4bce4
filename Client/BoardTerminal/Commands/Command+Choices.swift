// `choices`, `keep` and `later`: one question at a time, nothing chosen by leaving, and nothing chosen that was not on
// the screen. A member once lost words because turning a screen chose for them (Docs/lessons.md 9); only `keep` chooses.

internal import ClientCore
internal import Replication
internal import SafeText

extension Command {
  static func choices(_ session: inout Session, _ command: CommandLine) async throws -> Report {
    _ = try command.only(0, "choices")
    return try show(place: 0, session.reading(), after: [])
  }

  static func keep(_ session: inout Session, _ command: CommandLine) async throws -> Report {
    let letter = try command.only(1, "keep A")[0].uppercased()
    let reading = try session.reading()
    guard let shown = try reading.replica.note(Note.question) else { throw Failure.usage(Wording.noQuestionYet) }
    let questions = try ConflictPrompt.all(reading).mine
    guard let place = questions.firstIndex(where: { $0.isAbout(shown) }) else {
      try reading.replica.setNote(Note.question, nil)
      throw Failure("nothingToSettle", .badData, Wording.settledMeanwhile)
    }
    let question = questions[place]
    guard question.fingerprint == shown else {
      var report = try show(place: place, reading, after: [Wording.changedMeanwhile])
      report.failure = Failure("changedMeanwhile", .tryAgain, Wording.nothingChosen)
      return report
    }
    let versions = ConflictPrompt.letters.prefix(question.conflict.rivals.count)
    guard let version = versions.firstIndex(where: { $0.description == letter }) else {
      throw Failure.usage(Wording.howToChoose(Array(versions)))
    }
    let receipt = try reading.replica.settle(
      question.view.key, field: question.conflict.field, with: question.answer(version, reading))
    try reading.replica.setNote(Note.question, nil)
    let left = try ConflictPrompt.all(reading).mine.count
    return Report(
      json: JSON(receipt),
      lines: [Wording.chosen, Wording.savedHere] + (left > 0 ? [Wording.question(Wording.choices(left))] : []),
      isSaved: true)
  }

  static func later(_ session: inout Session, _ command: CommandLine) async throws -> Report {
    _ = try command.only(0, "later")
    let reading = try session.reading()
    guard let shown = try reading.replica.note(Note.question) else { throw Failure.usage(Wording.noQuestionYet) }
    let place = try ConflictPrompt.all(reading).mine.firstIndex { $0.isAbout(shown) }
    return try show(place: place.map { $0 + 1 } ?? 0, reading, after: [])
  }

  /// Shows one question and remembers exactly what was shown.
  private static func show(place: Int, _ reading: Presenter, after head: [TerminalText]) throws -> Report {
    let (questions, forTheCentre) = try ConflictPrompt.all(reading)
    let rest = forTheCentre > 0 ? [Wording.forTheCentre(forTheCentre)] : []
    let count = JSON.integer(Int64(questions.count))
    guard questions.indices.contains(place) else {
      try reading.replica.setNote(Note.question, nil)
      let lines = [questions.isEmpty ? Wording.noChoices : Wording.noMoreChoices] + rest
      return Report(json: .object(["choices": count, "question": .null]), lines: head + lines)
    }
    let question = questions[place]
    let lines = head + [Wording.choiceCount(questions.count, place + 1)] + (try question.lines(reading)) + rest
    try reading.replica.setNote(Note.question, question.fingerprint)
    let shape = try reading.replica.shape(of: question.conflict, on: question.view)
    return Report(json: .object(["choices": count, "question": shape]), lines: lines)
  }
}
