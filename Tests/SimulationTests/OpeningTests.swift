// The moment in which a store is opened: two ways to lose what is saved or shown later, found on the simulated disk.

import Replication
import SQLiteStorage
import Simulation
import Testing

@Suite("Opening a store")
struct OpeningTests {
  @Test("gives it its write-ahead log or fails; without, a power cut takes the note saved last")
  func opensWithLog() throws {
    let calls = try withDisk { disk in
      let store = try SQLiteStore(path: disk.database)
      defer { disk.crash(under: store, keeping: .none) }
      return disk.callCount
    }
    var refusals = 0
    for call in 1...calls {
      try withDisk { disk in
        disk.fail(at: call, .ioErrorOnce)
        guard let store = opened(disk) else {
          refusals += 1
          return
        }
        try store.save(1)
        disk.crash(under: store, keeping: .none)
        disk.restart()
        #expect(try SQLiteStore(path: disk.database).saved() == [1], "call \(call)")
      }
    }
    #expect(refusals > 0, "no error was ever noticed")
  }

  /// - Returns: `nil` where the store rightly refuses.
  private func opened(_ disk: SimulatedDisk) -> SQLiteStore? {
    do { return try SQLiteStore(path: disk.database) } catch { return nil }
  }

  @Test("after a killed process shows nothing that a power cut could still take")
  func showsWhatIsSynced() throws {
    try withDisk { disk in
      let store = try SQLiteStore(path: disk.database)
      try store.save(1)
      let callsBefore = disk.callCount
      try store.save(2)
      // The process dies when the next note is in the log, and the sync that the person waits for has not begun.
      disk.fail(at: disk.callCount - callsBefore, .crashBefore(keeping: .all))
      #expect(throws: StoreError.self) { try store.save(3) }
      disk.restart()
      let again = try SQLiteStore(path: disk.database)
      let shown = try again.saved()
      disk.crash(under: again, keeping: .none)
      disk.restart()
      #expect(try SQLiteStore(path: disk.database).saved() == shown)
    }
  }
}
