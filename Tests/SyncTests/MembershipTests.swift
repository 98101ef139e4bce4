// Changes of membership: a new role reaches its member, and a preview says what a change would do without doing it.

import BoardModel
import ClientCore
import Cryptography
import Foundation
import HubAdministration
import RecordModel
import Replication
import SQLiteStorage
import SyncHub
import SyncProtocol
import TestKit
import Testing

@Suite("Changes of membership")
struct MembershipTests {
  let hub: TestHub

  init() throws {
    hub = try TestHub()
  }

  @Test("a member hears of a new role at the next contact")
  func role() async throws {
    let carer = try await hub.joined("carer")
    _ = try hub.administration.run(.invite(member: "carer", as: .known, role: "chair", spaces: ["cab"]))
    #expect(try await carer.send().outcome.progress.role == "chair")
    #expect(try carer.copy.membership().role == "chair")
    #expect(try await carer.send().outcome.progress.role == nil)
  }

  /// Another person of a name joins with a new computer.
  private func joinedNamesake(_ name: String, spaces: [String]) async throws -> TestDevice {
    let invite = InviteCommand.invite(member: name, as: .new, role: "member", spaces: spaces)
    let code = try hub.administration.run(invite).done.code
    let device = try TestDevice("namesake.db", at: hub)
    _ = try await device.copy.join(at: HubEndpoint("test"), code: code, over: device.transport)
    try await device.send()
    return device
  }

  @Test("a second John Smith reads nothing of what the first one wrote for himself alone, and neither is the other")
  func namesakes() async throws {
    let first = try await hub.joined("John Smith", spaces: ["public", "private"])
    _ = try first.copy.add(kind: "private_note", [.text(field: "text", "My diagnosis")], space: nil)
    try await first.send()
    let second = try await joinedNamesake("John Smith", spaces: ["public", "private"])
    #expect(try second.copy.list(kind: "private_note").isEmpty)
    let ids = [try first.copy.membership().member, try second.copy.membership().member]
    #expect(ids[0] != ids[1])
    _ = try second.copy.add(kind: "private_note", [.text(field: "text", "My own")], space: nil)
    for device in [second, first] { try await device.send() }
    #expect(try first.copy.list(kind: "private_note").count == 1 && second.copy.list(kind: "private_note").count == 1)
    // Each is ended, and invited again, by itself.
    #expect(throws: AdminError.self) { try hub.leave("John Smith", "public") }
    try hub.leave(ids[1].description, "public")
    try await first.send()
    #expect(try first.copy.spaces().contains { $0.name == "public" })
    let members = try hub.store.read { try Directory($0).members() }
    #expect(members.first { $0.member == ids[1] }?.left.count == 1 && members.first { $0.member == ids[0] }?.left == [])
    _ = try hub.administration.run(.invite(member: ids[1].description, role: "member", spaces: ["public"]))
    #expect(try hub.store.read { try Directory($0).members().count } == 2)
  }

  @Test("an invitation of a known name asks which person is meant, and makes nobody meanwhile")
  func whichPerson() async throws {
    func code(_ person: InviteCommand.Person, _ name: String = "John Smith") -> AdminError.Code? {
      do {
        _ = try hub.administration.run(.invite(member: name, as: person, role: "member", spaces: ["public"]))
        return nil
      } catch { return error.code }
    }
    func count() throws -> Int { try hub.store.read { try Directory($0).members().count } }
    #expect(code(.known) == .noSuchMember)
    #expect(code(.either) == nil)
    #expect(code(.either) == .memberKnown)
    #expect(try code(.known) == nil && count() == 1)
    #expect(try code(.new) == nil && count() == 2)
    #expect(code(.either) == .memberKnown && code(.known) == .manyMembers)
    #expect(try count() == 2)
  }

  @Test("after a restore, the second John Smith is the second again, and the private notes of both are still theirs")
  func namesakesRestored() async throws {
    let first = try await hub.joined("John Smith", spaces: ["public", "private"])
    try hub.backUp()
    let second = try await joinedNamesake("John Smith", spaces: ["public", "private"])
    _ = try second.copy.add(kind: "private_note", [.text(field: "text", "My own")], space: nil)
    try await second.send()
    let restored = try hub.restored()
    for device in [first, second] { device.connect(to: restored) }
    let invite = InviteCommand.invite(member: "John Smith", as: .new, role: "member", spaces: ["public", "private"])
    let code = try restored.administration.run(invite).done.code
    _ = try await second.copy.join(at: HubEndpoint("test"), code: code, over: second.transport)
    for device in [first, second] { try await device.send() }
    #expect(try second.copy.status().unsent == 0 && first.copy.list(kind: "private_note").isEmpty)
    let space = try second.copy.list(kind: "private_note").map(\.key)
    #expect(try restored.store.read { try $0.record(#require(space.first)) } != nil)
  }

  @Test("a preview says whom a change of membership reaches and what of theirs has not arrived, and changes nothing")
  func preview() async throws {
    let carer = try await hub.joined("carer")
    _ = try await hub.joined("carer", file: "other.db")
    try carer.add("Sent", space: "cab")
    try await carer.send()
    // The connection drops with the answer, so that the hub has heard of what waits and the change is refused a place.
    try carer.store.write { transaction in
      let space = try transaction.spaces().first { $0.name == "cab" }!.id
      let edit = Edit(record: .random(), kind: "event", operation: .makePresent(supersedes: []))
      let change = Change(
        edits: [edit], space: space, replica: .random(), previous: nil, lamport: 99, author: .random(),
        time: Timestamp(milliseconds: 0), modelVersion: 1)
      try Replica(rules: hub.model.rules, in: transaction).apply(.change(change))
    }
    #expect(try await carer.send().unsent == 1)
    let records = try hub.store.read { reader in
      var count = 0
      let space = try reader.spaces().first { $0.name == "cab" }!.id
      try reader.forEachRecord(in: space, kind: nil) { _, _ in count += 1 }
      return count
    }
    let leaving = try hub.administration.run(.leave(member: "carer", space: "cab", isPreview: true)).impact
    #expect(leaving.devices == 2 && leaving.withUnsentWork == 1)
    #expect(leaving.recordsLeaving == records && leaving.recordsArriving == 0)
    let off = try hub.administration.run(
      .deviceRevoke(carer.key.publicKey.fingerprint, reason: "lost", isPreview: true)
    ).impact
    #expect(off.devices == 1 && off.withUnsentWork == 1)
    let arriving = try hub.administration.run(
      .invite(member: "chair", role: "chair", spaces: ["cab"], isPreview: true)
    ).impact
    #expect(arriving.recordsArriving == records)
    #expect(
      try await carer.send().outcome.progress.left.isEmpty && hub.store.read { try Directory($0).members().count } == 1)
  }
}
