// A disk with no room, as a limit on the size of files: the act says so, nothing is half done, and with room again
// everything goes on.

import Foundation
import ProgramKit
import Replication
import Testing

@Suite("A full disk", .serialized, .timeLimit(.minutes(5)))
struct FullDiskTests {
  let workshop: Workshop
  /// About 100 kB of words: more than one change's limit would be refused for another reason.
  private let longTitle = "title=" + String(repeating: "Tea and talk. ", count: 7_000)

  init() throws {
    workshop = try Workshop()
  }

  /// No file may grow beyond so many KiB; writing fails instead of ending the program.
  private func limit(_ kibibytes: Int) -> String { "trap '' XFSZ; ulimit -f \(kibibytes)" }

  @Test("a member whose disk is full is told so, keeps what was saved, and goes on when there is room (G2)")
  func member() async throws {
    _ = try await workshop.begin("carer")
    try await workshop.done("carer", "record", "add", "event", "title=Before")
    let before = try await workshop.done("carer", "digest")
    for room in [1, 4, 16, 48, 64] {
      let words = ["--home", workshop.file("carer"), "--json", "record", "add", "event", longTitle]
      let outcome = try await workshop.run("board", words, under: limit(room))
      #expect(outcome.end == .exit(74) && outcome.output.isEmpty, "\(room): \(outcome.end) \(outcome.output)")
      #expect(outcome.errorCode == "full", "\(room): \(outcome.errors)")
      #expect(try await workshop.done("carer", "digest") == before)
      #expect(try await workshop.unsent("carer") == 1)
    }
    try await workshop.done("carer", "record", "add", "event", longTitle)
    #expect(try await workshop.done("carer", "send")["sent"].number == 2)
    try await workshop.expectEqual("carer")
  }

  @Test("a hub whose disk is full takes nothing in halves and takes everything when there is room (G3)")
  func hub() async throws {
    let hub = try await workshop.begin("carer")
    for _ in 0..<8 { try await workshop.done("carer", "record", "add", "event", longTitle) }
    await hub.stop()
    let before = try await workshop.hubDone("digest")
    let full = try await workshop.serve(port: hub.port, under: limit(160))
    let sent = try await workshop.board("carer", "send")
    #expect(sent.end == .exit(75), "\(sent.end) \(sent.errors)")
    #expect(try await workshop.unsent("carer") == 8)
    #expect(try await workshop.hubDone("digest") == before)
    await full.stop()
    _ = try await workshop.serve(port: hub.port)
    #expect(try await workshop.done("carer", "send")["sent"].number == 8)
    try await workshop.expectEqual("carer")
  }

  @Test("an import or a backup that does not fit leaves nothing behind")
  func importAndBackup() async throws {
    try await workshop.hubDone("init")
    let before = try await workshop.hubDone("digest")
    let words = ["import", "--data", workshop.hubFolder, "--json", Fixtures.seed]
    let imported = try await workshop.run("board-hub", words, under: limit(128))
    #expect(imported.end == .exit(74) && imported.errorCode == "diskFull", "\(imported.end) \(imported.errors)")
    #expect(try await workshop.hubDone("digest") == before)
    try await workshop.hubDone("import", Fixtures.seed)
    try FileManager.default.createDirectory(atPath: workshop.file("backups"), withIntermediateDirectories: false)
    let copy = workshop.file("backups/backup.db")
    let backup = try await workshop.run(
      "board-hub", ["backup", "--data", workshop.hubFolder, "--json", copy], under: limit(128))
    #expect(backup.end == .exit(74) && backup.errorCode == "diskFull", "\(backup.end) \(backup.errors)")
    let left = try FileManager.default.contentsOfDirectory(atPath: workshop.file("backups"))
    #expect(left.isEmpty, "\(left)")
  }
}
