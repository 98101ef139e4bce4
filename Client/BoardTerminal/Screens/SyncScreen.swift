// The report of a sync: how much arrived at the hub, and when by its clock, what did not, and what the member should
// do.

internal import ClientCore
internal import JSONText
internal import RecordModel
internal import Replication
internal import SafeText
internal import SyncProtocol

/// The facts about a copy before a sync that the screen compares with those after.
struct BeforeSync {
  let unsent: Int
  let modelVersion: UInt64
  let spaceNames: [SpaceID: String]

  init(_ presenter: Presenter) throws {
    unsent = try presenter.snapshot.status().unsent
    modelVersion = presenter.model.version
    spaceNames = try presenter.spaceNames()
  }
}

/// The report of a sync, in words and numbers.
struct SyncScreen {
  private let sync: SyncReport
  private let before: BeforeSync
  /// The number of the member's values that this sync has overridden.
  private let newlyOverridden: Int
  private let presenter: Presenter

  /// - Parameter presenter: The copy after the sync.
  init(_ sync: SyncReport, since before: BeforeSync, newlyOverridden: Int, _ presenter: Presenter) {
    self.sync = sync
    self.before = before
    self.newlyOverridden = newlyOverridden
    self.presenter = presenter
  }

  private var counts: SyncCounts { sync.outcome.counts }
  private var progress: SyncProgress { sync.outcome.progress }

  func report() throws -> Report {
    let json = JSON.object([
      "sent": .integer(Int64(counts.acknowledged)), "received": .integer(Int64(counts.received)),
      "refused": .integer(Int64(counts.refused)), "unsent": .integer(Int64(sync.unsent)),
      "allowances": try presenter.json(of: allowances),
    ])
    return Report(json: json, lines: try workLines + newsLines + questionLines, failure: try failure)
  }

  /// The allowances that the hub has just said are nearly full.
  private var allowances: [AllowanceUse] { progress.allowances ?? [] }

  /// The hub's clock at this contact, in words.
  private var time: TerminalText? {
    sync.hubTime.map { presenter.local($0).inWords }
  }

  private var hasDropped: Bool {
    if case .transport(.unreachable)? = sync.problem { true } else { sync.problem?.isBreak ?? false }
  }

  /// True if the connection dropped after at least one answer, and there was work to send.
  private var hasDroppedHalfway: Bool { hasDropped && before.unsent > 0 && time != nil }

  private var workLines: [TerminalText] {
    let sent = counts.acknowledged
    guard sent > 0, !hasDroppedHalfway, let time else { return [] }
    return sync.unsent == 0 ? [Wording.received(at: time)] : [Wording.someSent(sent, of: before.unsent)]
  }

  private var newsLines: [TerminalText] {
    var lines: [TerminalText] = []
    if counts.received > 0 || sync.problem == nil { lines.append(Wording.news(counts.received)) }
    if sync.hasAllNews, let time { lines.append(Wording.allNews(at: time)) }
    if counts.reissued > 0 { lines.append(Wording.renamed(counts.reissued)) }
    if counts.rescued > 0 { lines.append(Wording.setAside(counts.rescued)) }
    if let hubTime = sync.hubTime { lines += presenter.clockWarning(centre: hubTime, isOnlyBefore: false) }
    return lines
  }

  private var questionLines: [TerminalText] {
    get throws {
      var lines: [TerminalText] = []
      let names = try presenter.spaceNames()
      for space in progress.entered.sorted() {
        lines.append(Wording.entered(presenter.label(ofSpace: names[space] ?? "")))
      }
      for space in progress.left.sorted() {
        lines.append(Wording.left(presenter.label(ofSpace: before.spaceNames[space] ?? "")))
      }
      for space in try presenter.snapshot.status().unknownSpaces where sync.hubTime != nil {
        lines.append(Wording.note(Wording.unknownSpace(presenter.label(ofSpace: space.name))))
      }
      if counts.sealed > 0 { lines += [Wording.sealed(counts.sealed), Wording.ownWordsKept] }
      if counts.newProposals > 0 { lines.append(Wording.note(Wording.proposals(counts.newProposals))) }
      if let role = progress.role {
        lines.append(Wording.newRole(TerminalText(words: presenter.model.label(ofRole: role))))
      }
      if counts.refused > 0 {
        lines.append(Wording.note(Wording.notTaken(try presenter.snapshot.status().refused)))
      }
      lines += try presenter.lines(of: allowances.filter { !$0.isFull }).map(Wording.note)
      if newlyOverridden > 0 { lines.append(Wording.note(Wording.overridden(newlyOverridden))) }
      let choices = try ConflictPrompt.all(presenter).mine.count
      if choices > 0, sync.hubTime != nil { lines.append(Wording.question(Wording.choices(choices))) }
      return lines
    }
  }

  /// The failure to report: the sync's problem, or work that is still unsent; `nil` if there is none.
  private var failure: Failure? {
    get throws {
      if let problem = sync.problem {
        let failure = Failure(problem) { presenter.label(ofSpace: before.spaceNames[$0] ?? "") }
        if hasDroppedHalfway { return failure.saying(Wording.part(counts.acknowledged, of: before.unsent)) }
        return sync.unsent > 0 ? failure.saying(failure.words + [Wording.waiting(sync.unsent)]) : failure
      }
      guard sync.unsent > 0 else { return nil }
      let full = try presenter.lines(of: allowances.filter(\.isFull))
      let words = full.isEmpty ? [Wording.stillWaiting(sync.unsent)] : full + [Wording.waiting(sync.unsent)]
      return Failure(code: "unsent", exit: .tryAgain, words: words + (full.isEmpty ? [] : [Wording.safeHere]))
    }
  }
}

extension SyncReport {
  /// True if the copy has everything that the hub had.
  var hasAllNews: Bool { problem == nil && outcome.progress.behind.isEmpty && outcome.progress.lacking.isEmpty }
}
