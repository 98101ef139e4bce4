// W6: two copies that were both edited for a long time meet through a hub.

import ClientCore
import RecordModel
import Replication
import SQLiteStorage
import TestKit

struct Diverged: Workload {
  let name = "diverged"
  let about =
    "two copies meet through a hub, with a tenth of the records edited in each since they were alike, beside plain inserts"

  func run(_ bench: Bench) async throws -> [Figure] {
    let records = try await bench.filled()
    let (writer, reader) = (try await bench.writer(), try await bench.reader())
    try await writer.send()
    try await reader.send()
    try await writer.send()
    let count = records.count / 10
    var rows: [RawRow] = []
    // One in ten of the edits is of a record that the other copy edited, too.
    for (copy, first) in [(writer, 0), (reader, count - count / 10)] {
      rows += try edit(records[first..<first + count], in: copy)
    }
    let ours = try await measure {
      try await writer.send()
      try await reader.send()
      try await writer.send()
    }
    guard try writer.digest(of: Bench.space) == reader.digest(of: Bench.space) else { throw StoreError.failed("apart") }
    // Each edit comes to the hub and to the other copy.
    let limit = try await measure { for _ in 1...2 { try RawLimit().insert(rows) } }
    return [Figure("meet, an edit", ours, each: rows.count, .microsecondsEach, limit: limit, goal: 2.5)]
  }

  /// Edits one field of each record, 1,000 records a transaction.
  ///
  /// - Returns: What a limit writes for the same edits.
  private func edit(_ records: ArraySlice<RecordID>, in device: TestDevice) throws -> [RawRow] {
    let (space, member) = (try device.space(Bench.space), try device.copy.membership().member)
    let rules = try device.copy.model().rules
    let before = try device.store.read { try $0.space(space)!.lastPosition }
    for first in stride(from: records.startIndex, to: records.endIndex, by: 1_000) {
      try device.store.write { transaction in
        for record in records[first...].prefix(1_000) {
          _ = try Replica(rules: rules, in: transaction).commit(
            [.set(record, field: "kind", .text("edited by \(member)"))], in: space, by: member, as: "centre-staff",
            at: Timestamp(milliseconds: 1_800_000_000_000), isHome: false)
        }
      }
    }
    return try device.store.read { reader in
      try reader.rows(after: before, in: space, bytesMax: .max).compactMap { RawRow($0.entry) }
    }
  }
}
