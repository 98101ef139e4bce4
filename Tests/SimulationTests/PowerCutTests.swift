// The control and the claim. A commit that is not synced is lost by this disk, so a store that loses none on it syncs.

import GRDB
import Replication
import SQLiteStorage
import Simulation
import TestKit
import Testing

@Suite("A power cut")
struct PowerCutTests {
  @Test("takes a commit that was reported with synchronous=NORMAL", arguments: [true, false])
  func normalLoses(isFull: Bool) throws {
    try withDisk { disk in
      let queue = try DatabaseQueue(path: disk.database)
      try queue.writeWithoutTransaction { database in
        try database.execute(sql: "PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL; CREATE TABLE note (text TEXT)")
        try database.execute(sql: "PRAGMA synchronous = \(isFull ? "FULL" : "NORMAL")")
        try database.execute(sql: "INSERT INTO note VALUES ('saved')")
      }
      disk.crash(keeping: .none)
      #expect(throws: DatabaseError.self) { try queue.read { try Row.fetchAll($0, sql: "SELECT * FROM note") } }
      disk.restart()
      let again = try DatabaseQueue(path: disk.database)
      #expect(try again.read { try Int.fetchOne($0, sql: "SELECT count(*) FROM note") } == (isFull ? 1 : 0))
    }
  }

  @Test("takes nothing a store's write returned from, and leaves nothing half", arguments: 0..<8)
  func storeLosesNothing(batch: Int) throws {
    for seed in UInt64(batch) * 25..<UInt64(batch + 1) * 25 {
      try withDisk(seed: seed) { disk in
        var random = SplitMix64(seed: seed)
        var saved: Set<Int> = []
        var number = 0
        // Several lives of one machine: what one outage left is what the next begins with.
        for _ in 1...3 {
          let store = try SQLiteStore(path: disk.database)
          #expect(try store.saved() == saved, "seed \(seed)")
          for _ in 0..<random.below(8) {
            number += 1
            try store.save(number)
            saved.insert(number)
          }
          if random.chance(1, in: 3) { try store.checkpoint() }
          disk.crash(under: store, keeping: random.chance(1, in: 4) ? .none : .random(seed: random.next()))
          disk.restart()
        }
        let store = try SQLiteStore(path: disk.database)
        #expect(try store.saved() == saved, "seed \(seed)")
        try store.close()
      }
    }
  }

  @Test("in the middle of a write leaves all of it or nothing")
  func wholeOrNothing() throws {
    var outcomes: Set<Set<Int>> = []
    for seed in 0..<60 as Range<UInt64> {
      try withDisk(seed: seed) { disk in
        let store = try SQLiteStore(path: disk.database)
        try store.save(1)
        // Somewhere in the write, up to its sync; later ones strike nothing, and the note is saved.
        disk.fail(at: 1 + Int(seed % 16), seed % 2 == 0 ? .torn : .crashBefore(keeping: .random(seed: seed)))
        do { try store.save(2) } catch is StoreError {}
        disk.crash(under: store, keeping: .random(seed: seed))
        disk.heal()
        disk.restart()
        outcomes.insert(try SQLiteStore(path: disk.database).saved())
      }
    }
    #expect(outcomes == [[1], [1, 2]])
  }

  @Test("takes nothing a start has shown, though the flush before it had failed (PostgreSQL's fsync errors of 2018)")
  func failedFlush() throws {
    for seed in 0..<40 as Range<UInt64> {
      try withDisk(seed: seed) { disk in
        let store = try SQLiteStore(path: disk.database)
        try store.save(1)
        disk.fail(at: 1, .failedSync)
        #expect(throws: StoreError.self) { try store.save(2) }
        // Somebody starts the program anew; the words that were not called saved may be there.
        disk.crash(under: store, keeping: .all)
        disk.restart()
        let again = try SQLiteStore(path: disk.database)
        let shown = try again.saved()
        disk.crash(under: again, keeping: .random(seed: seed))
        disk.restart()
        #expect(try SQLiteStore(path: disk.database).saved() == shown, "seed \(seed)")
      }
    }
  }
}
