// The presence of a record, read from its current deletes and restores under each delete policy; and the question
// asked of a person where one deleted what another was writing.

import Replication
import Testing

@Suite struct PresenceTests {
  private let book = RuleBook.everyPolicy

  /// Two copies of a record with a title; what each then does, the other has not seen.
  private func copies(_ deletes: DeletePolicy) throws -> (Copy, Copy) {
    let (one, other) = (try Copy(1), try Copy(2))
    try one.commit(.create(note, kind: deletes.rawValue), .set(note, field: "title", .text("a")))
    try other.take(from: one)
    return (one, other)
  }

  private func exchange(_ one: Copy, _ other: Copy) throws {
    try one.take(from: other)
    try other.take(from: one)
    #expect(try one.digest() == other.digest())
  }

  @Test(
    "a record is gone once deleted, and back once restored, whole", arguments: [DeletePolicy.archive, .revive, .final])
  func deleteAndRestore(deletes: DeletePolicy) throws {
    let (one, other) = try copies(deletes)
    try one.commit(.delete(note))
    try exchange(one, other)
    #expect(try other.presence() == .deleted)
    try other.commit(.restore(note))
    try exchange(one, other)
    #expect(try one.presence() == .present)
    #expect(try one.shown("title") == .text("a"))
  }

  @Test(
    "the policy decides between a delete and a concurrent write",
    arguments: [(DeletePolicy.archive, Presence.deleted), (.revive, .disputed), (.final, .deleted)])
  func deletedMeanwhile(deletes: DeletePolicy, expected: Presence) throws {
    let (one, other) = try copies(deletes)
    try one.commit(.delete(note))
    let write = try #require(try other.commit(.set(note, field: "title", .text("b"))))
    try exchange(one, other)
    #expect(try one.presence() == expected)
    // Whatever is shown, the words that the delete had not seen can be found (guarantee G5).
    #expect(try one.state()?.valuesUnseenByDeletes == [write.dot])
  }

  @Test(
    "an element, an addition, or an entry that a delete had not seen disputes it too",
    arguments: [
      Draft.add(note, field: "tags", .text("x")), .count(note, field: "hours", 1),
      .append(note, field: "comments", .text("x")), .set(note, field: "place", .text("Leeds")),
    ])
  func everySortOfValue(draft: Draft) throws {
    let (one, other) = try copies(.revive)
    try one.commit(.delete(note))
    try other.commit(draft)
    try exchange(one, other)
    #expect(try one.presence() == .disputed)
  }

  @Test("a disputed record is one question: removed, or not removed")
  func holdingQuestion() throws {
    let (one, other) = try copies(.revive)
    let delete = try #require(try one.commit(.delete(note)))
    let write = try #require(try other.commit(.set(note, field: "title", .text("b"))))
    try exchange(one, other)
    let question = try #require(try one.conflicts().first)
    #expect(question.field == Conflict.removedField)
    #expect(question.values == [.bool(true), .bool(false)])
    #expect(question.rivals.map(\.stamp.dot) == [delete.dot, write.dot])
  }

  @Test("answering for a disputed record ends the question on every copy", arguments: [true, false])
  func answer(isRemoved: Bool) throws {
    let (one, other) = try copies(.revive)
    try one.commit(.delete(note))
    try other.commit(.set(note, field: "title", .text("b")))
    try exchange(one, other)
    try one.commit(isRemoved ? .delete(note) : .restore(note))
    try exchange(one, other)
    #expect(try other.presence() == (isRemoved ? .deleted : .present))
    #expect(try other.conflicts().isEmpty)
    #expect(try other.state()?.existence.count == 1)
  }

  @Test(
    "delete against restore: the later wins under `archive`, a question under `revive`, gone under `final`",
    arguments: [
      (DeletePolicy.archive, false, Presence.deleted), (.archive, true, .present), (.revive, false, .disputed),
      (.revive, true, .disputed), (.final, false, .deleted), (.final, true, .deleted),
    ])
  func deleteAgainstRestore(deletes: DeletePolicy, isRestoreLater: Bool, expected: Presence) throws {
    let (one, other) = try copies(deletes)
    try one.commit(.delete(note))
    try exchange(one, other)
    if isRestoreLater {
      for number: UInt8 in 2...4 { try one.commit(.create(id(number), kind: deletes.rawValue)) }
    }
    try one.commit(.restore(note))
    try other.commit(.restore(note))
    try other.commit(.delete(note))
    try exchange(one, other)
    #expect(try one.state()?.existence.map(\.isDeleted) == [false, true])
    #expect(try one.presence() == expected)
    #expect(try other.presence() == expected)
  }

  @Test("two deletes at the same time are one")
  func twoDeletes() throws {
    let (one, other) = try copies(.revive)
    try one.commit(.delete(note))
    try other.commit(.delete(note))
    try exchange(one, other)
    #expect(try one.presence() == .deleted)
    try one.commit(.restore(note))
    try exchange(one, other)
    #expect(try other.presence() == .present)
  }

  @Test("two deletes that together saw everything dispute nothing")
  func deletesTogetherSawEverything() throws {
    let (one, other) = try copies(.revive)
    try one.commit(.append(note, field: "comments", .text("one")))
    try other.commit(.append(note, field: "comments", .text("other")))
    try one.commit(.delete(note))
    try other.commit(.delete(note))
    try exchange(one, other)
    #expect(try one.presence() == .deleted)
  }

  @Test("records of a kind that is never deleted stay, whatever a stranger's program wrote")
  func never() throws {
    var state = RecordState(kind: "never")
    state.merge(.makePresent(supersedes: []), by: Stamp(by: 1, lamport: 1))
    state.merge(.delete(supersedes: [Dot(id(1), 1)], seen: []), by: Stamp(by: 2, lamport: 2))
    #expect(state.presence(by: .never) == .present)
  }

  @Test("nobody is asked about the fields of a deleted record, and the question is back with the record")
  func conflictsOfDeleted() throws {
    let (one, other) = try copies(.archive)
    try one.commit(.set(note, field: "wording", .text("a")))
    try other.commit(.set(note, field: "wording", .text("b")))
    try exchange(one, other)
    #expect(try one.conflicts().map(\.field) == ["wording"])
    try one.commit(.delete(note))
    #expect(try one.conflicts().isEmpty)
    try one.commit(.restore(note))
    #expect(try one.conflicts().map(\.field) == ["wording"])
  }

  @Test("a kind that the model does not name is read as `archive`")
  func unknownKind() throws {
    var state = RecordState(kind: "poster")
    state.merge(.makePresent(supersedes: []), by: Stamp(by: 1, lamport: 1))
    state.merge(.delete(supersedes: [Dot(id(1), 1)], seen: []), by: Stamp(by: 2, lamport: 2))
    #expect(state.presence(by: book.deletes(of: "poster")) == .deleted)
  }
}
