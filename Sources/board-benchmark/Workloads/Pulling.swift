// W4: a hundred changes of one field each come to a copy that holds everything.

import ClientCore
import RecordModel
import Replication
import TestKit

struct Pulling: Workload {
  let name = "pull"
  let about = "100 changes of one field come to a full copy, beside an update of 100 rows"

  func run(_ bench: Bench) async throws -> [Figure] {
    let rows = try await bench.rows()
    let (sent, ours) = try await Self.took(bench)
    let raw = try RawLimit()
    try raw.insert(rows)
    let some = stride(from: 0, to: rows.count, by: rows.count / 100).map { rows[$0] }
    let limit = try await measure { for _ in 0..<Self.rounds { try raw.update(Array(some.prefix(100))) } }
    return [
      Figure("push 100 changes", sent, each: Self.rounds, .milliseconds, limit: limit),
      Figure("pull 100 changes", ours, each: Self.rounds, .milliseconds, limit: limit, goal: 3),
    ]
  }

  static let rounds = 5

  /// The time of ``rounds`` of a hundred changes each, on their way to the hub and from it to a full copy.
  static func took(_ bench: Bench) async throws -> (sent: Duration, pulled: Duration) {
    let records = try await bench.filled()
    let (writer, reader) = (try await bench.writer(), try await bench.reader())
    try await writer.send()
    try await reader.send()
    var (sent, pulled) = (Duration(), Duration())
    for _ in 0..<rounds {
      let round = bench.nextRound()
      for number in 0..<100 {
        let record = records[(number * records.count / 100 + round) % records.count]
        _ = try writer.copy.set(record.description, [.text(field: "kind", "changed \(round)")])
      }
      sent = try await sent + measure { try await writer.send() }
      pulled = try await pulled + measure { try await reader.send() }
    }
    return (sent, pulled)
  }
}
