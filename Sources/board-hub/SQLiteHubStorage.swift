// Storage of a hub's data in one SQLite file in its folder.

import Foundation
import HubAdministration
import Replication
import SQLiteStorage
import SyncHub

/// Stores a hub's data at `HubFolder.database`.
struct SQLiteHubStorage: HubStorage {
  let folder: HubFolder

  /// A database in a folder that may not be looked into counts as one, so that it is opened, and the reason is told.
  var isInitialised: Bool { access(folder.database, F_OK) == 0 || errno == EACCES }

  /// Opens the database. Clears what a killed restore left beside it: words that may have to be erased later.
  func open() throws -> any HubStore {
    let store = try SQLiteStore(path: folder.database, for: .hub, readers: HubReaders.count)
    do {
      try SQLiteStore.removeAbandoned(folder.database + Self.restored)
    } catch is StoreError {
      // It is no reason not to open the hub. The next opening tries again.
    }
    return store
  }

  func open(of partner: HubID) throws -> any ReplicaStore {
    do {
      try FileManager.default.createDirectory(
        atPath: folder.partners, withIntermediateDirectories: true, attributes: [.posixPermissions: 0o700])
    } catch { throw StoreError.failed("the folder \(folder.partners) cannot be made") }
    return try SQLiteStore(path: "\(folder.partners)/\(partner).db")
  }

  /// The ending of a backup that is about to take the database's place.
  private static let restored = ".restored"

  func create(_ fill: (any ReplicaStore) throws -> Void) throws {
    // The database gets its name only once it is a complete hub, so an interruption leaves nothing that looks like one.
    try withDraft(".new") { draft in
      try Self.fill(draft, fill)
      try FileManager.default.moveItem(atPath: draft, toPath: folder.database)
    }
  }

  func replace<Result>(withBackup path: String, prepare: (any ReplicaStore) throws -> Result) throws -> Result {
    // First of all, because preparing the backup writes the folder's ledger, which a hub that is being served has open.
    try SQLiteStore.checkUnused(folder.database)
    return try withDraft(Self.restored) { draft in
      try FileManager.default.copyItem(atPath: path, toPath: draft)
      let result = try Self.fill(draft, prepare)
      // The store's lock is held while the files are swapped, so no running hub loses its file. The file to be replaced
      // need not be readable.
      try SQLiteStore.replace(folder.database, with: draft)
      return result
    }
  }

  /// Runs `body` with the path of a draft. Removes the draft afterwards, and first any left by an interrupted run.
  private func withDraft<Made>(_ ending: String, _ body: (String) throws -> Made) throws -> Made {
    let draft = folder.database + ending
    try SQLiteStore.remove(draft)
    let made = Result { try body(draft) }
    try SQLiteStore.remove(draft)
    return try made.get()
  }

  private static func fill<Made>(_ path: String, _ body: (any ReplicaStore) throws -> Made) throws -> Made {
    let store = try SQLiteStore(path: path, for: .hub)
    let made = Result { try body(store) }
    try store.close()
    return try made.get()
  }
}

extension SQLiteStore: HubStore {}
