// A new copy fetches everything there is.

import TestKit

struct Fetching: Workload {
  let name = "fetch"
  let about = "a copy with nothing fetches everything, beside plain inserts"

  func run(_ bench: Bench) async throws -> [Figure] {
    _ = try await bench.filled()
    try await bench.writer().send()
    let reader = try await bench.reader()
    let ours = try await seconds { try await reader.send() }.seconds
    let rows = try await bench.rows()
    let limit = try await seconds { try RawLimit().insert(rows) }.seconds
    let each = 1e6 / Double(rows.count)
    return [Figure(name: "fetch a record", value: ours * each, unit: .microsecondsEach, limit: limit * each, goal: nil)]
  }
}
