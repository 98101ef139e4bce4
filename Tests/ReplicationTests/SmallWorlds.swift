// Small worlds, exhausted: a record that is there, and every choice of up to four changes of it from a small alphabet,
// in every order causality allows, under every policy and every delete policy (guarantee G1). What random histories
// may miss, this cannot.

import Replication
import Testing

@Suite struct SmallWorlds {
  @Test(
    "every order of up to four changes gives the same bytes, values, conflicts and presence", arguments: Alphabet.all)
  func everyOrder(alphabet: Alphabet) {
    var (worlds, orders) = (0, 0)
    var differing: [String] = []
    for count in 0...4 {
      alphabet.forEachWord(of: count) { word in
        let world = World(word, on: alphabet.base)
        let (ends, paths) = world.ends()
        (worlds, orders) = (worlds + 1, orders + paths)
        let readings = ends.map { alphabet.readings(of: $0) }
        let isEqual = ends.allSatisfy { $0.encoded == ends[0].encoded } && readings.allSatisfy { $0 == readings[0] }
        if !isEqual { differing.append(word.map(\.name).joined(separator: ", ")) }
      }
    }
    #expect(differing.isEmpty)
    // The alphabet has at least seven letters: 7⁰ + … + 7⁴ worlds. Were it to shrink, this would say so.
    #expect(worlds >= 2_801)
    #expect(orders >= 10_000)
  }
}

/// What people see of a record.
struct Reading: Equatable {
  let shown: Value?
  let presence: Presence
  let conflicts: [Conflict]
}

/// One thing that somebody may do to the record.
struct Letter: Sendable {
  let name: String
  /// Whether the author had applied every earlier change of the word, or only what was there before the first.
  let seesEarlier: Bool
  /// What they do, looking at the state they see.
  let act: @Sendable (RecordState) -> Operation
}

/// Up to four changes, with what each has to come after.
private struct World {
  private let base: RecordState
  private var changes: [(stamp: Stamp, operation: Operation, after: Int)] = []

  /// Names whose order is not the order of the word, with one on each side of the record's first author.
  private static let names: [UInt8] = [0x80, 0x20, 0x60, 0x40]

  init(_ word: [Letter], on base: RecordState) {
    self.base = base
    var all = base
    var lamport: UInt64 = 2
    for (place, letter) in word.enumerated() {
      let operation = letter.act(letter.seesEarlier ? all : base)
      let stamp = Stamp(by: Self.names[place], lamport: letter.seesEarlier ? lamport + 1 : 3)
      lamport = max(lamport, stamp.lamport)
      all.merge(operation, by: stamp)
      changes.append((stamp, operation, letter.seesEarlier ? (1 << place) - 1 : 0))
    }
  }

  /// The states that the last step of any order leads to, and how many orders there are.
  ///
  /// It walks the sets of changes rather than the orders. Every way into a set must give one state; then every order of
  /// the set does, by induction, and four changes cost 32 merges instead of 96.
  func ends() -> (states: [RecordState], orders: Int) {
    let full = (1 << changes.count) - 1
    var ways: [[RecordState]] = Array(repeating: [], count: full + 1)
    var orders = Array(repeating: 0, count: full + 1)
    (ways[0], orders[0]) = ([base], 1)
    for set in ways.indices.dropFirst() {
      for (place, change) in changes.enumerated() where set & 1 << place != 0 {
        let before = set & ~(1 << place)
        guard change.after & ~before == 0, var state = ways[before].first else { continue }
        state.merge(change.operation, by: change.stamp)
        ways[set].append(state)
        orders[set] += orders[before]
      }
      // Ways that differ are an end in themselves: they stand for all orders through this set.
      if let first = ways[set].first, ways[set].contains(where: { $0 != first }) { return (ways[set], orders[set]) }
    }
    return (ways[full], orders[full])
  }
}

/// What may be done to one field under one policy, and to the record.
struct Alphabet: Sendable, CustomTestStringConvertible {
  let policy: Policy
  let isGroup: Bool
  private let letters: [Letter]
  private let books: [RuleBook]

  static let all: [Alphabet] = Policy.allCases.map { Alphabet($0) } + [Alphabet(.review, isGroup: true)]

  var testDescription: String { isGroup ? "a group, \(policy)" : "\(policy)" }

  init(_ policy: Policy, isGroup: Bool = false) {
    (self.policy, self.isGroup) = (policy, isGroup)
    letters = Self.existence + Self.writes(policy, isGroup: isGroup)
    let rules = FieldRules(policy, type: .any, order: ["draft", "agreed", "published"])
    let groups = isGroup ? ["f": ["f"]] : [:]
    books = DeletePolicy.allCases.map {
      RuleBook(version: 1, kinds: ["note": KindRules(deletes: $0, fields: ["f": rules], groups: groups)])
    }
  }

  /// A record that is there, with something in the field.
  var base: RecordState {
    var state = RecordState(kind: "note")
    state.merge(.makePresent(supersedes: []), by: Stamp(by: 0x50, lamport: 1))
    let write = letters.first { !Self.isAboutExistence($0.act(state)) }!
    state.merge(write.act(state), by: Stamp(by: 0x50, 2, lamport: 2))
    return state
  }

  func forEachWord(of count: Int, _ body: ([Letter]) -> Void) {
    guard count > 0 else { return body([]) }
    forEachWord(of: count - 1) { word in
      for letter in letters { body(word + [letter]) }
    }
  }

  /// What anybody is shown, under each delete policy.
  func readings(of state: RecordState) -> [Reading] {
    zip(books, DeletePolicy.allCases).map { book, deletes in
      Reading(
        shown: state.shown("f", by: book.field("f", of: "note")), presence: state.presence(by: deletes),
        conflicts: state.conflicts(by: book))
    }
  }

  // MARK: Letters

  private static let existence = [
    Letter(name: "delete", seesEarlier: false) { .delete(supersedes: $0.existenceDots, seen: DotSet($0.valueDots)) },
    Letter(name: "delete after seeing", seesEarlier: true) {
      .delete(supersedes: $0.existenceDots, seen: DotSet($0.valueDots))
    },
    Letter(name: "restore after seeing", seesEarlier: true) { .makePresent(supersedes: $0.existenceDots) },
    Letter(name: "erase", seesEarlier: false) { _ in .erase },
  ]

  private static func isAboutExistence(_ operation: Operation) -> Bool { operation.field == nil }

  private static func writes(_ policy: Policy, isGroup: Bool) -> [Letter] {
    switch policy {
    case .latest, .review, .once, .text, .furthest: assigns(isGroup)
    case .set:
      [
        Letter(name: "add x", seesEarlier: false) { _ in .add(field: "f", element: x, supersedes: []) },
        Letter(name: "add x again", seesEarlier: true) { .add(field: "f", element: x, supersedes: $0.dots(of: x)) },
        Letter(name: "remove x", seesEarlier: false) { .remove(field: "f", element: x, supersedes: $0.dots(of: x)) },
        Letter(name: "remove x after seeing", seesEarlier: true) {
          .remove(field: "f", element: x, supersedes: $0.dots(of: x))
        },
        Letter(name: "add y", seesEarlier: false) { _ in .add(field: "f", element: .text("y"), supersedes: []) },
      ]
    case .counter:
      [1, -2, .max].map { amount in
        Letter(name: "count \(amount)", seesEarlier: false) { _ in .count(field: "f", amount: amount) }
      }
    case .appendOnly:
      [
        Letter(name: "append a", seesEarlier: false) { _ in .append(field: "f", entry: .text("a")) },
        Letter(name: "append a after seeing", seesEarlier: true) { _ in .append(field: "f", entry: .text("a")) },
        Letter(name: "append b", seesEarlier: false) { _ in .append(field: "f", entry: .text("b")) },
      ]
    }
  }

  private static func assigns(_ isGroup: Bool) -> [Letter] {
    let values = ["draft", "published", "agreed"].map { isGroup ? Value.map(["f": .text($0), "g": .null]) : .text($0) }
    return [
      Letter(name: "assign a", seesEarlier: false) { .assign(field: "f", value: values[0], supersedes: $0.dots) },
      Letter(name: "assign b", seesEarlier: false) { .assign(field: "f", value: values[1], supersedes: $0.dots) },
      Letter(name: "assign c after seeing", seesEarlier: true) {
        .assign(field: "f", value: values[2], supersedes: $0.dots)
      },
      Letter(name: "assign a beside", seesEarlier: false) { _ in .assign(field: "f", value: values[0], supersedes: [])
      },
    ]
  }
}

private let x = Value.text("x")

extension RecordState {
  fileprivate var dots: DotSet { DotSet(fields["f"]?.siblings.map(\.stamp.dot) ?? []) }
  fileprivate var existenceDots: DotSet { DotSet(existence.map(\.stamp.dot)) }

  fileprivate func dots(of element: Value) -> DotSet {
    DotSet(fields["f"]?.elements.first { $0.value.hasSameBytes(as: element) }?.stamps.map(\.dot) ?? [])
  }
}

extension Stamp {
  /// A change of a replica at a Lamport time; who wrote it and when does not matter here.
  init(by replica: UInt8, _ sequence: UInt64 = 1, lamport: UInt64) {
    self.init(
      dot: Dot(id(replica), sequence), lamport: lamport, author: carer, time: Timestamp(milliseconds: 0))
  }
}

extension RecordState {
  /// Applies one operation on this record.
  mutating func merge(_ operation: Operation, by stamp: Stamp) {
    merge(Edit(record: note, kind: kind, operation: operation), by: stamp)
  }
}
