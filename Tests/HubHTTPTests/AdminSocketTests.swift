// The administrator's commands while a hub is served: through a socket that is its owner's alone.

import Dispatch
import Foundation
import HubAdministration
import HubHTTP
import JSONText
import Replication
import SyncHub
import TestKit
import Testing

@Suite("The admin socket", .timeLimit(.minutes(5)))
struct AdminSocketTests {
  @Test("commands reach the serving process and answer as they would without it; errors come back whole")
  func commands() async throws {
    try await LoopbackHub.open { door in
      let client = AdminSocketClient(folder: door.folder)
      let invited = try await client.run(.invite(member: "the carer", role: "member", spaces: ["public"]))
      guard case .object(let fields) = invited.json else {
        Issue.record("no invitation")
        return
      }
      #expect(Set(fields.keys) == ["code", "expires"])
      #expect(try await client.run(.digest) == door.hub.administration.run(.digest))
      #expect(try await client.run(.status) == door.hub.administration.run(.status))
      #expect(try await client.run(.verify) == door.hub.administration.run(.verify))
      for space in [nil, "public"] {
        var told: [AuditReport.Entry] = []
        let report = try await client.run(.audit(space: space)) { told += $0 }
        let here = try door.hub.administration.audit(space: space)
        #expect(report == here.report && told == here.entries && !told.isEmpty)
      }
      let backup = door.folder.path + "/backup.db"
      _ = try await client.run(.backup(path: backup))
      #expect(FileManager.default.fileExists(atPath: backup))
      let wrong: [any AdminCommand] = [
        InviteCommand.invite(member: "", role: "member", spaces: ["public"]),
        InviteCommand.invite(member: "x", role: "king", spaces: ["public"]),
        InviteCommand.invite(member: "x", role: "member", spaces: ["moon"]), ReviewShowCommand.reviewShow("7"),
        ReviewSettleCommand.reviewSettle("7", value: "x"), ImportCommand.importFile("/nowhere"),
        ImportCommand.importFile(door.folder.path), BackupCommand.backup(path: backup),
      ]
      for command in wrong { try await expectRefused(command, by: client, at: door.hub) }
    }
  }

  private func expectRefused(_ command: some AdminCommand, by client: AdminSocketClient, at hub: TestHub) async throws {
    let here = await refusal { _ = try hub.administration.run(command) }
    let there = await refusal { _ = try await client.run(command) }
    #expect(here != nil && there == here)
  }

  private func refusal(_ command: () async throws -> Void) async -> AdminError? {
    do {
      try await command()
      return nil
    } catch { return error as? AdminError }
  }

  @Test("commands that take long delay neither another command nor a member's request", .timeLimit(.minutes(1)))
  func slow() async throws {
    let (started, gate) = (AsyncStream.makeStream(of: Void.self), DispatchSemaphore(value: 0))
    // More than there are threads in the cooperative pool.
    let count = 2 * ProcessInfo.processInfo.activeProcessorCount + 2
    let backUp: @Sendable (String) throws -> Void = { _ in
      started.continuation.yield()
      gate.wait()
    }
    try await LoopbackHub.open(backUp: backUp) { door in
      let client = AdminSocketClient(folder: door.folder)
      try await withThrowingTaskGroup(of: Void.self) { group in
        for _ in 0..<count { group.addTask { _ = try await client.run(.backup(path: "/nowhere")) } }
        defer { for _ in 0..<count { gate.signal() } }
        var begun = started.stream.makeAsyncIterator()
        for _ in 0..<count { await begun.next() }
        #expect(try await door.isHealthy())
        _ = try await client.run(.status)
        for _ in 0..<count { gate.signal() }
        try await group.waitForAll()
      }
      let doors = try door.hub.administration.audit().entries.compactMap { entry in
        if case .event(let event) = entry, event.event == .backup { event.actor.door } else { nil }
      }
      #expect(doors == Array(repeating: .socket, count: count))
    }
  }

  @Test("the socket is its owner's alone and accepts nothing but commands")
  func socket() async throws {
    try await LoopbackHub.open { door in
      let path = door.folder.socket
      #expect(try FileManager.default.attributesOfItem(atPath: path)[.posixPermissions] as? Int == 0o600)
      let bad: [[UInt8]] = [
        [], Array("{".utf8), Array("[]".utf8), Array(#"{"act":"dance"}"#.utf8), Array(#"{"act":"import"}"#.utf8),
        Array(#"{"act":"status","act":"digest"}"#.utf8), Array(#"{"act":7}"#.utf8),
        [UInt8](repeating: 0x5b, count: 200_000), [0xff, 0xfe],
      ]
      for body in bad {
        let connection = try RawConnection(socket: path)
        await connection.send(request("POST", "/act", [], body))
        let answer = await connection.answer()
        let told = String(decoding: body.prefix(40), as: UTF8.self)
        #expect(answer.status == 400 && answer.problem == "badAct", "\(told)")
      }
      for (method, route) in [("GET", "/act"), ("POST", "/v1/sync"), ("POST", "/")] {
        let connection = try RawConnection(socket: path)
        await connection.send(request(method, route))
        #expect(await connection.answer().problem == "notFound")
      }
      let connection = try RawConnection(socket: path)
      await connection.send(Array("noise\r\n\r\n".utf8))
      #expect(await connection.answer().problem == "badRequest")
      _ = try await AdminSocketClient(folder: door.folder).run(.status)
    }
  }

  @Test("a command to a hub that is not served is told to try again")
  func nobody() async throws {
    let folder = try TemporaryFolder()
    let expected = AdminError(
      .notAnswering, "The hub is in use but does not answer. Try again in a moment.")
    await #expect(throws: expected) {
      try await AdminSocketClient(folder: HubFolder(path: folder.path)).run(.status)
    }
  }
}

extension AdminSocketClient {
  fileprivate func run<Command: AdminCommand>(
    _ command: Command
  ) async throws(AdminError) -> Command.Answer {
    try await run(command) { _ in }
  }
}
