// Timestamps as scripts read them: ISO 8601 in UTC, on the calendar of `CivilDay`.

extension Timestamp {
  /// `2026-11-21T02:37:42Z`, to the second. Years outside 0000–9999 are written with more digits or a sign.
  package var iso8601: String {
    let seconds = milliseconds.flooredDivision(by: 1_000)
    let days = seconds.flooredDivision(by: 86_400)
    let second = seconds - days * 86_400
    let date = CivilDay(number: days)
    return "\(date.year.padded(4))-\(Int64(date.month).padded(2))-\(Int64(date.day).padded(2))"
      + "T\((second / 3600).padded(2)):\((second / 60 % 60).padded(2)):\((second % 60).padded(2))Z"
  }
}

extension Int64 {
  fileprivate func padded(_ width: Int) -> String {
    let digits = String(magnitude)
    return (self < 0 ? "-" : "") + String(repeating: "0", count: Swift.max(0, width - digits.count)) + digits
  }
}
