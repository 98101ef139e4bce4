// The laws of the merge, over random histories: whatever the order, the batches or the clocks, the same changes make
// the same space (guarantees G1, G6 and G8).

import Cryptography
import Replication
import TestKit
import Testing

@Suite struct Laws {
  private static let seeds = Array(UInt64(1)...40)

  @Test("copies that have taken the same changes hold the same bytes and the same digest", arguments: seeds)
  func orders(seed: UInt64) throws {
    let history = try History(seed: seed)
    var random = SplitMix64(seed: seed)
    let reference = try Copy(0x99)
    try reference.take(history.changes)
    for order in History.Order.allCases {
      let copy = try Copy(0x98)
      try copy.take(history.shuffled(order, &random))
      #expect(try copy.bytes() == reference.bytes())
      #expect(try copy.digest() == reference.digest())
      #expect(try Outcome(of: copy) == Outcome(of: reference))
    }
    // The authors themselves, who took their own changes as they made them.
    for copy in history.copies {
      try copy.take(history.changes)
      #expect(try copy.digest() == reference.digest())
      #expect(try Outcome(of: copy) == Outcome(of: reference))
    }
  }

  @Test("two concurrent changes merge in either order", arguments: seeds)
  func commutativity(seed: UInt64) throws {
    let history = try History(seed: seed)
    var random = SplitMix64(seed: seed)
    let order = history.shuffled(.causal, &random)
    var swaps = 0
    for place in order.indices.dropLast() where history.areConcurrent(order[place], order[place + 1]) {
      var swapped = order
      swapped.swapAt(place, place + 1)
      let (one, other) = (try Copy(0x98), try Copy(0x99))
      try one.take(Array(order[...(place + 1)]))
      try other.take(Array(swapped[...(place + 1)]))
      #expect(try one.bytes() == other.bytes())
      swaps += 1
    }
    #expect(swaps > 0)
  }

  @Test("batches may be cut anywhere", arguments: seeds)
  func batches(seed: UInt64) throws {
    let history = try History(seed: seed)
    var random = SplitMix64(seed: seed)
    let (whole, cut) = (try Copy(0x98), try Copy(0x99))
    try whole.take(history.changes)
    var left = history.changes[...]
    while !left.isEmpty {
      let count = Int.random(in: 1...7, using: &random)
      try cut.take(Array(left.prefix(count)))
      left = left.dropFirst(count)
    }
    #expect(try cut.digest() == whole.digest())
    #expect(try cut.bytes() == whole.bytes())
  }

  @Test("a change that arrives again is ignored", arguments: seeds)
  func idempotence(seed: UInt64) throws {
    let history = try History(seed: seed)
    var random = SplitMix64(seed: seed)
    let (once, often) = (try Copy(0x98), try Copy(0x99))
    try once.take(history.changes)
    for (place, change) in history.changes.enumerated() {
      let older = history.changes[.random(in: 0...place, using: &random)]
      try often.take([older, change, change, older])
    }
    #expect(try often.digest() == once.digest())
    #expect(try often.entries().count == history.changes.count)
  }

  @Test("a change that arrives too early is refused with its batch")
  func tooEarly() throws {
    let (carer, chair, late) = (try Copy(1), try Copy(2), try Copy(3))
    let first = try #require(try carer.commit(.create(note, kind: "revive"), .set(note, field: "title", .text("a"))))
    try chair.take([first])
    let second = try #require(try chair.commit(.set(note, field: "title", .text("b"))))
    let unrelated = try #require(try chair.commit(.create(id(2), kind: "revive")))
    #expect(throws: OutOfOrder.self) { try late.take([second]) }
    #expect(throws: OutOfOrder.self) { try late.take([unrelated]) }
    #expect(throws: OutOfOrder.self) { try late.take([first, unrelated]) }
    #expect(try late.entries().isEmpty)
  }

  @Test("copies agree on the kind of a record that two made at once, even by a change that names it two kinds")
  func kinds() throws {
    func change(by replica: UInt8, _ edits: (String, Operation)...) -> Change {
      Change(
        edits: edits.map { Edit(record: note, kind: $0.0, operation: $0.1) }, space: board, replica: id(replica),
        previous: nil, lamport: 1, author: carer, time: Timestamp(milliseconds: 0), modelVersion: 3)
    }
    let make = Operation.makePresent(supersedes: [])
    let write = Operation.assign(field: "title", value: .text("a"), supersedes: [])
    let plain = [change(by: 1, ("final", make)), change(by: 2, ("archive", make)), change(by: 3, ("revive", make))]
    let mixed = [change(by: 1, ("archive", write), ("final", make)), change(by: 2, ("revive", make))]
    for changes in [plain, mixed] {
      let (one, other) = (try Copy(0x98), try Copy(0x99))
      try one.take(changes)
      try other.take(changes.reversed())
      #expect(try one.state()?.kind == other.state()?.kind)
      #expect(try one.digest() == other.digest())
    }
  }

  // Docs/lessons.md 11 (evoluhq/evolu#709): no rule reads a clock. Digests hold the wall times that are kept to be shown, so
  // what must be equal is everything else: what every author wrote, byte for byte, and what everybody then sees.
  @Test("no clock changes any outcome", arguments: seeds)
  func clocks(seed: UInt64) throws {
    let calm = try History(seed: seed) { _ in Timestamp(milliseconds: 0) }
    var backwards: Int64 = .max
    let histories = [
      try History(seed: seed) { Timestamp(milliseconds: Int64(bitPattern: $0.next())) },
      try History(seed: seed) { Timestamp(milliseconds: $0.next() % 2 == 0 ? .min : .max) },
      try History(seed: seed) { _ in
        backwards -= 1_000_000
        return Timestamp(milliseconds: backwards)
      },
    ]
    let calmBefore = try calm.copies.map { try Outcome(of: $0) }
    for copy in calm.copies { try copy.take(calm.changes) }
    let calmAfter = try calm.copies.map { try Outcome(of: $0) }
    for history in histories {
      #expect(history.changes.map(\.dot) == calm.changes.map(\.dot))
      #expect(history.changes.map(\.header.lamport) == calm.changes.map(\.header.lamport))
      #expect(history.changes.map(\.bodyBytes) == calm.changes.map(\.bodyBytes))
      #expect(try history.copies.map { try Outcome(of: $0) } == calmBefore)
      for copy in history.copies { try copy.take(history.changes) }
      #expect(try history.copies.map { try Outcome(of: $0) } == calmAfter)
    }
  }

  @Test("a copy that took changes back holds what a copy holds that never had them", arguments: seeds)
  func takingBack(seed: UInt64) throws {
    let history = try History(seed: seed)
    var random = SplitMix64(seed: seed)
    let (had, never) = (try Copy(0x98), try Copy(0x99))
    try had.take(history.changes)
    let refused = Set(history.changes.map(\.dot).filter { _ in Int.random(in: 0..<5, using: &random) == 0 })
    for dot in refused.sorted().shuffled(using: &random) { #expect(try had.refuse(dot)) }
    try never.take(
      history.shuffled(.causal, &random).map { change in
        refused.contains(change.dot) ? .void(VoidEntry(of: change, reason: .notAllowed)) : .change(change)
      })
    #expect(try had.bytes() == never.bytes())
    #expect(try had.digest() == never.digest())
    #expect(try had.vector() == never.vector())
  }

  @Test("a refusal taken back leaves a copy as if it had never been", arguments: seeds)
  func reinstating(seed: UInt64) throws {
    let history = try History(seed: seed)
    var random = SplitMix64(seed: seed)
    let (steady, moved) = (try Copy(0x98), try Copy(0x99))
    try steady.take(history.changes)
    try moved.take(history.changes)
    let refused = history.changes.filter { _ in Int.random(in: 0..<5, using: &random) == 0 }
    for change in refused { try moved.refuse(change.dot) }
    for change in refused.shuffled(using: &random) { try moved.reinstate(.change(change)) }
    #expect(try moved.bytes() == steady.bytes())
    #expect(try moved.digest() == steady.digest())
    #expect(try moved.entries() == steady.entries())
  }

  // Docs/lessons.md 7 (getodk/collect#6768): a digest after adding and deleting must not equal the one before.
  @Test("the digest tells a deletion, a refusal and a rewriting of the same words from what was before")
  func digests() throws {
    let copy = try Copy(1)
    var digests: [Digest] = [try copy.digest()]
    try copy.commit(.create(note, kind: "revive"), .set(note, field: "title", .text("a")))
    digests.append(try copy.digest())
    try copy.commit(.delete(note))
    digests.append(try copy.digest())
    try copy.commit(.restore(note))
    digests.append(try copy.digest())
    try copy.commit(.set(note, field: "title", .text("b")))
    try copy.commit(.set(note, field: "title", .text("a")))
    digests.append(try copy.digest())
    let last = try #require(try copy.commit(.create(id(2), kind: "revive")))
    try copy.refuse(last.dot)
    digests.append(try copy.digest())
    #expect(Set(digests).count == digests.count)
  }
}
