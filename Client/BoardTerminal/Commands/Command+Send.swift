// `send`: the member's work to the Centre, the Centre's news to the member. It says what it is about to do before the
// line is tried, and afterwards exactly what happened: how much arrived, by the Centre's clock, and what did not.

internal import BoardModel
internal import ClientCore
internal import Replication
internal import SafeText
internal import SyncProtocol

extension Command {
  static func send(_ session: inout Session, _ command: CommandLine) async throws -> Report {
    _ = try command.only(0, "send")
    let reading = try session.reading()
    let unsent = try reading.replica.status().unsent
    session.say(unsent == 0 ? Wording.gettingNews : Wording.sending(unsent), unless: command)
    let places = try Dictionary(reading.replica.spaces().map { ($0.id, $0.name) }) { first, _ in first }
    let report = try await reading.replica.sync(
      over: session.environment.transport, removalsAllowed: command.agrees)
    if let time = report.outcome.progress.revoked {
      return try takenOff(&session, at: reading.local(time).day.inWords, report)
    }
    let after = try session.reading()
    if after.model.version != reading.model.version || !report.outcome.progress.entered.isEmpty {
      try session.showKinds(of: after)
    }
    let hasAll =
      report.problem == nil && report.outcome.progress.behind.isEmpty && report.outcome.progress.resyncing.isEmpty
    let unshown = report.outcome.counts.received > 0 ? try Self.unshownNews(after.replica) : 0
    if report.hubTime != nil { try after.replica.setNote(Note.partOfNews, hasAll ? nil : "yes") }
    return try Outcome(
      report: report, offered: unsent, hasAllNews: hasAll, unshown: unshown, reading: after, places: places
    )
    .told()
  }

  /// The Centre took this computer off: what was on it is gone by now.
  private static func takenOff(
    _ session: inout Session, at time: TerminalText, _ report: SyncReport
  ) throws -> Report {
    var words = [Wording.takenOff(at: time)]
    if report.outcome.counts.sealed > 0 { words.append(Wording.sealed(report.outcome.counts.sealed)) }
    do {
      _ = try session.replica().membership()
      words.append(Wording.notReported)
    } catch ClientError.revoked {
      // Nothing is left that the key could be for.
      try session.forgetKey()
    }
    return Report(json: nil, failure: .takenOff(words))
  }

  /// How many of the member's values are newly kept without being shown. Each is told once.
  private static func unshownNews(_ replica: MemberReplica) throws -> Int {
    let unshown = try replica.overriddenWords().map { "\($0.view.id) \($0.words.field) \($0.words.written.stamp.dot)" }
    let told = try replica.note(Note.unshownTold)?.split(separator: "\n").map(String.init) ?? []
    if unshown != told { try replica.setNote(Note.unshownTold, unshown.joined(separator: "\n")) }
    return Set(unshown).subtracting(told).count
  }
}

/// A sync in words and numbers.
private struct Outcome {
  let report: SyncReport
  /// Changes that waited when it began.
  let offered: Int
  let hasAllNews: Bool
  /// The member's own values that another version has newly taken the place of on the screen.
  let unshown: Int
  let reading: Presenter
  /// The names of the spaces there were when it began.
  let places: [SpaceID: String]

  func told() throws -> Report {
    let outcome = report.outcome
    let json = JSON.object([
      "sent": .integer(Int64(outcome.counts.acknowledged)), "received": .integer(Int64(outcome.counts.received)),
      "refused": .integer(Int64(outcome.counts.refused)), "unsent": .integer(Int64(report.unsent)),
    ])
    return Report(json: json, lines: try workLines + newsLines + questionLines, failure: failure)
  }

  /// The hub's clock at this contact, in words.
  private var time: TerminalText? {
    report.hubTime.map { reading.local($0).inWords }
  }

  private var hasDropped: Bool {
    switch report.problem {
    case .transport(.unreachable), .session(.cut): true
    default: false
    }
  }

  /// Whether the line dropped in the middle, with something to say about how far it came.
  private var hasDroppedHalfway: Bool { hasDropped && offered > 0 && time != nil }

  private var workLines: [TerminalText] {
    let sent = report.outcome.counts.acknowledged
    guard sent > 0, !hasDroppedHalfway, let time else { return [] }
    return report.unsent == 0 ? [Wording.received(at: time)] : [Wording.someSent(sent, of: offered)]
  }

  private var newsLines: [TerminalText] {
    let outcome = report.outcome
    var lines: [TerminalText] = []
    if outcome.counts.received > 0 || report.problem == nil { lines.append(Wording.news(outcome.counts.received)) }
    if hasAllNews, let time { lines.append(Wording.allNews(at: time)) }
    if outcome.counts.reissued > 0 { lines.append(Wording.renamed(outcome.counts.reissued)) }
    if outcome.counts.rescued > 0 { lines.append(Wording.setAside(outcome.counts.rescued)) }
    if let hubTime = report.hubTime { lines += reading.clockWarning(centre: hubTime, isOnlyBefore: false) }
    return lines
  }

  private var questionLines: [TerminalText] {
    get throws {
      var lines: [TerminalText] = []
      let names = try Dictionary(reading.replica.spaces().map { ($0.id, $0.name) }) { first, _ in first }
      for space in report.outcome.progress.entered.sorted() {
        lines.append(Wording.entered(reading.label(ofSpace: names[space] ?? "")))
      }
      for space in report.outcome.progress.left.sorted() {
        lines.append(Wording.left(reading.label(ofSpace: places[space] ?? "")))
      }
      if report.outcome.counts.sealed > 0 {
        lines += [Wording.sealed(report.outcome.counts.sealed), Wording.ownWordsKept]
      }
      if report.outcome.counts.newProposals > 0 {
        lines.append(Wording.note(Wording.held(report.outcome.counts.newProposals)))
      }
      if let role = report.outcome.progress.role {
        lines.append(Wording.newRole(TerminalText(words: reading.model.label(ofRole: role))))
      }
      if report.outcome.counts.refused > 0 {
        lines.append(Wording.note(Wording.notTaken(try reading.replica.status().refused)))
      }
      if unshown > 0 { lines.append(Wording.note(Wording.unshown(unshown))) }
      let choices = try ConflictPrompt.all(reading).mine.count
      if choices > 0, report.hubTime != nil { lines.append(Wording.question(Wording.choices(choices))) }
      return lines
    }
  }

  /// Why a script must not go on as if all were well.
  private var failure: Failure? {
    if let problem = report.problem {
      let failure = Failure(problem)
      if hasDroppedHalfway { return failure.saying(Wording.part(report.outcome.counts.acknowledged, of: offered)) }
      return report.unsent > 0 ? failure.saying(failure.words + [Wording.waiting(report.unsent)]) : failure
    }
    return report.unsent > 0 ? Failure("unsent", .tryAgain, Wording.stillWaiting(report.unsent)) : nil
  }
}
