// A member's work and copy: what the Centre has of their work, and how fresh their copy is. Two questions with two
// answers, never one: "all sent" over a copy that is a month old has misled people (Docs/lessons.md 25).

internal import ClientCore
internal import Replication
internal import SafeText

/// The answers, from the copy's status and the clock.
struct SyncStatusSummary {
  let status: CopyStatus
  /// True where the last contact fetched everything the hub had.
  let hasAllNews: Bool
  private let presenter: Presenter

  init(_ presenter: Presenter) throws {
    self.presenter = presenter
    status = try presenter.snapshot.status()
    hasAllNews = try presenter.snapshot.note(Note.partOfNews) == nil
  }

  /// The clock of this computer, or the Centre's where that is later: time does not run backwards.
  var now: Timestamp {
    let clock = presenter.clock
    guard let contact = status.lastContact, contact.milliseconds > clock.milliseconds else { return clock }
    return contact
  }

  /// The number of changes that wait, or that the hub has them all.
  var work: TerminalText {
    if status.unsent > 0 { return Wording.waiting(status.unsent) }
    return status.lastContact == nil ? Wording.nothingWaits : Wording.centreHasAll
  }

  /// The age of the copy, by the hub's clock at the last contact.
  var freshness: TerminalText {
    guard let contact = status.lastContact else { return Wording.noNewsYet }
    let days = daysSinceContact
    if days > 0 { return Wording.stale(days: days) }
    let time = presenter.local(contact).inWords
    return hasAllNews ? Wording.latest(time) : Wording.partOfNews(time)
  }

  /// Whole days of the calendar since the last contact; 0 where the clock stands before it.
  var daysSinceContact: Int64 {
    guard let contact = status.lastContact else { return 0 }
    return presenter.local(now).day.number - presenter.local(contact).day.number
  }

  /// Two sentences where this computer's clock stands more than a day before the last contact; else nothing. A few
  /// minutes are nobody's business, and no rule reads the clock anyway.
  var clockWarning: [TerminalText] {
    guard let contact = status.lastContact else { return [] }
    return presenter.clockWarning(centre: contact, isOnlyBefore: true)
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
