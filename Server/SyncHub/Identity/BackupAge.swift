// The greatest age of a backup that may still be restored. Devices keep what they have sealed for the hub until no backup
// from before its arrival may be restored (decision 25).

package import Replication

/// A hub's setting of how old a backup may be and still be restored, with the safe time that follows from it.
package enum BackupAge {
  /// The setting of a hub whose administrator never chose one.
  package static let usualDays: UInt64 = 30
  /// The values that an administrator may choose.
  package static let daysAllowed: ClosedRange<UInt64> = 1...3650

  private static let days = LocalKey("hub/backup-days", .number)
  /// The safe time at the last change of the setting. Devices have relied on it.
  private static let told = LocalKey("hub/backup-safe-time", .timestamp)
  private static let made = LocalKey("hub/backup-made", .timestamp)

  /// The greatest age, in days.
  package static func days(in reader: any StoreReader) throws -> UInt64 { try reader.value(of: days) ?? usualDays }

  /// The hub's safe time: no backup from before it may be restored. It is the one thing for which the hub's clock counts.
  package static func safeTime(at now: Timestamp, in reader: any StoreReader) throws -> Timestamp {
    let age = Int64(clamping: try days(in: reader)) * 86_400_000
    let (time, isTooEarly) = now.milliseconds.subtractingReportingOverflow(age)
    let told = try reader.value(of: told)?.milliseconds ?? .min
    return Timestamp(milliseconds: max(isTooEarly ? .min : time, told))
  }

  /// Changes the setting. The safe time never goes back by it, because devices have relied on it.
  package static func set(days: UInt64, now: Timestamp, in transaction: any StoreTransaction) throws {
    precondition(daysAllowed.contains(days), "checked where it was typed")
    try transaction.set(told, to: safeTime(at: now, in: transaction))
    try transaction.set(Self.days, to: days)
  }

  /// The setting, with the safe time when it was last changed; `nil` if it never was.
  static func setting(in reader: any StoreReader) throws -> (days: UInt64, safeTime: Timestamp)? {
    guard let days = try reader.value(of: days), let told = try reader.value(of: told) else { return nil }
    return (days, told)
  }

  /// Takes over the setting from the ledger, which no restore takes back.
  package static func adopt(_ ledger: Ledger, in transaction: any StoreTransaction) throws {
    guard let setting = ledger.backupDays else { return }
    try transaction.set(days, to: setting.days)
    let earlier = try transaction.value(of: told)?.milliseconds ?? .min
    try transaction.set(told, to: Timestamp(milliseconds: max(earlier, setting.safeTime.milliseconds)))
  }

  // MARK: Backups

  /// Marks the store, while it is copied, with the time at which the copying began; `nil` removes the mark.
  static func markBackup(madeAt time: Timestamp?, in transaction: any StoreTransaction) throws {
    try transaction.set(made, to: time)
  }

  /// The time at which an open backup was made. A plain copy of the hub's file does not say: it was made after its last
  /// row was received.
  package static func backupTime(in reader: any StoreReader) throws -> Timestamp {
    if let time = try reader.value(of: made) { return time }
    let last = try reader.spaces().compactMap { try reader.lastPlace(in: $0.id)?.time.milliseconds }.max()
    return Timestamp(milliseconds: last ?? .min)
  }
}
