// Dates as people say them. Days are counted by the proleptic Gregorian calendar (algorithms: Howard Hinnant,
// "chrono-compatible low-level date algorithms"), so that nothing but the offset of the local time zone comes from
// outside, and a test can say what that is.

package import Replication
package import SafeText

/// A day of the calendar.
package struct CivilDay: Equatable, Comparable, Sendable {
  package let year: Int64
  package let month: Int
  package let day: Int

  /// - Parameter number: Days since 1970-01-01.
  package init(number: Int64) {
    let shifted = number + 719_468
    let era = (shifted >= 0 ? shifted : shifted - 146_096) / 146_097
    let dayOfEra = shifted - era * 146_097
    let yearOfEra = (dayOfEra - dayOfEra / 1_460 + dayOfEra / 36_524 - dayOfEra / 146_096) / 365
    let dayOfYear = dayOfEra - (365 * yearOfEra + yearOfEra / 4 - yearOfEra / 100)
    let monthFromMarch = (5 * dayOfYear + 2) / 153
    day = Int(dayOfYear - (153 * monthFromMarch + 2) / 5 + 1)
    month = Int(monthFromMarch < 10 ? monthFromMarch + 3 : monthFromMarch - 9)
    year = yearOfEra + era * 400 + (month <= 2 ? 1 : 0)
  }

  /// A whole date as the model writes it, `2026-12-10`.
  ///
  /// - Returns: `nil` for a date in part, and for a day no calendar has.
  package init?(_ text: String) {
    let parts = text.split(separator: "-").compactMap { Int64($0) }
    guard text.utf8.count == 10, parts.count == 3, (1...12).contains(parts[1]), (1...31).contains(parts[2]) else {
      return nil
    }
    year = parts[0]
    month = Int(parts[1])
    day = Int(parts[2])
    guard CivilDay(number: number) == self else { return nil }
  }

  /// Days since 1970-01-01.
  package var number: Int64 {
    let shiftedYear = month <= 2 ? year - 1 : year
    let era = (shiftedYear >= 0 ? shiftedYear : shiftedYear - 399) / 400
    let yearOfEra = shiftedYear - era * 400
    let dayOfYear = Int64((153 * (month > 2 ? month - 3 : month + 9) + 2) / 5 + day - 1)
    return era * 146_097 + yearOfEra * 365 + yearOfEra / 4 - yearOfEra / 100 + dayOfYear - 719_468
  }

  package static func < (left: CivilDay, right: CivilDay) -> Bool {
    left.number < right.number
  }

  /// `Thursday 10 December 2026`.
  package var inWords: TerminalText {
    let weekday = Int((number % 7 + 11) % 7)
    return "\(Self.weekdays[weekday]) \(day) \(Self.months[month - 1]) \(year)"
  }

  /// `10 December 2026`.
  package var withoutWeekday: TerminalText {
    "\(day) \(Self.months[month - 1]) \(year)"
  }

  fileprivate static let weekdays: [TerminalText] = [
    "Sunday", "Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday",
  ]
  fileprivate static let months: [TerminalText] = [
    "January", "February", "March", "April", "May", "June", "July", "August", "September", "October", "November",
    "December",
  ]
}

/// A moment, at the clocks of this place.
package struct CivilTime: Equatable, Sendable {
  package let day: CivilDay
  package let hour: Int
  package let minute: Int

  /// - Parameter offset: Seconds east of Greenwich at that moment. Moments beyond any calendar are held at its ends.
  package init(_ time: Timestamp, offset: Int64) {
    let ends: ClosedRange<Int64> = -60_000_000_000...250_000_000_000
    let whole = time.milliseconds / 1_000 - (time.milliseconds % 1_000 < 0 ? 1 : 0)
    let seconds = min(max(whole, ends.lowerBound), ends.upperBound) + offset
    let number = (seconds >= 0 ? seconds : seconds - 86_399) / 86_400
    day = CivilDay(number: number)
    let rest = Int(seconds - number * 86_400)
    hour = rest / 3_600
    minute = rest % 3_600 / 60
  }

  /// `10:42am`.
  package var clock: TerminalText {
    let twelve = hour % 12 == 0 ? 12 : hour % 12
    return "\(twelve):\(twoDigits(minute))\(hour < 12 ? "am" : "pm")"
  }

  /// `10:42am on Tuesday 24 November 2026`.
  package var inWords: TerminalText { "\(clock) on \(day.inWords)" }
}

extension TerminalText {
  /// A date as the model writes it, whole or in part, in words: `Thursday 10 December 2026`, `December 2026`,
  /// `autumn 2022`, `2026`. Anything else is shown as it is.
  package init(date: String) {
    if let day = CivilDay(date) {
      self = day.inWords
      return
    }
    let parts = date.split(separator: "-")
    if parts.count == 2, let month = Int(parts[1]), (1...12).contains(month) {
      self = "\(CivilDay.months[month - 1]) \(String(parts[0]))"
    } else if parts.count == 2, ["spring", "summer", "autumn", "winter"].contains(parts[1]) {
      self = "\(String(parts[1])) \(String(parts[0]))"
    } else {
      self.init(words: date)
    }
  }
}

private func twoDigits(_ number: Int) -> String { number < 10 ? "0\(number)" : "\(number)" }
