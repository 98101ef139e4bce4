// A time of day with its place, as members elsewhere read it: theirs beside it. Only the offsets of time zones come from
// outside, because when summer time begins differs from place to place and from year to year.

package import Replication
package import SafeText

/// A time of day in a time zone, on a day.
package struct PlacedTime: Equatable, Sendable {
  package let day: CivilDay
  package let hour: Int
  package let minute: Int
  /// The name of the time zone, as the tz database has it: `Europe/London`.
  package let zone: String

  /// Reads a value of the type `time`.
  ///
  /// - Returns: `nil` for any other text, and for a date that is not one whole day.
  package init?(_ time: String, on date: String) {
    let parts = time.split(separator: " ")
    guard time.isTimeWithPlace, let day = CivilDay(date), parts.count == 2 else { return nil }
    let clock = parts[0].split(separator: ":").compactMap { Int($0) }
    (self.day, hour, minute, zone) = (day, clock[0], clock[1], String(parts[1]))
  }

  /// The moment; `nil` if the time zone is not known.
  ///
  /// - Parameter offset: The offset of a time zone at a moment, in seconds east of Greenwich.
  package func moment(offset: (String, Timestamp) -> Int64?) -> Timestamp? {
    let wall = (day.number * 86_400 + Int64(hour * 3_600 + minute * 60)) * 1_000
    // The offset changes at most a few times a year: the second try is right where the first was on the other side.
    guard let first = offset(zone, Timestamp(milliseconds: wall)),
      let second = offset(zone, Timestamp(milliseconds: wall - first * 1_000))
    else { return nil }
    return Timestamp(milliseconds: wall - second * 1_000)
  }

  /// `10:30am UK time`.
  package var inWords: TerminalText { "\(clock) \(Self.owner(of: zone)) time" }

  private var clock: TerminalText {
    CivilTime(Timestamp(milliseconds: 0), offset: Int64(hour * 3_600 + minute * 60)).clock
  }

  private static func owner(of zone: String) -> String { zone == "Europe/London" ? "UK" : place(of: zone) }

  /// The place of a time zone: `New York`.
  package static func place(of zone: String) -> String {
    zone.split(separator: "/").last.map { String($0.replacing("_", with: " ")) } ?? zone
  }
}

extension TerminalText {
  /// A time with its place, and the reader's own where that is another: `10:30am UK time, 5:30am in Toronto`.
  ///
  /// - Parameters:
  ///   - date: The day of the same record.
  ///   - local: The name of the reader's time zone; `nil` if it is not known.
  package init(
    time: String, on date: String?, local: String?, offset: (String, Timestamp) -> Int64?
  ) {
    guard let date, let placed = PlacedTime(time, on: date) else {
      let parts = time.split(separator: " ")
      // Without a day nobody can tell what time it is elsewhere; the place stays beside it.
      self =
        time.isTimeWithPlace ? "\(String(parts[0])) in \(PlacedTime.place(of: String(parts[1])))" : .init(words: time)
      return
    }
    guard let moment = placed.moment(offset: offset), let local, let there = offset(placed.zone, moment),
      let here = offset(local, moment), here != there
    else {
      self = placed.inWords
      return
    }
    let own = CivilTime(moment, offset: here)
    let day: TerminalText = own.day == placed.day ? "" : " on \(own.day.inWords)"
    self = "\(placed.inWords), \(own.clock)\(day) in \(PlacedTime.place(of: local))"
  }
}
