// What erasing takes and what it leaves, on one copy.

import Replication
import TestKit
import Testing

extension Copy {
  fileprivate func acknowledge(_ change: Change) throws {
    try store.write { try replica($0).acknowledge([change.dot], in: board) }
  }
}

@Suite struct ErasingTests {
  private let other: RecordID = id(0x02)

  @Test("an erased record holds its kind and who erased it, and shows nothing")
  func nothingLeft() throws {
    let copy = try Copy(1)
    try copy.commit(.create(note, kind: "revive"), .set(note, field: "title", .text("a")))
    try copy.commit(.append(note, field: "comments", .text("b")))
    try copy.commit(.delete(note))
    let erasing = try #require(try copy.commit(.erase(note)))
    let state = try #require(try copy.state())
    #expect(state.kind == "revive" && state.erasures == [erasing.header.stamp])
    #expect(state.existence.isEmpty && state.fields.isEmpty)
    #expect(try copy.presence() == .erased)
    #expect(try copy.conflicts().isEmpty && state.overriddenValues(by: carer, copy.rules).isEmpty)
    #expect(try copy.commit(.erase(note)) == nil)
  }

  @Test(
    "nobody writes into an erased record, removes it, restores it or makes it anew",
    arguments: [
      Draft.create(note, kind: "revive"), .set(note, field: "title", .text("b")), .count(note, field: "hours", 1),
      .delete(note), .restore(note),
    ])
  func final(draft: Draft) throws {
    let copy = try Copy(1)
    try copy.commit(.create(note, kind: "revive"), .set(note, field: "title", .text("a")))
    try copy.commit(.erase(note))
    let before = try copy.digest()
    #expect(throws: CommitError.refused(.erased, field: "")) { try copy.commit(draft) }
    #expect(try copy.digest() == before)
  }

  @Test("the words go from the log, and what the same change wrote of another record stays in its history")
  func otherRecords() throws {
    let (writer, hub) = (try Copy(1), try Copy(2))
    let both = try #require(
      try writer.commit(
        .create(note, kind: "revive"), .set(note, field: "title", .text("a")),
        .create(other, kind: "revive"), .set(other, field: "title", .text("b"))))
    try hub.take([both])
    let erasing = try #require(try hub.commit(.erase(note)))
    #expect(try hub.entries().first == .change(both), "no word goes before the erasing is acknowledged")
    try hub.acknowledge(erasing)
    let entry = try #require(try hub.entries().first)
    #expect(entry.digest == both.digest && entry.headerBytes == both.headerBytes)
    #expect(entry.edits == both.edits.filter { $0.record == other })
    try hub.store.read { reader throws in
      #expect(try history(of: RecordKey(board, other), in: reader).count == 1)
      #expect(try history(of: RecordKey(board, note), in: reader).map { $0.edits.map(\.operation) } == [[.erase]])
      guard case .redacted? = try reader.row(of: both.dot, in: board)?.entry else {
        throw StoreError.failed("a whole change")
      }
      #expect(try reader.needsScrub())
    }
    #expect(try hub.shown("title", of: other) == .text("b"))
  }

  @Test("an erasing that is refused leaves everything as it was")
  func refused() throws {
    let copy = try Copy(1)
    let first = try #require(try copy.commit(.create(note, kind: "revive"), .set(note, field: "title", .text("a"))))
    try copy.acknowledge(first)
    let erasing = try #require(try copy.commit(.erase(note)))
    #expect(try copy.shown("title") == nil)
    try copy.refuse(erasing.dot)
    #expect(try copy.shown("title") == .text("a"))
    #expect(try copy.entries().first == .change(first))
  }

  @Test("words that no hub has acknowledged stay, until it has")
  func unsent() throws {
    let (centre, copy) = (try Copy(1), try Copy(2))
    let first = try #require(try centre.commit(.create(note, kind: "revive"), .set(note, field: "title", .text("a"))))
    try copy.take([first])
    let unsent = try #require(try copy.commit(.set(note, field: "title", .text("mine"))))
    try copy.take([try #require(try centre.commit(.erase(note)))])
    #expect(try copy.presence() == .erased)
    #expect(try copy.entries().contains(.change(unsent)))
    try copy.acknowledge(unsent)
    #expect(try copy.entries().allSatisfy { $0.edits.allSatisfy(\.isErasure) })
  }

  @Test("unsent words of an erased record that are refused go to the rescue box whole; others' do not")
  func rescue() throws {
    let (centre, copy) = (try Copy(1), try Copy(2))
    let first = try #require(
      try centre.commit(
        .create(note, kind: "revive"), .create(other, kind: "revive"), .set(note, field: "title", .text("a"))))
    try copy.take([.change(first)], isAcknowledged: false)
    let unsent = try #require(try copy.commit(.set(note, field: "title", .text("mine"))))
    try copy.take([try #require(try centre.commit(.erase(note)))])
    try copy.refuse(unsent.dot, .erased)
    try copy.refuse(first.dot, .erased)
    let rescued = try copy.store.read { try $0.rescued() }
    #expect(rescued.map(\.reason) == [.erased, .erased])
    #expect(rescued[0].change == unsent)
    #expect(rescued[1].change.dot == first.dot && rescued[1].change.edits.map(\.record) == [other])
  }

  @Test("erasing reaches others' work in the rescue box")
  func setAside() throws {
    let (centre, copy) = (try Copy(1), try Copy(2))
    let change = try #require(
      try centre.commit(
        .create(note, kind: "revive"), .create(other, kind: "revive"), .set(note, field: "title", .text("a"))))
    try copy.take([.change(change)], isAcknowledged: false)
    try copy.refuse(change.dot)
    let erasing = try #require(try centre.commit(.erase(note)))
    try copy.take([erasing])
    let rescued = try copy.store.read { try $0.rescued() }
    #expect(rescued.map { $0.change.edits.map(\.record) } == [[other]])
    #expect(rescued.map(\.reason) == [.notAllowed])
  }

  @Test("local rows about an erased record go with it, and no others")
  func beside() throws {
    let copy = try Copy(1)
    try copy.store.write { transaction in
      for record in [note, other] { try LocalState.besideRecords.set(record, of: board, to: [1], in: transaction) }
    }
    try copy.commit(.create(note, kind: "revive"))
    try copy.acknowledge(try #require(try copy.commit(.erase(note))))
    #expect(
      try copy.store.read { reader in
        try [note, other].map { try LocalState.besideRecords.value($0, of: board, in: reader) }
      } == [nil, [1]])
  }

  @Test("a change is the same change however much of it the hub still has")
  func moreOrLess() throws {
    let (writer, copy) = (try Copy(1), try Copy(2))
    let both = try #require(
      try writer.commit(
        .create(note, kind: "revive"), .create(other, kind: "revive"), .set(note, field: "title", .text("a"))))
    try copy.take([both])
    let rest = both.edits.filter { $0.record == other }
    let left = LogEntry.redacted(try RedactedChange(headerBytes: both.headerBytes, redactedBody: encoded(rest)))
    try copy.reinstate(left)
    #expect(try copy.entries() == [left])
    #expect(try copy.state() == nil && copy.state(other) != nil)
    try copy.reinstate(.change(both))
    #expect(try copy.entries() == [.change(both)])
    #expect(try copy.shown("title") == .text("a"))
  }

  private func encoded(_ edits: [Edit]) -> [UInt8] {
    var writer = CBORWriter()
    writer.array(edits.count)
    for edit in edits { edit.encode(into: &writer) }
    return writer.bytes
  }
}
