// The limit: SQLite by its C interface, with the same bytes, the same transactions and the same durability.

import Foundation
import GRDBSQLite
import Replication

/// What a limit writes for one change: a record's row and a row of the log.
struct RawRow {
  let record: [UInt8]
  let values: [UInt8]
  let header: [UInt8]
  let body: [UInt8]
}

extension RawRow {
  /// The rows that a limit writes for an entry of a log; `nil` for an entry without words.
  init?(_ entry: LogEntry) {
    guard case .change(let change) = entry else { return nil }
    self.init(
      record: change.records[0].bytes, values: change.bodyBytes, header: change.headerBytes, body: change.bodyBytes)
  }
}

/// A database with the plainest tables that hold the same, in WAL mode and with `synchronous = FULL`, as our stores have it.
final class RawLimit {
  private var database: OpaquePointer?
  private let path: String

  init() throws {
    path = FileManager.default.temporaryDirectory.appendingPathComponent("limit-\(UUID()).db").path
    try check(sqlite3_open(path, &database))
    try run("PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL; PRAGMA secure_delete = ON")
    try run(
      """
      CREATE TABLE record (id BLOB PRIMARY KEY, content BLOB) WITHOUT ROWID;
      CREATE TABLE log (position INTEGER PRIMARY KEY, header BLOB, body BLOB);
      """)
  }

  deinit {
    sqlite3_close(database)
    for ending in ["", "-wal", "-shm"] { unlink(path + ending) }
  }

  /// Inserts rows, so many a transaction. A row of a record that is there takes its place.
  func insert(_ rows: [RawRow], each: Int = 1_000) throws {
    let record = try prepare("INSERT OR REPLACE INTO record VALUES (?, ?)")
    let log = try prepare("INSERT INTO log (header, body) VALUES (?, ?)")
    defer {
      sqlite3_finalize(record)
      sqlite3_finalize(log)
    }
    for first in stride(from: 0, to: rows.count, by: each) {
      try run("BEGIN IMMEDIATE")
      for row in rows[first..<min(first + each, rows.count)] {
        try step(record, row.record, row.values)
        try step(log, row.header, row.body)
      }
      try run("COMMIT")
    }
  }

  /// Replaces the values of rows, in one transaction.
  func update(_ rows: [RawRow]) throws {
    let statement = try prepare("UPDATE record SET content = ?2 WHERE id = ?1")
    defer { sqlite3_finalize(statement) }
    try run("BEGIN IMMEDIATE")
    for row in rows { try step(statement, row.record, row.values) }
    try run("COMMIT")
  }

  /// Reads the values of rows, one after the other.
  func read(_ rows: [RawRow]) throws {
    let statement = try prepare("SELECT content FROM record WHERE id = ?")
    defer { sqlite3_finalize(statement) }
    for row in rows {
      sqlite3_bind_blob(statement, 1, row.record, Int32(row.record.count), Self.transient)
      guard sqlite3_step(statement) == SQLITE_ROW else { throw RawError(code: sqlite3_errcode(database)) }
      sqlite3_reset(statement)
    }
  }

  private static let transient = unsafeBitCast(-1, to: sqlite3_destructor_type.self)

  private func prepare(_ sql: String) throws -> OpaquePointer? {
    var statement: OpaquePointer?
    try check(sqlite3_prepare_v2(database, sql, -1, &statement, nil))
    return statement
  }

  private func step(_ statement: OpaquePointer?, _ one: [UInt8], _ two: [UInt8]) throws {
    sqlite3_bind_blob(statement, 1, one, Int32(one.count), Self.transient)
    sqlite3_bind_blob(statement, 2, two, Int32(two.count), Self.transient)
    guard sqlite3_step(statement) == SQLITE_DONE else { throw RawError(code: sqlite3_errcode(database)) }
    sqlite3_reset(statement)
  }

  private func run(_ sql: String) throws { try check(sqlite3_exec(database, sql, nil, nil, nil)) }

  private func check(_ code: Int32) throws {
    guard code == SQLITE_OK else { throw RawError(code: code) }
  }
}

/// SQLite's result code where a limit could not be measured.
struct RawError: Error {
  let code: Int32
}
