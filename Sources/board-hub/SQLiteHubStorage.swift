// The hub's data in one SQLite file of its folder.

package import BoardModel
import Foundation
import HubAdministration
import Replication
package import SQLiteStorage

/// Keeps a hub's data at `HubFolder.database`.
struct SQLiteHubStorage: HubStorage {
  let folder: HubFolder

  var isInitialised: Bool { FileManager.default.fileExists(atPath: folder.database) }

  func open() throws -> any HubStore { try SQLiteStore(path: folder.database) }

  func create(_ fill: (any ReplicaStore) throws -> Void) throws {
    // The database gets its name only when it is a whole hub, so a cut leaves nothing that looks like one.
    try withDraft(".new") { draft in
      try Self.fill(draft, fill)
      try FileManager.default.moveItem(atPath: draft, toPath: folder.database)
    }
  }

  func replace<Result>(withBackup path: String, prepare: (any ReplicaStore) throws -> Result) throws -> Result {
    try withDraft(".restored") { draft in
      try FileManager.default.copyItem(atPath: path, toPath: draft)
      let result = try Self.fill(draft, prepare)
      // The store's lock is held while the files change places, so no hub is pulled away from under its feet; whether
      // the file to be replaced can still be read does not matter.
      try SQLiteStore.replace(folder.database, with: draft)
      return result
    }
  }

  /// Leaves no draft behind, its own or an earlier one's that was cut short.
  private func withDraft<Made>(_ ending: String, _ body: (String) throws -> Made) throws -> Made {
    let draft = folder.database + ending
    try SQLiteStore.remove(draft)
    let made = Result { try body(draft) }
    try SQLiteStore.remove(draft)
    return try made.get()
  }

  private static func fill<Made>(_ path: String, _ body: (any ReplicaStore) throws -> Made) throws -> Made {
    let store = try SQLiteStore(path: path)
    let made = Result { try body(store) }
    try store.close()
    return try made.get()
  }
}

extension SQLiteStore: HubStore {
  package func backUp(to path: String) throws { try backup(to: path) }

  package func show(_ model: BoardModel) throws {
    try setViews(model.kinds.values.map { ReadableView(name: $0.name, fields: $0.fieldOrder) })
  }
}
