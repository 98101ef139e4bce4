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
    let reader = try await bench.reader()
    try await writer.send()
    try await reader.send()
    try writer.copy.indexTexts()
    let times = 20
    func each(_ body: (Int) throws -> Void) async throws -> Duration {
      try await measure { for number in 0..<times { try body(number) } }
    }
    let save = try await each {
      _ = try writer.copy.set(records[$0 * 7].description, [.text(field: "short_name", "saved \($0)")])
    }
    let rawSave = try await each { try raw.insert([rows[$0].other(UInt8($0))]) }
    let reads = 1_000
    let read = try await measure {
      for number in 0..<reads { _ = try writer.copy.show(records[number % records.count].description) }
    }
    let some = Array(rows.prefix(reads))
    let rawRead = try await measure { try raw.read(some) }
    let find = try await each { number in
      let found = try writer.copy.reading { try $0.search(["HSC-\(number * 13 + 7)"], limit: 50) }
      precondition(!found.keys.isEmpty, "nothing found")
    }
    let list = try await each { _ in
      let found = try writer.copy.reading { try $0.listing(kind: Bench.kind, limit: 50) }
      precondition(found.keys.count == 50, "not the whole list")
      for key in found.keys { _ = try writer.copy.show(key.record.description) }
    }
    // In the copy of somebody to whom all of it is new.
    let news = try await each { _ in
      let found = try reader.copy.reading { (try $0.newsCount(), try $0.news(limit: 1_000)) }
      precondition(found.0 == records.count, "not all are news")
    }
    let status = try await each { _ in _ = try writer.copy.status() }
    let digest = try await each { _ in _ = try writer.copy.digests() }
    func figure(_ name: String, _ took: Duration, limit: Duration? = nil, goal: Double?) -> Figure {
      Figure(name, took, each: times, .milliseconds, limit: limit, goal: goal)
    }
    return [
      figure("save one field", save, limit: rawSave, goal: 1.5),
      Figure("read a record", read, each: reads, .microsecondsEach, limit: rawRead, goal: 1.5),
      figure("list of 50", list, goal: 100), figure("find", find, goal: 100), figure("what is new", news, goal: 100),
      figure("status", status, goal: 100),
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
