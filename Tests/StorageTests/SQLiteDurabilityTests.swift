// What was shown as saved survives (guarantee G2): a process killed at any instant, a disk that fills up. The power cut
// is the rig's to test; here it is made sure that SQLite is asked to wait for the disk (`SQLiteStoreTests`).

import Foundation
import Glibc
import Replication
import SQLiteStorage
import StoreConformance
import Testing

@Suite("What was saved")
struct SQLiteDurabilityTests {
  @Test("survives kill -9 right after the write returned")
  func survivesKill() async throws {
    let folder = NSTemporaryDirectory() + "storage-tests-\(UUID())"
    let path = folder + "/replica.db"
    await #expect(processExitsWith: .signal(SIGKILL)) { [path = path as String] in
      let store = try SQLiteStore(path: path)
      for number in 1...20 { try store.write { try $0.set("\(number)", to: [1]) } }
      kill(getpid(), SIGKILL)
    }
    let store = try SQLiteStore(path: path)
    #expect(try store.read { try $0.settings().count } == 20)
    try store.close()
    try FileManager.default.removeItem(atPath: folder)
  }

  @Test("is whole after kill -9 in the middle of a write")
  func nothingHalfDoneAfterKill() async throws {
    let folder = NSTemporaryDirectory() + "storage-tests-\(UUID())"
    let path = folder + "/replica.db"
    await #expect(processExitsWith: .signal(SIGKILL)) { [path = path as String] in
      let store = try SQLiteStore(path: path)
      try store.write { try $0.set("before", to: [1]) }
      try store.write { transaction in
        // More than SQLite holds in memory, so that part of it is in the file already.
        for number in 1...100 { try transaction.set("\(number)", to: [UInt8](repeating: 1, count: 100_000)) }
        kill(getpid(), SIGKILL)
      }
    }
    let store = try SQLiteStore(path: path)
    #expect(try store.read { try $0.settings() } == ["before": [1]])
    try store.close()
    try FileManager.default.removeItem(atPath: folder)
  }

  @Test("leaves nothing behind in the half-made copy of a backup that is killed, wherever that lies")
  func killedInABackup() async throws {
    let folder = NSTemporaryDirectory() + "storage-tests-\(UUID())"
    let stick = folder + "/stick"
    await #expect(processExitsWith: .signal(SIGKILL)) { [folder = folder as String, stick = stick as String] in
      let store = try SQLiteStore(path: folder + "/replica.db")
      try store.write { transaction in
        for number in 1...50 { try transaction.set("\(number)", to: [UInt8](repeating: 1, count: 100_000)) }
      }
      try FileManager.default.createDirectory(atPath: stick, withIntermediateDirectories: false)
      Thread.detachNewThread {
        // More than it lives to make: the process is killed in the middle of one, and a failure before fails the test.
        for number in 1...10_000 { try! store.backup(to: stick + "/\(number).db") }
      }
      while true {
        let names = try FileManager.default.contentsOfDirectory(atPath: stick)
        if names.contains(where: { $0.hasSuffix(".partial") }) { kill(getpid(), SIGKILL) }
        for name in names { unlink(stick + "/" + name) }
      }
    }
    func isUnfinished(_ name: String) -> Bool { name.contains(".partial") || name.contains(".copying") }
    try SQLiteStore(path: folder + "/replica.db").close()
    #expect(try !FileManager.default.subpathsOfDirectory(atPath: folder).contains(where: isUnfinished))
    try FileManager.default.removeItem(atPath: folder)
  }

  @Test("leaves nothing behind of a copy whose journal was left, too")
  func killedBackup() throws {
    try withTemporaryFolder { folder in
      let path = folder + "/replica.db"
      try SQLiteStore(path: path).close()
      // What is there when the process is killed in the middle of the copy.
      let copy = folder + "/stick.db.\(SpaceID.random()).partial"
      for file in [copy, copy + "-journal"] { try Data("erased later".utf8).write(to: URL(fileURLWithPath: file)) }
      try Data(copy.utf8).write(to: URL(fileURLWithPath: path + ".copying"))
      let store = try SQLiteStore(path: path)
      #expect(try FileManager.default.contentsOfDirectory(atPath: folder).allSatisfy { !$0.contains("stick") })
      try store.backup(to: folder + "/backup.db")
      try store.close()
      let left = try FileManager.default.contentsOfDirectory(atPath: folder).sorted()
      #expect(left.allSatisfy { !$0.contains("copying") && !$0.contains("partial") })
    }
  }

  @Test(
    "a note of a copy that was cut off, or that names another file, takes nothing away", arguments: ["", "/letter.txt"])
  func cutNote(name: String) throws {
    try withTemporaryFolder { folder in
      let (path, letter) = (folder + "/replica.db", folder + "/letter.txt")
      try Data("Mine.".utf8).write(to: URL(fileURLWithPath: letter))
      try Data((name.isEmpty ? "" : folder + name).utf8).write(to: URL(fileURLWithPath: path + ".copying"))
      try SQLiteStore(path: path).close()
      #expect(FileManager.default.fileExists(atPath: letter))
      #expect(!FileManager.default.fileExists(atPath: path + ".copying"))
    }
  }

  @Test(
    "survives a full disk; the write that did not fit leaves no trace, and the store works again after",
    .enabled(if: SmallDisk.isPossible, "mounting a small disk needs root"))
  func survivesFullDisk() throws {
    try SmallDisk.with(megabytes: 3) { folder in
      let path = folder + "/replica.db"
      let store = try SQLiteStore(path: path)
      try fill(store)
      #expect(throws: StoreError.full) { try store.backup(to: folder + "/copy.db") }
      let left = try FileManager.default.contentsOfDirectory(atPath: folder)
      #expect(!left.contains { $0.hasPrefix("copy") }, "\(left)")
      // What is in the write-ahead log must fit into the database file as well.
      try SmallDisk.grow(folder, toMegabytes: 9)
      try worksAgain(store, at: path)
    }
  }

  @Test("survives a quota in the same way")
  func survivesQuota() async throws {
    await #expect(processExitsWith: .success) {
      try withTemporaryFolder { folder in
        let path = folder + "/replica.db"
        let store = try SQLiteStore(path: path)
        // The kernel then refuses to let a file grow, with an error instead of the signal.
        signal(SIGXFSZ, SIG_IGN)
        let fileSize = __rlimit_resource_t(RLIMIT_FSIZE.rawValue)
        var limit = rlimit()
        #expect(getrlimit(fileSize, &limit) == 0)
        var small = limit
        small.rlim_cur = 2_000_000
        #expect(setrlimit(fileSize, &small) == 0)
        try fill(store)
        #expect(setrlimit(fileSize, &limit) == 0)
        try worksAgain(store, at: path)
      }
    }
  }
}

private let large = [UInt8](repeating: 7, count: 60_000)

/// Writes until no more fits, and a little beyond; holds the store to what it then still owes.
private func fill(_ store: SQLiteStore) throws {
  var saved = 0
  func write() throws {
    try store.write { transaction in
      try transaction.set("left \(saved)", to: large)
      try transaction.set("right \(saved)", to: large)
    }
    saved += 1
  }
  let error = #expect(throws: StoreError.self) { while saved < 1_000 { try write() } }
  #expect(error == .full, "\(String(describing: error))")
  #expect(saved > 0)
  // Again and again: a person presses "save" more than once.
  for _ in 1...3 { #expect(throws: StoreError.full) { try write() } }
  // Somebody who goes on after an error inside a transaction saves nothing by it.
  #expect(throws: StoreError.self) {
    try store.write { transaction in
      try transaction.set("careless", to: [1])
      for number in 1...500 {
        do {
          try transaction.nested { try transaction.set("large \(number)", to: large) }
        } catch StoreError.full {
          break
        }
      }
      try transaction.set("more careless", to: [1])
    }
  }
  let names = try store.read { try $0.settings() }.keys
  #expect(Set(names) == Set((0..<saved).flatMap { ["left \($0)", "right \($0)"] }))
}

/// Writes with room to spare, and finds everything after opening again.
private func worksAgain(_ store: SQLiteStore, at path: String) throws {
  let before = try store.read { try $0.settings() }
  try store.write { try $0.set("after", to: large) }
  try store.close()
  let again = try SQLiteStore(path: path)
  #expect(try again.read { try $0.settings() } == before.merging(["after": large]) { old, _ in old })
  try again.close()
}

/// A file system in memory, as small as a test needs it.
private enum SmallDisk {
  static let isPossible: Bool = {
    do {
      try with(megabytes: 1) { _ in }
      return true
    } catch { return false }
  }()

  static func with(megabytes: Int, _ body: (String) throws -> Void) throws {
    try withTemporaryFolder { folder in
      guard mount("none", folder, "tmpfs", 0, "size=\(megabytes)m") == 0 else { throw Regret() }
      // A process another test starts at this moment may hold the disk a little longer.
      defer { if umount2(folder, Int32(MNT_DETACH)) != 0 { Issue.record("\(folder) stays: \(errno)") } }
      try body(folder)
    }
  }

  static func grow(_ folder: String, toMegabytes megabytes: Int) throws {
    guard mount("none", folder, "tmpfs", UInt(MS_REMOUNT), "size=\(megabytes)m") == 0 else { throw Regret() }
  }
}
