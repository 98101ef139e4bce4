// The laws of erasing, over random histories in which copies erase while others write: it does not matter when anybody
// hears of it, and nothing that was erased is left in any log.

import Replication
import TestKit
import Testing

@Suite struct ErasingLaws {
  private static let seeds = Array(UInt64(1)...40)

  @Test("a copy ends with the same bytes whenever it hears of an erasing", arguments: seeds)
  func orders(seed: UInt64) throws {
    let history = try History(seed: seed, erases: true)
    var random = SplitMix64(seed: seed)
    let reference = try Copy(0x99)
    try reference.take(history.changes)
    for order in History.Order.allCases {
      let copy = try Copy(0x98)
      var left = history.shuffled(order, &random)[...]
      while !left.isEmpty {
        let count = Int.random(in: 1...7, using: &random)
        try copy.take(Array(left.prefix(count)))
        left = left.dropFirst(count)
      }
      #expect(try copy.bytes() == reference.bytes())
      #expect(try copy.digest() == reference.digest())
    }
    for copy in history.copies {
      try copy.take(history.changes)
      #expect(try copy.digest() == reference.digest())
    }
  }

  @Test("nothing of an erased record is left in any log, and every other edit stays", arguments: seeds)
  func logs(seed: UInt64) throws {
    let history = try History(seed: seed, erases: true)
    var random = SplitMix64(seed: seed)
    for order in History.Order.allCases {
      let copy = try Copy(0x98)
      let changes = history.shuffled(order, &random)
      try copy.take(changes)
      let erased = Set(try copy.records().filter(\.1.isErased).map(\.0))
      for (entry, change) in zip(try copy.entries(), changes) {
        #expect(entry.digest == change.digest)
        #expect(entry.edits == change.edits.filter { $0.isErasure || !erased.contains($0.record) })
      }
    }
  }

  @Test("a record made anew from its log is the record that was there, erased or not", arguments: seeds)
  func rebuilding(seed: UInt64) throws {
    let history = try History(seed: seed, erases: true)
    for copy in history.copies {
      try copy.take(history.changes)
      let before = try copy.bytes()
      try copy.store.write { try copy.replica($0).rebuild(History.records.map(\.id), in: board) }
      #expect(try copy.bytes() == before)
    }
  }

  @Test("the histories do erase records that are written into")
  func reach() throws {
    let erased = try Self.seeds.map { seed in
      let history = try History(seed: seed, erases: true)
      let copy = try Copy(0x98)
      try copy.take(history.changes)
      return try copy.entries().count { if case .redacted = $0 { true } else { false } }
    }
    #expect(erased.count { $0 > 3 } > 20)
  }
}
