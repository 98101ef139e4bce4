// The promises about logs: order, outbox, histories, voids, and the rescue box.

import Cryptography
import Replication
import Testing

extension StorePromise {
  static let logs = [
    StorePromise("offers what the hub has not acknowledged, in log order") { store in
      var (carer, chair) = (ChangeWriter(2), ChangeWriter(1))
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
    },
    StorePromise("fills a batch up to its limit of bytes, and never answers with nothing") { store in
      var carer = ChangeWriter(1)
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
    },
    StorePromise("tells a record's history, and a replica's") { store in
      var (carer, chair) = (ChangeWriter(1), ChangeWriter(2))
      let both = carer.writes("Both", on: id(7), id(8))
      let one = chair.writes("One", on: id(8))
      let other = carer.writes("Other", on: id(7))
      let refused = VoidEntry(of: chair.writes("Refused", on: id(7)), reason: .notAllowed)
      try store.write { transaction in
        try transaction.append(both, one, other)
        try transaction.append(.void(refused), isAcknowledged: true)
      }
      try store.read { reader throws in
        #expect(try reader.rows(touching: RecordKey(board, id(7))).map(\.position) == [1, 3])
        #expect(try reader.rows(touching: RecordKey(board, id(8))).map(\.entry) == [.change(both), .change(one)])
        #expect(try reader.rows(touching: RecordKey(reserved, id(7))).isEmpty)
        #expect(try reader.firstHeader(touching: RecordKey(board, id(8)))?.position == 1)
        #expect(try reader.firstHeader(touching: RecordKey(reserved, id(7))) == nil)
        #expect(try reader.touchedRecords(after: nil, in: board, rowsMax: 1).map(\.record) == [id(7)])
        #expect(try reader.touchedRecords(after: nil, in: board, rowsMax: 4).map(\.positions) == [[1, 3], [1, 2]])
        #expect(try reader.touchedRecords(after: nil, in: board, rowsMax: 3).map(\.positions) == [[1, 3]])
        #expect(try reader.touchedRecords(after: id(7), in: board, rowsMax: 0).map(\.positions) == [[1, 2]])
        #expect(try reader.touchedRecords(after: id(8), in: board, rowsMax: 9).isEmpty)
        #expect(try reader.touchedRecords(after: nil, in: reserved, rowsMax: 9).isEmpty)
        #expect(try reader.isTouched(RecordKey(board, id(8)), at: 2))
        #expect(try !reader.isTouched(RecordKey(board, id(8)), at: 3))
        #expect(try !reader.isTouched(RecordKey(reserved, id(8)), at: 2))
        #expect(try reader.rows(of: carer.replica, from: 1, in: board).map(\.position) == [1, 3])
        #expect(try reader.rows(of: chair.replica, from: 2, in: board).map(\.entry) == [.void(refused)])
        #expect(try reader.rows(of: carer.replica, from: .max, in: board).isEmpty)
      }
    },
    StorePromise("puts a void in a change's place and a change in a void's, and what they touch follows") { store in
      var (carer, chair) = (ChangeWriter(2), ChangeWriter(1))
      let changes = [carer.writes("A", on: id(7), id(8)), carer.writes("B", on: id(7)), chair.writes("C", on: id(7))]
      let voids = [changes[0], changes[2]].map { VoidEntry(of: $0, reason: .unknownKind) }
      try store.write { transaction in
        try transaction.append(changes[0], changes[1], changes[2])
        for void in voids { try transaction.replaceRow(with: .void(void)) }
      }
      try store.read { reader throws in
        #expect(
          try reader.row(at: 1, in: board) == LogRow(position: 1, entry: .void(voids[0]), isAcknowledged: false))
        #expect(try reader.rows(touching: RecordKey(board, id(7))).map(\.position) == [2])
        #expect(try reader.rows(touching: RecordKey(board, id(8))).isEmpty)
        // By dot: the chair's replica comes first.
        #expect(try reader.voids(in: board) == [voids[1], voids[0]])
        #expect(try reader.voids(in: reserved).isEmpty)
        #expect(try reader.hasVoid(of: voids[0].header.replica, in: board))
        #expect(try !reader.hasVoid(of: voids[0].header.replica, in: reserved))
        #expect(try !reader.hasVoid(of: id(9), in: board))
      }
      try store.write { try $0.replaceRow(with: .change(changes[0])) }
      try store.read { reader throws in
        #expect(try reader.row(at: 1, in: board)?.entry == .change(changes[0]))
        #expect(try reader.rows(touching: RecordKey(board, id(8))).map(\.position) == [1])
        #expect(try reader.voids(in: board) == [voids[1]])
      }
      var member = ChangeWriter(3)
      let absent = member.writes("D", on: id(7))
      #expect(throws: StoreError.self) { try store.write { try $0.replaceRow(with: .change(absent)) } }
    },
    StorePromise("keeps of a row what is left of it, and what it touches follows") { store in
      var (carer, chair) = (ChangeWriter(2), ChangeWriter(1))
      let (both, one) = (carer.writes("A", on: id(7), id(8)), chair.writes("B", on: id(7)))
      let (left, nothing) = (try both.erased(id(7)), try one.erased(id(7)))
      try store.write { transaction in
        try transaction.append(both, one)
        try transaction.replaceRow(with: .redacted(left))
        try transaction.replaceRow(with: .redacted(nothing))
      }
      try store.read { reader throws in
        #expect(
          try reader.row(at: 1, in: board) == LogRow(position: 1, entry: .redacted(left), isAcknowledged: false))
        #expect(try reader.row(of: one.dot, in: board)?.entry == .redacted(nothing))
        #expect(try reader.rows(touching: RecordKey(board, id(7))).isEmpty)
        #expect(try reader.rows(touching: RecordKey(board, id(8))).map(\.position) == [1])
        #expect(try reader.voids(in: board).isEmpty)
      }
      try store.write { transaction in
        try transaction.replaceRow(with: .change(both))
        try transaction.replaceRow(with: .void(VoidEntry(of: .redacted(nothing), reason: .erased)))
      }
      try store.read { reader throws in
        #expect(try reader.rows(touching: RecordKey(board, id(7))).map(\.entry) == [.change(both)])
        #expect(try reader.voids(in: board).map(\.digest) == [one.digest])
      }
      var member = ChangeWriter(3)
      let third = try member.writes("C", on: id(9), id(7)).erased(id(7))
      try store.write { try $0.append(.redacted(third), isAcknowledged: true) }
      #expect(try store.read { try $0.rows(touching: RecordKey(board, id(9))).map(\.entry) } == [.redacted(third)])
    },
    StorePromise("takes a row out, and never uses its position again") { store in
      var carer = ChangeWriter(1)
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
        let history = try reader.rows(touching: RecordKey(board, id(7))).map(\.entry)
        #expect(history == [changes[0], changes[2], changes[1]].map { .change($0) })
        #expect(try reader.row(at: 2, in: board) == nil)
        #expect(try reader.space(board)?.lastPosition == 4)
      }
    },
    StorePromise("keeps each row's place in the hub's log, and gives one place to one row") { store in
      var carer = ChangeWriter(1)
      let changes = (1...3).map { _ in carer.writes("A", on: id(7)) }
      let places = (1...3).map {
        LogPlace(position: $0, time: Timestamp(milliseconds: -5), digest: Digest(tag: "test", [UInt8($0)]))
      }
      try store.write { transaction in
        try transaction.append(.change(changes[0]), at: places[1])
        try transaction.append(.change(changes[1]), at: nil)
        try transaction.setPlace(of: changes[1].dot, in: board, to: places[0])
        try transaction.append(.change(changes[2]), at: places[2])
      }
      try store.read { reader throws in
        #expect(try reader.rows(after: 0, in: board, bytesMax: .max).map(\.place) == [places[1], places[0], places[2]])
        #expect(try reader.row(of: changes[1].dot, in: board)?.isAcknowledged == true, "what the hub's log has")
        #expect(try reader.place(at: 1, in: board) == places[0] && reader.place(at: 4, in: board) == nil)
        #expect(try reader.lastPlace(in: board) == places[2] && reader.lastPlace(in: reserved) == nil)
      }
      try store.write { transaction in
        try transaction.setPlace(of: changes[0].dot, in: board, to: places[2])
        try transaction.replaceRow(with: .void(VoidEntry(of: changes[0], reason: .notAllowed)))
      }
      #expect(
        try store.read { try $0.rows(after: 0, in: board, bytesMax: .max).map(\.place) } == [places[2], places[0], nil])
    },
    StorePromise(
      "keeps the hub's signature of the checkpoint at a place, with its epoch, and forgets it with the place"
    ) {
      store in
      var carer = ChangeWriter(1)
      let changes = (1...2).map { _ in carer.writes("A", on: id(7)) }
      func place(_ position: UInt64, _ signature: CheckpointSignature?) -> LogPlace {
        LogPlace(
          position: position, time: Timestamp(milliseconds: 1), digest: Digest(tag: "test", [UInt8(position)]),
          signature: signature)
      }
      let signature = CheckpointSignature(epoch: id(8), bytes: [UInt8](repeating: 5, count: 64))
      let later = CheckpointSignature(epoch: id(9), bytes: [UInt8](repeating: 6, count: 64))
      try store.write { transaction in
        try transaction.append(.change(changes[0]), at: place(1, signature))
        try transaction.append(.change(changes[1]), at: place(2, nil))
      }
      try store.read { reader throws in
        #expect(try reader.place(at: 1, in: board)?.signature == signature)
        #expect(try reader.row(of: changes[0].dot, in: board)?.place?.signature == signature)
        #expect(try reader.lastPlace(in: board) == place(2, nil))
      }
      try store.write { transaction in
        try transaction.setPlace(of: changes[1].dot, in: board, to: place(2, later))
        try transaction.setPlace(of: changes[0].dot, in: board, to: place(1, nil))
      }
      try store.read { reader throws in
        #expect(
          try reader.rows(placedAfter: 0, in: board, bytesMax: .max).map(\.place) == [place(1, nil), place(2, later)])
      }
    },
    StorePromise("outlines a row: whether it is whole, acknowledged, and has a place in the hub's log") { store in
      var carer = ChangeWriter(1)
      let changes = (1...3).map { _ in carer.writes("A", on: id(7)) }
      let place = LogPlace(position: 1, time: Timestamp(milliseconds: 1), digest: Digest(tag: "test", [1]))
      try store.write { transaction in
        try transaction.append(.change(changes[0]), at: place)
        try transaction.append(.change(changes[1]), at: nil)
        try transaction.append(.void(VoidEntry(of: changes[2], reason: .notAllowed)), isAcknowledged: true)
      }
      let outlines = try store.read { reader in try changes.map { try reader.outline(of: $0.dot, in: board) } }
      #expect(outlines.map { $0?.digest } == changes.map(\.digest))
      #expect(outlines.map { $0?.isWhole } == [true, true, false])
      #expect(outlines.map { $0?.isAcknowledged } == [true, false, true])
      #expect(outlines.map { $0?.isPlaced } == [true, false, true])
      #expect(try store.read { try $0.outline(of: Dot(id(1), 9), in: board) } == nil)
      try store.write { try $0.replaceRow(with: .redacted(changes[0].erased(id(7)))) }
      #expect(try store.read { try $0.outline(of: changes[0].dot, in: board) }?.isWhole == false)
    },
    StorePromise("tells the rows in the hub's order after one of its positions, up to a limit of bytes") { store in
      var (carer, chair) = (ChangeWriter(2), ChangeWriter(1))
      let changes = [carer.writes("A", on: id(7)), carer.writes("B", on: id(7)), chair.writes("C", on: id(7))]
      let own = chair.writes("D", on: id(7))
      let positions: [UInt64] = [3, 1, 2]
      try store.write { transaction in
        try transaction.append(own)
        for (change, position) in zip(changes, positions) {
          let place = LogPlace(position: position, time: Timestamp(milliseconds: 1), digest: change.digest)
          try transaction.append(.change(change), at: place)
        }
      }
      let byPlace = [changes[1], changes[2], changes[0]]
      let sizes = byPlace.map { LogEntry.change($0).byteCount }
      try store.read { reader throws in
        func placed(after position: UInt64, bytesMax: Int = .max) throws -> [LogEntry] {
          try reader.rows(placedAfter: position, in: board, bytesMax: bytesMax).map(\.entry)
        }
        #expect(try placed(after: 0) == byPlace.map { .change($0) })
        #expect(try placed(after: 1) == byPlace.dropFirst().map { .change($0) })
        #expect(try placed(after: 3).isEmpty && placed(after: .max).isEmpty)
        for (bytesMax, count) in [(0, 1), (sizes[0], 1), (sizes[0] + sizes[1] - 1, 1), (sizes[0] + sizes[1], 2)] {
          #expect(try placed(after: 0, bytesMax: bytesMax).count == count)
        }
        #expect(try reader.rows(placedAfter: 0, in: reserved, bytesMax: .max).isEmpty)
      }
    },
    StorePromise("forgets the places after one of the hub's positions, and leaves the rows as they are") { store in
      var carer = ChangeWriter(1)
      let changes = (1...3).map { _ in carer.writes("A", on: id(7)) }
      let places = [3, 1, 2].map {
        LogPlace(position: $0, time: Timestamp(milliseconds: 1), digest: Digest(tag: "test", [UInt8($0)]))
      }
      try store.write { transaction in
        for (change, place) in zip(changes, places) { try transaction.append(.change(change), at: place) }
        try transaction.removePlaces(after: 1, in: board)
        try transaction.removePlaces(after: 0, in: reserved)
      }
      try store.read { reader throws in
        let rows = try reader.rows(after: 0, in: board, bytesMax: .max)
        #expect(rows.map(\.place) == [nil, places[1], nil])
        #expect(rows.map(\.entry) == changes.map { .change($0) } && rows.allSatisfy(\.isAcknowledged))
        #expect(try reader.lastPlace(in: board) == places[1] && reader.place(at: 3, in: board) == nil)
      }
      try store.write { transaction in
        try transaction.setPlace(of: changes[2].dot, in: board, to: places[2])
        try transaction.removePlaces(after: .max, in: board)
        #expect(try transaction.lastPlace(in: board) == places[2])
        try transaction.removePlaces(after: 0, in: board)
      }
      #expect(try store.read { try $0.lastPlace(in: board) } == nil)
    },
    StorePromise("takes no dot twice, and no row of a space it does not have") { store in
      var (carer, stranger) = (ChangeWriter(1), ChangeWriter(2, in: reserved))
      let change = carer.writes("A", on: id(7))
      let foreign = stranger.writes("B", on: id(7))
      try store.write { transaction in
        try transaction.append(change)
        #expect(throws: StoreError.self) { try transaction.append(change) }
        #expect(throws: StoreError.self) { try transaction.append(foreign) }
      }
      #expect(try store.read { try $0.rows(after: 0, in: board, bytesMax: .max).count } == 1)
      #expect(try store.read { try $0.space(board)?.lastPosition } == 1)
      #expect(try store.read { try $0.space(reserved) } == nil)
    },
  ]

  static let rescueBox = [
    StorePromise("keeps rescued work whole, each change once, oldest first") { store in
      var (carer, fork) = (ChangeWriter(1), ChangeWriter(1))
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
  ]
}
