// The time zones of this computer's tz database.

internal import Foundation
internal import Replication

/// The names and offsets of time zones.
enum TimeZones {
  /// The name of the local time zone; `nil` for a computer that says only how far it is from Greenwich.
  static var local: String? {
    let name = TimeZone.current.identifier
    return name.contains("/") ? name : nil
  }

  /// The offset of a time zone at a moment, in seconds east of Greenwich; `nil` if there is none of that name.
  @Sendable static func offset(of zone: String, at time: Timestamp) -> Int64? {
    let moment = Date(timeIntervalSince1970: Double(time.milliseconds) / 1_000)
    return TimeZone(identifier: zone).map { Int64($0.secondsFromGMT(for: moment)) }
  }
}
