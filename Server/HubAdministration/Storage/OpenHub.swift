// Creates, opens and restores a hub's data. The steps are ordered so that an interruption between any two leaves no
// hub, the old hub or the new hub, and never an old copy that passes for the current hub.

internal import Foundation
package import JSONText
package import PartnerExchange
package import RecordModel
package import Replication
package import SyncHub

/// A hub whose data this process holds open.
package struct OpenHub: Sendable {
  package let store: any HubStore
  package let model: RecordModel
  package let administration: AdminService
  /// The hub as its members and partners visit it.
  package let sync: SyncHub
  /// The exchange with partners' hubs.
  package let partners: PartnerService
  /// True if the data turned out to be a copy that was put back, so that a new epoch began.
  package let isCopy: Bool
  /// The acts that outlast backups, which the served hub shares with the administration.
  package let ledger: LedgerKeeper
  /// The acts that the data lacked when it was opened.
  package let applied: LedgerApplied

  /// Opens the hub of a folder.
  ///
  /// - Parameters:
  ///   - seedFormat: The format of the files that `import` takes.
  ///   - transport: The transport to partners' hubs.
  /// - Throws: ``AdminError``; `notAHub` if there is none, `inUse` if another process holds the data.
  package init(
    _ folder: HubFolder, on storage: any HubStorage, seedFormat: @escaping SeedFormat,
    transport: any PartnerTransport, clock: @escaping @Sendable () -> Timestamp
  ) throws {
    guard storage.isInitialised else {
      throw AdminError(.notAHub, "There is no hub in \(folder.path). Type 'board-hub init --data …' first.")
    }
    do {
      try self.init(opening: folder, on: storage, seedFormat: seedFormat, transport: transport, clock: clock)
    } catch let error as StoreError {
      throw AdminError(error)
    }
  }

  /// Creates a hub in the folder, or completes one whose creation was interrupted.
  ///
  /// - Parameters:
  ///   - model: The model that the hub begins with, unless the folder has a model file.
  ///   - seedFormat: The format of the files that `import` takes.
  /// - Throws: ``AdminError``; `alreadyAHub` if there is one.
  package static func create(
    in folder: HubFolder, on storage: any HubStorage, model: RecordModel, seedFormat: @escaping SeedFormat,
    transport: any PartnerTransport, clock: @escaping @Sendable () -> Timestamp
  ) throws -> OpenHub {
    guard !storage.isInitialised else {
      throw AdminError(.alreadyAHub, "There is a hub in \(folder.path) already.")
    }
    return try folder.make(for: storage) {
      try folder.writeFirstModel(model)
      try storage.create { store in
        let epoch = try store.write { transaction in
          _ = try folder.adoptModel(now: clock(), in: transaction)
          return try HubIdentity.identity(in: transaction).epoch
        }
        try folder.writeEpoch(epoch)
      }
      return try OpenHub(opening: folder, on: storage, seedFormat: seedFormat, transport: transport, clock: clock)
    }
  }

  private init(
    opening folder: HubFolder, on storage: any HubStorage, seedFormat: @escaping SeedFormat,
    transport: any PartnerTransport, clock: @escaping @Sendable () -> Timestamp
  ) throws {
    let store = try storage.open()
    do {
      let isCopy = try folder.checkEpoch(of: store)
      let ledger = try folder.openLedger()
      let (model, applied) = try store.write { transaction in
        if isCopy {
          try NumberedList.forgetAll(in: transaction)
          let entry = AuditEntry(.copyNoticed, by: AdminActor(.hub, through: .commandLine))
          try Audit.record(entry, now: clock(), in: transaction)
        }
        try Audit.finishUnfinished(now: clock(), in: transaction)
        let model = try folder.adoptModel(now: clock(), in: transaction)
        return (model, try folder.reconcile(ledger, rules: model.rules, now: clock(), in: transaction))
      }
      do { try store.scrub() } catch StoreError.full {
        // A full disk does not prevent a hub from being opened. The next request or opening tries again.
      }
      folder.keepOwners()
      self.store = store
      self.model = model
      self.isCopy = isCopy
      self.ledger = ledger
      self.applied = applied
      sync = SyncHub(
        store: store, rules: model.rules, modelText: model.source, policy: RightsPolicy(rules: model.rules),
        ledger: ledger, clock: clock)
      partners = PartnerService(hub: sync, model: model, copies: storage, transport: transport, clock: clock)
      administration = AdminService(
        store: store, model: model, seedFormat: seedFormat, clock: clock, ledger: ledger, partners: partners
      ) { path in
        try HubIdentity.backUp(store, at: clock()) { try store.backup(to: path) }
      }
    } catch {
      try store.close()
      throw error
    }
  }

  /// Replaces a hub's data with a backup and begins a new epoch.
  ///
  /// The backup is verified before it takes the place of anything.
  ///
  /// - Parameters:
  ///   - isOldAllowed: True to restore a backup that is older than the setting allows (``BackupAge``).
  ///   - isDamagedAllowed: True to restore one that does not pass verification.
  /// - Throws: ``AdminError``; `inUse` while any process holds the data, `oldBackup`, `damaged`.
  package static func restore(
    _ backup: String, into folder: HubFolder, on storage: any HubStorage, isOldAllowed: Bool = false,
    isDamagedAllowed: Bool = false, clock: () -> Timestamp
  ) throws -> RestoreReceipt {
    var isFolder = ObjCBool(false)
    guard FileManager.default.fileExists(atPath: backup, isDirectory: &isFolder), !isFolder.boolValue else {
      throw AdminError(.noSuchFile, "There is no file \(backup).")
    }
    return try folder.make(for: storage) {
      let receipt: RestoreReceipt
      do {
        receipt = try storage.replace(withBackup: backup) { store in
          let ledger = try folder.openLedger()
          try store.write { try BackupAge.adopt(ledger.ledger, in: $0) }
          if !isOldAllowed { try checkAge(ofBackup: store, at: clock()) }
          if !isDamagedAllowed { _ = try Verification(of: store) }
          return try prepare(store, for: folder, with: ledger, at: clock())
        }
      } catch StoreError.inUse {
        throw AdminError(.inUse, "The hub is being served. Stop it first, then restore.")
      } catch let failure as IntegrityFailure {
        throw AdminError(
          .damaged,
          "\(backup) is damaged. \(failure.words) Take an older backup; if there is none, add '--damaged'. Nothing was "
            + "changed.")
      } catch StoreError.corrupt(let why), StoreError.unreadable(let why) {
        // Only the backup can cause these: unreadable data of the hub itself does not prevent a restore.
        throw AdminError(.badBackup, "\(backup) is no backup of a hub: \(why). Nothing was changed.")
      }
      try folder.writeEpoch(receipt.epoch)
      folder.keepOwners()
      return receipt
    }
  }

  /// Refuses a backup from before the safe time: devices have dropped sealed work that arrived since it was made.
  private static func checkAge(ofBackup store: any ReplicaStore, at now: Timestamp) throws {
    let (made, safe, days) = try store.read { reader in
      _ = try HubIdentity.identity(in: reader)
      return try (
        BackupAge.backupTime(in: reader), BackupAge.safeTime(at: now, in: reader), BackupAge.days(in: reader)
      )
    }
    guard made.milliseconds < safe.milliseconds else { return }
    throw AdminError(
      .oldBackup,
      "The backup is from \(made.iso8601), and the oldest that may be put back is from \(safe.iso8601) "
        + "(\(days) days, see 'board-hub backup-days'). Sealed work that arrived since then may be on no computer any "
        + "more. If there is no newer backup, add '--old'. Nothing was changed.")
  }

  /// Begins a new epoch in a backup, and applies what was erased, revoked and left since it was made.
  private static func prepare(
    _ store: any ReplicaStore, for folder: HubFolder, with ledger: LedgerKeeper, at now: Timestamp
  ) throws -> RestoreReceipt {
    let receipt = try store.write { transaction in
      _ = try HubIdentity.identity(in: transaction)
      try folder.restoreModel(from: transaction)
      let epoch = try HubIdentity.drawNewEpoch(in: transaction)
      try NumberedList.forgetAll(in: transaction)
      let entry = AuditEntry(.restore, by: .machineOwner(through: .commandLine))
      try Audit.record(entry, now: now, in: transaction)
      let rules = try folder.modelInForce(in: transaction)?.rules ?? .none
      let applied = try folder.reconcile(ledger, rules: rules, now: now, in: transaction)
      return RestoreReceipt(
        epoch: epoch, erased: applied.erased, revoked: applied.revoked, left: applied.left,
        isLedgerMissing: try Ledger.isLedgerMissing(in: transaction))
    }
    try store.scrub()
    return receipt
  }
}

/// The answer of a restore, which is no ``AdminCommand`` because it cannot be run while the hub is being served.
package struct RestoreReceipt: JSONConvertible {
  /// The epoch that began with the restore.
  package let epoch: EpochID
  /// The records, devices and readings of spaces that had been erased, revoked and left since the backup, and are again.
  package let erased: Int
  package let revoked: Int
  package let left: Int
  /// True if the ledger is gone, so that the hub does not know what they were.
  package let isLedgerMissing: Bool

  package var json: JSON {
    .object([
      "epoch": epoch.json, "erased": erased.json, "revoked": revoked.json, "left": left.json,
      "ledgerMissing": isLedgerMissing.json,
    ])
  }
}

extension RestoreReceipt {
  package init(json: JSON) throws(JSONMismatch) {
    self.init(
      epoch: try json.member("epoch"), erased: try json.member("erased"), revoked: try json.member("revoked"),
      left: try json.member("left"), isLedgerMissing: try json.member("ledgerMissing"))
  }
}
