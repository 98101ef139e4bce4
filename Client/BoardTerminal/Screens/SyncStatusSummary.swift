// Where a member stands: what the Centre has of their work, and how fresh their copy is. Two questions with two answers,
// never one: "all sent" over a copy that is a month old has misled people (Docs/lessons.md 25).

internal import ClientCore
internal import Replication
internal import SafeText

/// The answers, from the copy's status and the clock.
struct SyncStatusSummary {
  let status: CopyStatus
  /// Whether the last contact fetched everything the Centre had.
  let hasAllNews: Bool
  private let reading: Presenter

  init(_ reading: Presenter) throws {
    self.reading = reading
    status = try reading.replica.status()
    hasAllNews = try reading.replica.note(Note.partOfNews) == nil
  }

  /// The clock of this computer, or the Centre's where that is later: time does not run backwards.
  var now: Timestamp {
    let clock = reading.clock
    guard let contact = status.lastContact, contact.milliseconds > clock.milliseconds else { return clock }
    return contact
  }

  /// What waits, or that the Centre has it all.
  var work: TerminalText {
    if status.unsent > 0 { return Wording.waiting(status.unsent) }
    return status.lastContact == nil ? Wording.nothingWaits : Wording.centreHasAll
  }

  /// How fresh the copy is, by the Centre's clock at the last contact.
  var freshness: TerminalText {
    guard let contact = status.lastContact else { return Wording.noNewsYet }
    let days = daysSinceContact
    if days > 0 { return Wording.stale(days: days) }
    let time = reading.local(contact).inWords
    return hasAllNews ? Wording.latest(time) : Wording.partOfNews(time)
  }

  /// Whole days of the calendar since the last contact; 0 where the clock stands before it.
  var daysSinceContact: Int64 {
    guard let contact = status.lastContact else { return 0 }
    return reading.local(now).day.number - reading.local(contact).day.number
  }

  /// Two sentences where this computer's clock stands more than a day before the last contact; else nothing. A few
  /// minutes are nobody's business, and no rule reads the clock anyway.
  var clockWarning: [TerminalText] {
    guard let contact = status.lastContact else { return [] }
    return reading.clockWarning(centre: contact, isOnlyBefore: true)
  }
}

extension Presenter {
  /// Two sentences where this computer's clock is more than a day off the Centre's.
  ///
  /// - Parameter isOnlyBefore: Offline only a clock that stands before the last contact is surely wrong.
  func clockWarning(centre: Timestamp, isOnlyBefore: Bool) -> [TerminalText] {
    let day: Int64 = 86_400_000
    let ahead = clock.milliseconds.subtractingReportingOverflow(centre.milliseconds)
    let isWrong = ahead.overflow || ahead.partialValue < -day || (!isOnlyBefore && ahead.partialValue > day)
    guard isWrong else { return [] }
    let (here, there) = (local(clock).day.withoutWeekday, local(centre).day.withoutWeekday)
    return [Wording.note(Wording.clockLooksWrong(here: here, centre: there)), Wording.clockIsHarmless]
  }
}

/// The names of what the screen remembers between acts, kept beside the records.
enum Note {
  /// The ids of the list last shown.
  static let list = "list"
  /// The record last opened.
  static let opened = "opened"
  /// The question last shown by `choices`.
  static let question = "question"
  /// Own values that are kept but not shown, as far as the member was told.
  static let unshownTold = "unshown-told"
  /// Half-written words.
  static let draft = MemberReplica.draftNote
  /// There while the last contact ended before everything was fetched.
  static let partOfNews = "part-of-news"
}
