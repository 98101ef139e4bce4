// A restore takes back no erasing, no revoking and no leaving, through the real programs and their files.

import Foundation
import JSONText
import ProgramKit
import Testing

@Suite("The ledger's file", .serialized, .timeLimit(.minutes(5)))
struct LedgerProgramTests {
  let workshop: Workshop
  private let canary = "CANARY-5b1e"

  init() throws {
    workshop = try Workshop()
  }

  private var ledger: String { workshop.file("hub/hub.ledger") }

  private func mark(of member: String) async throws -> String {
    let devices = try await workshop.hubDone("device list")["devices"].items
    return try #require(devices.first { $0["member"].word == member }?["fingerprint"].word)
  }

  /// Adds an event of words, which the hub and both members then have.
  private func event(_ title: String) async throws -> String {
    let id = try #require(try await workshop.done("carer", "record", "add", "event", "title=\(title)")["id"].word)
    for member in ["carer", "chair"] { try await workshop.done(member, "send") }
    return id
  }

  @Test("words that were erased since the backup are in no file of the restored hub, nor of who visits it")
  func erased() async throws {
    let hub = try await workshop.begin("carer", "chair")
    let event = try await event(canary)
    try await workshop.hubDone("backup", workshop.file("backup.db"))
    try await workshop.hubDone("erase", event, "--reason", "asked")
    await hub.stop()
    let restored = try await workshop.hubDone("restore", workshop.file("backup.db"))
    #expect(restored["erased"].number == 1 && restored["ledgerMissing"] == .bool(false))
    #expect(try workshop.files("hub", holding: canary) == [])
    _ = try await workshop.serve(port: hub.port)
    for member in ["carer", "chair", "carer"] { try await workshop.done(member, "send") }
    for folder in ["hub", "carer", "chair"] { #expect(try workshop.files(folder, holding: canary) == [], "\(folder)") }
    try await workshop.expectEqual("carer", "chair")
    #expect("\(try await workshop.hubLines("audit"))".contains("\"erase\""))
  }

  @Test("a laptop that was revoked since the backup is refused by the restored hub, too")
  func revoked() async throws {
    let hub = try await workshop.begin("carer", "chair")
    try await workshop.hubDone("backup", workshop.file("backup.db"))
    try await workshop.hubDone("device revoke", mark(of: "carer"), "--reason", "stolen")
    await hub.stop()
    #expect(try await workshop.hubDone("restore", workshop.file("backup.db"))["revoked"].number == 1)
    _ = try await workshop.serve(port: hub.port)
    try await workshop.done("carer", "record", "add", "event", "title=By the thief")
    #expect(try await workshop.board("carer", "send").errorCode == "revoked")
    try await workshop.done("chair", "send")
    #expect(!"\(try await workshop.done("chair", "record", "list", "event"))".contains("By the thief"))
  }

  @Test("who left since the backup has left the restored hub, and who came back since is not put out")
  func left() async throws {
    let hub = try await workshop.begin("carer", "chair")
    try await workshop.hubDone("backup", workshop.file("backup.db"))
    for member in ["carer", "chair"] { try await workshop.hubDone("leave", "--member", member, "--space", "cab") }
    _ = try await workshop.code(for: "chair", again: true)
    await hub.stop()
    #expect(try await workshop.hubDone("restore", workshop.file("backup.db"))["left"].number == 1)
    _ = try await workshop.serve(port: hub.port)
    for member in ["carer", "chair"] { try await workshop.done(member, "send") }
    #expect(try await workshop.done("carer", "status")["spaces"].items.map { $0["name"].word } == ["public"])
    #expect(try await workshop.done("chair", "status")["spaces"].items.count == 2)
  }

  @Test("a database that was put back by hand is made to agree with the newer ledger when it is next opened")
  func rolledBack() async throws {
    let hub = try await workshop.begin("carer", "chair")
    let event = try await event(canary)
    await hub.stop()
    try workshop.replace("old.db", withCopyOf: "hub/hub.db")
    try await workshop.hubDone("erase", event, "--reason", "asked")
    try await workshop.hubDone("device revoke", mark(of: "carer"), "--reason", "stolen")
    try workshop.replace("hub/hub.db", withCopyOf: "old.db")
    let status = try await workshop.hub("status")
    #expect(status.end == .exit(0) && status.errors.contains("1 records erased, 1 computers taken off"))
    #expect(try workshop.files("hub", holding: canary) == [])
    _ = try await workshop.serve(port: hub.port)
    #expect(try await workshop.board("carer", "send").errorCode == "revoked")
    try await workshop.done("chair", "send")
    #expect(try workshop.files("chair", holding: canary) == [])
  }

  @Test("a last line that a power cut tore is dropped, and a line that was altered is said")
  func torn() async throws {
    let hub = try await workshop.begin("carer", "chair")
    let event = try await event("Tea")
    await hub.stop()
    try await workshop.hubDone("erase", event, "--reason", "asked")
    let whole = try String(contentsOfFile: ledger, encoding: .utf8)
    #expect(whole.contains("erased ") && whole.contains(event) && !whole.contains("asked") && !whole.contains("Tea"))
    try Data((whole + "revoked 00").utf8).write(to: URL(fileURLWithPath: ledger))
    try await workshop.hubDone("device revoke", mark(of: "carer"), "--reason", "lost")
    let lines = try String(contentsOfFile: ledger, encoding: .utf8).split(separator: "\n")
    #expect(lines.count == whole.split(separator: "\n").count + 1 && lines.last?.count(where: { $0 == " " }) == 3)
    #expect(try await workshop.hubDone("status")["ledgerMissing"] == .bool(false))
    let altered = lines.joined(separator: "\n").replacing("event ", with: "evens ") + "\n"
    try Data(altered.utf8).write(to: URL(fileURLWithPath: ledger))
    let said = try await workshop.hub("status")
    #expect(said.end == .exit(74) && said.errorCode == "corrupt" && said.errors.contains("Line 2"), "\(said.errors)")
  }

  @Test("a ledger that is gone, or older than the data, is said by restore and by status", arguments: [true, false])
  func missing(isGone: Bool) async throws {
    let hub = try await workshop.begin("carer", "chair")
    let event = try await event("Tea")
    await hub.stop()
    try workshop.replace("old.ledger", withCopyOf: "hub/hub.ledger")
    try await workshop.hubDone("erase", event, "--reason", "asked")
    try await workshop.hubDone("backup", workshop.file("backup.db"))
    try FileManager.default.removeItem(atPath: ledger)
    if !isGone { try workshop.replace("hub/hub.ledger", withCopyOf: "old.ledger") }
    let restored = try await workshop.run(
      "board-hub", ["restore", "--data", workshop.hubFolder, "--json", workshop.file("backup.db")])
    #expect(restored.json["ledgerMissing"] == .bool(true))
    #expect(try await workshop.hubDone("status")["ledgerMissing"] == .bool(true))
    // What the data knows is in the new one.
    #expect(try String(contentsOfFile: ledger, encoding: .utf8).contains(event))
  }

  @Test("a restored hub without its ledger takes work and gives nobody erased words, until an administrator accepts it")
  func accepted() async throws {
    var hub = try await workshop.begin("carer", "chair")
    _ = try await event("Tea")
    let id = try #require(try await workshop.done("carer", "record", "add", "event", "title=\(canary)")["id"].word)
    try await workshop.done("carer", "send")
    try await workshop.hubDone("backup", workshop.file("backup.db"))
    try await workshop.hubDone("erase", id, "--reason", "asked")
    try await workshop.done("carer", "send")
    await hub.stop()
    try FileManager.default.removeItem(atPath: ledger)
    try await workshop.hubDone("restore", workshop.file("backup.db"))
    hub = try await workshop.serve(port: hub.port)
    try await workshop.done("chair", "record", "add", "event", "title=By the chair")
    for member in ["chair", "carer"] {
      #expect(try await workshop.board(member, "send").errorCode == "restoring")
    }
    #expect(try await workshop.unsent("chair") == 1)
    #expect(try workshop.files("chair", holding: canary) == [])
    let accepted = try await workshop.hubDone("ledger accept")
    #expect(accepted["erased"].number == 1)
    #expect(try await workshop.hubDone("status")["ledgerMissing"] == .bool(false))
    for member in ["chair", "carer"] { try await workshop.done(member, "send") }
    for folder in ["hub", "carer", "chair"] { #expect(try workshop.files(folder, holding: canary) == [], "\(folder)") }
    try await workshop.expectEqual("carer", "chair")
    await hub.stop()
  }

  @Test("backups for 60 days are so after a restore, too")
  func backupDays() async throws {
    try await workshop.hubDone("init")
    try await workshop.hubDone("backup", workshop.file("backup.db"))
    let set = try await workshop.hubDone("backup-days", "60")
    try await workshop.hubDone("restore", workshop.file("backup.db"))
    let after = try await workshop.hubDone("backup-days")
    #expect(after["days"].number == 60 && after["safeTime"].word == set["safeTime"].word)
    try FileManager.default.removeItem(atPath: ledger)
    try await workshop.hubDone("restore", workshop.file("backup.db"))
    #expect(try await workshop.hubDone("backup-days")["days"].number == 30, "a lost ledger says nothing")
    try await workshop.hubDone("backup-days", "60")
    try FileManager.default.removeItem(atPath: ledger)
    try await workshop.hubDone("status")
    #expect(try String(contentsOfFile: ledger, encoding: .utf8).contains("backup-days 60 "))
  }
}
