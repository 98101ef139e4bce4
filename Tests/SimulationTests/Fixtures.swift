// What the tests of the simulation share: a machine with a folder in memory, and a person who saves notes on it.

import Foundation
import Replication
import SQLiteStorage
import Simulation

/// Runs the body with the disk of a fresh machine, and takes its folder away.
func withDisk<Result>(seed: UInt64 = 1, _ body: (SimulatedDisk) throws -> Result) throws -> Result {
  let host = FileManager.default.fileExists(atPath: "/dev/shm") ? "/dev/shm/" : NSTemporaryDirectory()
  let folder = host + "simulation-tests-\(UUID())"
  try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
  let disk = SimulatedDisk(folder: folder, seed: seed)
  defer {
    disk.release()
    do { try FileManager.default.removeItem(atPath: folder) } catch { print("\(folder) stays: \(error)") }
  }
  return try body(disk)
}

extension SimulatedDisk {
  var database: String { folder + "/replica.db" }

  /// An outage while somebody has this open: dropped before, it would have been closed in good order.
  func crash(under open: some AnyObject, keeping survival: Survival) {
    withExtendedLifetime(open) { crash(keeping: survival) }
  }
}

/// One saved note: two settings in one transaction, larger than a page together, so that half of it could be there.
private let half = [UInt8](repeating: 7, count: 3_000)

extension SQLiteStore {
  func save(_ number: Int) throws {
    try write { transaction in
      try transaction.set("left \(number)", to: half)
      try transaction.set("right \(number)", to: half)
    }
  }

  /// The notes the store holds whole.
  ///
  /// - Throws: ``HalfANote`` where one is there in part.
  func saved() throws -> Set<Int> {
    let settings = try read { try $0.settings() }
    let left = Set(settings.keys.filter { $0.hasPrefix("left ") }.compactMap { Int($0.dropFirst(5)) })
    let right = Set(settings.keys.filter { $0.hasPrefix("right ") }.compactMap { Int($0.dropFirst(6)) })
    guard left == right, settings.count == 2 * left.count, settings.values.allSatisfy({ $0 == half }) else {
      throw HalfANote(names: settings.keys.sorted())
    }
    return left
  }
}

struct HalfANote: Error {
  let names: [String]
}
