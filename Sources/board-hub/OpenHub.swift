// Opens a hub's data folder: SQLite, the model file, the epoch. An act runs here where nobody serves the folder, and
// in the serving process where somebody does.

import BoardModel
import Foundation
import HubAdministration
import HubHTTP
import Replication
import SQLiteStorage
import SyncHub

/// A hub whose data this process holds.
struct OpenHub {
  let folder: HubFolder
  let store: SQLiteStore
  let model: BoardModel

  /// - Throws: ``AdminError``; `inUse` where another process holds the data.
  init(_ folder: HubFolder) throws {
    guard folder.isInitialised else {
      throw AdminError(.usage, "notAHub", "There is no hub in \(folder.path). Type 'board-hub init --data …' first.")
    }
    do {
      try self.init(opening: folder)
    } catch let error as StoreError {
      throw AdminError(error)
    }
  }

  /// Makes a new hub in the folder, or completes one whose making was cut short.
  static func create(in folder: HubFolder) throws -> OpenHub {
    guard !folder.isInitialised else {
      throw AdminError(.usage, "alreadyAHub", "There is a hub in \(folder.path) already.")
    }
    return try folder.make {
      try folder.writeStandardModel()
      let draft = folder.database + ".new"
      try SQLiteStore.remove(draft)
      do {
        // The database gets its name only when it is a whole hub, so a cut leaves nothing that looks like one.
        let store = try SQLiteStore(path: draft)
        let epoch = try store.write { transaction in
          _ = try folder.adoptModel(now: wallClock(), in: transaction)
          return try HubIdentity.identity(in: transaction).epoch
        }
        try store.close()
        try folder.writeEpoch(epoch)
        try FileManager.default.moveItem(atPath: draft, toPath: folder.database)
      } catch {
        try SQLiteStore.remove(draft)
        throw error
      }
      try SQLiteStore.remove(draft)
      return try OpenHub(opening: folder)
    }
  }

  private init(opening folder: HubFolder) throws {
    let store = try SQLiteStore(path: folder.database)
    do {
      let isCopy = try folder.checkEpoch(of: store)
      if isCopy {
        Output.note("This hub's data was put back from a copy: a new epoch begins.")
      }
      let model = try store.write { transaction in
        if isCopy { try Audit.record(AuditEntry(.copyNoticed), now: wallClock(), in: transaction) }
        return try folder.adoptModel(now: wallClock(), in: transaction)
      }
      try store.setViews(model.kinds.values.map { ReadableView(name: $0.name, fields: $0.fieldOrder) })
      self.folder = folder
      self.store = store
      self.model = model
    } catch {
      try store.close()
      throw error
    }
  }

  var acts: AdminService {
    AdminService(store: store, model: model, clock: wallClock) { [store] path in
      try HubIdentity.backUp(store) { try store.backup(to: path) }
    }
  }

  /// Does an act, here or in the process that serves the folder.
  static func run(_ act: AdminCommand, in folder: HubFolder) async throws -> JSON {
    let hub: OpenHub
    do {
      hub = try OpenHub(folder)
    } catch let error as AdminError where error.code == "inUse" {
      return try await AdminSocketClient(folder: folder).run(act)
    }
    let answer = Result { try hub.acts.run(act) }
    do {
      try hub.store.close()
    } catch is StoreError {
      // The act's outcome stands, and the file is whole: a disk without room for tidying up undoes nothing.
      return try answer.get()
    }
    return try answer.get()
  }

  /// Puts a backup in the place of a hub's data and begins a new epoch. Refused while anybody holds the data.
  static func restore(_ backup: String, into folder: HubFolder) throws -> EpochID {
    var isFolder = ObjCBool(false)
    guard FileManager.default.fileExists(atPath: backup, isDirectory: &isFolder), !isFolder.boolValue else {
      throw AdminError(.data, "noSuchFile", "There is no file \(backup).")
    }
    return try folder.make {
      let draft = folder.database + ".restored"
      do {
        try SQLiteStore.remove(draft)
        try FileManager.default.copyItem(atPath: backup, toPath: draft)
        let epoch = try freshEpoch(ofBackup: draft, folder)
        // The store's lock is held while the files change places, so no hub is pulled away from under its feet; whether
        // the file to be replaced can still be read does not matter.
        try SQLiteStore.replace(folder.database, with: draft)
        try SQLiteStore.remove(draft)
        try folder.writeEpoch(epoch)
        return epoch
      } catch {
        try SQLiteStore.remove(draft)
        switch error as? StoreError {
        case .inUse: throw AdminError(.busy, "inUse", "The hub is being served. Stop it first, then restore.")
        // Only the backup's: that the hub's own data cannot be read is no obstacle.
        case .corrupt(let why), .unreadable(let why):
          throw AdminError(.data, "badBackup", "\(backup) is no backup of a hub: \(why). Nothing was changed.")
        case .full, .failed, nil: throw error
        }
      }
    }
  }

  private static func freshEpoch(ofBackup path: String, _ folder: HubFolder) throws -> EpochID {
    let store = try SQLiteStore(path: path)
    let epoch = Result {
      try store.write { transaction in
        _ = try HubIdentity.identity(in: transaction)
        try folder.takeModel(from: transaction)
        let epoch = try HubIdentity.drawNewEpoch(in: transaction)
        try Audit.record(AuditEntry(.restore), now: wallClock(), in: transaction)
        return epoch
      }
    }
    try store.close()
    return try epoch.get()
  }
}

/// The wall clock, kept with what is written and never compared.
@Sendable func wallClock() -> Timestamp {
  Timestamp(milliseconds: Int64(Date().timeIntervalSince1970 * 1000))
}
