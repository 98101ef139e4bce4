// W1, second half: everything made offline goes to the hub.

import TestKit

struct Pushing: Workload {
  let name = "push"
  let about = "all of it sent, judged and acknowledged, both sides in one process, beside plain inserts"

  func run(_ bench: Bench) async throws -> [Figure] {
    let rows = try await bench.rows()
    let writer = try await bench.writer()
    let ours = try await measure { try await writer.send() }
    bench.bytesSentForAll = bytesOnTheLine(writer.transport.sent)
    let limit = try await measure { try RawLimit().insert(rows) }
    return [Figure("push a record", ours, each: rows.count, .microsecondsEach, limit: limit, goal: 2.5)]
  }
}
