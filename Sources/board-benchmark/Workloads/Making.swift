// W1, first half: records made offline, 1,000 a transaction.

struct Making: Workload {
  let name = "make"
  let about = "records made offline, 1,000 a commit, beside plain inserts of the same bytes"

  func run(_ bench: Bench) async throws -> [Figure] {
    _ = try await bench.writer()
    let ours = try await seconds { try await bench.filled() }.seconds
    let rows = try await bench.rows()
    let limit = try await seconds { try RawLimit().insert(rows) }.seconds
    let each = 1e6 / Double(rows.count)
    return [Figure(name: "make a record", value: ours * each, unit: .microsecondsEach, limit: limit * each, goal: 1.8)]
  }
}
