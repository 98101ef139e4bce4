// Fixtures of this target: the SQLite store as a backend, and folders that go away.

import Foundation
import SQLiteStorage
import StoreConformance

extension StoreBackend {
  static let sqlite = StoreBackend("the SQLite store") { body in
    try withTemporaryFolder { folder in
      let store = try SQLiteStore(path: folder + "/replica.db")
      try body(store)
      try store.close()
    }
  }
}

/// Runs the body with an empty folder, and takes the folder away.
func withTemporaryFolder<Result>(_ body: (String) throws -> Result) throws -> Result {
  let folder = NSTemporaryDirectory() + "storage-tests-\(UUID())"
  try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
  defer {
    do { try FileManager.default.removeItem(atPath: folder) } catch { print("\(folder) stays: \(error)") }
  }
  return try body(folder)
}
