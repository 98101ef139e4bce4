// Every call a store makes to its disk, and every way in which it can go wrong there: not a sample, all of them.

import Foundation
import Replication
import SQLiteStorage
import Simulation
import Testing

@Suite("At every disk call of a store's life")
struct DiskExplorationTests {
  @Test(
    "what was saved survives the fault and the outage after it, and nothing is there in part",
    arguments: [
      .crashBefore(keeping: .none), .crashBefore(keeping: .random(seed: 1)), .crashAfter(keeping: .none),
      .crashAfter(keeping: .random(seed: 2)), .crashAfter(keeping: .all), .torn, .ioErrorOnce, .ioErrorForEver, .full,
      .failedSync,
    ] as [DiskFault])
  func everyCall(_ fault: DiskFault) throws {
    let calls = try withDisk { disk in
      _ = try Life(on: disk)
      return disk.callCount
    }
    #expect(calls > 100)
    for call in 1...calls {
      try withDisk(seed: UInt64(call)) { disk in
        disk.fail(at: call, fault)
        let life = try Life(on: disk)
        disk.crash(keeping: .random(seed: UInt64(call)))
        disk.heal()
        disk.restart()
        let store = try SQLiteStore(path: disk.database)
        let found = try store.saved()
        #expect(!life.lacksLog, "\(fault) at call \(call)")
        #expect(found.isSuperset(of: life.saved) && found.isSubset(of: life.tried), "\(fault) at call \(call)")
        try store.save(11)
        #expect(try store.saved() == found.union([11]), "\(fault) at call \(call)")
        try store.close()
      }
    }
  }
}

/// What a person can do on one machine: begin, save ten notes, in the midst of it tidy up, end. Whatever fails is tried
/// no second time, and the next thing is tried all the same.
private struct Life {
  private(set) var saved: Set<Int> = []
  private(set) var tried: Set<Int> = []
  private(set) var lacksLog = false

  init(on disk: SimulatedDisk) throws {
    guard let store = attempt({ try SQLiteStore(path: disk.database) }) else { return }
    lacksLog = !FileManager.default.fileExists(atPath: disk.database + "-wal")
    for number in 1...10 {
      tried.insert(number)
      if attempt({ try store.save(number) }) != nil { saved.insert(number) }
      if number == 5 { attempt { try store.checkpoint() } }
      // What failed is not shown, and what did not fail is.
      if let shown = attempt({ try store.saved() }) { #expect(shown == saved) }
    }
    attempt { try store.close() }
  }

  /// - Returns: `nil` where the store refused.
  @discardableResult
  private func attempt<Result>(_ body: () throws -> Result) -> Result? {
    do {
      return try body()
    } catch is StoreError {
      return nil
    } catch {
      Issue.record(error)
      return nil
    }
  }
}
