// What the SQLite store promises beyond the contract: who may open a file and read it, what is refused, and what other
// programs find in it.

import Foundation
import Replication
import SQLiteStorage
import StoreConformance
import Synchronization
import Testing

@Suite("A replica's file")
struct SQLiteStoreTests {
  // MARK: Opening

  @Test("holds what was written after it is opened again, closed or let go")
  func reopens() throws {
    try withTemporaryFolder { folder in
      let path = folder + "/replica.db"
      var store: SQLiteStore? = try SQLiteStore(path: path)
      try store?.write { try $0.set("first", to: [1]) }
      try store?.close()
      try store?.close()
      store = try SQLiteStore(path: path)
      try store?.write { try $0.set("second", to: [2]) }
      store = nil
      let again = try SQLiteStore(path: path)
      #expect(try again.read { try $0.settings() } == ["first": [1], "second": [2]])
      try again.close()
      #expect(throws: StoreError.self) { try again.read { try $0.setting("first") } }
    }
  }

  @Test("is opened once: by no spelling of its name a second time")
  func secondOpeningIsRefused() throws {
    try withTemporaryFolder { folder in
      let path = folder + "/replica.db"
      let store = try SQLiteStore(path: path)
      try FileManager.default.createSymbolicLink(atPath: folder + "/link.db", withDestinationPath: path)
      for spelling in [path, folder + "/./replica.db", folder + "//replica.db", folder + "/link.db"] {
        #expect(throws: StoreError.inUse) { try SQLiteStore(path: spelling) }
      }
      try store.close()
      try SQLiteStore(path: path).close()
    }
  }

  @Test("is opened by one process")
  func otherProcessIsRefused() async throws {
    let path = NSTemporaryDirectory() + "storage-tests-\(UUID())/replica.db"
    let store = try SQLiteStore(path: path)
    await #expect(processExitsWith: .success) { [path = path as String] in
      #expect(throws: StoreError.inUse) { try SQLiteStore(path: path) }
    }
    try store.close()
    await #expect(processExitsWith: .success) { [path = path as String] in
      try SQLiteStore(path: path).close()
    }
    try FileManager.default.removeItem(atPath: URL(fileURLWithPath: path).deletingLastPathComponent().path)
  }

  @Test("waits for the disk at every commit")
  func synchronousIsFull() throws {
    try withTemporaryFolder { folder in
      let path = folder + "/replica.db"
      for _ in 1...2 {
        let store = try SQLiteStore(path: path)
        #expect(try store.synchronous() == 2)
        try store.write { try $0.set("word", to: [1]) }
        #expect(try store.synchronous() == 2)
        try store.close()
      }
    }
  }

  @Test("is for its owner alone, with all that lies beside it")
  func fileModes() throws {
    try withTemporaryFolder { folder in
      let path = folder + "/new/deeper/replica.db"
      let store = try SQLiteStore(path: path)
      try store.write { try $0.set("word", to: [1]) }
      try store.backup(to: folder + "/new/copy.db")
      for file in [path, path + "-wal", path + "-shm", path + ".lock", folder + "/new/copy.db"] {
        #expect(try mode(of: file) == 0o600, "\(file)")
      }
      for made in ["/new", "/new/deeper"] { #expect(try mode(of: folder + made) == 0o700) }
      try store.close()
      // Copied from a disk that knows no owners.
      try FileManager.default.setAttributes([.posixPermissions: 0o644], ofItemAtPath: path)
      try SQLiteStore(path: path).close()
      #expect(try mode(of: path) == 0o600)
    }
  }

  private func mode(of path: String) throws -> Int? {
    try FileManager.default.attributesOfItem(atPath: path)[.posixPermissions] as? Int
  }

  // A restore that is cut off while it opens its draft leaves a journal of that draft, and of any database it replaced.
  @Test("takes another's place without what SQLite had left beside that one: the next hub would be malformed")
  func replacedWhole() throws {
    try withTemporaryFolder { folder in
      let (path, old, draft) = (folder + "/hub.db", folder + "/old.db", folder + "/draft.db")
      let store = try SQLiteStore(path: draft)
      try store.write { try $0.set("restored", to: [1]) }
      try store.close()
      try leaveJournal(of: old)
      try FileManager.default.moveItem(atPath: old + "-journal", toPath: path + "-journal")
      try Data(repeating: 7, count: 4096).write(to: URL(fileURLWithPath: path))
      try SQLiteStore.replace(path, with: draft)
      let again = try SQLiteStore(path: path)
      #expect(try again.read { try $0.setting("restored") } == [1])
      try again.close()
    }
  }

  @Test("makes way for another under its lock, and stays under another name; if that fails, it stays where it was")
  func makesWay() throws {
    try withTemporaryFolder { folder in
      let path = folder + "/replica.db"
      let store = try SQLiteStore(path: path)
      try store.write { try $0.set("old", to: [1]) }
      let setAside = try store.makeWay { successor in
        #expect(throws: StoreError.inUse) { try SQLiteStore(path: path) }
        try successor.write { try $0.set("new", to: [2]) }
      }
      #expect(throws: StoreError.self) { try store.read { try $0.settings() } }
      let next = try SQLiteStore(path: path)
      #expect(try next.read { try $0.settings() } == ["new": [2]])
      #expect(throws: StoreError.full) { try next.makeWay { _ in throw StoreError.full } }
      let again = try SQLiteStore(path: path)
      #expect(try again.read { try $0.settings() } == ["new": [2]])
      try again.close()
      let old = try SQLiteStore(path: setAside)
      #expect(try old.read { try $0.settings() } == ["old": [1]])
      try old.close()
      #expect(try mode(of: setAside) == 0o600 && mode(of: path) == 0o600)
    }
  }

  @Test("goes whole, with all that stands beside it")
  func removedWhole() throws {
    try withTemporaryFolder { folder in
      let path = folder + "/hub.db"
      try leaveJournal(of: path)
      try SQLiteStore.remove(path)
      #expect(try FileManager.default.contentsOfDirectory(atPath: folder).filter { $0.hasPrefix("hub.db") } == [])
    }
  }

  /// Leaves a database as a power cut in the middle of a change does, with a journal that SQLite would roll back.
  private func leaveJournal(of path: String) throws {
    let work = path + ".work"
    _ = try sqlite(
      work,
      "CREATE TABLE a (b); WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n LIMIT 20000) INSERT INTO a SELECT hex(randomblob(50)) FROM n"
    )
    let script = """
      import shutil, sqlite3, sys
      base = sqlite3.connect(sys.argv[1], isolation_level=None)
      base.execute("PRAGMA cache_size = 5")
      base.execute("BEGIN IMMEDIATE")
      base.execute("UPDATE a SET b = b || 'x'")
      for end in ["", "-journal"]:
          shutil.copy(sys.argv[1] + end, sys.argv[2] + end)
      base.execute("ROLLBACK")
      """
    let python = Process()
    python.executableURL = URL(fileURLWithPath: "/usr/bin/python3")
    python.arguments = ["-c", script, work, path]
    try python.run()
    python.waitUntilExit()
    #expect(python.terminationStatus == 0)
    try FileManager.default.removeItem(atPath: work)
  }

  // MARK: Refusals

  @Test("is refused by name where another program made it, and left as it is")
  func foreignFileIsRefused() throws {
    try withTemporaryFolder { folder in
      let path = folder + "/addresses.db"
      _ = try sqlite(path, "CREATE TABLE address (name TEXT); INSERT INTO address VALUES ('Ada')")
      let before = try Data(contentsOf: URL(fileURLWithPath: path))
      #expect(throws: StoreError.unreadable("it is a database of another program")) { try SQLiteStore(path: path) }
      #expect(try Data(contentsOf: URL(fileURLWithPath: path)) == before)
    }
  }

  @Test("is refused by name where another version wrote it, and left as it is", arguments: [1, 99])
  func otherFormatIsRefused(_ format: Int) throws {
    try withTemporaryFolder { folder in
      let path = folder + "/replica.db"
      try SQLiteStore(path: path).close()
      _ = try sqlite(path, "PRAGMA user_version = \(format)")
      let error = #expect(throws: StoreError.self) { try SQLiteStore(path: path) }
      guard case .unreadable(let reason) = error else {
        Issue.record("refused as \(String(describing: error))")
        return
      }
      #expect(reason.contains("another version") && reason.contains("format \(format);"))
      #expect(try sqlite(path, "PRAGMA user_version") == "\(format)")
    }
  }

  @Test("leaves room on every page for encryption, in a backup too")
  func reservedBytes() throws {
    try withTemporaryFolder { folder in
      let store = try SQLiteStore(path: folder + "/hub.db")
      try store.backup(to: folder + "/backup.db")
      try store.close()
      for name in ["hub.db", "backup.db"] {
        // The count of reserved bytes is at offset 20 of the header.
        #expect(try Data(contentsOf: URL(fileURLWithPath: folder + "/" + name))[20] == 32, "\(name)")
      }
    }
  }

  @Test("is refused where it is no database", arguments: [1, 100, 512, 4_096, 50_000])
  func garbageIsRefused(_ size: Int) throws {
    try withTemporaryFolder { folder in
      let path = folder + "/replica.db"
      let garbage = Data((0..<size).map { UInt8(truncatingIfNeeded: $0 &* 167 &+ 13) })
      try garbage.write(to: URL(fileURLWithPath: path))
      let error = #expect(throws: StoreError.self) { try SQLiteStore(path: path) }
      guard case .corrupt = error else {
        Issue.record("refused as \(String(describing: error))")
        return
      }
      #expect(try Data(contentsOf: URL(fileURLWithPath: path)) == garbage)
    }
  }

  @Test("says so where its bytes have gone bad, and never stops the program")
  func rotIsNoticed() throws {
    try withTemporaryFolder { folder in
      let path = folder + "/replica.db"
      let store = try SQLiteStore(path: path)
      var carer = ChangeWriter(1)
      let change = carer.writes("Minutes", on: id(7))
      try store.write { transaction in
        try transaction.put(Space(id: board, name: "Board"))
        try transaction.append(change)
        try transaction.put(RecordState(id(7), of: change), at: id(7))
        try transaction.setTip(of: carer.replica, in: board, to: carer.tip)
      }
      for (spoil, ask) in [
        (
          "engine_log SET header = CAST(substr(header, 1, length(header) - 1) || x'00' AS BLOB)",
          { try $0.row(at: 1, in: board) }
        ),
        ("engine_log SET body = x'81'", { try $0.rows(touching: RecordKey(board, id(7))) }),
        ("engine_record SET state = x''", { try $0.record(RecordKey(board, id(7))) }),
        ("engine_tip SET digest = x'01'", { try $0.tips(in: board) }),
        ("engine_space SET id = x'01'", { try $0.spaces() }),
      ] as [(String, (any StoreReader) throws -> Any?)] {
        _ = try sqlite(path, "UPDATE \(spoil)")
        let error = #expect(throws: StoreError.self, "\(spoil)") { try store.read { _ = try ask($0) } }
        guard case .corrupt = error else {
          Issue.record("\(spoil): noticed as \(String(describing: error))")
          continue
        }
      }
      try store.close()
    }
  }

  // MARK: Copies

  @Test("is copied whole while others read and write, and the copy opens")
  func backupWhileWriting() throws {
    try withTemporaryFolder { folder in
      let store = try SQLiteStore(path: folder + "/replica.db")
      try store.write { transaction in for number in 0..<500 { try transaction.set("\(number)", to: [0]) } }
      let isDone = Mutex(false)
      let writer = Thread {
        do {
          var round: UInt8 = 0
          while !isDone.withLock({ $0 }) {
            round &+= 1
            try store.write { transaction in for number in 0..<500 { try transaction.set("\(number)", to: [round]) } }
          }
        } catch { Issue.record(error) }
        isDone.withLock { $0 = false }
      }
      writer.start()
      var seen: Set<[UInt8]> = []
      for number in 1...3 {
        try store.backup(to: folder + "/copy \(number).db")
        let now = try store.read { try $0.setting("0") }
        while try store.read({ try $0.setting("0") }) == now { sched_yield() }
      }
      isDone.withLock { $0 = true }
      while isDone.withLock({ $0 }) { sched_yield() }
      for number in 1...3 {
        let copy = try SQLiteStore(path: folder + "/copy \(number).db")
        let values = try copy.read { try $0.settings() }.values
        #expect(values.count == 500)
        #expect(Set(values).count == 1, "a copy holds whole transactions")
        seen.formUnion(values)
        try copy.close()
      }
      #expect(seen.count == 3)
      #expect(try FileManager.default.contentsOfDirectory(atPath: folder).allSatisfy { !$0.contains("partial") })
      try store.close()
    }
  }

  @Test("is never copied over another file")
  func backupNeedsANewName() throws {
    try withTemporaryFolder { folder in
      let store = try SQLiteStore(path: folder + "/replica.db")
      let target = folder + "/copy.db"
      try Data("mine".utf8).write(to: URL(fileURLWithPath: target))
      #expect(throws: StoreError.self) { try store.backup(to: target) }
      #expect(try Data(contentsOf: URL(fileURLWithPath: target)) == Data("mine".utf8))
      #expect(throws: StoreError.self) { try store.backup(to: "/proc/no such place/copy.db") }
      try store.close()
    }
  }

  @Test("files that only their owner may use keep their modes: a stick without owners refuses any other")
  func alreadyPrivate() throws {
    try withTemporaryFolder { folder in
      let path = folder + "/replica.db"
      try SQLiteStore(path: path).close()
      try FileManager.default.setAttributes([.posixPermissions: 0o700], ofItemAtPath: path)
      try SQLiteStore(path: path).close()
      #expect(try mode(of: path) == 0o700)
    }
  }
}
