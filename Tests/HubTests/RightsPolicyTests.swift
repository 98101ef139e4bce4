// By whose role a change is judged where one member carries another's: after a restore, when a device brings back what
// the hub had.

import BoardModel
import HubAdministration
import Replication
import SyncHub
import SyncProtocol
import TestKit
import Testing

@Suite("Rights of authors and carriers")
struct RightsPolicyTests {
  private let rules = BoardModel.standard.rules
  private let store = InMemoryStore()
  private let cab: SpaceID

  init() throws {
    cab = try store.write { transaction in
      try HubActs.begin(model: .standard, in: transaction)
      try HubLife.drawNewEpoch(in: transaction)
      return try #require(try transaction.spaces().first { $0.name == "cab" }).id
    }
  }

  private func invite(_ name: String, as role: String) throws -> Visitor {
    try store.write { transaction in
      let member = try Directory.invite(
        name: name, role: role, spaces: [cab], now: Timestamp(milliseconds: 0), transaction
      ).member
      return try #require(try Directory(transaction).visitor(member))
    }
  }

  /// A new meeting, written by one and brought by another.
  private func outcome(ofMeetingBy author: MemberID, broughtBy carrier: Visitor) throws -> Verdict.Outcome? {
    try store.write { transaction in
      let edit = Edit(record: .random(), kind: "meeting", operation: .makePresent(supersedes: []))
      let change = Change(
        edits: [edit], space: cab, replica: .random(), previous: nil,
        lamport: (try transaction.space(cab)?.lamport ?? 0) + 1, author: author, time: Timestamp(milliseconds: 0),
        modelVersion: rules.version)
      var acceptance = Acceptance(
        rules: rules, policy: RightsPolicy(rules: rules), visitor: carrier, now: Timestamp(milliseconds: 0),
        transaction)
      return try acceptance.take(RawEntry(.change(change)))?.outcome
    }
  }

  @Test("the author's role decides, whoever carries the work")
  func author() throws {
    let (member, chair) = (try invite("carer", as: "member"), try invite("chair", as: "chair"))
    #expect(try outcome(ofMeetingBy: chair.member, broughtBy: member) == .accepted)
    #expect(try outcome(ofMeetingBy: member.member, broughtBy: chair) == .refused(.notAllowed))
    #expect(try outcome(ofMeetingBy: .importer, broughtBy: member) == .accepted)
  }

  @Test("the role is the one the hub has now, not the one of an earlier request")
  func now() throws {
    let before = try invite("chair", as: "chair")
    _ = try invite("chair", as: "member")
    #expect(try outcome(ofMeetingBy: before.member, broughtBy: before) == .refused(.notAllowed))
  }

  @Test("the work of somebody whom a restored hub has forgotten waits until they are invited again")
  func forgotten() throws {
    let member = try invite("carer", as: "member")
    let hub = try store.read { try HubLife.identity(in: $0).hub }
    let chair = try #require(MemberID(bytes: RecordID.fixed(kind: "member", key: "\(hub)/chair").bytes))
    #expect(try outcome(ofMeetingBy: chair, broughtBy: member) == .later)
    #expect(try invite("chair", as: "chair").member == chair)
    #expect(try outcome(ofMeetingBy: chair, broughtBy: member) == .accepted)
  }
}
