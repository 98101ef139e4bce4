// `backup-days`: says, or sets, for how many days a backup may be restored.

package import JSONText
package import Replication
internal import SyncHub

package struct BackupDaysCommand: ShortAdminCommand {
  package static let name = "backup-days"

  /// The new setting; `nil` leaves it as it is.
  let days: UInt64?

  package var parameters: [String: JSON] { ["days": days.json] }

  package func run(in hub: AdminContext) throws -> BackupDays {
    let now = hub.clock()
    guard let days else { return try hub.store.read { try BackupDays(at: now, in: $0) } }
    guard BackupAge.daysAllowed.contains(days) else {
      throw AdminError(.badDays, "A backup may be put back for 1 to \(BackupAge.daysAllowed.upperBound) days.")
    }
    return try hub.store.write { transaction in
      if try BackupAge.days(in: transaction) != days {
        let safeTime = try BackupAge.safeTime(at: now, in: transaction)
        try hub.ledger.enter([.backupDays(days, safeTime: safeTime)], in: transaction)
        try BackupAge.set(days: days, now: now, in: transaction)
        let entry = AuditEntry(.backupDays, by: hub.actor, counts: ["days": Int64(days)])
        try Audit.record(entry, now: now, in: transaction)
      }
      return try BackupDays(at: now, in: transaction)
    }
  }
}

extension BackupDaysCommand {
  package init(parameters: JSON) throws(JSONMismatch) { self.init(days: try parameters.member("days")) }
}

extension AdminCommand where Self == BackupDaysCommand {
  /// - Parameter days: The new setting; `nil` to read it.
  package static func backupDays(_ days: UInt64?) -> Self { Self(days: days) }
}

/// The answer of `backup-days`.
package struct BackupDays: JSONConvertible {
  package let days: UInt64
  /// The time from before which no backup may be restored.
  package let safeTime: Timestamp

  package var json: JSON { .object(["days": days.json, "safeTime": safeTime.json]) }
}

extension BackupDays {
  init(at now: Timestamp, in reader: any StoreReader) throws {
    self.init(days: try BackupAge.days(in: reader), safeTime: try BackupAge.safeTime(at: now, in: reader))
  }

  package init(json: JSON) throws(JSONMismatch) {
    self.init(days: try json.member("days"), safeTime: try json.member("safeTime"))
  }
}
