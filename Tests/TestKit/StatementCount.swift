// The work of a hub's writer as SQLite counts it: the same in every run and on every machine. The product knows nothing of
// it.

internal import GRDBSQLite
internal import Synchronization

/// The statements that the writers of the databases in one folder ran, and the steps of SQLite's machine in them, which
/// grow with every row that a statement looks at.
///
/// - SeeAlso: sqlite.org/c3ref/trace_v2.html, sqlite.org/c3ref/c_stmtstatus_counter.html (`SQLITE_STMTSTATUS_VM_STEP`).
package struct StatementCount: Equatable, CustomStringConvertible {
  package var statements = 0
  package var steps = 0

  package var description: String { "\(statements) statements, \(steps) steps" }

  package static func - (left: StatementCount, right: StatementCount) -> StatementCount {
    StatementCount(statements: left.statements - right.statements, steps: left.steps - right.steps)
  }

  /// The counts by the name of the database's file.
  private static let counts = Mutex<[String: StatementCount]>([:])

  /// The count of a database since it was opened.
  package static func of(_ file: String) -> StatementCount { counts.withLock { $0[file] ?? StatementCount() } }

  /// Runs the body while the connections of every database that it opens are counted for as long as they are open.
  package static func counting<Result>(_ body: () async throws -> Result) async rethrows -> Result {
    let open: @convention(c) (OpaquePointer?, UnsafeRawPointer?, UnsafeRawPointer?) -> Int32 = { database, _, _ in
      sqlite3_trace_v2(
        database, UInt32(SQLITE_TRACE_PROFILE),
        { _, _, statement, _ in
          StatementCount.note(OpaquePointer(statement))
          return 0
        }, nil)
    }
    let entry = unsafeBitCast(open, to: (@convention(c) () -> Void).self)
    sqlite3_auto_extension(entry)
    defer { sqlite3_cancel_auto_extension(entry) }
    return try await body()
  }

  /// Tests whether this is at most so many times as much work as another.
  package func isAtMost(_ factor: Double, times other: StatementCount) -> Bool {
    Double(statements) <= factor * Double(other.statements) && Double(steps) <= factor * Double(other.steps)
  }

  /// Counts a statement that has ended, unless a reader ran it.
  private static func note(_ statement: OpaquePointer?) {
    let database = sqlite3_db_handle(statement)
    guard sqlite3_db_readonly(database, "main") == 0, let name = sqlite3_db_filename(database, "main") else { return }
    let steps = Int(sqlite3_stmt_status(statement, SQLITE_STMTSTATUS_VM_STEP, 1))
    let file = String(cString: name)
    counts.withLock {
      $0[file, default: StatementCount()].statements += 1
      $0[file, default: StatementCount()].steps += steps
    }
  }
}
