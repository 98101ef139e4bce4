// A new copy fetches everything there is.

import TestKit

struct Fetching: Workload {
  let name = "fetch"
  let about = "a copy with nothing fetches everything, beside plain inserts"

  func run(_ bench: Bench) async throws -> [Figure] {
    _ = try await bench.filled()
    try await bench.writer().send()
    let reader = try await bench.reader()
    let ours = try await measure { try await reader.send() }
    let rows = try await bench.rows()
    let limit = try await measure { try RawLimit().insert(rows) }
    return [Figure("fetch a record", ours, each: rows.count, .microsecondsEach, limit: limit)]
  }
}
