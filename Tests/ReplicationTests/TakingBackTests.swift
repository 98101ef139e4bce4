// When the hub refuses what was saved: the words go to the rescue box, the records become what they would be without
// them, and everything else goes on (guarantee G5).
// Docs/lessons.md 1 (medic/cht-core#11306, #5701): refused work is kept and shown; later edits do not vanish behind it.

import Replication
import TestKit
import Testing

@Suite struct TakingBackTests {
  /// The hub's copy, with a note, and a carer's copy of it.
  private func hubAndCarer() throws -> (hub: Copy, carer: Copy) {
    let (hub, carer) = (try Copy(9), try Copy(1))
    try hub.commit(
      .create(note, kind: "revive"), .set(note, field: "title", .text("a")), .add(note, field: "tags", .text("x")))
    try carer.take(from: hub)
    return (hub, carer)
  }

  private func set(_ word: String) -> Draft { .set(note, field: "wording", .text(word)) }

  /// The hub takes in what the carer made, but for the refused ones, whose voids it keeps; the carer hears of it.
  private func settle(_ hub: Copy, _ carer: Copy, refusing refused: Set<Dot>) throws {
    for entry in try carer.entries() where entry.dot.replica == id(1) {
      guard case .change(let change) = entry else { continue }
      let isRefused = refused.contains(change.dot)
      try hub.take([isRefused ? .void(VoidEntry(of: change, reason: .notAllowed)) : entry])
      if isRefused { #expect(try carer.refuse(change.dot)) }
    }
    #expect(try carer.bytes() == hub.bytes())
    #expect(try carer.digest() == hub.digest())
  }

  @Test("a refused change becomes a void in its place, and its words are in the rescue box with the reason")
  func void() throws {
    let (_, carer) = try hubAndCarer()
    let change = try #require(try carer.commit(set("b")))
    let later = try #require(try carer.commit(.count(note, field: "hours", 1)))
    #expect(try carer.refuse(change.dot, .notAllowed))
    let rows = try carer.store.read { try $0.rows(after: 0, in: board, bytesMax: .max) }
    #expect(rows.map(\.entry.dot) == [Dot(id(9), 1), change.dot, later.dot])
    #expect(rows[1].entry == .void(VoidEntry(of: change, reason: .notAllowed)))
    #expect(rows.map(\.isAcknowledged) == [true, true, false])
    #expect(try carer.store.read { try $0.rescued() } == [RescuedChange(change: change, reason: .notAllowed)])
    #expect(try carer.shown("wording") == nil)
    #expect(try carer.shown("hours") == .integer(1))
  }

  @Test("a refusal restores what the refused change had superseded")
  func supersededComesBack() throws {
    let (hub, carer) = try hubAndCarer()
    let change = try #require(
      try carer.commit(
        .set(note, field: "title", .text("b")), .remove(note, field: "tags", .text("x")),
        .append(note, field: "comments", .text("mine"))))
    try settle(hub, carer, refusing: [change.dot])
    #expect(try carer.shown("title") == .text("a"))
    #expect(try carer.shown("tags") == .list([.text("x")]))
    #expect(try carer.shown("comments") == nil)
  }

  @Test("a refused delete leaves the record there")
  func refusedDelete() throws {
    let (hub, carer) = try hubAndCarer()
    let delete = try #require(try carer.commit(.delete(note)))
    try settle(hub, carer, refusing: [delete.dot])
    #expect(try carer.presence() == .present)
  }

  @Test("a record whose creation was refused is not there, and its words are kept")
  func refusedCreation() throws {
    let (hub, carer) = try hubAndCarer()
    let change = try #require(try carer.commit(.create(id(2), kind: "revive"), .set(id(2), field: "title", .text("b"))))
    try settle(hub, carer, refusing: [change.dot])
    #expect(try carer.state(id(2)) == nil)
    #expect(try carer.store.read { try $0.rescued() }.map(\.change) == [change])
  }

  // Docs/architecture.md, Causality: a change also lists what the author's own unacknowledged predecessors of that
  // register superseded, so that a refused one in between leaves no false conflict.
  @Test("a refused change between two others leaves no false conflict", arguments: 1...3)
  func inBetween(refusedCount: Int) throws {
    let (hub, carer) = try hubAndCarer()
    try hub.commit(set("first"))
    try carer.take(from: hub)
    let between = try (1...refusedCount).map { try #require(try carer.commit(set("draft \($0)"))) }
    try carer.commit(set("last"))
    try settle(hub, carer, refusing: Set(between.map(\.dot)))
    #expect(try hub.shown("wording") == .text("last"))
    #expect(try hub.conflicts().isEmpty)
    #expect(try hub.state()?.fields["wording"]?.siblings.count == 1)
  }

  @Test("a delete after a refused edit has seen what the edit superseded")
  func deleteAfterRefusedEdit() throws {
    let (hub, carer) = try hubAndCarer()
    let between = try #require(try carer.commit(.set(note, field: "title", .text("b"))))
    try carer.commit(.delete(note))
    try settle(hub, carer, refusing: [between.dot])
    #expect(try hub.presence() == .deleted)
  }

  @Test("a delete after a refused removing of an element has seen the element")
  func deleteAfterRefusedRemoving() throws {
    let (hub, carer) = try hubAndCarer()
    let addedLater = try #require(try hub.commit(.add(note, field: "tags", .text("y"))))
    try carer.take([addedLater])
    let between = try #require(try carer.commit(.remove(note, field: "tags", .text("y"))))
    try carer.commit(.delete(note))
    try settle(hub, carer, refusing: [between.dot])
    #expect(try hub.presence() == .deleted)
  }

  @Test("a restore after a refused delete, and a delete after a refused restore, name nothing refused")
  func existenceInBetween() throws {
    let (hub, carer) = try hubAndCarer()
    let refusedDelete = try #require(try carer.commit(.delete(note)))
    try carer.commit(.restore(note))
    try settle(hub, carer, refusing: [refusedDelete.dot])
    #expect(try hub.state()?.existence.count == 1)
    #expect(try hub.presence() == .present)

    let (otherHub, other) = try hubAndCarer()
    try otherHub.commit(.delete(note))
    try other.take(from: otherHub)
    let refusedRestore = try #require(try other.commit(.restore(note)))
    try other.commit(.delete(note))
    try settle(otherHub, other, refusing: [refusedRestore.dot])
    #expect(try otherHub.state()?.existence.count == 1)
    #expect(try otherHub.presence() == .deleted)
  }

  @Test("the chain goes on over a void")
  func chain() throws {
    let (hub, carer) = try hubAndCarer()
    let refused = try #require(try carer.commit(set("b")))
    try carer.refuse(refused.dot)
    let next = try #require(try carer.commit(set("c")))
    #expect(next.header.previous == refused.digest)
    #expect(next.dot == Dot(id(1), 2))
    #expect(next.header.lamport == refused.header.lamport + 1)
    try hub.take([.void(VoidEntry(of: refused, reason: .notAllowed)), .change(next)])
    #expect(try hub.digest() == carer.digest())
  }

  @Test("refusing again, or refusing what is not here, changes nothing")
  func twice() throws {
    let (_, carer) = try hubAndCarer()
    let change = try #require(try carer.commit(set("b")))
    try carer.refuse(change.dot, .notAllowed)
    let before = try carer.entries()
    #expect(try !carer.refuse(change.dot, .tooLarge))
    #expect(try !carer.refuse(Dot(id(1), 7)))
    #expect(try carer.entries() == before)
    #expect(try carer.store.read { try $0.rescued() }.count == 1)
  }
}
