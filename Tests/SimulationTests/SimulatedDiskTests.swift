// The disk itself: what it keeps, what it loses, and that it is the same every time.

import Foundation
import GRDB
import Replication
import SQLiteStorage
import Simulation
import Testing

@Suite("A simulated disk")
struct SimulatedDiskTests {
  @Test("given the same calls and seed, leaves the same bytes", arguments: 0..<20 as Range<UInt64>)
  func sameSeedSameBytes(seed: UInt64) throws {
    func bytes(_ seed: UInt64) throws -> Data {
      try withDisk { disk in
        try scribble(on: disk.database)
        disk.crash(keeping: .random(seed: seed))
        return FileManager.default.contents(atPath: disk.database) ?? Data()
      }
    }
    #expect(try bytes(seed) == bytes(seed))
  }

  @Test("given another seed, leaves other bytes")
  func otherSeedOtherBytes() throws {
    let found = try (0..<20 as Range<UInt64>).map { seed in
      try withDisk { disk in
        try scribble(on: disk.database)
        disk.crash(keeping: .random(seed: seed))
        return FileManager.default.contents(atPath: disk.database) ?? Data()
      }
    }
    #expect(Set(found).count > 10)
  }

  /// Makes a database whose pages all wait for a sync that never comes; nothing in it is random.
  private func scribble(on path: String) throws {
    let queue = try DatabaseQueue(path: path)
    try queue.writeWithoutTransaction { database in
      try database.execute(sql: "PRAGMA journal_mode = MEMORY; PRAGMA synchronous = OFF; CREATE TABLE note (text TEXT)")
      for number in 1...20 {
        try database.execute(
          sql: "INSERT INTO note VALUES (?)", arguments: [String(repeating: "\(number)", count: 900)])
      }
    }
    try queue.close()
  }

  @Test("keeps everything when only the process dies, and still owes the disk what was not synced")
  func killKeepsTheCache() throws {
    try withDisk { disk in
      disk.crash(under: try insertUnsynced(into: disk.database), keeping: .all)
      disk.restart()
      let queue = try DatabaseQueue(path: disk.database)
      #expect(try countNotes(in: queue) == 1)
      disk.crash(under: queue, keeping: .none)
      disk.restart()
      #expect(try countNotes(in: DatabaseQueue(path: disk.database)) == 0)
    }
  }

  @Test("loses what a failed sync left in doubt, though the next sync succeeds")
  func failedSync() throws {
    var counts: Set<Int?> = []
    for seed in 0..<20 as Range<UInt64> {
      try withDisk(seed: seed) { disk in
        let queue = try insertUnsynced(into: disk.database)
        disk.fail(at: 1, .failedSync)
        // The first checkpoint's sync of the log fails, the second's says it worked; it never reaches the disk.
        #expect(throws: DatabaseError.self) { try queue.writeWithoutTransaction { _ = try $0.checkpoint(.full) } }
        disk.heal()
        try queue.writeWithoutTransaction { try $0.execute(sql: "PRAGMA synchronous = FULL; CREATE TABLE other (a)") }
        disk.crash(under: queue, keeping: .none)
        disk.restart()
        counts.insert(try countNotes(in: DatabaseQueue(path: disk.database)))
      }
    }
    #expect(counts == [0, 1])
  }

  @Test("that is full refuses what would grow, and takes it again when healed")
  func full() throws {
    try withDisk { disk in
      let store = try SQLiteStore(path: disk.database)
      try store.save(1)
      disk.fail(at: 1, .full)
      // Some may find room in the log that is there already.
      var last = 1
      #expect(throws: StoreError.full) {
        while last < 1_000 {
          try store.save(last + 1)
          last += 1
        }
      }
      #expect(try store.saved() == Set(1...last))
      disk.heal()
      try store.save(last + 1)
      #expect(try store.saved() == Set(1...last + 1))
      #expect(disk.counters.errors > 0)
      try store.close()
    }
  }

  @Test("lets nothing through of a dead machine")
  func deadMachine() throws {
    try withDisk { disk in
      let dead = try SQLiteStore(path: disk.database)
      try dead.save(1)
      disk.crash(under: dead, keeping: .none)
      #expect(throws: StoreError.self) { try SQLiteStore(path: disk.database) }
      #expect(throws: StoreError.self) { try dead.saved() }
      disk.restart()
      // The dead store was not closed yet; it holds nothing of the new life.
      let living = try SQLiteStore(path: disk.database)
      #expect(throws: StoreError.self) { try dead.save(2) }
      try living.save(3)
      #expect(throws: StoreError.self) { try dead.close() }
      try living.save(4)
      #expect(try living.saved() == [1, 3, 4])
      try living.close()
      let again = try SQLiteStore(path: disk.database)
      #expect(try again.saved() == [1, 3, 4])
      try again.close()
    }
  }

  @Test("can lose a file whose folder was not synced, whatever was written to it")
  func namesAreLost() throws {
    try withDisk { disk in
      try scribble(on: disk.database)
      disk.crash(keeping: .none)
      #expect(!FileManager.default.fileExists(atPath: disk.database))
    }
  }

  @Test("touches no file outside its folder")
  func othersAreUntouched() throws {
    try withDisk { other in
      other.release()
      try withDisk { disk in
        disk.fail(at: 1, .ioErrorForEver)
        #expect(throws: StoreError.self) { try SQLiteStore(path: disk.database) }
        let store = try SQLiteStore(path: other.database)
        try store.save(1)
        disk.crash(keeping: .none)
        try store.save(2)
        #expect(try store.saved() == [1, 2])
        try store.close()
        #expect(other.callCount == 0)
      }
    }
  }

  @Test("carries backups and restores, which give files their names without SQLite")
  func namesFromOutside() throws {
    try withDisk { disk in
      let copy = disk.folder + "/copy.db"
      var store = try SQLiteStore(path: disk.database)
      try store.save(1)
      try store.backup(to: copy)
      try store.save(2)
      try store.close()
      try SQLiteStore.replace(disk.database, with: copy)
      disk.crash(keeping: .none)
      disk.restart()
      store = try SQLiteStore(path: disk.database)
      #expect(try store.saved() == [1])
      disk.crash(under: store, keeping: .none)
      disk.restart()
      store = try SQLiteStore(path: disk.database)
      #expect(try store.saved() == [1])
      try store.close()
    }
  }

  /// Makes a table that is on the disk, and a row that is not.
  private func insertUnsynced(into path: String) throws -> DatabaseQueue {
    let queue = try DatabaseQueue(path: path)
    try queue.writeWithoutTransaction { database in
      try database.execute(
        sql: """
          PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL; CREATE TABLE note (text TEXT);
          PRAGMA synchronous = NORMAL; INSERT INTO note VALUES ('not synced')
          """)
    }
    return queue
  }

  private func countNotes(in queue: DatabaseQueue) throws -> Int? {
    try queue.read { try Int.fetchOne($0, sql: "SELECT count(*) FROM note") }
  }
}
