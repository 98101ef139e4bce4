// The administrator's acts while a hub is served: through a socket that is its owner's alone.

import Foundation
import HubAdministration
import HubHTTP
import Replication
import TestKit
import Testing

@Suite("The administrator's door", .timeLimit(.minutes(5)))
struct AdminSocketTests {
  @Test("acts reach the serving process and answer as they would without it; errors come back whole")
  func acts() async throws {
    try await LoopbackHub.open { door in
      let client = AdminSocketClient(folder: door.folder)
      let invited = try await client.run(.invite(member: "the carer", role: "member", spaces: ["public"]))
      guard case .object(let fields) = invited else {
        Issue.record("no invitation")
        return
      }
      #expect(Set(fields.keys) == ["code", "expires"])
      #expect(try await client.run(.digest) == door.hub.acts.run(.digest))
      #expect(try await client.run(.status) == door.hub.acts.run(.status))
      #expect(try await client.run(.verify) == door.hub.acts.run(.verify))
      for space in [nil, "public"] {
        #expect(try await client.run(.audit(space: space)) == door.hub.acts.run(.audit(space: space)))
      }
      let backup = door.folder.path + "/backup.db"
      _ = try await client.run(.backup(path: backup))
      #expect(FileManager.default.fileExists(atPath: backup))
      let wrong: [AdminCommand] = [
        .invite(member: "", role: "member", spaces: ["public"]), .invite(member: "x", role: "king", spaces: ["public"]),
        .invite(member: "x", role: "member", spaces: ["moon"]), .reviewShow("7"), .reviewSettle("7", value: "x"),
        .importFile(text: "{", set: nil), .importFile(text: "", set: "moon"), .backup(path: backup),
      ]
      for act in wrong {
        let here = await refusal { try door.hub.acts.run(act) }
        let there = await refusal { try await client.run(act) }
        #expect(here != nil && there == here)
      }
    }
  }

  private func refusal(_ act: () async throws -> JSON) async -> AdminError? {
    do {
      _ = try await act()
      return nil
    } catch { return error as? AdminError }
  }

  @Test("the socket is its owner's alone and takes nothing but acts")
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
        let line = try RawConnection(socket: path)
        await line.send(request("POST", "/act", [], body))
        let answer = await line.answer()
        let told = String(decoding: body.prefix(40), as: UTF8.self)
        #expect(answer.status == 400 && answer.problem == "badAct", "\(told)")
      }
      for (method, route) in [("GET", "/act"), ("POST", "/v1/sync"), ("POST", "/")] {
        let line = try RawConnection(socket: path)
        await line.send(request(method, route))
        #expect(await line.answer().problem == "notFound")
      }
      let line = try RawConnection(socket: path)
      await line.send(Array("noise\r\n\r\n".utf8))
      #expect(await line.answer().problem == "badRequest")
      _ = try await AdminSocketClient(folder: door.folder).run(.status)
    }
  }

  @Test("where nobody serves, an act is told to try again")
  func nobody() async throws {
    let folder = try TemporaryFolder()
    let expected = AdminError(.busy, "notAnswering", "The hub is in use but does not answer. Try again in a moment.")
    await #expect(throws: expected) {
      try await AdminSocketClient(folder: HubFolder(path: folder.path)).run(.status)
    }
  }
}
