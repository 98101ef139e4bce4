// The SQLite store against the plain one: whatever is done to both, both answer the same. This finds what nobody
// thought of promising.

import Cryptography
import Replication
import SQLiteStorage
import TestKit
import Testing

/// Everything a store answers about a small world.
struct Contents: Equatable {
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
    var rows: [LogRow]
    var batch: [LogRow]
    var outbox: [LogRow]
    var outboxCount: Int
    var voids: [VoidEntry]
    var erased: [RedactedChange]
    var histories: [[LogRow]]
    var chains: [[LogRow]]
    var byPosition: [LogRow?]
    var byDot: [LogRow?]
    var storedRows: [StoredRow] = []
    var storedRecords: [[UInt8]] = []
  }

  static let numbers: [UInt8] = [1, 2, 3, 4, 5]

  init(of reader: any StoreReader) throws {
    settings = try reader.settings()
    localRows = try Self.numbers.flatMap { scope in
      try reader.localRows(of: [scope], in: "local", limit: 3).map { [scope] + $0.key + $0.value }
    }
    spaces = try reader.spaces()
    rescued = try reader.rescued()
    for space in [board, reserved] {
      let keys = Self.numbers.map { RecordKey(space, id($0)) }
      let dots = Self.numbers.flatMap { replica in (1...4).map { Dot(id(replica), $0) } }
      var part = SpaceContents(
        tips: try reader.tips(in: space), states: try keys.map { try reader.record($0) },
        contested: try reader.contestedRecords(in: space).map(\.0),
        rows: try reader.rows(after: 0, in: space, bytesMax: .max),
        batch: try reader.rows(after: 2, in: space, bytesMax: 700),
        outbox: try reader.outbox(after: 1, in: space, bytesMax: 900), outboxCount: try reader.outboxCount(in: space),
        voids: try reader.voids(in: space), erased: try reader.redactedChanges(in: space),
        histories: try keys.map { try reader.rows(touching: $0) },
        chains: try Self.numbers.map { try reader.rows(of: id($0), from: 2, in: space) },
        byPosition: try (0..<8).map { try reader.row(at: $0, in: space) },
        byDot: try dots.map { try reader.row(of: $0, in: space) })
      try reader.forEachRecord(in: space, kind: nil) { record, _ in part.records.append(record) }
      try reader.forEachRecord(in: space, kind: "note") { record, _ in part.notes.append(record) }
      try reader.forEachStoredRow(in: space) { part.storedRows.append($0) }
      try reader.forEachStoredRecord(in: space) { part.storedRecords += [$0, $1] }
      perSpace.append(part)
    }
  }
}

@Suite("The SQLite store and the plain one")
struct StoreComparison {
  @Test("answer the same after any 300 operations", arguments: [1, 2, 3, 4, 5] as [UInt64])
  func answerTheSame(_ seed: UInt64) throws {
    try withTemporaryFolder { folder in
      let plain = InMemoryStore()
      let sqlite = try SQLiteStore(path: folder + "/replica.db")
      var world = World(seed: seed)
      var done = 0
      while done < 300 {
        let acts = world.acts(count: Int.random(in: 1...6, using: &world.random))
        let fails = Int.random(in: 0..<5, using: &world.random) == 0
        let outcomes = try [plain as any ReplicaStore, sqlite].map { store in
          try outcome(of: acts, failing: fails, in: store)
        }
        #expect(outcomes[0] == outcomes[1], "after \(done) operations")
        let contents = try [plain as any ReplicaStore, sqlite].map { try $0.read { try Contents(of: $0) } }
        try #require(contents[0] == contents[1], "after \(done) operations")
        done += acts.count
      }
      try sqlite.close()
    }
  }

  /// Whether each act succeeded, and what the transaction saw at its end.
  private func outcome(of acts: [World.Act], failing: Bool, in store: any ReplicaStore) throws -> Outcome {
    var outcome = Outcome()
    do {
      try store.write { transaction in
        for act in acts {
          do {
            try transaction.nested {
              try act.perform(transaction)
              if act.regrets { throw Regret() }
            }
            outcome.successes.append(true)
          } catch let error where error is Regret || error is StoreError {
            outcome.successes.append(false)
          }
        }
        outcome.contents = try Contents(of: transaction)
        if failing { throw Regret() }
      }
    } catch is Regret {
      outcome.successes.append(false)
    }
    return outcome
  }

  private struct Outcome: Equatable {
    var successes: [Bool] = []
    var contents: Contents?
  }
}

/// Makes up operations on a world so small that they often meet.
private struct World {
  struct Act {
    let regrets: Bool
    let perform: (any StoreTransaction) throws -> Void
  }

  var random: Seeded
  private var scribes: [ChangeWriter]
  private var changes: [Change] = []

  init(seed: UInt64) {
    random = Seeded(state: seed)
    scribes = [board, reserved].flatMap { space in Contents.numbers.map { ChangeWriter($0, in: space) } }
  }

  mutating func acts(count: Int) -> [Act] {
    (0..<count).map { _ in
      let perform = act()
      return Act(regrets: Int.random(in: 0..<8, using: &random) == 0, perform: perform)
    }
  }

  private mutating func act() -> (any StoreTransaction) throws -> Void {
    let space = Bool.random(using: &random) ? board : reserved
    let number = Contents.numbers.randomElement(using: &random)!
    let other = Contents.numbers.randomElement(using: &random)!
    let flag = Bool.random(using: &random)
    let change = change()
    let tip = Tip(sequence: UInt64(number), digest: change.digest, lamport: UInt64(other))
    let reason = flag ? RefusalReason.notAllowed : .forked
    switch Int.random(in: 0..<15, using: &random) {
    case 0: return { try $0.set("s\(number)", to: flag ? [number, other] : nil) }
    case 1:
      return {
        try $0.set("s", to: [])
        try $0.setLocalRow([other], of: [number], in: "local", to: flag ? nil : [number, other])
        if number == other { try $0.removeLocalRows(of: flag ? nil : [number], in: "local") }
      }
    case 2:
      let cursor = Cursor(epoch: id(number), position: UInt64(other), digest: flag ? change.digest : nil)
      let row = Space(id: space, name: "Name \(number)", lamport: UInt64(other), cursor: other > 2 ? cursor : nil)
      return { try $0.put(row) }
    case 3: return { try $0.setTip(of: id(number), in: space, to: flag ? tip : nil) }
    case 4:
      let kind = flag ? "note" : "event"
      let state = RecordState(id(number), kind: kind, of: change, changes.randomElement(using: &random)!)
      return { try $0.put(state, at: id(number), in: space) }
    case 5: return { try $0.removeRecord(RecordKey(space, id(number))) }
    case 6, 7, 8: return { try $0.append(.change(change), isAcknowledged: flag, in: change.header.space) }
    case 9:
      let void = VoidEntry(of: change, reason: reason)
      return { try $0.append(.void(void), isAcknowledged: flag, in: change.header.space) }
    case 10:
      let dots = [change.dot, Dot(id(number), UInt64(other))]
      return { try $0.setAcknowledged(flag, dots: dots, in: change.header.space) }
    case 11:
      let entry: LogEntry = number == 1 ? .change(change) : .void(VoidEntry(of: change, reason: reason))
      return { try $0.replaceRow(with: entry) }
    case 12:
      return { transaction in
        let erased = try change.erased(id(number))
        if flag {
          try transaction.replaceRow(with: .redacted(erased))
        } else {
          try transaction.append(.redacted(erased), isAcknowledged: true, in: change.header.space)
        }
      }
    case 13: return { try $0.removeRescued(change) }
    default:
      return { transaction in
        try transaction.removeRow(of: change.dot, in: change.header.space)
        try transaction.rescue(change, reason: reason)
      }
    }
  }

  /// A new change, or one that was made before.
  private mutating func change() -> Change {
    if !changes.isEmpty, Bool.random(using: &random) { return changes.randomElement(using: &random)! }
    let scribe = scribes.indices.randomElement(using: &random)!
    let records = Contents.numbers.filter { _ in Bool.random(using: &random) }
    let edits = (records.isEmpty ? [1] : records).map { number in
      Edit(
        record: id(number), kind: "note",
        operation: .assign(field: "title", value: .integer(Int64(changes.count % 3)), supersedes: []))
    }
    let change = scribes[scribe].writes(edits)
    changes.append(change)
    return change
  }
}

/// SplitMix64 (Steele, Lea and Flood, 2014): small, and the same everywhere for the same seed.
private struct Seeded: RandomNumberGenerator {
  var state: UInt64

  mutating func next() -> UInt64 {
    state &+= 0x9e37_79b9_7f4a_7c15
    var mixed = (state ^ (state >> 30)) &* 0xbf58_476d_1ce4_e5b9
    mixed = (mixed ^ (mixed >> 27)) &* 0x94d0_49bb_1331_11eb
    return mixed ^ (mixed >> 31)
  }
}
