// What other programs read in a replica's file: the sqlite3 tool is asked, not our own connection.

import Foundation
import Replication
import SQLiteStorage
import StoreConformance
import Testing

@Suite("A replica's readable views")
struct ReadableViewTests {
  @Test("answer the sqlite3 tool, one view a kind")
  func views() throws {
    try withTemporaryFolder { folder in
      let path = folder + "/replica.db"
      let store = try SQLiteStore(path: path)
      let late = RecordState(kind: "event")
      let shownFields: [String: Value] = [
        "title": .text(#"Tea, "talk" & more"#), "date": .text("2026-11-21"), "open": .bool(true),
        "topics": .list([.text("care"), .text("pain")]),
      ]
      try store.write { transaction in
        try transaction.put(Space(id: board, name: "Advisory Board"))
        try transaction.put(late, at: id(7), shownFields: shownFields)
        try transaction.put(late, at: id(8), presence: .deleted, shownFields: shownFields)
        try transaction.put(RecordState(kind: "note"), at: id(9), shownFields: shownFields)
      }
      let fields = ["title", "date", "open", "topics", "missing"]
      try store.setViews([ReadableView(name: "event", fields: fields)])
      #expect(try sqlite(path, "SELECT title, date FROM event") == #"Tea, "talk" & more|2026-11-21"#)
      #expect(
        try sqlite(path, "SELECT id, space, open, topics, missing IS NULL FROM event")
          == #"00000000-0000-0000-0000-000000000007|Advisory Board|1|["care","pain"]|1"#)
      // While the store is open, and after the model changed.
      try store.setViews([ReadableView(name: "note", fields: ["title"])])
      #expect(try sqlite(path, "SELECT count(*) FROM note") == "1")
      #expect(try sqlite(path, "SELECT group_concat(name) FROM sqlite_schema WHERE type = 'view'") == "note")
      let version = try sqlite(path, "PRAGMA schema_version")
      try store.setViews([ReadableView(name: "note", fields: ["title"])])
      #expect(try sqlite(path, "PRAGMA schema_version") == version)
      try store.close()
      #expect(try sqlite(path, "SELECT count(*) FROM note") == "1")
    }
  }

  @Test("take any name for a kind or field, and are harmed by none")
  func viewsOfOddNames() throws {
    try withTemporaryFolder { folder in
      let path = folder + "/replica.db"
      let store = try SQLiteStore(path: path)
      let kinds = [
        "engine_record", "engine_view", "sqlite_schema", "kind_engine_record", "select", "a b", "it's", #"say "hi""#,
        "notes", "Notes", "Engine_log", "añb",
      ]
      let fields = ["id", "space", "order", "it's", #"a "b""#, "2026", "a.b", "$", "x; DROP TABLE engine_log"]
      let shownFields: [String: Value] = [
        "order": .integer(1), "it's": .integer(2), "2026": .integer(3), "a.b": .integer(4), "$": .integer(5),
      ]
      try store.write { transaction in
        try transaction.put(Space(id: board, name: "Board"))
        for (number, kind) in kinds.enumerated() {
          try transaction.put(RecordState(kind: kind), at: id(UInt8(number + 1)), shownFields: shownFields)
        }
      }
      _ = try sqlite(path, "CREATE TABLE notes (mine TEXT)")
      for views in [kinds, kinds.reversed(), []] {
        try store.setViews(views.map { ReadableView(name: $0, fields: fields) })
        for kind in views where kind.lowercased() != "notes" {
          let reserved = ["engine_", "sqlite_", "kind_"].contains { kind.lowercased().hasPrefix($0) }
          let name = (reserved ? "kind_" + kind : kind).replacingOccurrences(of: "\"", with: "\"\"")
          let columns = #""order", "it's", "2026", "a.b", "$""#
          #expect(try sqlite(path, "SELECT \(columns) FROM \"\(name)\"") == "1|2|3|4|5", "\(kind)")
        }
        #expect(try sqlite(path, "SELECT name FROM pragma_table_info('notes')") == "mine")
      }
      #expect(try sqlite(path, "SELECT count(*) FROM sqlite_schema WHERE type = 'view'") == "0")
      #expect(try store.read { try $0.record(RecordKey(board, id(1))) } == RecordState(kind: "engine_record"))
      try store.close()
    }
  }
}

/// What the sqlite3 tool prints.
func sqlite(_ path: String, _ sql: String) throws -> String {
  let (process, output) = (Process(), Pipe())
  process.executableURL = URL(fileURLWithPath: "/usr/bin/env")
  process.arguments = ["sqlite3", path, sql]
  process.standardOutput = output
  try process.run()
  let bytes = output.fileHandleForReading.readDataToEndOfFile()
  process.waitUntilExit()
  #expect(process.terminationStatus == 0, "sqlite3 \(sql)")
  return String(decoding: bytes, as: UTF8.self).trimmingCharacters(in: .newlines)
}
