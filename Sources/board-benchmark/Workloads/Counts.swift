// The statements that SQLite runs for a record, in both stores together: a count that is nearly the same in every run, on
// any machine.

import ClientCore
import GRDBSQLite
import RecordModel
import Replication
import Synchronization
import TestKit

struct Counts: Workload {
  let name = "counts"
  let about = "statements that SQLite runs, in the stores of hub and device together, in copies of 1,000 records"

  private static let records = 1_000

  func run(_ bench: Bench) async throws -> [Figure] {
    try await Statements.counted { statements in
      // A bench of its own: only connections that are opened from now on are counted.
      let bench = try Bench(records: Self.records)
      _ = try await bench.filled()
      let (writer, reader) = (try await bench.writer(), try await bench.reader())
      let (made, pushed) = (statements(), try await Self.count(statements) { try await writer.send() })
      let fetched = try await Self.count(statements) { try await reader.send() }
      let quiet = try await Self.count(statements) { try await reader.send() }
      for number in 0..<100 {
        _ = try writer.copy.set(try await bench.filled()[number].description, [.text(field: "kind", "changed")])
      }
      try await writer.send()
      let pulled = try await Self.count(statements) { try await reader.send() }
      func figure(_ name: String, _ count: Int, each: Int, ceiling: Double) -> Figure {
        var figure = Figure(name, value: Double(count) / Double(each), .statementsEach)
        figure.ceiling = ceiling
        return figure
      }
      return [
        figure("make a record", made, each: Self.records, ceiling: 9.2),
        figure("push a record", pushed, each: Self.records, ceiling: 12),
        figure("fetch a record", fetched, each: Self.records, ceiling: 10.8),
        figure("pull a change of one field", pulled, each: 100, ceiling: 13.3),
        // Each look at a member reads which spaces partners have given (decision 38).
        figure("a sync with nothing new", quiet, each: 1, ceiling: 128),
      ]
    }
  }

  private static func count(_ statements: () -> Int, _ body: () async throws -> Void) async rethrows -> Int {
    let before = statements()
    try await body()
    return statements() - before
  }
}

/// The statements of all connections of this process, counted by SQLite's own trace. The product knows nothing of it.
///
/// - SeeAlso: sqlite.org/c3ref/auto_extension.html, sqlite.org/c3ref/trace_v2.html.
private enum Statements {
  private static let count = Atomic(0)

  /// Runs the body while connections that it opens are counted. Its argument tells the count so far.
  static func counted<Result>(_ body: (() -> Int) async throws -> Result) async throws -> Result {
    let trace: @convention(c) (OpaquePointer?, UnsafeRawPointer?, UnsafeRawPointer?) -> Int32 = { database, _, _ in
      sqlite3_trace_v2(
        database, UInt32(SQLITE_TRACE_STMT),
        { _, _, _, _ in
          Statements.count.add(1, ordering: .relaxed)
          return 0
        }, nil)
    }
    let entry = unsafeBitCast(trace, to: (@convention(c) () -> Void).self)
    sqlite3_auto_extension(entry)
    defer { sqlite3_cancel_auto_extension(entry) }
    return try await body { count.load(ordering: .relaxed) }
  }
}
