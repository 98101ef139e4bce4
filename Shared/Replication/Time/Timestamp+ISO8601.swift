// The timestamp format for scripts: ISO 8601 in UTC, on the calendar of `CivilDay`.

extension Timestamp {
  /// The time in the form `2026-11-21T02:37:42Z`, to the second. Years outside 0000–9999 have more digits or a sign.
  package var iso8601: String {
    let seconds = milliseconds.flooredDivision(by: 1_000)
    let days = seconds.flooredDivision(by: 86_400)
    let second = seconds - days * 86_400
    return CivilDay(number: days).date
      + "T\((second / 3600).padded(2)):\((second / 60 % 60).padded(2)):\((second % 60).padded(2))Z"
  }

  /// Parses the form of ``iso8601``, for every moment it can represent.
  ///
  /// - Returns: `nil` for any other form, and for days that do not exist.
  package init?(iso8601 text: String) {
    guard
      let match = text.wholeMatch(of: /(-?\d{4,9})-(\d\d)-(\d\d)T(\d\d):(\d\d):(\d\d)Z/)?.output,
      let year = Int64(match.1), let month = Int(match.2), let day = Int(match.3), let hour = Int64(match.4),
      let minute = Int64(match.5), let second = Int64(match.6)
    else { return nil }
    let days = CivilDay(year: year, month: month, day: day).number
    let seconds = days * 86_400 + hour * 3600 + minute * 60 + second
    let (milliseconds, overflows) = seconds.multipliedReportingOverflow(by: 1000)
    self.init(milliseconds: overflows ? (seconds < 0 ? .min : .max) : milliseconds)
    guard iso8601 == text else { return nil }
  }
}

extension Int64 {
  /// The number in decimal digits, at least so many, with a sign if it is negative.
  func padded(_ width: Int) -> String {
    let digits = String(magnitude)
    return (self < 0 ? "-" : "") + String(repeating: "0", count: Swift.max(0, width - digits.count)) + digits
  }
}
