// W7: what a member does at the keyboard, in a copy that holds everything.

import ClientCore
import RecordModel
import Replication
import TestKit

struct LocalReading: Workload {
  let name = "local"
  let about = "one save, one read, a list, a search and what the first screen asks, in a full copy"

  func run(_ bench: Bench) async throws -> [Figure] {
    let records = try await bench.filled()
    let (writer, rows) = (try await bench.writer(), try await bench.rows())
    let raw = try RawLimit()
    try raw.insert(rows)
    let times = 20
    func each(_ body: (Int) throws -> Void) async throws -> Duration {
      try await measure { for number in 0..<times { try body(number) } }
    }
    let save = try await each {
      _ = try writer.copy.set(records[$0 * 7].description, [.text(field: "short_name", "saved \($0)")])
    }
    let rawSave = try await each { try raw.insert([rows[$0].other(UInt8($0))]) }
    let read = try await each { _ = try writer.copy.show(records[$0 * 11].description) }
    let rawRead = try await each { try raw.read(rows[$0 * 11]) }
    let find = try await each { number in
      _ = try writer.copy.reading { try $0.search(["HSC-\(number * 13 + 7)"], limit: 50) }
    }
    let news = try await each { _ in _ = try writer.copy.reading { try $0.news(limit: 50) } }
    let status = try await each { _ in _ = try writer.copy.status() }
    let digest = try await each { _ in _ = try writer.copy.digests() }
    func figure(_ name: String, _ took: Duration, limit: Duration? = nil, goal: Double?) -> Figure {
      Figure(name, took, each: times, .milliseconds, limit: limit, goal: goal)
    }
    return [
      figure("save one field", save, limit: rawSave, goal: 1.5),
      figure("read a record", read, limit: rawRead, goal: 1.5),
      figure("find", find, goal: 100), figure("what is new", news, goal: 100), figure("status", status, goal: 100),
      figure("digest of the copy", digest, goal: nil),
    ]
  }
}

extension RawRow {
  /// A row with the same bytes under another id.
  fileprivate func other(_ number: UInt8) -> RawRow {
    RawRow(record: [0xff, number] + record.dropFirst(2), values: values, header: header, body: body)
  }
}
