// Erased words must be in no file of a store: neither in the database, nor in its log, nor in a copy made later.

import Dispatch
import Foundation
import Replication
import SQLiteStorage
import StoreConformance
import Testing

@Suite("The scrub of a SQLite store")
struct ScrubTests {
  /// Words that a file either has or has not.
  private let canary = "CANARY-5e1f"
  /// A word of them as the text index has it.
  private let indexed = "canary"

  private func files(in folder: String, holding words: String) throws -> [String] {
    try FileManager.default.contentsOfDirectory(atPath: folder).filter { name in
      try Data(contentsOf: URL(fileURLWithPath: folder + "/" + name)).range(of: Data(words.utf8)) != nil
    }
  }

  /// A store that held the words, and whose last transaction took them away.
  private func erased(in folder: String) throws -> SQLiteStore {
    let store = try SQLiteStore(path: folder + "/replica.db")
    var carer = ChangeWriter(1)
    let change = carer.writes(canary, on: id(7))
    try store.write { transaction in
      try transaction.put(Space(id: board, name: "Board"))
      try transaction.append(change)
      try transaction.put(RecordState(id(7), of: change), at: id(7), shownFields: ["title": .text(canary)])
      try transaction.set("beside", to: Array(canary.utf8))
      try transaction.rescue(change, reason: .notAllowed)
      try transaction.put(RecordState(kind: "note"), at: id(8), shownFields: ["title": .text("Plain")])
    }
    try store.indexTexts()
    try store.checkpoint()
    try store.write { transaction in
      try transaction.replaceRow(with: .redacted(change.erased(id(7))))
      try transaction.put(RecordState(kind: "note"), at: id(7))
      try transaction.set("beside", to: nil)
      try transaction.removeRescued(change)
      try transaction.didErase()
    }
    return store
  }

  @Test("what was erased is in none of its files afterwards, nor in a copy")
  func noFile() throws {
    try withTemporaryFolder { folder in
      let store = try erased(in: folder)
      for words in [canary, indexed] { #expect(try files(in: folder, holding: words) != []) }
      #expect(try store.scrub())
      try store.indexTexts()
      try store.backup(to: folder + "/copy.db")
      for words in [canary, indexed] { #expect(try files(in: folder, holding: words) == []) }
      #expect(try store.read { try $0.search(["canary"], limit: .max).count } == 0)
      #expect(try store.read { try $0.search(["plain"], limit: .max).count } == 1)
      #expect(try store.read { try $0.needsScrub() } == false)
      try store.close()
    }
  }

  @Test(
    "a member who leaves their only space, or whose last record is erased, leaves no word of it in the index",
    arguments: [true, false])
  func lastWords(isLeaving: Bool) throws {
    try withTemporaryFolder { folder in
      let store = try SQLiteStore(path: folder + "/replica.db")
      var carer = ChangeWriter(1)
      let change = carer.writes("A", on: id(7))
      try store.write { transaction in
        try transaction.put(Space(id: board, name: "Board"))
        try transaction.put(RecordState(id(7), of: change), at: id(7), shownFields: ["title": .text(canary)])
      }
      try store.indexTexts()
      if !isLeaving {
        // Taken out of the index first, as a removed record is.
        try store.write { try $0.put(RecordState(id(7), of: change), at: id(7), presence: .deleted) }
        try store.indexTexts()
      }
      try store.checkpoint()
      try store.write { transaction in
        if isLeaving {
          try transaction.removeSpace(board)
        } else {
          try transaction.removeRecord(RecordKey(board, id(7)))
        }
        try transaction.didErase()
      }
      #expect(try store.scrub())
      for words in [canary, indexed] { #expect(try files(in: folder, holding: words) == []) }
      try store.close()
    }
  }

  @Test("a crash before it is made good at the next opening")
  func crash() throws {
    try withTemporaryFolder { folder in
      let store = try erased(in: folder)
      let copy = folder + "/crashed"
      try FileManager.default.createDirectory(atPath: copy, withIntermediateDirectories: true)
      for ending in ["", "-wal"] {
        try FileManager.default.copyItem(atPath: folder + "/replica.db" + ending, toPath: copy + "/replica.db" + ending)
      }
      #expect(try files(in: copy, holding: canary) != [])
      let later = try SQLiteStore(path: copy + "/replica.db")
      for words in [canary, indexed] { #expect(try files(in: copy, holding: words) == []) }
      #expect(try later.read { try $0.needsScrub() } == false)
      try later.close()
      try store.close()
    }
  }

  @Test("a reader in the way puts it off, and the next one is not in the way")
  func reader() throws {
    try withTemporaryFolder { folder in
      let store = try erased(in: folder)
      let (isReading, isScrubbed) = (DispatchSemaphore(value: 0), DispatchSemaphore(value: 0))
      let reader = Thread {
        do {
          try store.read { reader in
            _ = try reader.spaces()
            isReading.signal()
            isScrubbed.wait()
          }
        } catch { Issue.record(error) }
        isReading.signal()
      }
      reader.start()
      isReading.wait()
      #expect(try !store.scrub())
      isScrubbed.signal()
      isReading.wait()
      #expect(try store.read { try $0.needsScrub() })
      #expect(try store.scrub())
      #expect(try files(in: folder, holding: canary) == [])
      try store.close()
    }
  }

  @Test("where nothing was erased it writes nothing")
  func nothing() throws {
    try withTemporaryFolder { folder in
      let store = try SQLiteStore(path: folder + "/replica.db")
      try store.write { try $0.set("word", to: [1]) }
      let log = try Data(contentsOf: URL(fileURLWithPath: folder + "/replica.db-wal"))
      #expect(try store.scrub())
      #expect(try Data(contentsOf: URL(fileURLWithPath: folder + "/replica.db-wal")) == log)
      try store.close()
    }
  }

  @Test("a log that grew while a long read went on gives its room back with the next writes")
  func logShrinks() throws {
    try withTemporaryFolder { folder in
      let store = try SQLiteStore(path: folder + "/replica.db", for: .hub)
      func logBytes() throws -> Int {
        let facts = try FileManager.default.attributesOfItem(atPath: folder + "/replica.db-wal")
        return try #require((facts[.size] as? NSNumber)?.intValue)
      }
      let value = [UInt8](repeating: 1, count: 1_000_000)
      try store.read { reader in
        _ = try reader.spaces()
        for number in 1...40 { try store.write { try $0.set("\(number)", to: value) } }
        #expect(try logBytes() > 2 * SQLiteStore.logBytesMax)
      }
      for number in 1...3 { try store.write { try $0.set("after", to: [UInt8(number)]) } }
      #expect(try logBytes() <= SQLiteStore.logBytesMax)
      try store.close()
    }
  }
}
