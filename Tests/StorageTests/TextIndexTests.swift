// The index of words in a device's file: what it must outlive, and what it must not keep.

import Foundation
import Replication
import SQLiteStorage
import StoreConformance
import Testing

@Suite("The text index of a SQLite store")
struct TextIndexTests {
  private func found(_ word: String, in store: SQLiteStore) throws -> [RecordID] {
    try store.read { try $0.search([word], limit: .max).records.map(\.record) }
  }

  private func write(_ title: String, at number: UInt8, in store: SQLiteStore) throws {
    try store.write { transaction in
      try transaction.put(RecordState(kind: "note"), at: id(number), shownFields: ["title": .text(title)])
    }
  }

  @Test("words that were saved but not yet indexed when the program was killed are found afterwards")
  func crash() throws {
    try withTemporaryFolder { folder in
      let store = try SQLiteStore(path: folder + "/replica.db")
      try store.write { try $0.put(Space(id: board, name: "Board")) }
      try write("buses", at: 7, in: store)
      try store.indexTexts()
      try write("trains", at: 7, in: store)
      try write("planes", at: 8, in: store)
      let copy = folder + "/crashed"
      try FileManager.default.createDirectory(atPath: copy, withIntermediateDirectories: true)
      for ending in ["", "-wal"] {
        try FileManager.default.copyItem(atPath: folder + "/replica.db" + ending, toPath: copy + "/replica.db" + ending)
      }
      let later = try SQLiteStore(path: copy + "/replica.db")
      #expect(try found("buses", in: later) == [])
      try later.indexTexts()
      #expect(try found("trains", in: later) == [id(7)] && found("planes", in: later) == [id(8)])
      try later.close()
      try store.close()
    }
  }

  @Test("thousands of records are indexed in several transactions, and each is found")
  func many() throws {
    try withTemporaryFolder { folder in
      let store = try SQLiteStore(path: folder + "/replica.db")
      let count = 12_000
      try store.write { transaction in
        try transaction.put(Space(id: board, name: "Board"))
        let projection = RecordProjection(presence: .present, fields: ["title": .text("buses")])
        for _ in 0..<count {
          try transaction.put(RecordState(kind: "note"), at: RecordKey(board, .random()), projection: projection)
        }
      }
      try store.indexTexts()
      #expect(try store.read { try $0.search(["bus"], limit: 10).count } == count)
      #expect(try store.read { try $0.search(["bus"], limit: 10).records.count } == 10)
      try store.close()
    }
  }

  @Test("a copy of a file is searched like the file itself")
  func backup() throws {
    try withTemporaryFolder { folder in
      let store = try SQLiteStore(path: folder + "/replica.db")
      try store.write { try $0.put(Space(id: board, name: "Board")) }
      for number: UInt8 in 1...9 { try write("note \(number)", at: number, in: store) }
      try store.indexTexts()
      for number: UInt8 in 1...5 { try store.write { try $0.removeRecord(RecordKey(board, id(number))) } }
      try store.backup(to: folder + "/copy.db")
      let copy = try SQLiteStore(path: folder + "/copy.db")
      #expect(try found("note", in: copy) == [id(6), id(7), id(8), id(9)] && found("7", in: copy) == [id(7)])
      try copy.close()
      try store.close()
    }
  }

  @Test("a hub keeps no index of texts, however its file is opened, and says so to whoever searches")
  func hub() throws {
    try withTemporaryFolder { folder in
      let path = folder + "/hub.db"
      let store = try SQLiteStore(path: path, for: .hub)
      try store.write { try $0.put(Space(id: board, name: "Board")) }
      try write("buses", at: 7, in: store)
      try store.write { try $0.didErase() }
      try store.indexTexts()
      #expect(throws: StoreError.failed("this copy keeps no text index")) { try found("buses", in: store) }
      try store.close()
      let again = try SQLiteStore(path: path, for: .device)
      #expect(throws: StoreError.self) { try found("buses", in: again) }
      try again.close()
    }
  }

  @Test(
    "a word is found however its accents, its case and its apostrophe are typed, and by its beginning in any script",
    arguments: [
      ("O’Brien's paper", "O'Brien"), ("O'Brien's paper", "O’Brien"), ("O’Brien", "brien"),
      ("Siân Ó Néill", "Sian"), ("Sian", "Siân"), ("Siân", "Sia\u{302}n"), ("Siân", "SIÂN"), ("naïve", "naive"),
      ("किताबें", "किताब"), ("लड़कियाँ", "लड़क"), ("การประชุม", "การ"), ("Straße", "straße"),
    ])
  func folding(text: String, word: String) throws {
    try withTemporaryFolder { folder in
      let store = try SQLiteStore(path: folder + "/replica.db")
      try store.write { try $0.put(Space(id: board, name: "Board")) }
      try write(text, at: 7, in: store)
      try store.indexTexts()
      #expect(try found(word, in: store) == [id(7)])
      try store.close()
    }
  }
}
