// Random causal histories: a few copies of one space act, exchange what they have, and act again. Everything follows
// from the seed, so a history that breaks a law can be told again.

import Replication
import TestKit

/// What a few copies did, and what each author had seen when they did it.
struct History {
  let copies: [Copy]
  /// Every change, in the order they were made, which is one causal order of many.
  private(set) var changes: [Change] = []
  /// What the author of each change had applied before making it.
  private(set) var seen: [Dot: SeenSequences] = [:]

  /// - Parameters:
  ///   - erases: Whether some acts erase.
  ///   - clock: What the wall clock says at each act. It draws from randomness of its own, so that the acts are the same
  ///     under any clock.
  init(
    seed: UInt64, steps: Int = 60, erases: Bool = false,
    clock: (inout SplitMix64) -> Timestamp = { Timestamp(milliseconds: Int64($0.next() >> 22)) }
  ) throws {
    var random = SplitMix64(seed: seed)
    var clockRandom = SplitMix64(seed: ~seed)
    // The names' order has nothing to do with who acts first, for names break ties.
    let names: [UInt8] = Array(
      [0x71, 0x2c, 0xe8, 0x15].shuffled(using: &random).prefix(.random(in: 2...4, using: &random)))
    copies = try names.map { try Copy($0) }
    for _ in 0..<steps {
      let copy = copies.randomElement(using: &random)!
      if Int.random(in: 0..<10, using: &random) < 3 {
        try copy.take(from: copies.randomElement(using: &random)!)
      } else {
        let isErasing = erases && Int.random(in: 0..<25, using: &random) == 0
        try act(on: copy, isErasing: isErasing, at: clock(&clockRandom), &random)
      }
    }
  }

  private mutating func act(
    on copy: Copy, isErasing: Bool, at time: Timestamp, _ random: inout SplitMix64
  ) throws {
    let drafts = isErasing ? [.erase(Self.records.randomElement(using: &random)!.id)] : Self.drafts(&random)
    let vector = try copy.vector()
    do {
      guard let change = try copy.commit(drafts, at: time) else { return }
      changes.append(change)
      seen[change.dot] = vector
    } catch is CommitError {
      // Told no: nothing was written, and the history goes on.
    }
  }

  /// Records whose kinds' delete policies differ.
  static let records: [(id: RecordID, kind: String)] =
    zip([0xd1, 0x0a, 0x77, 0x42] as [UInt8], DeletePolicy.allCases).map { (id($0), $1.rawValue) }

  private static func drafts(_ random: inout SplitMix64) -> [Draft] {
    let (record, kind) = records.randomElement(using: &random)!
    var drafts: [Draft] = [.create(record, kind: kind)]
    for _ in 0..<Int.random(in: 0...2, using: &random) {
      let word = Value.text(["ash", "birch", "cedar"].randomElement(using: &random)!)
      let wishes: [Draft] = [
        .set(record, field: "title", word), .set(record, field: "wording", word),
        .setBeside(record, field: "wording", word), .set(record, field: "minutes", word),
        .set(record, field: "place", word), .set(record, field: "room", word),
        .set(record, field: "held", .text(["2026", "2027"].randomElement(using: &random)!)),
        .set(record, field: "stage", .text(["draft", "agreed", "published"].randomElement(using: &random)!)),
        .add(record, field: "tags", word), .add(record, field: "tags", word), .remove(record, field: "tags", word),
        .count(record, field: "hours", .random(in: -3...3, using: &random)), .append(record, field: "comments", word),
      ]
      drafts.append(wishes.randomElement(using: &random)!)
    }
    switch Int.random(in: 0..<8, using: &random) {
    case 0: return [.delete(record)]
    case 1: return [.restore(record)]
    default: return drafts
    }
  }

  // MARK: Orders

  /// How much of the past must come before a change.
  enum Order: CaseIterable {
    /// Everything its author had applied: the order of logs.
    case causal
    /// Its replica's earlier changes and the dots it names: all that a receiver checks.
    case named
  }

  /// The changes in a random order of a sort.
  func shuffled(_ order: Order, _ random: inout SplitMix64) -> [Change] {
    var left = changes
    var vector = SeenSequences()
    var result: [Change] = []
    while !left.isEmpty {
      let ready = left.indices.filter { index in
        vector.isReady(for: .change(left[index])) && (order == .named || vector.covers(seen[left[index].dot]!))
      }
      let change = left.remove(at: ready.randomElement(using: &random)!)
      vector.advance(to: change.dot)
      result.append(change)
    }
    return result
  }

  /// Whether neither author had seen the other's change.
  func areConcurrent(_ one: Change, _ other: Change) -> Bool {
    one.dot.replica != other.dot.replica && !seen[one.dot]!.contains(other.dot) && !seen[other.dot]!.contains(one.dot)
  }
}

/// Replica → the highest contiguous sequence seen: a version vector without digests, for histories that never fork.
struct SeenSequences: Equatable {
  private(set) var sequences: [ReplicaID: UInt64]

  init(_ sequences: [ReplicaID: UInt64] = [:]) {
    self.sequences = sequences
  }

  func sequence(of replica: ReplicaID) -> UInt64 { sequences[replica] ?? 0 }

  func contains(_ dot: Dot) -> Bool { dot.sequence > 0 && dot.sequence <= sequence(of: dot.replica) }

  mutating func advance(to dot: Dot) {
    precondition(dot.sequence == sequence(of: dot.replica) + 1, "a vector only grows by the next sequence")
    sequences[dot.replica] = dot.sequence
  }

  fileprivate func covers(_ other: SeenSequences) -> Bool {
    other.sequences.allSatisfy { $0.value <= sequence(of: $0.key) }
  }
}

/// What people are shown of a copy: nothing here is a clock's to decide.
struct Outcome: Equatable {
  private var lines: [String] = []

  init(of copy: Copy) throws {
    let rules = copy.rules
    for (record, state) in try copy.records() {
      lines.append("\(record) \(state.kind) \(state.presence(by: rules.deletes(of: state.kind)))")
      for (field, value) in state.shownFields(by: rules).sorted(by: { $0.key < $1.key }) {
        lines.append("  \(field) shows \(value.canonicalBytes)")
      }
      for (field, register) in state.fields.sorted(by: { $0.key < $1.key }) {
        let winner = register.winner(by: rules.field(field, of: state.kind))
        lines.append("  \(field) is won by \(winner.map { "\($0.stamp.dot)" } ?? "nobody")")
      }
      for conflict in state.conflicts(by: rules) {
        let rivals = conflict.rivals.map { "\($0.stamp.dot) \($0.value.canonicalBytes)" }
        lines.append("  \(conflict.field) is asked: \(rivals)")
      }
    }
  }
}
