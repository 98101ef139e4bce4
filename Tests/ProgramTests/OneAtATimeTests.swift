// Two processes over one folder: the second is turned away in plain words, or does its act through the first.

import Foundation
import ProgramKit
import Replication
import Testing

@Suite("One process a folder", .serialized, .timeLimit(.minutes(5)))
struct OneAtATimeTests {
  let workshop: Workshop

  init() throws {
    workshop = try Workshop()
  }

  @Test("while a session holds a copy, another program is told to try again")
  func heldCopy() async throws {
    _ = try await workshop.begin("carer")
    let session = try workshop.start("board", ["--home", workshop.file("carer")], input: .pipe)
    _ = try await session.firstLine()
    for words in [["record", "list", "event"], ["send"], ["record", "add", "event", "title=Tea"]] {
      let second = try await workshop.board("carer", words)
      #expect(second.end == .exit(75) && second.errorCode == "inUse" && second.output.isEmpty, "\(second.errors)")
    }
    let plain = try await workshop.run("board", ["--home", workshop.file("carer"), "events"])
    #expect(plain.end == .exit(75) && !plain.errors.contains("{") && plain.errors.hasSuffix(".\n"), "\(plain.errors)")
    try session.write("quit\n")
    #expect(await session.outcome().end == .exit(0))
    try await workshop.done("carer", "record", "add", "event", "title=Tea")
  }

  @Test("commands work while the hub is served and last; a second hub and a restore are turned away")
  func servedHub() async throws {
    let hub = try await workshop.begin("carer")
    let seed = try await workshop.hubDone("import", Fixtures.seed)
    #expect(seed["added"].number == 214)
    let status = try await workshop.hubDone("status")
    #expect(status["members"].number == 1 && status["devices"].number == 1)
    #expect(try await workshop.hubDone("review list")["questions"].items.count == 12)
    let unknown = try await workshop.hub("review show", "99")
    #expect(unknown.end == .exit(65) && unknown.errorCode == "noSuchQuestion")
    try await workshop.hubDone("backup", workshop.file("backup.db"))

    let second = try await workshop.run("board-hub", ["serve", "--data", workshop.hubFolder, "--port", "0"])
    #expect(second.end == .exit(75) && second.output.isEmpty && !second.errors.isEmpty)
    let restore = try await workshop.hub("restore", workshop.file("backup.db"))
    #expect(restore.end == .exit(75) && restore.errorCode == "inUse")
    let again = try await workshop.hub("init")
    #expect(again.end == .exit(64) && again.errorCode == "alreadyAHub")
    #expect(try await workshop.done("carer", "send")["unsent"].number == 0)
    let digest = try await workshop.hubDone("digest")
    await hub.stop()
    #expect(try await workshop.hubDone("digest") == digest)
  }

  @Test("while another command uses an unserved hub's data, the next is told at once to try again")
  func heldHub() async throws {
    try await workshop.hubDone("init")
    let lock = workshop.file("hub/hub.db.lock")
    let holder = try workshop.start(
      "/usr/bin/flock", ["--no-fork", lock, "/bin/bash", "-c", "echo held; read -r"], input: .pipe)
    _ = try await holder.firstLine()
    let taken = try await ContinuousClock().measure {
      let outcome = try await workshop.hub("status")
      #expect(outcome.end == .exit(75) && outcome.errorCode == "notAnswering", "\(outcome.errors)")
    }
    #expect(taken < .seconds(10))
    try holder.closeInput()
    _ = await holder.outcome()
    try await workshop.hubDone("status")
  }
}

/// Files the tests read.
enum Fixtures {
  private static let tests = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
  static let seed = tests.appendingPathComponent("Fixtures/seed-records.jsonl").path
  static let fakeHub = tests.appendingPathComponent("ProgramTests/fake-hub.py").path
  static let openAPI = tests.deletingLastPathComponent().appendingPathComponent("Server/HubHTTP/openapi.json").path
  static let openAPIHooks = tests.appendingPathComponent("ProgramTests/openapi_hooks.py").path
  static let stranger = tests.appendingPathComponent("WireTests/client.py").path
}
