// W9: the bytes on the wire and on disk, beside the words themselves. Counts, which are the same in every run.

import ClientCore
import Compression
import Foundation
import RecordModel
import Replication
import SQLiteStorage
import TestKit

struct Bytes: Workload {
  let name = "bytes"
  let about = "the bytes that are sent and that copies take on disk, beside the bodies of all changes"

  func run(_ bench: Bench) async throws -> [Figure] {
    let records = try await bench.filled()
    let writer = try await bench.writer()
    let payload = Double(try await bench.rows().map(\.body.count).reduce(0, +)) / Double(records.count)
    try await writer.send()
    let sentForAll =
      Double(bench.bytesSentForAll ?? bytesOnTheLine(writer.transport.sent)) / Double(records.count)
    let before = writer.transport.sent.count
    for number in 0..<100 {
      let record = records[number * records.count / 100]
      _ = try writer.copy.set(record.description, [.text(field: "kind", Prose.sentence(number, words: 3))])
    }
    try await writer.send()
    let sentForChanges = Double(bytesOnTheLine(writer.transport.sent.dropFirst(before))) / 100
    func size(_ path: String) throws -> Double {
      try ["", "-wal"].reduce(0) { sum, ending in
        let attributes = try FileManager.default.attributesOfItem(atPath: path + ending)
        return sum + ((attributes[.size] as? NSNumber)?.doubleValue ?? 0)
      } / Double(records.count)
    }
    try writer.store.checkpoint()
    try bench.hub.store.checkpoint()
    return [
      Figure("sent for a new record", bytes: sentForAll, beside: payload, goal: 0.5, ceiling: 0.28),
      Figure("sent for a change of one field", bytes: sentForChanges, beside: nil, goal: 40, ceiling: 45),
      Figure("disk of a device", bytes: try size(writer.store.path), beside: payload, goal: 1.8, ceiling: 4.5),
      Figure("disk of a hub", bytes: try size(bench.hub.store.path), beside: payload, goal: 2.2, ceiling: 3.1),
    ]
  }
}

/// The bytes of requests as they travel.
func bytesOnTheLine(_ requests: some Sequence<[UInt8]>) -> Int {
  requests.reduce(0) { $0 + (Zstd.compress($1)?.count ?? $1.count) }
}
