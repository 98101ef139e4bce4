// Calendar days, for formatting and parsing dates and for counting the days between them. Days follow the proleptic
// Gregorian calendar (Howard Hinnant, "chrono-Compatible Low-Level Date Algorithms": `days_from_civil`,
// `civil_from_days`), so they depend on no time zone and on no system table.

/// A day of the proleptic Gregorian calendar.
package struct CivilDay: Equatable, Comparable, Sendable {
  package let year: Int64
  /// The month, from 1.
  package let month: Int
  /// The day of the month, from 1.
  package let day: Int

  /// Creates a day from its parts, which are not validated.
  init(year: Int64, month: Int, day: Int) {
    self.year = year
    self.month = month
    self.day = day
  }

  /// Creates the day with a given number.
  ///
  /// - Parameter number: Days since 1970-01-01.
  package init(number: Int64) {
    let shifted = number + 719_468
    let era = shifted.flooredDivision(by: 146_097)
    let dayOfEra = shifted - era * 146_097
    let yearOfEra = (dayOfEra - dayOfEra / 1_460 + dayOfEra / 36_524 - dayOfEra / 146_096) / 365
    let dayOfYear = dayOfEra - (365 * yearOfEra + yearOfEra / 4 - yearOfEra / 100)
    let monthFromMarch = (5 * dayOfYear + 2) / 153
    day = Int(dayOfYear - (153 * monthFromMarch + 2) / 5 + 1)
    month = Int(monthFromMarch < 10 ? monthFromMarch + 3 : monthFromMarch - 9)
    year = yearOfEra + era * 400 + (month <= 2 ? 1 : 0)
  }

  /// The day of a time, by Coordinated Universal Time.
  package init(of time: Timestamp) {
    self.init(number: time.milliseconds.flooredDivision(by: 86_400_000))
  }

  /// Parses a complete date in the model's form, `2026-12-10`.
  ///
  /// - Returns: `nil` for a partial date, and for a day that does not exist.
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
    let era = shiftedYear.flooredDivision(by: 400)
    let yearOfEra = shiftedYear - era * 400
    let dayOfYear = Int64((153 * (month > 2 ? month - 3 : month + 9) + 2) / 5 + day - 1)
    return era * 146_097 + yearOfEra * 365 + yearOfEra / 4 - yearOfEra / 100 + dayOfYear - 719_468
  }

  /// The day in the model's form, `2026-12-10`.
  package var date: String { "\(year.padded(4))-\(Int64(month).padded(2))-\(Int64(day).padded(2))" }

  package static func < (left: CivilDay, right: CivilDay) -> Bool {
    left.number < right.number
  }
}

extension Int64 {
  /// The quotient rounded down, so that days before 1970, whose numbers are negative, also begin at midnight.
  ///
  /// - Parameter divisor: Greater than 0.
  package func flooredDivision(by divisor: Int64) -> Int64 {
    self / divisor - (self % divisor < 0 ? 1 : 0)
  }
}
