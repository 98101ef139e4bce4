// The history of a record: who changed what, when, and what it took the place of.

import Replication
import TestKit
import Testing

@Suite struct HistoryTests {
  private func told(_ copy: Copy) throws -> [HistoryEntry] {
    try copy.store.read { try history(of: RecordKey(board, note), in: $0) }
  }

  private func title(_ word: String) -> Draft { .set(note, field: "title", .text(word)) }

  @Test("every change of the record is there, with author, time and what it replaced, and no other change")
  func entries() throws {
    let copy = try Copy(1)
    let first = try #require(try copy.commit(.create(note, kind: "revive"), title("a"), at: 10))
    try copy.commit(.create(id(2), kind: "revive"), at: 20)
    let second = try #require(try copy.commit(title("b"), .create(id(3), kind: "revive"), at: 30))
    let history = try told(copy)
    #expect(history.map(\.stamp) == [first.header.stamp, second.header.stamp])
    #expect(history.map(\.stamp.time.milliseconds) == [10, 30])
    #expect(history[0].edits.map(\.replaced) == [[], []])
    #expect(history[1].edits.map(\.replaced) == [[Sibling(stamp: first.header.stamp, value: .text("a"))]])
  }

  @Test("settling rivals replaced all of them, oldest first")
  func settled() throws {
    // The name that sorts first writes later.
    let (chair, carer) = (try Copy(2), try Copy(1))
    try chair.commit(.create(note, kind: "revive"))
    try carer.take(from: chair)
    try chair.commit(title("older"))
    try carer.commit(.count(note, field: "hours", 1))
    try carer.commit(title("newer"))
    try chair.take(from: carer)
    try chair.commit(title("settled"))
    let last = try #require(try told(chair).last)
    #expect(last.edits.flatMap(\.replaced).map(\.value) == [.text("older"), .text("newer")])
  }

  @Test("rivals replaced what both their writers saw, and every copy tells it alike, whatever came first there")
  func concurrent() throws {
    let (chair, carer) = (try Copy(2), try Copy(1))
    try chair.commit(.create(note, kind: "revive"), title("a"))
    try carer.take(from: chair)
    try chair.commit(title("b"))
    try carer.commit(title("c"))
    try chair.take(from: carer)
    try carer.take(from: chair)
    for copy in [chair, carer] {
      #expect(try told(copy).map { $0.edits.last?.replaced.map(\.value) } == [[], [.text("a")], [.text("a")]])
    }
  }

  @Test("two copies tell a history in the same order, whatever arrived first")
  func order() throws {
    let (chair, carer) = (try Copy(2), try Copy(1))
    try chair.commit(.create(note, kind: "revive"))
    try carer.take(from: chair)
    try chair.commit(title("b"))
    try carer.commit(title("c"))
    try chair.take(from: carer)
    try carer.take(from: chair)
    #expect(try told(chair).map(\.stamp) == told(carer).map(\.stamp))
    #expect(try told(chair).map(\.edits) == told(carer).map(\.edits))
  }

  @Test("words written over before they were sent are what the next words replaced, and nothing older")
  func unsent() throws {
    let copy = try Copy(1)
    try copy.commit(.create(note, kind: "revive"), title("a"))
    for word in ["b", "c"] { try copy.commit(title(word)) }
    #expect(
      try told(copy).map { $0.edits.last?.replaced.map(\.value) } == [[], [.text("a")], [.text("b")]])
  }

  @Test("deletions and restorations are in the history")
  func existence() throws {
    let copy = try Copy(1)
    try copy.commit(.create(note, kind: "revive"))
    try copy.commit(.delete(note))
    try copy.commit(.restore(note))
    #expect(try told(copy).flatMap(\.edits).map(\.operation.field) == [nil, nil, nil])
  }

  @Test("a refused change is not in the history: its words are in the rescue box")
  func refused() throws {
    let copy = try Copy(1)
    try copy.commit(.create(note, kind: "revive"), title("a"))
    let refused = try #require(try copy.commit(title("b")))
    try copy.commit(title("c"))
    try copy.refuse(refused.dot)
    let history = try told(copy)
    #expect(history.map(\.stamp.dot.sequence) == [1, 3])
    #expect(history[1].edits[0].replaced.map(\.value) == [.text("a")])
  }

  @Test("two copies tell the same history of what they both hold", arguments: UInt64(1)...10)
  func everywhere(seed: UInt64) throws {
    let random = try History(seed: seed)
    for copy in random.copies { try copy.take(random.changes) }
    for (record, _) in History.records {
      let told = try random.copies.map { copy in
        try copy.store.read { try history(of: RecordKey(board, record), in: $0) }.map(\.stamp.dot).sorted()
      }
      #expect(told.allSatisfy { $0 == told[0] })
    }
  }

  @Test("a record that never was has no history")
  func unknown() throws {
    #expect(try told(try Copy(1)).isEmpty)
  }
}
