// Applies the ledger to data that lacks acts of it: after a restore, a rollback of the database, or a crash between an
// entry and its act. They are the same acts as an administrator's, each with its entry in the audit.

internal import Cryptography
package import Replication

/// The acts of a ledger that the data lacked.
package struct LedgerApplied: Equatable, Sendable {
  package var erased = 0
  package var revoked = 0
  package var left = 0

  package init() {}
}

extension Ledger {
  /// Applies everything that the data lacks.
  ///
  /// - Parameter rules: The model's rules, for the changes that erase.
  /// - Returns: The number of acts applied. The caller scrubs the store after the transaction.
  package func apply(rules: RuleBook, now: Timestamp, in transaction: any StoreTransaction) throws -> LedgerApplied {
    var applied = LedgerApplied()
    (applied.revoked, applied.left) = try applyToDirectory(now: now, in: transaction)
    applied.erased = try applyErasures(rules: rules, now: now, in: transaction)
    return applied
  }

  /// Revokes devices and ends members' reading. It may be done at once: the hub's own spaces never replay.
  package func applyToDirectory(
    now: Timestamp, in transaction: any StoreTransaction
  ) throws -> (revoked: Int, left: Int) {
    var (devices, readings) = (0, 0)
    for device in try Directory(transaction).devices() where device.revocation == nil {
      guard let time = revoked[device.key] else { continue }
      _ = try Directory.revoke(device, reason: "revoked before a restore", now: time, transaction)
      let entry = AuditEntry(.deviceRevoke, by: Self.actor, member: device.member, devices: [device.key])
      try Audit.record(entry, now: now, in: transaction)
      devices += 1
    }
    for reading in left.keys.sorted(by: { ($0.member, $0.space) < ($1.member, $1.space) }) {
      guard try Directory.recordLeaving(reading.space, of: reading.member, now: now, transaction) else { continue }
      let entry = AuditEntry(.leave, by: Self.actor, member: reading.member, spaces: [reading.space])
      try Audit.record(entry, now: now, in: transaction)
      readings += 1
    }
    return (devices, readings)
  }

  /// Writes the changes that erase, into members' spaces. A record that is not here is erased, too: copies may have it.
  ///
  /// - Returns: The number of records erased.
  package func applyErasures(rules: RuleBook, now: Timestamp, in transaction: any StoreTransaction) throws -> Int {
    var count = 0
    for (key, kind) in erased.sorted(by: { $0.key < $1.key }) {
      guard try transaction.space(key.space) != nil else { continue }
      let state = try transaction.record(key)
      guard state?.isErased != true else { continue }
      let drafts: [Draft] = (state == nil ? [.create(key.record, kind: kind)] : []) + [.erase(key.record)]
      _ = try Replica(rules: rules, in: transaction).commit(
        drafts, in: key.space, by: HubIdentity.centre(in: transaction), at: now, isHome: true)
      try Proposal.purge(key, now: now, transaction)
      let entry = AuditEntry(.erase, by: Self.actor, spaces: [key.space], records: [key.record])
      try Audit.record(entry, now: now, in: transaction)
      count += 1
    }
    return count
  }

  /// The acts of the data that this ledger lacks, to be entered: those of a hub whose ledger is new, and a leaving whose
  /// member was invited again by an act that a restore lost. Costs a scan of the directory.
  ///
  /// - Parameter isNew: True to look for erased records, too. Costs a scan of every space.
  package func lacking(isNew: Bool, now: Timestamp, in reader: any StoreReader) throws -> [Entry] {
    let directory = Directory(reader)
    var entries: [Entry] = try directory.devices().compactMap { device in
      device.revocation.flatMap { revoked[device.key] == nil ? .revoked(device.key, $0.time) : nil }
    }
    for principal in try directory.members() {
      for space in principal.left.subtracting(principal.spaces).sorted() {
        guard left[Reading(member: principal.member, space: space)] == nil else { continue }
        entries.append(.left(principal.member, space, now))
      }
    }
    guard isNew else { return entries }
    if backupDays == nil, let setting = try BackupAge.setting(in: reader) {
      entries.append(.backupDays(setting.days, safeTime: setting.safeTime))
    }
    for space in try reader.sharedSpaces() {
      try reader.forEachRecord(in: space.id, kind: nil) { record, state in
        let key = RecordKey(space.id, record)
        if state.isErased, erased[key] == nil { entries.append(.erased(key, kind: state.kind)) }
      }
    }
    return entries
  }

  /// The hub itself, which the audit names as the actor.
  private static var actor: AdminActor { AdminActor(.hub, through: .commandLine) }
}
