// Statements run through SQLite's C interface, on GRDB's connections and inside GRDB's transactions. All of a store's
// queries pass here, because GRDB's own rows and arguments cost two to four times the CPU on bulk work. GRDB prepares
// each statement once per connection and caches it.

internal import Cryptography
internal import GRDB
internal import GRDBSQLite
internal import Replication

/// A value to bind to a statement's parameter.
enum SQLiteValue {
  case null
  case integer(Int64)
  case text(String)
  case blob([UInt8])
  /// A blob of 16 bytes, as they lie in memory.
  case id(UInt64, UInt64)
  /// A blob of 32 bytes.
  case digest(Digest)

  static func blob<Role>(_ id: Identifier<Role>) -> SQLiteValue {
    id.withBytes { .id($0.load(as: UInt64.self), $0.load(fromByteOffset: 8, as: UInt64.self)) }
  }
  static func blob<Role>(_ id: Identifier<Role>?) -> SQLiteValue { id.map { .blob($0) } ?? .null }
  static func blob(_ digest: Digest?) -> SQLiteValue { digest.map { .digest($0) } ?? .null }
  /// Binds all 64 bits as SQLite's signed integer: lossless in both directions, but ordered only below 2^63.
  static func bits(_ number: UInt64) -> SQLiteValue { .integer(Int64(bitPattern: number)) }
  /// Binds a bound for positions or sequences, clamped to SQLite's range; they stay below 2^53.
  static func bound(_ number: UInt64) -> SQLiteValue { .integer(Int64(clamping: number)) }
  static func text(_ text: String?) -> SQLiteValue { text.map { .text($0) } ?? .null }
  static func blob(_ bytes: [UInt8]?) -> SQLiteValue { bytes.map { .blob($0) } ?? .null }
  static func flag(_ value: Bool) -> SQLiteValue { .integer(value ? 1 : 0) }
}

/// The current row of a statement. Valid only until the statement's next step, so never keep it.
struct SQLiteRow {
  fileprivate let handle: OpaquePointer

  func isNull(_ column: Int32) -> Bool { sqlite3_column_type(handle, column) == SQLITE_NULL }
  func integer(_ column: Int32) -> Int64 { sqlite3_column_int64(handle, column) }
  func bits(_ column: Int32) -> UInt64 { UInt64(bitPattern: integer(column)) }
  func flag(_ column: Int32) -> Bool { integer(column) != 0 }

  func blob(_ column: Int32) -> [UInt8] { Array(bytes(column)) }

  /// A blob where it lies, valid until the next call on this row.
  func bytes(_ column: Int32) -> UnsafeRawBufferPointer {
    let start = sqlite3_column_blob(handle, column)
    return UnsafeRawBufferPointer(start: start, count: Int(sqlite3_column_bytes(handle, column)))
  }

  func text(_ column: Int32) -> String {
    let start = sqlite3_column_text(handle, column)
    let count = Int(sqlite3_column_bytes(handle, column))
    return String(decoding: UnsafeBufferPointer(start: start, count: count), as: UTF8.self)
  }
}

extension Database {
  /// Runs a statement and calls the body with each row until it returns false.
  func each(_ sql: String, _ values: [SQLiteValue] = [], _ body: (SQLiteRow) throws -> Bool) throws {
    let statement = try prepared(sql)
    let handle = statement.sqliteStatement
    defer {
      // Reset repeats the error of the last step, which was thrown already.
      sqlite3_reset(handle)
      sqlite3_clear_bindings(handle)
    }
    for (place, value) in values.enumerated() { try check(bind(value, at: Int32(place + 1), of: handle)) }
    while true {
      let code = sqlite3_step(handle)
      if code == SQLITE_DONE { return }
      guard code == SQLITE_ROW else { throw lastError(code) }
      guard try body(SQLiteRow(handle: handle)) else { return }
    }
  }

  /// Runs a statement and reads its first row; `nil` if there is none.
  func first<Read>(_ sql: String, _ values: [SQLiteValue] = [], _ read: (SQLiteRow) throws -> Read) throws -> Read? {
    var found: Read?
    try each(sql, values) { row in
      found = try read(row)
      return false
    }
    return found
  }

  /// Runs a statement and reads every row, in the statement's order.
  func all<Read>(_ sql: String, _ values: [SQLiteValue] = [], _ read: (SQLiteRow) throws -> Read) throws -> [Read] {
    var found: [Read] = []
    try each(sql, values) { row in
      found.append(try read(row))
      return true
    }
    return found
  }

  /// Runs a statement that writes.
  ///
  /// - Returns: The number of rows changed.
  /// - Throws: ``StoreError/failed(_:)`` outside a transaction. On a full disk, SQLite rolls back the whole transaction
  ///   by itself; the next write, if allowed, would then be committed on its own.
  @discardableResult
  func run(_ sql: String, _ values: [SQLiteValue] = []) throws -> Int {
    guard isInsideTransaction else { throw StoreError.failed("the transaction was undone by an earlier error") }
    try each(sql, values) { _ in true }
    return Int(sqlite3_changes(sqliteConnection))
  }

  /// GRDB's cached statement, or a fresh one while an outer call is stepping through it.
  private func prepared(_ sql: String) throws -> Statement {
    do {
      let kept = try cachedStatement(sql: sql)
      return sqlite3_stmt_busy(kept.sqliteStatement) == 0 ? kept : try makeStatement(sql: sql)
    } catch let error as DatabaseError {
      throw StoreError(error)
    }
  }

  private func bind(_ value: SQLiteValue, at place: Int32, of handle: OpaquePointer) -> Int32 {
    // SQLITE_TRANSIENT: SQLite copies the bytes, since Swift guarantees an array's address only during the call.
    let transient = unsafeBitCast(-1, to: sqlite3_destructor_type.self)
    switch value {
    case .null: return sqlite3_bind_null(handle, place)
    case .integer(let number): return sqlite3_bind_int64(handle, place, number)
    case .text(let text) where text.isEmpty: return sqlite3_bind_text(handle, place, "", 0, transient)
    case .text(var text):
      return text.withUTF8 { bytes in
        bytes.withMemoryRebound(to: CChar.self) {
          sqlite3_bind_text64(handle, place, $0.baseAddress, UInt64($0.count), transient, UInt8(SQLITE_UTF8))
        }
      }
    case .id(let first, let second):
      return withUnsafeBytes(of: (first, second)) { sqlite3_bind_blob64(handle, place, $0.baseAddress, 16, transient) }
    case .digest(let digest):
      return digest.withBytes { sqlite3_bind_blob64(handle, place, $0.baseAddress, 32, transient) }
    case .blob(let bytes):
      // An empty array may have no address, which SQLite treats as NULL.
      if bytes.isEmpty { return sqlite3_bind_zeroblob(handle, place, 0) }
      return sqlite3_bind_blob64(handle, place, bytes, UInt64(bytes.count), transient)
    }
  }

  private func check(_ code: Int32) throws {
    guard code == SQLITE_OK else { throw lastError(code) }
  }

  private func lastError(_ code: Int32) -> StoreError {
    StoreError(code: code, message: lastErrorMessage ?? "SQLite error \(code)")
  }
}
