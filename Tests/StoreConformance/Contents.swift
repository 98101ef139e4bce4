// Everything a store answers, as one value: two stores, or one store at two moments, are compared by it.

internal import Cryptography
package import Replication

/// Everything a store answers about a small world.
package struct Contents: Equatable {
  private var settings: [String: [UInt8]]
  private var localRows: [[UInt8]]
  private var spaces: [Space]
  private var perSpace: [SpaceContents] = []
  private var rescued: [RescuedChange]

  private struct SpaceContents: Equatable {
    var tips: [ReplicaID: Tip]
    var records: [RecordID] = []
    var states: [RecordState?]
    var notes: [RecordID] = []
    var contested: [RecordID]
    var listedContested: [RecordID]
    var listed: [RecordID]
    var listedDates: [String]
    var listedCounts: [Int]
    var news: [RecordID]
    var newsPositions: [UInt64]
    var newsCounts: [Int]
    var rows: [LogRow]
    var batch: [LogRow]
    var outbox: [LogRow]
    var outboxCount: Int
    var voids: [VoidEntry]
    var histories: [[LogRow]]
    var chains: [[LogRow]]
    var byPosition: [LogRow?]
    var byDot: [LogRow?]
    var outlines: [RowOutline?]
    var hasErased: Bool
    var isIncomplete: [Bool]
    var places: [LogPlace?]
    var lastPlace: LogPlace?
    var placed: [LogRow]
    var placedBatch: [LogRow]
    var storedRows: [StoredRow] = []
    var storedRecords: [[UInt8]] = []
    var recordCount = 0
    var touched: [[UInt64]] = []
    var touchedRecords: [RecordID] = []
    var isTouched: [Bool] = []
  }

  static let numbers: [UInt8] = [1, 2, 3, 4, 5]

  package init(of reader: any StoreReader) throws {
    settings = try reader.settings()
    localRows = try Self.numbers.flatMap { scope in
      try reader.localRows(of: [scope], in: "local", limit: 3).map { [scope] + $0.key + $0.value }
    }
    spaces = try reader.spaces()
    rescued = try reader.rescued()
    for space in [board, reserved] {
      let keys = Self.numbers.map { RecordKey(space, id($0)) }
      let dots = Self.numbers.flatMap { replica in (1...4).map { Dot(id(replica), $0) } }
      let lists = try ["note", "event"].flatMap { kind in
        try [("", Int.max), ("2", 2)].map { try reader.listed(kind: kind, in: space, from: $0.0, limit: $0.1) }
      }
      let news = try [(0, Int.max), (2, 2)].map {
        try reader.news(after: $0.0, in: space, without: "event", limit: $0.1)
      }
      var part = SpaceContents(
        tips: try reader.tips(in: space), states: try keys.map { try reader.record($0) },
        contested: try reader.contestedRecords(in: space, listedOnly: false).map(\.0),
        listedContested: try reader.contestedRecords(in: space, listedOnly: true).map(\.0),
        listed: lists.flatMap(\.self).map(\.record), listedDates: lists.flatMap(\.self).map(\.date),
        listedCounts: try ["note", "event"].map { try reader.listedCount(kind: $0, in: space) },
        news: news.flatMap(\.self).map(\.record), newsPositions: news.flatMap(\.self).map(\.position),
        newsCounts: try (0..<4).map { try reader.newsCount(after: $0, in: space, without: "event") },
        rows: try reader.rows(after: 0, in: space, bytesMax: .max),
        batch: try reader.rows(after: 2, in: space, bytesMax: 700),
        outbox: try reader.outbox(after: 1, in: space, bytesMax: 900), outboxCount: try reader.outboxCount(in: space),
        voids: try reader.voids(in: space),
        histories: try keys.map { try reader.rows(touching: $0) },
        chains: try Self.numbers.map { try reader.rows(of: id($0), from: 2, in: space) },
        byPosition: try (0..<8).map { try reader.row(at: $0, in: space) },
        byDot: try dots.map { try reader.row(of: $0, in: space) },
        outlines: try dots.map { try reader.outline(of: $0, in: space) }, hasErased: try reader.hasErased(in: space),
        isIncomplete: try dots.map { try reader.isIncomplete(DotSet.Run($0.replica, $0.sequence, 3), in: space) },
        places: try (0..<8).map { try reader.place(at: $0, in: space) }, lastPlace: try reader.lastPlace(in: space),
        placed: try reader.rows(placedAfter: 0, in: space, bytesMax: .max),
        placedBatch: try reader.rows(placedAfter: 2, in: space, bytesMax: 700))
      try reader.forEachRecord(in: space, kind: nil) { record, _ in part.records.append(record) }
      try reader.forEachRecord(in: space, kind: "note") { record, _ in part.notes.append(record) }
      part.recordCount = try reader.recordCount(in: space)
      for rowsMax in 1...3 {
        for after in [nil, id(2), id(3)] as [RecordID?] {
          for (record, positions) in try reader.touchedRecords(after: after, in: space, rowsMax: rowsMax) {
            part.touched.append(positions)
            part.touchedRecords.append(record)
          }
        }
      }
      part.isTouched = try keys.flatMap { key in try (0..<8).map { try reader.isTouched(key, at: $0) } }
      for start in [0, 2] as [UInt64] {
        try reader.forEachStoredRow(after: start, in: space) { row in
          part.storedRows.append(row)
          return row.position < 4
        }
      }
      for start in [nil, id(2)] as [RecordID?] {
        try reader.forEachStoredRecord(after: start, in: space) { record, state in
          part.storedRecords += [record, state]
          return part.storedRecords.count < 6
        }
      }
      perSpace.append(part)
    }
  }
}
