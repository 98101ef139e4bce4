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

  private func invite(_ name: String, as role: String) throws -> (principal: Principal, signer: Signer) {
    try store.write { try enrol(name, as: role, spaces: [cab], in: $0) }
  }

  /// A new meeting, written by one and brought by another.
  private func outcome(
    ofMeetingBy author: MemberID, attestedBy signer: Signer, broughtBy carrier: Principal
  ) throws -> Judgement? {
    try store.write { transaction in
      let edit = Edit(record: .random(), kind: "meeting", operation: .makePresent(supersedes: []))
      let change = Change(
        edits: [edit], space: cab, replica: signer.newName(), previous: nil,
        lamport: (try transaction.space(cab)?.lamport ?? 0) + 1, author: author, time: Timestamp(milliseconds: 0),
        modelVersion: rules.version)
      return try judgement(
        on: change, broughtBy: carrier, attestedBy: signer, rules: rules, policy: RightsPolicy(rules: rules),
        in: transaction)
    }
  }

  @Test("the author's role decides, whoever carries the work")
  func author() throws {
    let (member, chair) = (try invite("carer", as: "member"), try invite("chair", as: "chair"))
    let (hub, importer) = try store.read { (try HubIdentity.key(in: $0), try HubIdentity.importer(in: $0)) }
    func outcome(_ author: MemberID, _ signer: Signer, by carrier: Principal) throws -> Judgement? {
      try self.outcome(ofMeetingBy: author, attestedBy: signer, broughtBy: carrier)
    }
    #expect(try outcome(chair.principal.member, chair.signer, by: member.principal) == .taken)
    #expect(try outcome(member.principal.member, member.signer, by: chair.principal) == .refused(.notAllowed))
    for signer in [Signer(hub), chair.signer] {
      let outcome = try outcome(importer, signer, by: chair.principal)
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
      ofMeetingBy: before.principal.member, attestedBy: before.signer, broughtBy: before.principal)
    #expect(outcome == .refused(.notAllowed))
  }

  @Test("the hub's own key proves nobody's authorship: what it once took comes back in its log alone")
  func hubsKey() throws {
    let chair = try invite("chair", as: "chair")
    let hub = try store.read { try HubIdentity.key(in: $0) }
    let author = chair.principal.member
    #expect(try outcome(ofMeetingBy: author, attestedBy: Signer(hub), broughtBy: chair.principal) == .later)
    #expect(try outcome(ofMeetingBy: author, attestedBy: chair.signer, broughtBy: chair.principal) == .taken)
  }

  @Test("a replica id is theirs whose key it follows from, though the hub has never seen it before")
  func othersName() throws {
    let (member, chair) = (try invite("carer", as: "member"), try invite("chair", as: "chair"))
    let chairs = chair.signer.newName()
    func outcome(by author: MemberID, _ signer: Signer) throws -> Judgement? {
      try store.write { transaction in
        let edit = Edit(record: .random(), kind: "meeting", operation: .makePresent(supersedes: []))
        let change = Change(
          edits: [edit], space: cab, replica: chairs, previous: nil,
          lamport: (try transaction.space(cab)?.lamport ?? 0) + 1, author: author, time: Timestamp(milliseconds: 0),
          modelVersion: rules.version)
        return try judgement(
          on: change, broughtBy: member.principal, attestedBy: signer, rules: rules,
          policy: RightsPolicy(rules: rules), in: transaction)
      }
    }
    let thief = member.principal.member
    #expect(try outcome(by: thief, member.signer) == .later)
    #expect(try outcome(by: thief, Signer(member.signer.key, salts: chair.signer.allSalts)) == .later)
    #expect(try outcome(by: thief, chair.signer) == .later)
    #expect(try outcome(by: chair.principal.member, chair.signer) == .taken)
  }

  @Test("the work of somebody who does not read the space waits, whoever brings it")
  func notAReader() throws {
    let (member, chair) = (try invite("carer", as: "member"), try invite("chair", as: "chair"))
    _ = try store.write {
      try Directory.leave(cab, member: chair.principal.member, now: Timestamp(milliseconds: 0), $0)
    }
    let outcome = try outcome(
      ofMeetingBy: chair.principal.member, attestedBy: chair.signer, broughtBy: member.principal)
    #expect(outcome == .later)
  }
}
