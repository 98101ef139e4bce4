// What a role may not do: a person hears so before it is saved, and a program that does not ask hears so from the hub.
// Roles change while people are away; then nothing they wrote is lost, and nothing of it stands.

import BoardModel
import ClientCore
import HubAdministration
import RecordModel
import Replication
import SQLiteStorage
import SyncHub
import SyncProtocol
import TestKit
import Testing

@Suite("Rights")
struct RightsTests {
  let hub: TestHub

  init() throws {
    hub = try TestHub(
      model: .board, policy: RightsPolicy(rules: RecordModel.board.rules))
  }

  private func device(_ role: String) async throws -> TestDevice {
    try await hub.joined("the \(role)", role: role)
  }

  private func add(_ kind: String, _ field: String, _ words: String, on device: TestDevice) throws -> RecordID {
    try device.copy.add(kind: kind, [.text(field: field, words)], space: "cab").id
  }

  /// Saves what the member's own program would not have saved.
  private func slip(_ drafts: [Draft], on device: TestDevice) throws {
    let member = try device.copy.membership().member
    let cab = try device.space("cab")
    _ = try device.store.write {
      try Replica(rules: hub.model.rules, in: $0).commit(
        drafts, in: cab, by: member, at: Timestamp(milliseconds: 0), isHome: false)
    }
  }

  private func change(role: String, of name: String) throws {
    _ = try hub.code(for: name, role: role, spaces: ["cab"])
  }

  @Test("a member hears who may do it while the words are still on the screen")
  func heardHere() async throws {
    let (member, chair) = (try await device("member"), try await device("chair"))
    let meeting = try add("meeting", "place", "Muirhead Tower", on: chair)
    let item = try add("agenda_item", "title", "Buses", on: chair)
    try await chair.send()
    try await member.send()
    #expect {
      try member.set(meeting, "place", "Town Hall")
    } throws: { error in
      guard case ClientError.notAllowed(.notAllowed, let rights) = error else { return false }
      return rights.writers == ["the chair", "the note taker", "Centre staff", "the data administrator"]
        && !rights.isOpenToCreator
    }
    #expect {
      try member.set(item, "title", "Buses after six")
    } throws: { error in
      if case ClientError.notAllowed(.suggestOnly, _) = error { true } else { false }
    }
    #expect(throws: ClientError.self) { try member.copy.remove(item.description) }
    #expect(throws: ClientError.self) { try add("decision", "wording", "Yes", on: member) }
    #expect(try member.copy.status().unsent == 0)
    #expect(try member.value(meeting, "place") == .text("Muirhead Tower"))
  }

  @Test("a member comments, replies, asks, and says that an action is done")
  func mayDo() async throws {
    let (member, taker) = (try await device("member"), try await device("note-taker"))
    let meeting = try add("meeting", "title", "Spring", on: taker)
    let item = try add("agenda_item", "title", "Buses", on: taker)
    let action = try add("action", "what", "Ask about buses", on: taker)
    try await taker.send()
    try await member.send()
    _ = try add("view", "text", "They stop at six", on: member)
    let reply = try member.copy.add(
      kind: "reply", [.text(field: "meeting_ref", meeting.description), .text(field: "answer", "by phone")],
      space: "cab"
    ).id
    try member.set(item, "questions", "Who pays?")
    try member.set(action, "status", "ended")
    try member.set(action, "how_it_ended", "done")
    let own = try #require(RecordID(bytes: member.copy.membership().member.bytes))
    try member.set(own, "language", "Welsh")
    #expect(try await member.send().outcome.counts.refused == 0)
    try await taker.send()
    try taker.set(reply, "marked", "by phone")
    #expect(try await taker.send().outcome.counts.refused == 0)
    try await member.send()
    #expect(throws: ClientError.self) { try member.set(reply, "marked", "present") }
    #expect(try member.digest(of: "cab") == hub.digest(of: "cab"))
  }

  @Test("a program that does not check is refused by the hub with the reason, and its other work goes on")
  func slipped() async throws {
    let (member, chair) = (try await device("member"), try await device("chair"))
    let item = try add("agenda_item", "title", "Buses", on: chair)
    let other = try add("agenda_item", "title", "Parking", on: chair)
    let view = try add("view", "text", "They stop at six", on: chair)
    try await chair.send()
    try await member.send()
    let own = RecordID.make(at: Timestamp(milliseconds: 1))
    try slip([.set(item, field: "title", .text("Trains"))], on: member)
    try slip([.set(view, field: "text", .text("They never stop"))], on: member)
    try slip(
      [.create(own, kind: "view"), .set(own, field: "text", .text("Mine")), .delete(other)], on: member)
    try slip([.set(item, field: "title", .text("Trams")), .set(view, field: "used", .bool(true))], on: member)
    _ = try add("view", "text", "I agree", on: member)
    #expect(try await member.send().outcome.counts.refused == 4)
    #expect(
      try member.copy.rescued().map(\.reason) == [.suggestOnly, .notAllowed, .suggestOnly, .notAllowed])
    #expect(try member.value(item, "title") == .text("Buses"))
    #expect(try member.copy.list(kind: "view").count == 2)
    #expect(try member.digest(of: "cab") == hub.digest(of: "cab"))
  }

  @Test("a record stays its creator's though another removes and restores it")
  func creator() async throws {
    let (member, taker) = (try await device("member"), try await device("note-taker"))
    let reply = try add("reply", "answer", "coming", on: member)
    try await member.send()
    try await taker.send()
    _ = try taker.copy.remove(reply.description)
    _ = try taker.copy.restore(reply.description)
    try await taker.send()
    try await member.send()
    try member.set(reply, "answer", "not coming")
    _ = try member.copy.remove(reply.description)
    _ = try member.copy.restore(reply.description)
    #expect(try await member.send().outcome.counts.refused == 0)
  }

  @Test("nobody but the Centre creates the record of a member, and nobody writes another's")
  func memberRecords() async throws {
    let (member, chair) = (try await device("member"), try await device("chair"))
    try await chair.send()
    try await member.send()
    let other = try #require(RecordID(bytes: chair.copy.membership().member.bytes))
    let made = RecordID.make(at: Timestamp(milliseconds: 1))
    let own = try #require(RecordID(bytes: member.copy.membership().member.bytes))
    #expect(throws: ClientError.self) { try member.set(other, "name", "Nobody") }
    #expect(throws: ClientError.self) { try member.set(own, "role", "chair") }
    try slip([.set(other, field: "name", .text("Nobody"))], on: member)
    try slip([.set(own, field: "role", .text("chair"))], on: member)
    try slip([.create(made, kind: "member"), .set(made, field: "name", .text("Ghost"))], on: member)
    #expect(try await member.send().outcome.counts.refused == 3)
    #expect(try member.copy.membership().role == "member")
  }

  @Test("words written offline under a role that was lowered wait in the rescue box with the reason")
  func lowered() async throws {
    let (chair, member) = (try await device("chair"), try await device("member"))
    let meeting = try add("meeting", "place", "Muirhead Tower", on: chair)
    try await chair.send()
    try chair.set(meeting, "place", "Town Hall")
    _ = try add("view", "text", "I will miss this", on: chair)
    try change(role: "member", of: "the chair")
    let report = try await chair.send()
    #expect(report.outcome.counts.refused == 1 && report.unsent == 0)
    #expect(try chair.copy.rescued().map(\.reason) == [.notAllowed])
    #expect(try chair.value(meeting, "place") == .text("Muirhead Tower"))
    try await member.send()
    #expect(try member.value(meeting, "place") == .text("Muirhead Tower"))
    #expect(try chair.digest(of: "cab") == hub.digest(of: "cab"))
    #expect(try chair.copy.membership().role == "member")
    #expect(throws: ClientError.self) { try chair.set(meeting, "place", "Library") }
  }

  @Test("a raised role is in force at the next request, and the device hears of it then")
  func raised() async throws {
    let (chair, member) = (try await device("chair"), try await device("member"))
    let meeting = try add("meeting", "place", "Muirhead Tower", on: chair)
    try await chair.send()
    try await member.send()
    try change(role: "chair", of: "the member")
    try slip([.set(meeting, field: "place", .text("Town Hall"))], on: member)
    #expect(try await member.send().outcome.counts.refused == 0)
    try member.set(meeting, "place", "Library")
    #expect(try await member.send().outcome.counts.refused == 0)
    #expect(try hub.store.read { try Directory($0).members().filter { $0.role == "chair" }.count } == 2)
  }

  @Test("an invitation cannot name a space that the role may not read")
  func readers() throws {
    func refused(_ role: String, _ spaces: [String], of name: String) -> Bool {
      do {
        _ = try hub.code(for: name, role: role, spaces: spaces)
        return false
      } catch { return (error as? AdminError)?.code == .notForRole }
    }
    #expect(refused("partner", ["public"], of: "another university"))
    #expect(refused("member", ["cab", "staff"], of: "the carer"))
    _ = try hub.code(for: "the helper", role: "centre-staff", spaces: ["staff"])
    #expect(refused("member", ["cab"], of: "the helper"))
    let members = try hub.store.read { try Directory($0).members() }
    #expect(members.map(\.name) == ["the helper"] && members.map(\.role) == ["centre-staff"])
  }
}
