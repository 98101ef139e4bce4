// The home screen: the board at a glance, in at most ten lines and always in the same order: the member, the next
// meeting, what needs attention, news, unsent work, the freshness of the copy, help.

internal import ClientCore
internal import JSONText
internal import RecordModel
internal import Replication
internal import SafeText

/// The content of the home screen.
struct HomeScreen {
  private let presenter: Presenter
  private let summary: SyncStatusSummary
  private let board: TerminalText
  private let meeting: NextMeeting?
  private let choices: Int
  private let news: Int
  private let draft: CommentDraft?
  /// The number of the member's own proposals without an answer.
  private let unansweredProposals: Int

  init(_ presenter: Presenter) throws {
    self.presenter = presenter
    summary = try SyncStatusSummary(presenter)
    board = try presenter.boardName()
    meeting = try NextMeeting(presenter, today: presenter.local(summary.now).day)
    choices = try ConflictPrompt.all(presenter).mine.count
    news = try presenter.snapshot.newsCount()
    draft = try CommentDraft.load(presenter.snapshot)
    unansweredProposals = try presenter.snapshot.ownProposals().count { $0.answer == nil }
  }

  func report() throws -> Report {
    Report(json: try json(), lines: lines)
  }

  private var lines: [TerminalText] {
    let membership = presenter.membership
    let role = TerminalText(words: presenter.model.label(ofRole: membership.role))
    var lines: [TerminalText] = ["Home. \(board). You are \(membership.name), \(role)."]
    lines.append(meeting?.words ?? "Next meeting: none is planned in this copy.")
    if draft != nil { lines.append(Wording.halfWritten) }
    if choices > 0 { lines.append(Wording.choices(choices)) }
    if summary.status.refused > 0 { lines.append(Wording.notTaken(summary.status.refused)) }
    if unansweredProposals > 0 { lines.append(Wording.proposals(unansweredProposals)) }
    lines.append(Wording.newThings(news))
    lines.append("Your work: \(summary.work)")
    lines.append("Your copy: \(summary.freshness)\(warning)")
    lines.append(Wording.helpHint)
    return lines
  }

  /// Warns of a wrong clock, or else of a copy at least seven days old at most seven days before a meeting.
  private var warning: TerminalText {
    let clock = summary.clockWarning
    if !clock.isEmpty { return " " + clock.joined(by: " ") }
    guard let days = meeting?.daysToGo, days <= 7, summary.daysSinceContact >= 7 else { return "" }
    return " " + Wording.meetingIsSoon
  }

  private func json() throws -> JSON {
    let next = try meeting.map { try presenter.snapshot.json(of: $0.view) }
    return .object([
      "member": .string(presenter.membership.name), "role": .string(presenter.membership.role),
      "board": .string(board.description), "nextMeeting": next ?? .null,
      "choices": .integer(Int64(choices)), "new": .integer(Int64(news)), "halfWritten": .bool(draft != nil),
      "unsent": .integer(Int64(summary.status.unsent)), "refused": .integer(Int64(summary.status.refused)),
      "lastContact": JSON(summary.status.lastContact),
    ])
  }
}

/// The next meeting that has not ended: the one that is over first, so that a day comes before its month.
private struct NextMeeting {
  let view: RecordView
  let words: TerminalText
  /// The number of days until the earliest day it may be on; 0 if that is past.
  let daysToGo: Int64

  /// - Returns: `nil` if no meeting may be today or later.
  init?(_ presenter: Presenter, today: CivilDay) throws {
    guard presenter.model.kinds["meeting"] != nil else { return nil }
    let snapshot = presenter.snapshot
    func upcoming(_ view: RecordView) -> DateRange? {
      guard !Self.isOver(view) else { return nil }
      return Self.dates(of: view).filter { $0.last >= today }.min { ($0.last, $0.first) < ($1.last, $1.first) }
    }
    func first(from date: String, where isAccepted: (DateRange) -> Bool) throws -> [RecordView] {
      try snapshot.firstInEachSpace(kind: "meeting", from: date) { view in
        !view.conflicts.contains { $0.field == "date" } && upcoming(view).map(isAccepted) == true
      }
    }
    // Lists are in the order of dates as texts, in which a year comes before its months, and they before their days.
    let settled = try first(from: today.date, where: \.isDay) + first(from: Self.lastYear(of: today)) { !$0.isDay }
    // A meeting whose date is in conflict may be on another day than the one it is listed under.
    let unsettled = try snapshot.conflicts().filter { $0.kind == "meeting" }
    let dated = (settled + unsettled).compactMap { view in upcoming(view).map { (view, $0) } }
    guard let (view, date) = dated.min(by: { ($0.1.last, $0.0.id) < ($1.1.last, $1.0.id) }) else { return nil }
    self.view = view
    daysToGo = max(0, date.first.number - today.number)
    let reply = try Self.reply(to: view, presenter)
    words = "Next meeting: \(Self.when(view, daysToGo))\(reply)"
  }

  /// The year before a day's, whose winter reaches into the day's own.
  private static func lastYear(of day: CivilDay) -> String {
    String(CivilDay(number: day.number - 366).date.prefix(4))
  }

  /// The texts of the dates the meeting may have: several while its date is in conflict.
  private static func texts(of view: RecordView) -> [String] {
    let rivals = view.conflicts.first { $0.field == "date" }?.rivals.map(\.value)
    return (rivals ?? [view.fields["date"] ?? .null]).compactMap { value in
      if case .text(let date)? = value.part("date") { date } else { nil }
    }
  }

  private static func dates(of view: RecordView) -> [DateRange] { texts(of: view).compactMap { DateRange($0) } }

  private static func isOver(_ view: RecordView) -> Bool {
    [.text("ended"), .text("closed")].contains(view.fields["status"]) || view.hasEnded
  }

  private static func when(_ view: RecordView, _ daysToGo: Int64) -> TerminalText {
    let dates = texts(of: view).filter { DateRange($0) != nil }
    if Set(dates).count > 1 {
      return "not settled: \(dates.map { TerminalText(date: $0) }.joined(by: ", or "))."
    }
    var words = dates.first.map { TerminalText(date: $0) } ?? ""
    guard dates.first.flatMap({ DateRange($0) })?.isDay == true else {
      return "in \(words). The day is not settled."
    }
    if view.conflicts.contains(where: { $0.field == "date" }) {
      words = "\(words), at a time that is not settled"
    } else if case .text(let time)? = view.fields["time"] {
      words = "\(words), \(time)"
    }
    switch daysToGo {
    case 0: return "\(words). Today."
    case 1: return "\(words). Tomorrow."
    default: return "\(words). In \(daysToGo) days."
    }
  }

  /// The member's reply in words; empty if there is none.
  private static func reply(to meeting: RecordView, _ presenter: Presenter) throws -> TerminalText {
    guard presenter.model.kinds["reply"] != nil else { return "" }
    let me = RecordID(presenter.membership.member)
    let mine = try presenter.snapshot.listing(kind: "reply", linkingTo: meeting.id).last {
      $0.fields["meeting_ref"] == .link(meeting.id) && $0.fields["member_ref"] == .link(me)
    }
    guard let mine, case .text(let answer)? = mine.fields["answer"] else { return "" }
    return " You said: \(answer)."
  }
}
