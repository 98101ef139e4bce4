// W3: a sync with nothing to say.

import TestKit

struct NothingNew: Workload {
  let name = "nothing"
  let about = "a sync with nothing new on either side, beside one durable update of a row"

  func run(_ bench: Bench) async throws -> [Figure] {
    _ = try await bench.filled()
    let writer = try await bench.writer()
    try await writer.send()
    let times = 50
    let ours = try await measure { for _ in 0..<times { try await writer.send() } }
    let rows = Array(try await bench.rows().prefix(1))
    let raw = try RawLimit()
    try raw.insert(rows)
    let limit = try await measure { for _ in 0..<times { try raw.update(rows) } }
    return [Figure("nothing new", ours, each: times, .milliseconds, limit: limit)]
  }
}
