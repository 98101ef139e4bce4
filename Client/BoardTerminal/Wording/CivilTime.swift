// Dates and times in words. Only the offset of the local time zone comes from outside, so that a test can set it.

package import Replication
package import SafeText

extension CivilDay {
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

/// A moment in local time.
package struct CivilTime: Equatable, Sendable {
  package let day: CivilDay
  package let hour: Int
  package let minute: Int

  /// Converts a moment to local time. Moments far outside the calendar are clamped.
  ///
  /// - Parameter offset: The time zone's offset at that moment, in seconds east of Greenwich.
  package init(_ time: Timestamp, offset: Int64) {
    let ends: ClosedRange<Int64> = -60_000_000_000...250_000_000_000
    let whole = time.milliseconds.flooredDivision(by: 1_000)
    let seconds = min(max(whole, ends.lowerBound), ends.upperBound) + offset
    let number = seconds.flooredDivision(by: 86_400)
    day = CivilDay(number: number)
    let secondOfDay = Int(seconds - number * 86_400)
    hour = secondOfDay / 3_600
    minute = secondOfDay % 3_600 / 60
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
  /// A full or partial date of the model in words: `Thursday 10 December 2026`, `December 2026`, `autumn 2022`, `2026`.
  /// Any other text is shown as it is.
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
