// The summary of sync: the share of a member's work that the hub has, and the age of their copy. These are always two
// separate answers: "all sent" above a copy that was a month old has misled people (Docs/lessons.md 25).

internal import ClientCore
internal import Replication
internal import SafeText

/// The two answers, derived from the copy's status and the clock.
struct SyncStatusSummary {
  let status: CopyStatus
  /// True if the last contact fetched everything that the hub had.
  let hasAllNews: Bool
  private let presenter: Presenter

  init(_ presenter: Presenter) throws {
    self.presenter = presenter
    status = try presenter.snapshot.status()
    hasAllNews = try presenter.snapshot.note(Note.partOfNews) == nil
  }

  /// The time by this computer's clock, but no earlier than the last contact by the hub's.
  var now: Timestamp {
    let clock = presenter.clock
    guard let contact = status.lastContact, contact.milliseconds > clock.milliseconds else { return clock }
    return contact
  }

  /// The number of unsent changes, or that the hub has them all.
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

  /// The number of calendar days since the last contact; 0 if the clock is behind it.
  var daysSinceContact: Int64 {
    guard let contact = status.lastContact else { return 0 }
    return presenter.local(now).day.number - presenter.local(contact).day.number
  }

  /// A warning if this computer's clock is more than a day behind the last contact; otherwise empty. Smaller errors do
  /// no harm, because no rule depends on the clock.
  var clockWarning: [TerminalText] {
    guard let contact = status.lastContact else { return [] }
    return presenter.clockWarning(centre: contact, isOnlyBefore: true)
  }
}

extension Presenter {
  /// A warning if this computer's clock differs from the hub's by more than a day; otherwise empty.
  ///
  /// - Parameter isOnlyBefore: True to warn only of a clock behind the hub's, which is certain to be wrong even offline.
  func clockWarning(centre: Timestamp, isOnlyBefore: Bool) -> [TerminalText] {
    let day: Int64 = 86_400_000
    let ahead = clock.milliseconds.subtractingReportingOverflow(centre.milliseconds)
    let isWrong = ahead.overflow || ahead.partialValue < -day || (!isOnlyBefore && ahead.partialValue > day)
    guard isWrong else { return [] }
    let (here, there) = (local(clock).day.withoutWeekday, local(centre).day.withoutWeekday)
    return [Wording.note(Wording.clockLooksWrong(here: here, centre: there)), Wording.clockIsHarmless]
  }
}
