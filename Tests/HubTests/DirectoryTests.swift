// Codes and devices: a code joins one computer, once, in time; a token opens one member's spaces and no others.

import BoardModel
import ClientCore
import Foundation
import HubAdministration
import Replication
import SQLiteStorage
import SyncHub
import TestKit
import Testing

@Suite("Directory")
struct DirectoryTests {
  let folder: TemporaryFolder
  let hub: TestHub
  let clock: ManualClock

  init() throws {
    folder = try TemporaryFolder()
    clock = ManualClock()
    hub = try TestHub(folder.file("hub.db"), clock: clock)
  }

  @Test("a code read out over the telephone joins: any case, any spacing, O for 0 and L for 1")
  func spelling() async throws {
    let code = try hub.code(for: "carer")
    let typed = code.lowercased().replacingOccurrences(of: "-", with: " ").replacingOccurrences(of: "0", with: "o")
      .replacingOccurrences(of: "1", with: "l")
    let (visitor, token) = try await hub.hub.join(code: typed, replica: .random())
    #expect(visitor.name == "carer")
    #expect(try hub.hub.visitor(token: token)?.member == visitor.member)
  }

  @Test("a code is spent by the first computer, and of two racing for it one wins")
  func once() async throws {
    let code = try hub.code(for: "carer")
    async let first = try? hub.hub.join(code: code, replica: .random())
    async let second = try? hub.hub.join(code: code, replica: .random())
    let winners = await [first, second].compactMap { $0 }
    #expect(winners.count == 1)
    await #expect(throws: DirectoryError.codeUnknown) { try await hub.hub.join(code: code, replica: .random()) }
  }

  @Test("a computer whose first answer was lost asks again and is one device, not two")
  func lostReply() async throws {
    let code = try hub.code(for: "carer")
    let replica = ReplicaID.random()
    let (_, lost) = try await hub.hub.join(code: code, replica: replica)
    let (_, kept) = try await hub.hub.join(code: code, replica: replica)
    #expect(try hub.hub.visitor(token: kept) != nil)
    #expect(try hub.hub.visitor(token: lost) == nil)
    #expect(try hub.store.read { try Directory($0).deviceCount() } == 1)
  }

  @Test("a code is too old after half an hour")
  func expiry() async throws {
    let code = try hub.code(for: "carer")
    clock.advance(milliseconds: Directory.codeLifetimeMilliseconds)
    await #expect(throws: DirectoryError.codeUnknown) { try await hub.hub.join(code: code, replica: .random()) }
  }

  @Test("neither code nor token can be read from the hub's file")
  func hashedAtRest() async throws {
    let code = try hub.code(for: "carer")
    let (_, token) = try await hub.hub.join(code: code, replica: .random())
    try hub.store.close()
    let bytes = try Data(contentsOf: URL(fileURLWithPath: folder.file("hub.db")))
    for secret in [code, code.replacingOccurrences(of: "-", with: ""), token] {
      #expect(bytes.range(of: Data(secret.utf8)) == nil)
    }
  }

  @Test("a member sees the spaces of their invitations and no others")
  func spaces() async throws {
    let carer = try await TestDevice.joined(folder.file("a.db"), as: "carer", at: hub, spaces: ["cab"])
    #expect(try carer.copy.spaces().map(\.name) == ["cab"])
    _ = try hub.code(for: "carer", spaces: ["public"])
    try await carer.send()
    #expect(try carer.copy.spaces().map(\.name) == ["cab", "public"])
  }

  @Test("private notes have a space of their own, made where an invitation asks for it")
  func privateSpace() async throws {
    let carer = try await TestDevice.joined(folder.file("a.db"), as: "carer", at: hub, spaces: ["cab", "private"])
    let chair = try await TestDevice.joined(folder.file("b.db"), as: "chair", at: hub, spaces: ["cab", "private"])
    let note = try carer.copy.add(kind: "private_note", [.text(field: "text", "ask about buses")], space: nil)
    #expect(note.space == "private:carer")
    try await carer.send()
    try await chair.send()
    #expect(try chair.copy.list(kind: "private_note").isEmpty)
    #expect(try chair.copy.spaces().map(\.name) == ["cab", "private:chair"])
  }

  @Test(
    "an unknown role, space or empty name is told with what there is",
    arguments: [
      HubAct.invite(member: "carer", role: "king", spaces: ["cab"]),
      .invite(member: "carer", role: "member", spaces: ["attic"]),
      .invite(member: " ", role: "member", spaces: ["cab"]), .invite(member: "carer", role: "member", spaces: []),
    ])
  func badInvitations(act: HubAct) throws {
    #expect {
      try hub.acts.run(act)
    } throws: { ($0 as? ActError)?.kind == .usage }
  }
}
