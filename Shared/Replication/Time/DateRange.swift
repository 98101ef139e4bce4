// The days that a date of the model may mean, so that a date in part can be compared with a day.

/// The days from the first to the last that a date may mean.
package struct DateRange: Equatable, Sendable {
  package let first: CivilDay
  package let last: CivilDay

  /// True if the date is one day.
  package var isDay: Bool { first == last }

  /// Parses a date in the model's form: `2026-12-10`, `2026-12`, `2026-autumn` or `2026`. Winter begins in December of
  /// its year.
  ///
  /// - Returns: `nil` for any other text, and for a day that does not exist.
  package init?(_ text: String) {
    if let day = CivilDay(text) {
      (first, last) = (day, day)
      return
    }
    let parts = text.split(separator: "-", omittingEmptySubsequences: false)
    guard (1...2).contains(parts.count), parts[0].isNumber(digits: 4), let year = Int64(parts[0]) else {
      return nil
    }
    let seasons = ["spring": 3, "summer": 6, "autumn": 9, "winter": 12]
    let (month, months): (Int, Int)
    if parts.count == 1 {
      (month, months) = (1, 12)
    } else if let begin = seasons[String(parts[1])] {
      (month, months) = (begin, 3)
    } else if parts[1].isNumber(digits: 2), let number = Int(parts[1]), (1...12).contains(number) {
      (month, months) = (number, 1)
    } else {
      return nil
    }
    let next = month - 1 + months
    first = CivilDay(year: year, month: month, day: 1)
    last = CivilDay(number: CivilDay(year: year + Int64(next / 12), month: next % 12 + 1, day: 1).number - 1)
  }
}
