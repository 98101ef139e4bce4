// What the tests of the core share: names that can be told apart, a rule book with every policy, and a
// copy of one space to act on.

import Cryptography
import Replication
import TestKit

/// An id whose sixteen bytes are all the number.
func id<Role>(_ number: UInt8) -> Identifier<Role> {
  Identifier(bytes: [UInt8](repeating: number, count: 16))!
}

let board: SpaceID = id(0xb0)
let note: RecordID = id(0x01)
let carer: MemberID = id(0xca)

extension RuleBook {
  /// One kind for each delete policy, by its name; each kind has a field for each policy and a group.
  static let everyPolicy = RuleBook(
    version: 3,
    kinds: Dictionary(
      uniqueKeysWithValues: DeletePolicy.allCases.map {
        ($0.rawValue, KindRules(deletes: $0, fields: fieldsOfEveryPolicy, groups: ["place": ["place", "room"]]))
      }))

  private static let fieldsOfEveryPolicy: [String: FieldRules] = [
    "title": FieldRules(.latest),
    "wording": FieldRules(.review),
    "tags": FieldRules(.set),
    "hours": FieldRules(.counter, type: .integer),
    "stage": FieldRules(.furthest, type: .choice, order: ["draft", "agreed", "published"]),
    "comments": FieldRules(.appendOnly),
    "held": FieldRules(.once, type: .date),
    "minutes": FieldRules(.text),
    "place": FieldRules(.review),
    "room": FieldRules(.review),
  ]
}

/// A change that a receiver would not take, for something before it is missing.
struct OutOfOrder: Error {
  let dot: Dot
}

/// One copy of the board, under a name that is always the same.
struct Copy {
  let store = InMemoryStore()
  let rules: RuleBook

  init(_ name: ReplicaID, rules: RuleBook = .everyPolicy) throws {
    self.rules = rules
    try store.write {
      try $0.put(Space(id: board, name: "Board"))
      try $0.set(LocalState.replica, to: name)
      try LocalState.ownReplicas.set(name, to: .some(nil), in: $0)
    }
  }

  init(_ number: UInt8, rules: RuleBook = .everyPolicy) throws {
    try self.init(id(number), rules: rules)
  }

  func replica(_ transaction: any StoreTransaction) -> Replica {
    Replica(rules: rules, in: transaction)
  }

  // MARK: Acting

  /// Commits drafts; `nil` where everything asked for stands already.
  @discardableResult
  func commit(_ drafts: Draft..., at time: Int64 = 0) throws -> Change? {
    try commit(drafts, at: Timestamp(milliseconds: time))
  }

  func commit(_ drafts: [Draft], at time: Timestamp) throws -> Change? {
    try store.write {
      try replica($0).commit(drafts, in: board, by: carer, at: time, isHome: false)
    }
  }

  /// Takes in entries in one transaction, as a receiver does: what the vector contains is passed over, and what comes
  /// too early is not taken.
  func take(_ entries: [LogEntry], isAcknowledged: Bool = true) throws {
    try store.write { transaction in
      for entry in entries {
        let vector = try Self.vector(transaction)
        guard !vector.contains(entry.dot) else { continue }
        guard vector.isReady(for: entry) else { throw OutOfOrder(dot: entry.dot) }
        if isAcknowledged {
          try replica(transaction).take(entry, at: Timestamp(milliseconds: 0))
        } else {
          try replica(transaction).apply(entry)
        }
      }
    }
  }

  func take(_ changes: [Change]) throws {
    try take(changes.map { .change($0) })
  }

  /// Takes in everything another copy holds, in that copy's order.
  func take(from other: Copy) throws {
    try take(try other.entries())
  }

  @discardableResult
  func refuse(_ dot: Dot, _ reason: RefusalReason = .notAllowed) throws -> Bool {
    try store.write { transaction in
      var stale = StaleRecords()
      let isRefused = try replica(transaction).refuse(dot, in: board, reason: reason, leaving: &stale)
      try stale.rebuild(with: replica(transaction))
      return isRefused
    }
  }

  func reinstate(_ entry: LogEntry) throws {
    try store.write { transaction in
      var stale = StaleRecords()
      try replica(transaction).reinstate(entry, leaving: &stale)
      try stale.rebuild(with: replica(transaction))
    }
  }

  // MARK: Looking

  func entries() throws -> [LogEntry] {
    try store.read { try $0.rows(after: 0, in: board, bytesMax: .max).map(\.entry) }
  }

  func vector() throws -> SeenSequences {
    try store.read { try Self.vector($0) }
  }

  func digest() throws -> Digest {
    try store.read { try spaceDigest(of: board, in: $0) }
  }

  func state(_ record: RecordID = note) throws -> RecordState? {
    try store.read { try $0.record(RecordKey(board, record)) }
  }

  /// Every record, in the order of ids.
  func records() throws -> [(RecordID, RecordState)] {
    var records: [(RecordID, RecordState)] = []
    try store.read { try $0.forEachRecord(in: board, kind: nil) { records.append(($0, $1)) } }
    return records
  }

  /// Every record's bytes, by id.
  func bytes() throws -> [RecordID: [UInt8]] {
    Dictionary(uniqueKeysWithValues: try records().map { ($0, $1.encoded) })
  }

  func shown(_ field: String, of record: RecordID = note) throws -> Value? {
    try state(record)?.shownFields(by: rules)[field]
  }

  func conflicts(on record: RecordID = note) throws -> [Conflict] {
    try state(record)?.conflicts(by: rules) ?? []
  }

  func presence(of record: RecordID = note) throws -> Presence? {
    try state(record).map { $0.presence(by: rules.deletes(of: $0.kind)) }
  }

  private static func vector(_ reader: any StoreReader) throws -> SeenSequences {
    SeenSequences(try reader.tips(in: board).mapValues(\.sequence))
  }
}

extension SeenSequences {
  /// Whether an entry is the next of its replica and everything it names is applied.
  func isReady(for entry: LogEntry) -> Bool {
    guard entry.dot.sequence == sequence(of: entry.dot.replica) + 1 else { return false }
    guard case .change(let change) = entry else { return true }
    return change.edits.flatMap(\.operation.dependencies).allSatisfy(contains)
  }
}

extension Conflict {
  /// The rivals' values, in their order.
  var values: [Value] { rivals.map(\.value) }
}
