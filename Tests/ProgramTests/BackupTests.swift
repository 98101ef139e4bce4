// A hub that goes back in time: it begins a new epoch, and its members bring back what it lost.

import Foundation
import ProgramKit
import Replication
import Testing

@Suite("Backups", .serialized, .timeLimit(.minutes(5)))
struct BackupTests {
  let workshop: Workshop

  init() throws {
    workshop = try Workshop()
  }

  private func epoch(_ member: String) async throws -> String {
    try #require(try await workshop.done(member, "status")["hub"]["epoch"].word)
  }

  @Test("a backup made while serving and put back later: a new epoch, and members send again what it lacks (Tamanu)")
  func restore() async throws {
    var hub = try await workshop.begin("carer", "chair")
    try await workshop.done("carer", "record", "add", "event", "title=Before")
    for member in ["carer", "chair"] { try await workshop.done(member, "send") }
    let backup = workshop.file("backup.db")
    try await workshop.hubDone("backup", backup)
    let taken = try await workshop.hub("backup", backup)
    #expect(taken.end == .exit(64) && taken.errorCode == "fileExists")

    let late = try await workshop.done("carer", "record", "add", "event", "title=After")["id"].word
    for member in ["carer", "chair"] { try await workshop.done(member, "send") }
    try await workshop.done("chair", "record", "set", try #require(late), "title=After, by the chair")
    try await workshop.done("chair", "send")
    let before = try await (epoch("carer"), workshop.done("chair", "digest"))
    await hub.stop()

    let restored = try await workshop.hubDone("restore", backup)
    #expect(restored["epoch"].word != before.0)
    hub = try await workshop.serve(port: hub.port)
    for member in ["chair", "carer", "chair"] { try await workshop.done(member, "send") }
    #expect(try await epoch("carer") == restored["epoch"].word)
    #expect(try await workshop.done("chair", "digest") == before.1)
    try await workshop.expectEqual("carer", "chair")
  }

  @Test("a database file put back by a plain copy is noticed (G9)")
  func plainCopy() async throws {
    let hub = try await beginWithWork()
    await hub.stop()
    try workshop.replace("old.db", withCopyOf: "hub/hub.db")
    let again = try await workshop.serve(port: hub.port)
    try await workLater()
    await again.stop()
    try await expectNoticed("old.db", port: hub.port)
  }

  @Test("a backup put back by a plain copy is noticed too (G9)")
  func plainBackup() async throws {
    let hub = try await beginWithWork()
    try await workshop.hubDone("backup", workshop.file("old.db"))
    try await workLater()
    await hub.stop()
    try await expectNoticed("old.db", port: hub.port)
  }

  private func beginWithWork() async throws -> ServedHub {
    let hub = try await workshop.begin("carer", "chair")
    try await workshop.done("carer", "record", "add", "event", "title=Before")
    for member in ["carer", "chair"] { try await workshop.done(member, "send") }
    return hub
  }

  /// What the old database lacks: a member's change, another's on top of it, and one the hub makes itself.
  private func workLater() async throws {
    let late = try #require(try await workshop.done("carer", "record", "add", "event", "title=After")["id"].word)
    for member in ["carer", "chair"] { try await workshop.done(member, "send") }
    try await workshop.done("chair", "record", "set", late, "title=After, by the chair")
    _ = try await workshop.code(for: "somebody new")
    for member in ["chair", "carer"] { try await workshop.done(member, "send") }
  }

  /// Puts an old database in the hub's place, and another change of the hub's own on top, before anybody comes.
  private func expectNoticed(_ old: String, port: Int) async throws {
    let before = try await (epoch("carer"), workshop.done("carer", "record", "list", "event"))
    for file in ["hub.db-wal", "hub.db-shm"] where FileManager.default.fileExists(atPath: workshop.file("hub/" + file))
    {
      try FileManager.default.removeItem(atPath: workshop.file("hub/" + file))
    }
    try workshop.replace("hub/hub.db", withCopyOf: old)
    let hub = try await workshop.serve(port: port)
    #expect(hub.program.errors.contains("new epoch"))
    #expect(try await workshop.hubDone("status")["epoch"].word != before.0)
    _ = try await workshop.code(for: "somebody else")
    for member in ["chair", "carer", "chair"] { try await workshop.done(member, "send") }
    #expect(try await workshop.done("carer", "record", "list", "event") == before.1)
    #expect(try await workshop.done("carer", "status")["refused"].number == 0)
    try await workshop.expectEqual("carer", "chair")
  }

  @Test("words that came in sealed and went by a restore are a proposal again after their computer's next visit")
  func sealedWork() async throws {
    let hub = try await workshop.begin("carer", "chair")
    let backup = workshop.file("backup.db")
    try await workshop.hubDone("backup", backup)
    try await workshop.done("carer", "record", "add", "action", "what=Never sent", "--space", "cab")
    let devices = try await workshop.hubDone("device list")["devices"].items
    let mark = try #require(devices.first { $0["member"].word == "carer" }?["fingerprint"].word)
    try await workshop.hubDone("device revoke", mark, "--reason", "lost")
    #expect(try await workshop.board("carer", "send").errorCode == "revoked")
    #expect(try await workshop.hubDone("proposal list")["proposals"].items.count == 1)
    await hub.stop()
    try await workshop.hubDone("restore", backup)
    #expect(try await workshop.hubDone("proposal list")["proposals"].items.isEmpty)
    _ = try await workshop.serve(port: hub.port)
    _ = try await workshop.board("carer", "send")
    let proposals = try await workshop.hubDone("proposal list")["proposals"].items
    #expect(proposals.count == 1 && "\(proposals)".contains("Never sent"))
  }

  @Test("a backup that is too old is refused in plain words, unless there is no newer one")
  func tooOld() async throws {
    try await workshop.hubDone("init")
    #expect(try await workshop.hubDone("backup-days")["days"].number == 30)
    let backup = workshop.file("backup.db")
    try await workshop.hubDone("backup", backup)
    // As if it had been made in 2001.
    let made = "update engine_setting set value = x'1b000000e677d21fc0' where name = 'hub/backup-made'"
    #expect(try await workshop.run("/usr/bin/sqlite3", [backup, made + "; select changes();"]).output == "1\n")
    let before = try await workshop.hubDone("status")["epoch"]
    let refused = try await workshop.hub("restore", backup)
    #expect(refused.end == .exit(65) && refused.errorCode == "oldBackup", "\(refused.errors)")
    #expect(refused.errors.contains("from 2001-") && refused.errors.contains("30 days"))
    #expect(try await workshop.hubDone("status")["epoch"] == before)
    try await workshop.hubDone("restore", backup, "--old")
    #expect(try await workshop.hubDone("status")["epoch"] != before)
    // A plain copy of the data is as old as its last row.
    try workshop.replace("copy.db", withCopyOf: "hub/hub.db")
    try await workshop.hubDone("restore", workshop.file("copy.db"))
    let none = try await workshop.hub("backup-days", "0")
    #expect(none.end == .exit(64) && none.errorCode == "badDays", "\(none.errors)")
  }

  @Test("a backup to a mistyped folder is refused, and no such folder appears, served or not")
  func mistypedFolder() async throws {
    let hub = try await workshop.begin()
    try await expectNoFolder()
    await hub.stop()
    try await expectNoFolder()
  }

  private func expectNoFolder() async throws {
    for name in ["backups/today.db", "backups/today/backup.db"] {
      let outcome = try await workshop.hub("backup", workshop.file(name))
      #expect(outcome.end == .exit(74) && outcome.errorCode == "noSuchFolder", "\(outcome.end) \(outcome.errors)")
    }
    #expect(!FileManager.default.fileExists(atPath: workshop.file("backups")))
  }

  @Test("words that a killed restore left beside the hub's data are cleared when the hub is next opened")
  func killedRestore() async throws {
    try await workshop.hubDone("init")
    for ending in ["", "-wal", "-journal"] { _ = try workshop.write("words", to: "hub/hub.db.restored" + ending) }
    try await workshop.hubDone("status")
    let files = try FileManager.default.contentsOfDirectory(atPath: workshop.hubFolder)
    #expect(files.allSatisfy { !$0.contains("restored") }, "\(files)")
  }

  @Test("a hub that cannot be made leaves nothing behind that was not there")
  func halfMade() async throws {
    _ = try workshop.write("This is a shopping list.", to: "list.txt")
    try FileManager.default.createDirectory(atPath: workshop.file("mine"), withIntermediateDirectories: false)
    _ = try workshop.write("Mine.", to: "mine/letter.txt")
    let (tooLong, longName) = (String(repeating: "long/", count: 2_000), String(repeating: "x", count: 300))
    let before = try everything()
    for folder in [tooLong, "a/b/" + longName, longest, "list.txt/hub"] {
      let made = try await workshop.run("board-hub", ["init", "--data", workshop.file(folder)])
      #expect(made.end == .exit(74) && made.errorCode != nil, "\(folder.suffix(20)): \(made.end) \(made.errors)")
      #expect(try everything() == before, "\(folder.suffix(20))")
    }
    for folder in [tooLong, "a/b/" + longName] {
      let joined = try await workshop.board(folder, "join", "http://127.0.0.1:1", "CODE")
      #expect(joined.end == .exit(74) && joined.errorCode != nil, "\(joined.end) \(joined.errors)")
      #expect(try everything() == before, "\(folder.suffix(20))")
    }
    let full = ["init", "--data", workshop.file("mine")]
    for room in [1, 16, 64] {
      let made = try await workshop.run("board-hub", full, under: "trap '' XFSZ; ulimit -f \(room)")
      #expect(made.end == .exit(74), "\(room): \(made.end) \(made.errors)")
      #expect(try everything() == before, "\(room)")
    }
    let restored = ["restore", "--data", workshop.file("new/hub"), workshop.file("list.txt")]
    #expect(try await workshop.run("board-hub", restored).end == .exit(65))
    #expect(try everything() == before)
    #expect(try await workshop.run("board-hub", full).end == .exit(0))
  }

  /// A folder that can just be made, but has no room in its path for a hub's files.
  private var longest: String {
    let room = 4_094 - workshop.path.utf8.count
    return String(repeating: "ab/", count: room / 3) + String(repeating: "c", count: room % 3)
  }

  private func everything() throws -> [String] {
    try FileManager.default.subpathsOfDirectory(atPath: workshop.path).filter { !$0.hasPrefix("out") }.sorted()
  }

  @Test("a backup that somebody put code into, or that is damaged, is refused before it replaces anything")
  func wrongBackup() async throws {
    let hub = try await workshop.begin()
    try await workshop.join("carer", at: hub)
    try await workshop.done("carer", "record", "add", "event", "title=Tea at four")
    try await workshop.done("carer", "send")
    _ = await hub.stop()
    let before = try await workshop.hubDone("digest")
    func spoilt(_ name: String, by sql: String) async throws -> String {
      try await workshop.hubDone("backup", workshop.file(name))
      let spoiling = try await workshop.run("/usr/bin/sqlite3", [workshop.file(name), sql])
      #expect(spoiling.end == .exit(0), "\(spoiling.errors)")
      return workshop.file(name)
    }
    let trigger = "create trigger t after insert on engine_log begin delete from engine_record; end"
    for (name, sql, code) in [
      ("trigger.db", trigger, "badBackup"), ("table.db", "alter table engine_log add column mine text", "badBackup"),
      ("index.db", "drop index engine_log_place", "badBackup"),
      ("word.db", "update engine_log set body = cast(body || x'00' as blob) where position = 1", "damaged"),
      ("record.db", "delete from engine_record where kind = 'event'", "damaged"),
    ] {
      let outcome = try await workshop.hub("restore", try await spoilt(name, by: sql))
      #expect(outcome.errorCode == code, "\(name): \(outcome.end) \(outcome.errors)")
      #expect(try await workshop.hubDone("digest") == before, "\(name)")
    }
    // Where there is no other, a damaged one is better than none.
    try await workshop.hubDone("restore", workshop.file("record.db"), "--damaged")
  }

  @Test("a file that is no backup is refused, and the hub stays as it was")
  func noBackup() async throws {
    try await workshop.hubDone("init")
    let before = try await workshop.hubDone("digest")
    _ = try workshop.write("This is a shopping list.", to: "list.txt")
    _ = try workshop.write("", to: "empty.db")
    _ = try await workshop.run("/usr/bin/sqlite3", [workshop.file("foreign.db"), "create table cake (name text)"])
    for file in ["list.txt", "empty.db", "foreign.db", "nothing.db", "out"] {
      let outcome = try await workshop.hub("restore", workshop.file(file))
      #expect(outcome.end == .exit(65) && outcome.errorCode != nil, "\(file): \(outcome.end) \(outcome.errors)")
      #expect(try await workshop.hubDone("digest") == before, "\(file)")
    }
    let left = try FileManager.default.contentsOfDirectory(atPath: workshop.hubFolder)
    #expect(!left.contains { $0.contains("restored") }, "\(left)")
  }
}
