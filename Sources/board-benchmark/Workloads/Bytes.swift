// W9: what the copies take on disk, beside the words themselves.

import Foundation
import SQLiteStorage
import TestKit

struct Bytes: Workload {
  let name = "bytes"
  let about = "the disk that copies take, beside the bodies of all changes"

  func run(_ bench: Bench) async throws -> [Figure] {
    let records = try await bench.filled()
    let writer = try await bench.writer()
    try await writer.send()
    let payload = Double(try await bench.rows().prefix(records.count).map(\.body.count).reduce(0, +))
    func size(_ path: String) throws -> Double {
      try ["", "-wal"].reduce(0) { sum, ending in
        let attributes = try FileManager.default.attributesOfItem(atPath: path + ending)
        return sum + ((attributes[.size] as? NSNumber)?.doubleValue ?? 0)
      }
    }
    let each = 1 / Double(records.count)
    return [
      Figure("disk of a device", bytes: try size(writer.store.path) * each, each: payload * each, goal: 1.8),
      Figure("disk of a hub", bytes: try size(bench.hub.store.path) * each, each: payload * each, goal: 2.2),
    ]
  }
}
