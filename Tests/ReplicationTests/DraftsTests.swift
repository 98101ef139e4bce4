// Several wishes in one change: later ones see the effect of earlier ones, and none is lost in silence (guarantee G5).

import Replication
import Testing

@Suite struct DraftsTests {
  private func copyWithNote() throws -> Copy {
    let copy = try Copy(1)
    try copy.commit(.create(note, kind: "revive"), .set(note, field: "title", .text("a")))
    return copy
  }

  @Test("a record is made and filled in one change")
  func createAndFill() throws {
    let copy = try Copy(1)
    let change = try #require(
      try copy.commit(
        .create(note, kind: "revive"), .set(note, field: "title", .text("a")), .add(note, field: "tags", .text("x")),
        .create(note, kind: "revive")))
    #expect(change.edits.count == 3)
    #expect(try Change(headerBytes: change.headerBytes, bodyBytes: change.bodyBytes) == change)
  }

  @Test("of two values for one field, only the later is written")
  func setTwice() throws {
    let copy = try copyWithNote()
    let change = try #require(
      try copy.commit(.set(note, field: "title", .text("b")), .set(note, field: "title", .text("c"))))
    #expect(change.edits.count == 1)
    #expect(try copy.shown("title") == .text("c"))
  }

  @Test("two additions to one counter in one change both count")
  func countTwice() throws {
    let copy = try copyWithNote()
    try copy.commit(.count(note, field: "hours", 1), .count(note, field: "hours", 2))
    #expect(try copy.shown("hours") == .integer(3))
  }

  @Test("two entries for one list in one change are both kept, or the change is refused")
  func appendTwice() throws {
    let copy = try copyWithNote()
    do {
      try copy.commit(.append(note, field: "comments", .text("x")), .append(note, field: "comments", .text("y")))
    } catch is CommitError {
      return
    }
    #expect(try copy.shown("comments") == .list([.text("x"), .text("y")]))
  }

  @Test("two values set beside each other in one change are both kept, or the change is refused")
  func setBesideTwice() throws {
    let copy = try copyWithNote()
    do {
      try copy.commit(.setBeside(note, field: "wording", .text("x")), .setBeside(note, field: "wording", .text("y")))
    } catch is CommitError {
      return
    }
    #expect(try copy.conflicts().map(\.values) == [[.text("x"), .text("y")]])
  }

  @Test("an element added and removed in one change is not there")
  func addAndRemove() throws {
    let copy = try copyWithNote()
    try copy.commit(.add(note, field: "tags", .text("x")), .remove(note, field: "tags", .text("x")))
    #expect([nil, .list([])].contains(try copy.shown("tags")))
  }

  @Test("an element removed and added again in one change is there")
  func removeAndAdd() throws {
    let copy = try copyWithNote()
    try copy.commit(.add(note, field: "tags", .text("x")))
    try copy.commit(.remove(note, field: "tags", .text("x")), .add(note, field: "tags", .text("x")))
    #expect(try copy.shown("tags") == .list([.text("x")]))
  }

  @Test("an element that one change adds twice is there once")
  func addTwice() throws {
    let copy = try copyWithNote()
    let change = try #require(
      try copy.commit(
        .add(note, field: "tags", .text("x")), .add(note, field: "tags", .text("x")),
        .add(note, field: "tags", .text("y"))))
    #expect(change.edits.count == 2)
    #expect(try copy.shown("tags") == .list([.text("x"), .text("y")]))
  }

  @Test("an element that one change removes twice is gone")
  func removeTwice() throws {
    let copy = try copyWithNote()
    try copy.commit(.add(note, field: "tags", .text("x")))
    try copy.commit(.remove(note, field: "tags", .text("x")), .remove(note, field: "tags", .text("x")))
    #expect([nil, .list([])].contains(try copy.shown("tags")))
  }

  @Test("a record that one change creates and restores is there")
  func createAndRestore() throws {
    let copy = try Copy(1)
    try copy.commit(
      .create(note, kind: "revive"), .set(note, field: "title", .text("a")), .restore(note))
    #expect(try copy.presence() == .present)
    #expect(try copy.shown("title") == .text("a"))
  }

  @Test("a disputed record that one change deletes and restores is settled: it is there")
  func settleByDeletingAndRestoring() throws {
    let copy = try copyWithNote()
    let chair = try Copy(2)
    try chair.take(from: copy)
    try chair.commit(.set(note, field: "title", .text("b")))
    try copy.commit(.delete(note))
    try copy.take(from: chair)
    #expect(try copy.presence() == .disputed)
    try copy.commit(.delete(note), .restore(note))
    #expect(try copy.presence() == .present)
  }

  @Test("a record written and deleted in one change is deleted, not disputed by its own author")
  func setAndDelete() throws {
    let copy = try copyWithNote()
    try copy.commit(.set(note, field: "title", .text("b")), .delete(note))
    #expect(try copy.presence() == .deleted)
  }

  @Test("a record deleted and written in one change is refused as a deleted record's edit is")
  func deleteAndSet() throws {
    let copy = try copyWithNote()
    #expect(throws: CommitError.refused(.deleted, field: "")) {
      try copy.commit(.delete(note), .set(note, field: "title", .text("b")))
    }
  }

  @Test("a deleted record is restored and written in one change")
  func restoreAndSet() throws {
    let copy = try copyWithNote()
    try copy.commit(.delete(note))
    try copy.commit(.restore(note), .set(note, field: "title", .text("b")))
    #expect(try copy.presence() == .present)
    #expect(try copy.shown("title") == .text("b"))
  }

  @Test("a record deleted and restored in one change is there")
  func deleteAndRestore() throws {
    let copy = try copyWithNote()
    try copy.commit(.delete(note), .restore(note))
    #expect(try copy.presence() == .present)
  }

  @Test("one refused edit refuses the others: a change is whole or not at all")
  func allOrNothing() throws {
    let copy = try copyWithNote()
    #expect(throws: CommitError.self) {
      try copy.commit(.set(note, field: "title", .text("b")), .set(note, field: "stage", .text("nowhere")))
    }
    #expect(try copy.shown("title") == .text("a"))
    #expect(try copy.entries().count == 1)
  }
}
