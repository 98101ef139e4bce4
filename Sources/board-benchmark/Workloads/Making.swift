// W1, first half: records made offline, 1,000 a transaction.

struct Making: Workload {
  let name = "make"
  let about = "records made offline, 1,000 a commit, beside plain inserts of the same bytes"

  func run(_ bench: Bench) async throws -> [Figure] {
    _ = try await bench.writer()
    let ours = try await measure { try await bench.filled() }
    let rows = try await bench.rows()
    let limit = try await measure { try RawLimit().insert(rows) }
    return [Figure("make a record", ours, each: rows.count, .microsecondsEach, limit: limit, goal: 1.8)]
  }
}
