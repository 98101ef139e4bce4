// The contract of a store, as promises. Every backend is held to all of them; what no test says, no caller may use.

import Cryptography
import Replication
import Testing

@Suite("A store")
struct StoreConformance {
  // MARK: Transactions

  @Test("reads its own writes, in the transaction and after it", arguments: Backend.allCases)
  func readsItsWrites(_ backend: Backend) throws {
    try backend.withStore { store in
      var carer = Scribe(1)
      let change = carer.writes("Minutes", on: id(7))
      let state = RecordState(id(7), of: change)
      try store.write { transaction in
        try transaction.put(state, at: id(7))
        try transaction.append(change)
        try transaction.setTip(of: carer.replica, in: board, to: carer.tip)
        #expect(try transaction.record(RecordKey(board, id(7))) == state)
        #expect(try transaction.row(of: change.dot, in: board)?.entry == .change(change))
      }
      try store.read { reader throws in
        #expect(try reader.record(RecordKey(board, id(7))) == state)
        #expect(try reader.row(at: 1, in: board) == LogRow(position: 1, entry: .change(change), isAcknowledged: false))
        #expect(try reader.tip(of: carer.replica, in: board) == carer.tip)
        #expect(try reader.space(board)?.head == 1)
        #expect(try reader.record(RecordKey(reserved, id(7))) == nil)
      }
    }
  }

  @Test("hands on what a body throws, and keeps no trace of what it did", arguments: Backend.allCases)
  func throwingBodyLeavesNoTrace(_ backend: Backend) throws {
    try backend.withStore { store in
      let before = try store.read { try Contents(of: $0) }
      #expect(throws: Regret()) {
        try store.write { transaction in
          try everyWrite(transaction)
          throw Regret()
        }
      }
      #expect(throws: Regret()) { try store.read { _ in throw Regret() } }
      #expect(try store.read { try Contents(of: $0) } == before)
    }
  }

  @Test("undoes a nested part alone", arguments: Backend.allCases)
  func nestedPartIsUndoneAlone(_ backend: Backend) throws {
    try backend.withStore { store in
      try store.write { transaction in
        try transaction.set("before", to: [1])
        #expect(throws: Regret()) {
          try transaction.nested {
            try everyWrite(transaction)
            try transaction.nested { try transaction.set("deeper", to: [2]) }
            throw Regret()
          }
        }
        #expect(try transaction.rows(after: 0, in: board, bytesMax: .max).isEmpty)
        let answer = try transaction.nested {
          try transaction.set("after", to: [3])
          return 4
        }
        #expect(answer == 4)
      }
      #expect(try store.read { try $0.settings(startingWith: "") } == ["before": [1], "after": [3]])
      #expect(try store.read { try $0.space(board)?.head } == 0)
    }
  }

  @Test("shows readers the last commit, never a write under way", arguments: Backend.allCases)
  func readersSeeTheLastCommit(_ backend: Backend) throws {
    try backend.withStore { store in
      try store.write { transaction in
        try transaction.set("word", to: [1])
        #expect(try store.read { try $0.setting("word") } == nil)
      }
      #expect(try store.read { try $0.setting("word") } == [1])
    }
  }

  // MARK: Settings, spaces, tips

  @Test("finds settings by the beginning of their names", arguments: Backend.allCases)
  func settingsByPrefix(_ backend: Backend) throws {
    try backend.withStore { store in
      try store.write { transaction in
        for name in ["replica", "replica/a", "replica/é", "replica/\u{10ffff}", "replicb", "Replica/b"] {
          try transaction.set(name, to: Array(name.utf8))
        }
        try transaction.set("replica/gone", to: [1])
        try transaction.set("replica/gone", to: nil)
      }
      let found = try store.read { try $0.settings(startingWith: "replica/") }
      #expect(found.keys.sorted() == ["replica/a", "replica/é", "replica/\u{10ffff}"])
      #expect(found["replica/é"] == Array("replica/é".utf8))
    }
  }

  @Test("tells an empty setting from none", arguments: Backend.allCases)
  func emptyIsNotMissing(_ backend: Backend) throws {
    try backend.withStore { store in
      try store.write { try $0.set("mark", to: []) }
      #expect(try store.read { try $0.setting("mark") } == [])
      #expect(try store.read { try $0.setting("other") } == nil)
    }
  }

  @Test("gives back a space as it was put, cursor and all, in the order of names", arguments: Backend.allCases)
  func spacesRoundTrip(_ backend: Backend) throws {
    try backend.withStore { store in
      let digest = Digest(tag: "test", [1])
      let spaces = [
        Space(id: id(5), name: ""),
        Space(id: id(4), name: "Aims", lamport: 1 << 53, head: 12, cursor: Cursor(epoch: id(8), position: 0, digest: nil)),
        Space(
          id: id(6), name: "Aims", lamport: .max,
          cursor: Cursor(epoch: id(8), position: .max, digest: digest)),
        Space(id: board, name: "Board"),
        Space(id: id(3), name: "Ähren"),
      ]
      try store.write { transaction in for space in spaces.reversed() { try transaction.put(space) } }
      #expect(try store.read { try $0.spaces() } == spaces)
      #expect(try store.read { try $0.space(id(6)) } == spaces[2])
      var forgetful = spaces[2]
      forgetful.cursor = nil
      try store.write { try $0.put(forgetful) }
      #expect(try store.read { try $0.space(id(6)) } == forgetful)
    }
  }

  @Test("keeps one tip per replica and space", arguments: Backend.allCases)
  func tipsArePerReplicaAndSpace(_ backend: Backend) throws {
    try backend.withStore { store in
      let tips = (1...4).map { Tip(sequence: $0, digest: Digest(tag: "test", [UInt8($0)]), lamport: 10 * $0) }
      try store.write { transaction in
        try transaction.setTip(of: id(1), in: board, to: tips[0])
        try transaction.setTip(of: id(1), in: board, to: tips[1])
        try transaction.setTip(of: id(2), in: board, to: tips[2])
        try transaction.setTip(of: id(1), in: reserved, to: tips[3])
      }
      #expect(try store.read { try $0.tips(in: board) } == [id(1): tips[1], id(2): tips[2]])
      try store.write { try $0.setTip(of: id(2), in: board, to: nil) }
      #expect(try store.read { try $0.tips(in: board) } == [id(1): tips[1]])
      #expect(try store.read { try $0.tips(in: reserved) } == [id(1): tips[3]])
    }
  }

  // MARK: Records

  @Test("goes through records in the byte order of their ids, whole spaces or one kind", arguments: Backend.allCases)
  func recordsInByteOrder(_ backend: Backend) throws {
    try backend.withStore { store in
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
    }
  }

  @Test("knows the records with rivals, as they come and go", arguments: Backend.allCases)
  func contestedRecords(_ backend: Backend) throws {
    try backend.withStore { store in
      var (carer, chair) = (Scribe(1), Scribe(2))
      let first = carer.writes("Minutes", on: id(7), id(8))
      let second = chair.writes("Protocol", on: id(7), id(8))
      let settled = chair.writes("Minutes", on: id(7), supersedes: [first.dot, second.dot])
      let contested = RecordState(id(7), of: first, second)
      try store.write { transaction in
        try transaction.put(RecordState(id(8), of: first, second), at: id(8))
        try transaction.put(contested, at: id(7))
        try transaction.put(RecordState(id(6), of: first), at: id(6))
      }
      let found = try store.read { try $0.contestedRecords(in: board) }
      #expect(found.map(\.0) == [id(7), id(8)])
      #expect(found.first?.1 == contested)
      try store.write { try $0.put(RecordState(id(7), of: first, second, settled), at: id(7)) }
      #expect(try store.read { try $0.contestedRecords(in: board).map(\.0) } == [id(8)])
    }
  }

  @Test("names the spaces that hold a record, until it is removed there", arguments: Backend.allCases)
  func spacesHolding(_ backend: Backend) throws {
    try backend.withStore { store in
      try store.write { transaction in
        try transaction.put(Space(id: reserved, name: "A"))
        try transaction.put(RecordState(kind: "note"), at: id(7))
        try transaction.put(RecordState(kind: "note"), at: id(7), in: reserved)
      }
      #expect(try store.read { try $0.spaces(holding: id(7)) } == [board, reserved])
      try store.write { try $0.removeRecord(RecordKey(board, id(7))) }
      #expect(try store.read { try $0.spaces(holding: id(7)) } == [reserved])
      #expect(try store.read { try $0.record(RecordKey(board, id(7))) } == nil)
    }
  }

  // MARK: Log

  @Test("offers what the hub has not acknowledged, in log order", arguments: Backend.allCases)
  func outboxOrder(_ backend: Backend) throws {
    try backend.withStore { store in
      var (carer, chair) = (Scribe(2), Scribe(1))
      let mine = (1...4).map { carer.writes("Note \($0)", on: id($0)) }
      let theirs = chair.writes("From the hub", on: id(9))
      try store.write { transaction in
        try transaction.append(mine[0], mine[1])
        try transaction.append(theirs, isAcknowledged: true)
        try transaction.append(mine[2], mine[3])
        try transaction.setAcknowledged(true, dots: [mine[1].dot, mine[2].dot, Dot(id(3), 1)], in: board)
        try transaction.setAcknowledged(false, dots: [mine[2].dot], in: board)
      }
      try store.read { reader throws in
        #expect(try reader.outbox(after: 0, in: board, bytesMax: .max).map(\.position) == [1, 4, 5])
        #expect(try reader.outbox(after: 1, in: board, bytesMax: .max).map(\.entry.dot) == [mine[2].dot, mine[3].dot])
        #expect(try reader.outbox(after: .max, in: board, bytesMax: .max).isEmpty)
        #expect(try reader.outboxCount(in: board) == 3)
        #expect(try reader.outboxCount(in: reserved) == 0)
      }
    }
  }

  @Test("fills a batch up to its limit of bytes, and never answers with nothing", arguments: Backend.allCases)
  func byteLimit(_ backend: Backend) throws {
    try backend.withStore { store in
      var carer = Scribe(1)
      let changes = (1...4).map { _ in carer.writes("Minutes", on: id(7)) }
      let sizes = changes.map { LogEntry.change($0).byteCount }
      try store.write { transaction in for change in changes { try transaction.append(change) } }
      try store.read { reader throws in
        for (bytesMax, count) in [
          (0, 1), (1, 1), (sizes[0], 1), (sizes[0] + sizes[1] - 1, 1), (sizes[0] + sizes[1], 2),
          (sizes.reduce(0, +), 4), (Int.max, 4),
        ] {
          #expect(try reader.rows(after: 0, in: board, bytesMax: bytesMax).count == count)
          #expect(try reader.outbox(after: 0, in: board, bytesMax: bytesMax).count == count)
        }
        #expect(try reader.rows(after: 3, in: board, bytesMax: 0).map(\.position) == [4])
        #expect(try reader.rows(after: 4, in: board, bytesMax: 0).isEmpty)
        #expect(try reader.rows(after: .max, in: board, bytesMax: .max).isEmpty)
      }
    }
  }

  @Test("tells a record's history, and a replica's", arguments: Backend.allCases)
  func histories(_ backend: Backend) throws {
    try backend.withStore { store in
      var (carer, chair) = (Scribe(1), Scribe(2))
      let both = carer.writes("Both", on: id(7), id(8))
      let one = chair.writes("One", on: id(8))
      let other = carer.writes("Other", on: id(7))
      let refused = VoidEntry(of: chair.writes("Refused", on: id(7)), reason: .notAllowed)
      try store.write { transaction in
        try transaction.append(both, one, other)
        try transaction.append(.void(refused), isAcknowledged: true, in: board)
      }
      try store.read { reader throws in
        #expect(try reader.rows(touching: RecordKey(board, id(7))).map(\.position) == [1, 3])
        #expect(try reader.rows(touching: RecordKey(board, id(8))).map(\.entry) == [.change(both), .change(one)])
        #expect(try reader.rows(touching: RecordKey(reserved, id(7))).isEmpty)
        #expect(try reader.rows(of: carer.replica, from: 1, in: board).map(\.position) == [1, 3])
        #expect(try reader.rows(of: chair.replica, from: 2, in: board).map(\.entry) == [.void(refused)])
        #expect(try reader.rows(of: carer.replica, from: .max, in: board).isEmpty)
      }
    }
  }

  @Test("puts a void in a change's place, and forgets what the change touched", arguments: Backend.allCases)
  func replaceRow(_ backend: Backend) throws {
    try backend.withStore { store in
      var (carer, chair) = (Scribe(2), Scribe(1))
      let changes = [carer.writes("A", on: id(7), id(8)), carer.writes("B", on: id(7)), chair.writes("C", on: id(7))]
      let voids = [changes[0], changes[2]].map { VoidEntry(of: $0, reason: .unknownKind) }
      try store.write { transaction in
        try transaction.append(changes[0], changes[1], changes[2])
        for void in voids { try transaction.replaceRow(of: void.header.dot, with: void, in: board) }
      }
      try store.read { reader throws in
        #expect(
          try reader.row(at: 1, in: board) == LogRow(position: 1, entry: .void(voids[0]), isAcknowledged: false))
        #expect(try reader.rows(touching: RecordKey(board, id(7))).map(\.position) == [2])
        #expect(try reader.rows(touching: RecordKey(board, id(8))).isEmpty)
        // By dot: the chair's replica comes first.
        #expect(try reader.voids(in: board) == [voids[1], voids[0]])
        #expect(try reader.voids(in: reserved).isEmpty)
      }
      #expect(throws: StoreError.self) {
        try store.write { try $0.replaceRow(of: changes[1].dot, with: voids[0], in: board) }
      }
      #expect(throws: StoreError.self) {
        try store.write { try $0.replaceRow(of: voids[0].header.dot, with: voids[0], in: reserved) }
      }
    }
  }

  @Test("takes a row out, and never uses its position again", arguments: Backend.allCases)
  func removeRow(_ backend: Backend) throws {
    try backend.withStore { store in
      var carer = Scribe(1)
      let changes = (1...3).map { _ in carer.writes("A", on: id(7)) }
      try store.write { transaction in
        try transaction.append(changes[0], changes[1])
        let stale = try #require(try transaction.space(board))
        try transaction.removeRow(of: changes[1].dot, in: board)
        try transaction.removeRow(of: changes[2].dot, in: board)
        try transaction.append(changes[2])
        try transaction.put(stale)
        try transaction.append(changes[1])
      }
      try store.read { reader throws in
        #expect(try reader.rows(after: 0, in: board, bytesMax: .max).map(\.position) == [1, 3, 4])
        #expect(try reader.rows(touching: RecordKey(board, id(7))).map(\.entry) == [0, 2, 1].map { .change(changes[$0]) })
        #expect(try reader.row(at: 2, in: board) == nil)
        #expect(try reader.space(board)?.head == 4)
      }
    }
  }

  @Test("takes no dot twice, and no row of a space it does not have", arguments: Backend.allCases)
  func refusedRows(_ backend: Backend) throws {
    try backend.withStore { store in
      var (carer, stranger) = (Scribe(1), Scribe(2, in: reserved))
      let change = carer.writes("A", on: id(7))
      let foreign = stranger.writes("B", on: id(7))
      try store.write { transaction in
        try transaction.append(change)
        #expect(throws: StoreError.self) { try transaction.append(change) }
        #expect(throws: StoreError.self) { try transaction.append(foreign) }
      }
      #expect(try store.read { try $0.rows(after: 0, in: board, bytesMax: .max).count } == 1)
      #expect(try store.read { try $0.space(board)?.head } == 1)
      #expect(try store.read { try $0.space(reserved) } == nil)
    }
  }

  @Test("keeps rescued work whole, each change once, oldest first", arguments: Backend.allCases)
  func rescueBox(_ backend: Backend) throws {
    try backend.withStore { store in
      var (carer, fork) = (Scribe(1), Scribe(1))
      let changes = [carer.writes("Long minutes", on: id(7)), carer.writes("B", on: id(7))]
      let forked = fork.writes("Another under the same dot", on: id(7))
      try store.write { try $0.rescue(changes[1], reason: .notAllowed) }
      try store.write { transaction in
        try transaction.rescue(changes[0], reason: RefusalReason(rawValue: "laterInvention"))
        try transaction.rescue(changes[1], reason: .forked)
        try transaction.rescue(forked, reason: .forked)
      }
      #expect(
        try store.read { try $0.rescued() } == [
          RescuedChange(change: changes[1], reason: .notAllowed),
          RescuedChange(change: changes[0], reason: RefusalReason(rawValue: "laterInvention")),
          RescuedChange(change: forked, reason: .forked),
        ])
    }
  }

  /// One of every kind of write.
  private func everyWrite(_ transaction: any StoreTransaction) throws {
    var carer = Scribe(1)
    let changes = (1...3).map { _ in carer.writes("Minutes", on: id(7)) }
    try transaction.set("word", to: [1])
    try transaction.put(Space(id: reserved, name: "Reserved"))
    try transaction.setTip(of: carer.replica, in: board, to: carer.tip)
    try transaction.put(RecordState(id(7), of: changes[0]), at: id(7))
    try transaction.append(changes[0], changes[1], changes[2])
    try transaction.setAcknowledged(true, dots: [changes[0].dot], in: board)
    let void = VoidEntry(of: changes[1], reason: .notAllowed)
    try transaction.replaceRow(of: changes[1].dot, with: void, in: board)
    try transaction.removeRow(of: changes[2].dot, in: board)
    try transaction.rescue(changes[1], reason: .notAllowed)
  }
}
