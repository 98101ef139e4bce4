// Names are data: the hub never takes one person for another, and what it says of people is never a name.

import ClientCore
import HubAdministration
import RecordModel
import Replication
import SQLiteStorage
import SyncHub
import TestKit
import Testing

@Suite("Members' names")
struct MemberNameTests {
  private func invite(_ name: String, _ hub: TestHub, _ person: InviteCommand.Person = .either) throws {
    _ = try hub.administration.run(.invite(member: name, as: person, role: "member", spaces: ["private", "cab"]))
  }

  private func code(_ body: () throws -> Void) -> AdminError.Code? {
    do {
      try body()
      return nil
    } catch { return (error as? AdminError)?.code }
  }

  @Test(
    "an administrator is asked which person is meant by a name that looks like one the hub has",
    arguments: [
      "Sam Lee", "Sam  Lee", " Sam Lee ", "Sam\u{a0}Lee", "sam lee", "S\u{430}m Lee", "Sam L\u{435}\u{435}",
      "\u{ff33}am Lee",
    ])
  func lookAlike(name: String) throws {
    let hub = try TestHub()
    try invite("Sam Lee", hub)
    #expect(code { try invite(name, hub) } == .memberKnown)
    try invite(name, hub, .new)
    #expect(try hub.store.read { try Directory($0).members().count } == 2)
  }

  @Test("a space more or of another kind does not hide a member from an administrator")
  func spacing() throws {
    let hub = try TestHub()
    try invite("Sam\u{a0} Lee", hub)
    #expect(try hub.member("Sam Lee") == hub.store.read { try Directory($0).members()[0].member })
    try invite("Sam   Lee", hub, .known)
    _ = try hub.administration.run(.leave(member: " Sam  Lee", space: "cab"))
    #expect(try hub.store.read { try Directory($0).members().count } == 1)
  }

  @Test(
    "a name that nobody can see whole, or that says what the hub says of people, is refused before anything is written",
    arguments: [
      "", "  ", "\u{200b}", "Sam\nLee", "Sam\u{202e}Lee", "Sam\tLee", "Sam\u{200b}Lee", "you", "You", "y\u{43e}u",
      "the Centre", "The  Centre", "the chair", "Sam, the chair", "Sam (Centre staff)", "import", "somebody",
      String(repeating: "x", count: 65), String(repeating: "ก", count: 65),
    ])
  func refused(name: String) throws {
    let hub = try TestHub()
    #expect(code { try invite(name, hub) } == .badInvitation)
    #expect(try hub.store.read { try Directory($0).members().isEmpty })
  }

  @Test(
    "a name is as long as people count its letters, and may be written in any script",
    arguments: [
      String(repeating: "ก", count: 64), String(repeating: "e\u{301}", count: 64), "O’Brien", "Siân Ó Néill",
      "नीलम शर्मा", "نیم‌فاصله", "Jean-Luc", "Chairman Lee", "Youssef",
    ])
  func taken(name: String) async throws {
    let hub = try TestHub()
    let device = try await hub.joined(name, spaces: ["public", "cab"])
    #expect(try device.copy.membership().name == name)
  }

  @Test("the holder of a role may be called by it, and nobody else")
  func role() throws {
    let hub = try TestHub()
    _ = try hub.administration.run(.invite(member: "the chair", role: "chair", spaces: ["cab"]))
    #expect(try hub.member("the chair") == hub.store.read { try Directory($0).members()[0].member })
  }

  @Test(
    "a conflict about a name is settled with the word for the person's own role, at the hub and on a copy",
    arguments: [true, false])
  func settledName(isAtHub: Bool) async throws {
    let hub = try TestHub()
    let one = try await hub.joined("Sam Lee", role: "chair", spaces: ["cab"])
    let other = try await hub.joined("Sam Lee", role: "chair", spaces: ["cab"], file: "other.db")
    let record = RecordID(try hub.member("Sam Lee"))
    try one.set(record, "name", "the chair")
    try other.set(record, "name", "Samuel Lee")
    for device in [one, other, one] { try await device.send() }
    if isAtHub {
      let question = try #require(try hub.administration.run(.reviewList).questions.first { $0.record == record })
      _ = try hub.administration.run(.reviewSettle(question.id, value: "the chair"))
    } else {
      _ = try one.copy.settle(record.description, field: "name", "the chair")
    }
    for device in [one, other] { try await device.send() }
    #expect(try other.value(record, "name") == .text("the chair"))
    #expect(try other.copy.conflicts().isEmpty)
  }

  @Test("a name that arrives all the same is shown as a name")
  func shown() {
    #expect(MemberName.shown("Sam Lee") == "Sam Lee")
    #expect(MemberName.shown("you") == "somebody called 'you'")
    #expect(MemberName.shown("the  CENTRE") == "somebody called 'the  CENTRE'")
    #expect(MemberName.shown("Sam, the chair", roles: ["the chair"]) == "somebody called 'Sam, the chair'")
    #expect(MemberName.shown("the chair", ownRole: "the chair", roles: ["the chair"]) == "the chair")
    #expect(MemberName.shown("") == "somebody called ''")
  }
}
