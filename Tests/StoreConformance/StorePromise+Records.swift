// The promises about records.

import Replication
import Testing

extension StorePromise {
  static let records = [
    StorePromise("goes through records in the byte order of their ids, whole spaces or one kind") { store in
      try store.write { transaction in
        for number: UInt8 in [200, 3, 127, 128, 1] {
          try transaction.put(RecordState(kind: number < 128 ? "note" : "event"), at: id(number))
        }
        try transaction.put(RecordState(kind: "note"), at: id(2), in: reserved)
      }
      try store.read { reader throws in
        var all: [RecordID] = []
        try reader.forEachRecord(in: board, kind: nil) { record, _ in
          all.append(record)
          // Asking while going through disturbs nothing.
          try reader.forEachRecord(in: board, kind: nil) { _, state in #expect(!state.kind.isEmpty) }
        }
        #expect(all == [id(1), id(3), id(127), id(128), id(200)])
        var events: [RecordID] = []
        try reader.forEachRecord(in: board, kind: "event") { record, _ in events.append(record) }
        #expect(events == [id(128), id(200)])
        #expect(throws: Regret()) { try reader.forEachRecord(in: board, kind: nil) { _, _ in throw Regret() } }
      }
    },
    StorePromise("knows the records with rivals, as they come and go") { store in
      var (carer, chair) = (ChangeWriter(1), ChangeWriter(2))
      let first = carer.writes("Minutes", on: id(7), id(8))
      let second = chair.writes("Protocol", on: id(7), id(8))
      let settled = chair.writes("Minutes", on: id(7), supersedes: [first.dot, second.dot])
      let contested = RecordState(id(7), of: first, second)
      try store.write { transaction in
        try transaction.put(RecordState(id(8), of: first, second), at: id(8))
        try transaction.put(contested, at: id(7))
        try transaction.put(RecordState(id(6), of: first), at: id(6))
      }
      let found = try store.read { try $0.contestedRecords(in: board, listedOnly: false) }
      #expect(found.map(\.0) == [id(7), id(8)])
      #expect(found.first?.1 == contested)
      try store.write { try $0.put(RecordState(id(7), of: first, second, settled), at: id(7)) }
      #expect(try store.read { try $0.contestedRecords(in: board, listedOnly: false).map(\.0) } == [id(8)])
      try store.write { try $0.put(RecordState(id(8), of: first, second), at: id(8), presence: .deleted) }
      #expect(try store.read { try $0.contestedRecords(in: board, listedOnly: false).map(\.0) } == [id(8)])
      #expect(try store.read { try $0.contestedRecords(in: board, listedOnly: true).isEmpty })
    },
    StorePromise("knows whether a space has an erased record") { store in
      var erased = RecordState(kind: "note")
      erased.merge(
        Edit(record: id(7), kind: "note", operation: .erase),
        by: Stamp(dot: Dot(id(1), 1), lamport: 1, author: id(9), time: Timestamp(milliseconds: 0)))
      try store.write { try $0.put(RecordState(kind: "note"), at: id(7)) }
      #expect(try store.read { try !$0.hasErased(in: board) })
      try store.write { try $0.put(erased, at: id(7), presence: .erased) }
      #expect(try store.read { try $0.hasErased(in: board) && !$0.hasErased(in: reserved) })
    },
    StorePromise("names the spaces that hold a record, until it is removed there") { store in
      try store.write { transaction in
        try transaction.put(Space(id: reserved, name: "A"))
        try transaction.put(RecordState(kind: "note"), at: id(7))
        try transaction.put(RecordState(kind: "note"), at: id(7), in: reserved)
      }
      #expect(try store.read { try $0.spaces(holding: id(7)) } == [board, reserved])
      try store.write { try $0.removeRecord(RecordKey(board, id(7))) }
      #expect(try store.read { try $0.spaces(holding: id(7)) } == [reserved])
      #expect(try store.read { try $0.record(RecordKey(board, id(7))) } == nil)
    },
  ]
}
