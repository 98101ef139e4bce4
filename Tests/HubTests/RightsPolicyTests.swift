// By whose role a change is judged where one member carries another's: after a restore, when a device brings back what
// the hub had.

import BoardModel
import Cryptography
import HubAdministration
import RecordModel
import Replication
import SyncHub
import SyncProtocol
import TestKit
import Testing

@Suite("Rights of authors and carriers")
struct RightsPolicyTests {
  private let rules = RecordModel.board.rules
  private let store = InMemoryStore()
  private let cab: SpaceID

  init() throws {
    cab = try store.write { transaction in
      try AdminService.begin(model: .board, in: transaction)
      try HubIdentity.drawNewEpoch(in: transaction)
      return try #require(try transaction.spaces().first { $0.name == "cab" }).id
    }
  }

  private func invite(_ name: String, as role: String) throws -> (principal: Principal, key: SigningKey) {
    try store.write { try enrol(name, as: role, spaces: [cab], in: $0) }
  }

  /// A new meeting, written by one and brought by another.
  private func outcome(
    ofMeetingBy author: MemberID, attestedBy key: SigningKey, broughtBy carrier: Principal
  ) throws -> Judgement? {
    try store.write { transaction in
      let edit = Edit(record: .random(), kind: "meeting", operation: .makePresent(supersedes: []))
      let change = Change(
        edits: [edit], space: cab, replica: .random(), previous: nil,
        lamport: (try transaction.space(cab)?.lamport ?? 0) + 1, author: author, time: Timestamp(milliseconds: 0),
        modelVersion: rules.version)
      return try judgement(
        on: change, broughtBy: carrier, attestedBy: key, rules: rules, policy: RightsPolicy(rules: rules),
        in: transaction)
    }
  }

  @Test("the author's role decides, whoever carries the work")
  func author() throws {
    let (member, chair) = (try invite("carer", as: "member"), try invite("chair", as: "chair"))
    let hub = try store.read { try HubIdentity.key(in: $0) }
    func outcome(_ author: MemberID, _ key: SigningKey, by carrier: Principal) throws -> Judgement? {
      try self.outcome(ofMeetingBy: author, attestedBy: key, broughtBy: carrier)
    }
    #expect(try outcome(chair.principal.member, chair.key, by: member.principal) == .taken)
    #expect(try outcome(member.principal.member, member.key, by: chair.principal) == .refused(.notAllowed))
    for key in [hub, chair.key] {
      let outcome = try outcome(.importer, key, by: chair.principal)
      #expect(outcome == .later, "the Centre's work comes back in its own log alone")
    }
  }

  @Test("another member's role is no answer for a change's author")
  func anotherPrincipal() throws {
    let (member, chair) = (try invite("carer", as: "member"), try invite("chair", as: "chair"))
    let change = Change(
      edits: [Edit(record: .random(), kind: "meeting", operation: .makePresent(supersedes: []))], space: cab,
      replica: .random(), previous: nil, lamport: 1, author: chair.principal.member, time: Timestamp(milliseconds: 0),
      modelVersion: rules.version)
    func refusal(by principal: Principal?) throws -> RefusalReason? {
      try store.write { try RightsPolicy(rules: rules).refusal(of: change, by: principal, $0) }
    }
    #expect(try refusal(by: chair.principal) == nil)
    #expect(try refusal(by: member.principal) == .notAllowed)
    #expect(try refusal(by: nil) == .notAllowed)
  }

  @Test("the role is the one the hub has now, not the one of an earlier request")
  func now() throws {
    let before = try invite("chair", as: "chair")
    _ = try invite("chair", as: "member")
    let outcome = try outcome(
      ofMeetingBy: before.principal.member, attestedBy: before.key, broughtBy: before.principal)
    #expect(outcome == .refused(.notAllowed))
  }

  @Test("the hub's own key proves nobody's authorship: what it once took comes back in its log alone")
  func hubsKey() throws {
    let chair = try invite("chair", as: "chair")
    let hub = try store.read { try HubIdentity.key(in: $0) }
    let author = chair.principal.member
    #expect(try outcome(ofMeetingBy: author, attestedBy: hub, broughtBy: chair.principal) == .later)
    #expect(try outcome(ofMeetingBy: author, attestedBy: chair.key, broughtBy: chair.principal) == .taken)
  }

  @Test("the work of somebody who does not read the space waits, whoever brings it")
  func notAReader() throws {
    let (member, chair) = (try invite("carer", as: "member"), try invite("chair", as: "chair"))
    _ = try store.write {
      try Directory.leave(cab, member: chair.principal.member, now: Timestamp(milliseconds: 0), $0)
    }
    let outcome = try outcome(ofMeetingBy: chair.principal.member, attestedBy: chair.key, broughtBy: member.principal)
    #expect(outcome == .later)
  }
}
