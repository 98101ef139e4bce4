// W1, second half: everything made offline goes to the hub.

import TestKit

struct Pushing: Workload {
  let name = "push"
  let about = "all of it sent, judged and acknowledged, both sides in one process, beside plain inserts"

  func run(_ bench: Bench) async throws -> [Figure] {
    let count = try await bench.filled().count
    let writer = try await bench.writer()
    let ours = try await seconds { try await writer.send() }.seconds
    let rows = try await bench.rows()
    let limit = try await seconds { try RawLimit().insert(rows) }.seconds
    let each = 1e6 / Double(count)
    return [Figure(name: "push a record", value: ours * each, unit: .microsecondsEach, limit: limit * each, goal: 2.5)]
  }
}
