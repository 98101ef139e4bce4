// W3: a sync with nothing to say.

import TestKit

struct NothingNew: Workload {
  let name = "nothing"
  let about = "a sync with nothing new on either side, beside one durable update of a row"

  func run(_ bench: Bench) async throws -> [Figure] {
    let ours = try await Self.took(bench)
    let rows = Array(try await bench.rows().prefix(1))
    let raw = try RawLimit()
    try raw.insert(rows)
    let limit = try await measure { for _ in 0..<Self.times { try raw.update(rows) } }
    return [Figure("nothing new", ours, each: Self.times, .milliseconds, limit: limit)]
  }

  static let times = 50

  /// The time of ``times`` syncs with nothing new.
  static func took(_ bench: Bench) async throws -> Duration {
    _ = try await bench.filled()
    let writer = try await bench.writer()
    try await writer.send()
    return try await measure { for _ in 0..<times { try await writer.send() } }
  }
}
