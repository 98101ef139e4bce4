// The hub of a world: the real `SyncHub` and its administration over a real data folder, opened and restored as the program does it.

internal import BoardModel
internal import Foundation
internal import HubAdministration
internal import RecordModel
internal import Replication
internal import SQLiteStorage
internal import SyncHub
internal import TestKit

/// The hub, and everything that can be done to its computer.
final class HubNode {
  let disk: SimulatedDisk
  let clock: VirtualClock
  let folder: HubFolder
  private let pageBytes: Int
  /// The models, from the one that the hub begins with to the newest.
  let models: [RecordModel]
  private let policy: (RecordModel) -> any HubPolicy

  /// What is open; `nil` while it is down.
  private(set) var store: SQLiteStore?
  private(set) var hub: SyncHub?
  private(set) var administration: AdminService?
  private(set) var model: RecordModel
  var pausedUntil: Int64 = 0
  /// Backups an administrator made.
  var backups: [String] = []
  /// Files somebody copied while the hub was down.
  var copies: [String] = []
  /// Copies of the whole folder, by how their files' paths begin.
  var snapshots: [String] = []

  /// - Parameter policy: The rules that the hub has by a model.
  init(
    disk: SimulatedDisk, clock: VirtualClock, pageBytes: Int, models: [RecordModel],
    policy: @escaping (RecordModel) -> any HubPolicy
  ) {
    self.disk = disk
    self.clock = clock
    self.pageBytes = pageBytes
    self.models = models
    self.policy = policy
    model = models[0]
    folder = HubFolder(path: disk.folder)
  }

  var isUp: Bool { store != nil }
  /// How many errors its disk had made when it was started.
  private var errorsBefore = 0
  /// Whether its disk has given it cause to fail since it was started.
  var hasSickDisk: Bool { disk.isDown || disk.counters.errors > errorsBefore }

  /// Makes the hub, as `board-hub init` does.
  func create() throws {
    try writeModel(models[0])
    let store = try SQLiteStore(path: folder.database, for: .hub, readers: 1)
    let epoch = try store.write { transaction in
      _ = try folder.adoptModel(now: clock.read(), in: transaction)
      return try HubIdentity.identity(in: transaction).epoch
    }
    try store.close()
    try folder.writeEpoch(epoch)
    _ = try start()
  }

  /// Opens the folder, as `board-hub serve` does.
  ///
  /// - Returns: Whether the files turned out to be a copy that was put back.
  /// - Throws: ``StoreError`` where its disk strikes; it is down then.
  func start() throws -> Bool {
    if disk.isDown { disk.restart() }
    errorsBefore = disk.counters.errors
    let store = try SQLiteStore(path: folder.database, for: .hub, readers: 1)
    do {
      let isCopy = try folder.checkEpoch(of: store)
      model = try store.write { try folder.adoptModel(now: clock.read(), in: $0) }
      self.store = store
      hub = SyncHub(
        store: store, rules: model.rules, modelText: model.source, policy: policy(model), clock: clock.read,
        responseBytesMax: pageBytes)
      administration = AdminService(
        store: store, model: model, seedFormat: SeedReader.format, clock: clock.read
      ) { [clock] path in
        try HubIdentity.backUp(store, at: clock.read()) { try store.backup(to: path) }
      }
      return isCopy
    } catch {
      Self.close(store)
      throw error
    }
  }

  /// Lets go of the files, as they are.
  func stop() {
    if let store { Self.close(store) }
    store = nil
    hub = nil
    administration = nil
  }

  private static func close(_ store: SQLiteStore) {
    // On a disk that is dead closing fails, and the file is closed all the same.
    do { try store.close() } catch is StoreError {} catch { preconditionFailure("closing: \(error)") }
  }

  func writeModel(_ model: RecordModel) throws {
    try Data(model.source.utf8).write(to: URL(fileURLWithPath: folder.modelFile), options: .atomic)
  }

  /// Puts a backup in the place of the data, as `board-hub restore` does. The hub must be down.
  func restore(_ backup: String) throws {
    if disk.isDown { disk.restart() }
    errorsBefore = disk.counters.errors
    let draft = folder.database + ".restored"
    try SQLiteStore.remove(draft)
    try FileManager.default.copyItem(atPath: backup, toPath: draft)
    let store = try SQLiteStore(path: draft, for: .hub, readers: 1)
    let epoch = try store.write { transaction in
      try folder.restoreModel(from: transaction)
      return try HubIdentity.drawNewEpoch(in: transaction)
    }
    try store.close()
    try SQLiteStore.replace(folder.database, with: draft)
    try folder.writeEpoch(epoch)
  }
}
