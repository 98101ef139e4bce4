// The promises about transactions, local state and spaces.

import Cryptography
import Replication
import Synchronization
import Testing

extension StorePromise {
  static let transactions = [
    StorePromise("reads its own writes, in the transaction and after it") { store in
      var carer = ChangeWriter(1)
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
        #expect(try reader.space(board)?.lastPosition == 1)
        #expect(try reader.record(RecordKey(reserved, id(7))) == nil)
      }
    },
    StorePromise("hands on what a body throws, and keeps no trace of what it did") { store in
      let before = try store.read { try Contents(of: $0) }
      #expect(throws: Regret()) {
        try store.write { transaction in
          try everyWrite(transaction)
          throw Regret()
        }
      }
      #expect(throws: Regret()) { try store.read { _ in throw Regret() } }
      #expect(try store.read { try Contents(of: $0) } == before)
    },
    StorePromise("undoes a nested part alone") { store in
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
      #expect(try store.read { try $0.settings() } == ["before": [1], "after": [3]])
      #expect(try store.read { try $0.space(board)?.lastPosition } == 0)
    },
    StorePromise("shows readers the last commit, never a write under way") { store in
      try store.write { transaction in
        try transaction.set("word", to: [1])
        #expect(try store.read { try $0.setting("word") } == nil)
      }
      #expect(try store.read { try $0.setting("word") } == [1])
    },
  ]

  static let commits = [
    StorePromise("tells of each commit what it wrote, in order, and of nothing that was undone") { store in
      let told = Mutex<[CommitNote]>([])
      let observation = store.observers.observe { note in told.withLock { $0.append(note) } }
      var carer = ChangeWriter(3)
      let changes = (1...3).map { _ in carer.writes("Minutes", on: id(7)) }
      try store.write { transaction in
        try transaction.append(changes[0], changes[1])
        try transaction.put(RecordState(id(7), of: changes[0]), at: id(7))
        #expect(throws: Regret()) {
          try transaction.nested {
            try everyWrite(transaction)
            throw Regret()
          }
        }
      }
      #expect(throws: Regret()) {
        try store.write { transaction in
          try everyWrite(transaction)
          throw Regret()
        }
      }
      try store.write { try $0.set("word", to: [1]) }
      try store.write { try $0.append(changes[2]) }
      try store.write { try $0.removeRecord(RecordKey(board, id(7))) }
      let last = carer.writes("Minutes", on: id(7))
      try store.write { transaction in
        try transaction.append(last)
        try transaction.removeSpace(board)
      }
      let notes = told.withLock { $0 }
      #expect(notes.map { Set($0.spaces.keys) } == [[board], [board], [board], [board]])
      #expect(notes.map { $0.spaces[board]?.positions } == [1...2, 3...3, nil, nil])
      #expect(notes.map { $0.spaces[board]?.kinds } == [["note"], [], nil, nil])
      _ = consume observation
      try store.write { try $0.put(Space(id: board, name: "Board")) }
      #expect(told.withLock { $0.count } == 4)
    }
  ]

  static let localState = [
    StorePromise("lists a local table's rows by scope, in the byte order of their keys, up to a limit") { store in
      try store.write { transaction in
        for key: [UInt8] in [[2], [1, 0], [1], []] {
          try transaction.setLocalRow(key, of: [1], in: "queue", to: key + [9])
          try transaction.setLocalRow(key, of: [1, 1], in: "queue", to: [0])
          try transaction.setLocalRow(key, of: [1], in: "queues", to: [0])
        }
        try transaction.setLocalRow([1], of: [1], in: "queue", to: [])
        try transaction.setLocalRow([3], of: [1], in: "queue", to: [1])
        try transaction.setLocalRow([3], of: [1], in: "queue", to: nil)
      }
      try store.read { reader throws in
        let rows = try reader.localRows(of: [1], in: "queue", limit: .max)
        #expect(rows.map(\.key) == [[], [1], [1, 0], [2]])
        #expect(rows.map(\.value) == [[9], [], [1, 0, 9], [2, 9]])
        #expect(try reader.localRows(of: [1], in: "queue", limit: 2).map(\.key) == [[], [1]])
        #expect(try reader.localRow([1], of: [1], in: "queue") == [])
        #expect(try reader.localRow([3], of: [1], in: "queue") == nil)
        #expect(try reader.localRows(of: [2], in: "queue", limit: .max).isEmpty)
      }
      try store.write { try $0.removeLocalRows(of: [1], in: "queue") }
      #expect(try store.read { try $0.localRows(of: [1], in: "queue", limit: .max).count } == 0)
      #expect(try store.read { try $0.localRows(of: [1, 1], in: "queue", limit: .max).count } == 4)
      try store.write { try $0.removeLocalRows(of: nil, in: "queue") }
      #expect(try store.read { try $0.localRows(of: [1, 1], in: "queue", limit: .max).count } == 0)
      #expect(try store.read { try $0.localRows(of: [1], in: "queues", limit: .max).count } == 4)
    },
    StorePromise("tells an empty setting from none") { store in
      try store.write { try $0.set("mark", to: []) }
      #expect(try store.read { try $0.setting("mark") } == [])
      #expect(try store.read { try $0.setting("other") } == nil)
    },
  ]

  static let spaces = [
    StorePromise("gives back a space as it was put, cursor and all, in the order of names") { store in
      let digest = Digest(tag: "test", [1])
      let spaces = [
        Space(id: id(5), name: ""),
        Space(
          id: id(4), name: "Aims", lamport: 1 << 53, lastPosition: 12,
          cursor: Cursor(epoch: id(8), position: 0, digest: digest)),
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
    },
    StorePromise("keeps one tip per replica and space") { store in
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
    },
    StorePromise("keeps one signed head for each chain, in the order of replicas") { store in
      func signed(_ replica: UInt8, _ sequence: UInt64, key: UInt8, in space: SpaceID = board) -> SignedHead {
        SignedHead(
          space: space, dot: Dot(id(replica), sequence), digest: Digest(tag: "test", [replica]),
          key: PublicKey(bytes: [UInt8](repeating: key, count: 32))!, salt: id(key),
          signature: [UInt8](repeating: key, count: 64))
      }
      let heads = [signed(1, 4, key: 1), signed(2, 3, key: 2)]
      let elsewhere = signed(1, 9, key: 1, in: reserved)
      try store.write { transaction in
        try transaction.put(signed(1, 1, key: 3))
        for head in heads.reversed() + [elsewhere] { try transaction.put(head) }
      }
      #expect(try store.read { try $0.heads(in: board) } == heads)
      #expect(try store.read { try $0.head(of: id(1), in: board) } == heads[0])
      #expect(try store.read { try $0.head(of: id(3), in: board) } == nil)
      #expect(try store.read { try $0.heads(in: reserved) } == [elsewhere])
    },
    StorePromise("removes a space with all that it holds, but for the rescue box") { store in
      var carer = ChangeWriter(3)
      let change = carer.writes("Minutes", on: id(7))
      try store.write { transaction in
        try everyWrite(transaction)
        try transaction.put(RecordState(id(7), of: change), at: id(7), in: reserved)
        try transaction.removeSpace(board)
      }
      try store.read { reader throws in
        #expect(try reader.spaces().map(\.id) == [reserved])
        #expect(try reader.tips(in: board).isEmpty && reader.rows(after: 0, in: board, bytesMax: .max).isEmpty)
        #expect(try reader.rows(touching: RecordKey(board, id(7))).isEmpty)
        #expect(try reader.record(RecordKey(board, id(7))) == nil && reader.spaces(holding: id(7)) == [reserved])
        #expect(try reader.rescued().count == 1)
      }
      try store.write { transaction in
        try transaction.put(Space(id: board, name: "Board"))
        try transaction.append(change)
      }
      #expect(try store.read { try $0.row(at: 1, in: board)?.entry } == .change(change))
    },
  ]
}

/// One of every kind of write.
private func everyWrite(_ transaction: any StoreTransaction) throws {
  var carer = ChangeWriter(1)
  let changes = (1...3).map { _ in carer.writes("Minutes", on: id(7)) }
  try transaction.set("word", to: [1])
  try transaction.put(Space(id: reserved, name: "Reserved"))
  try transaction.setTip(of: carer.replica, in: board, to: carer.tip)
  try transaction.put(RecordState(id(7), of: changes[0]), at: id(7))
  try transaction.setNews(of: RecordKey(board, id(7)), at: 2)
  try transaction.append(changes[0], changes[1], changes[2])
  try transaction.setAcknowledged(true, dots: [changes[0].dot], in: board)
  let void = VoidEntry(of: changes[1], reason: .notAllowed)
  try transaction.replaceRow(with: .void(void))
  try transaction.replaceRow(with: .redacted(changes[0].erased(id(7))))
  try transaction.removeRow(of: changes[2].dot, in: board)
  try transaction.rescue(changes[1], reason: .notAllowed)
  try transaction.rescue(changes[2], reason: .notAllowed)
  try transaction.removeRescued(changes[2])
}
