// A store beside the in-memory one: whatever is done to both, both answer the same. This finds what nobody thought of
// promising.

import Cryptography
import Replication
import TestKit
import Testing

extension StorePromise {
  static let comparisons = ((1...5) as ClosedRange<UInt64>).map { seed in
    StorePromise(ofEmptyStore: "answers like the in-memory store after any 300 operations (seed \(seed))") { store in
      let plain = InMemoryStore()
      var world = World(seed: seed)
      var done = 0
      while done < 300 {
        let acts = world.acts(count: Int.random(in: 1...6, using: &world.random))
        let fails = Int.random(in: 0..<5, using: &world.random) == 0
        let outcomes = try [plain, store].map { store in try outcome(of: acts, failing: fails, in: store) }
        #expect(outcomes[0] == outcomes[1], "after \(done) operations")
        let contents = try [plain, store].map { try $0.read { try Contents(of: $0) } }
        try #require(contents[0] == contents[1], "after \(done) operations")
        if Bool.random(using: &world.random) {
          let found = try [plain, store].map { try Self.searched($0) }
          try #require(found[0] == found[1], "after \(done) operations")
        }
        done += acts.count
      }
    }
  }

  /// The records that a store finds by some words.
  private static func searched(_ store: any ReplicaStore) throws -> [[RecordKey]] {
    try store.indexTexts()
    return try store.read { reader in
      try (["note", "on"] + Contents.numbers.map(String.init)).map { try reader.search([$0], limit: .max).records }
    }
  }

  /// Whether each act succeeded, and what the transaction saw at its end.
  private static func outcome(of acts: [World.Act], failing: Bool, in store: any ReplicaStore) throws -> Outcome {
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

  var random: SplitMix64
  private var scribes: [ChangeWriter]
  private var changes: [Change] = []

  init(seed: UInt64) {
    random = SplitMix64(seed: seed)
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
    switch Int.random(in: 0..<18, using: &random) {
    case 0: return { try $0.set("s\(number)", to: flag ? [number, other] : nil) }
    case 1:
      return {
        try $0.set("s", to: [])
        try $0.setLocalRow([other], of: [number], in: "local", to: flag ? nil : [number, other])
        if number == other { try $0.removeLocalRows(of: flag ? nil : [number], in: "local") }
      }
    case 2:
      let cursor = Cursor(epoch: id(number), position: UInt64(other), digest: change.digest)
      let row = Space(id: space, name: "Name \(number)", lamport: UInt64(other), cursor: other > 2 ? cursor : nil)
      return { try $0.put(row) }
    case 3: return { try $0.setTip(of: id(number), in: space, to: flag ? tip : nil) }
    case 4:
      let kind = flag ? "note" : "event"
      let state = RecordState(id(number), kind: kind, of: change, changes.randomElement(using: &random)!)
      let presence = [Presence.present, .present, .disputed, .deleted].randomElement(using: &random)!
      let shown = ["title": Value.text("Notes \(number) on \(other)")]
      return { try $0.put(state, at: id(number), in: space, presence: presence, shownFields: shown, date: "\(other)") }
    case 5: return { try $0.removeRecord(RecordKey(space, id(number))) }
    case 6, 7, 8: return { try $0.append(.change(change), isAcknowledged: flag) }
    case 9:
      let void = VoidEntry(of: change, reason: reason)
      return { try $0.append(.void(void), isAcknowledged: flag) }
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
          try transaction.append(.redacted(erased), isAcknowledged: true)
        }
      }
    case 13: return { try $0.removeRescued(change) }
    case 14:
      let signature = CheckpointSignature(epoch: id(number), bytes: [UInt8](repeating: other, count: 64))
      let place = LogPlace(
        position: UInt64(other), time: Timestamp(milliseconds: 1), digest: change.digest,
        signature: flag ? signature : nil)
      return { try $0.setPlace(of: change.dot, in: change.header.space, to: place) }
    case 16: return { try $0.setNews(of: RecordKey(space, id(number)), at: flag ? UInt64(other) : nil) }
    case 15: return { try $0.removePlaces(after: UInt64(other), in: space) }
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
