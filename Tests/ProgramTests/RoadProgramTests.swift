// The road as a script walks it: nothing but the programs, JSON and exit codes, in exactly the shapes that were promised.

import Foundation
import JSONText
import ProgramKit
import Replication
import Testing

@Suite("End to end by JSON alone", .serialized, .timeLimit(.minutes(5)))
struct RoadProgramTests {
  let workshop: Workshop

  init() throws {
    workshop = try Workshop()
  }

  @Test("a member's record travels, clashes, is settled and removed, in the promised shapes")
  func road() async throws {
    let hub = try await workshop.begin()
    let joined = try await workshop.join("carer", at: hub)
    #expect(joined.keys == ["fingerprint", "member", "replica", "spaces"])
    #expect(joined["member"].word == "carer")
    #expect(Set(joined["spaces"].items.map(\.keys)) == [["id", "name"]])
    #expect(Set(joined["spaces"].items.compactMap(\.["name"].word)) == ["public", "cab"])
    try await workshop.join("chair", at: hub)

    let receipt = try await workshop.done("carer", "record", "add", "event", "title=Tea", "head_count:=3")
    #expect(receipt.keys == ["id", "space", "dot"])
    #expect(receipt["space"].word == "public" && receipt["dot"].keys == ["replica", "sequence"])
    #expect(receipt["dot"]["replica"] == joined["replica"] && receipt["dot"]["sequence"].number == 1)
    let id = try #require(receipt["id"].word)

    #expect(try await workshop.unsent("carer") == 1)
    let sent = try await workshop.done("carer", "send")
    #expect(sent.keys == ["sent", "received", "refused", "unsent", "allowances"])
    #expect(sent["sent"].number == 1 && sent["unsent"].number == 0 && sent["refused"].number == 0)
    try await workshop.done("chair", "send")

    try await expectShown(id)
    try await clash(id)
    try await remove(id)
    try await workshop.expectEqual("carer", "chair")
  }

  private func expectShown(_ id: String) async throws {
    let shown = try await workshop.done("chair", "record", "show", id)
    #expect(shown.keys == ["id", "kind", "space", "removed", "fields", "conflicts"])
    #expect(shown["id"].word == id && shown["kind"].word == "event" && shown["removed"] == .bool(false))
    #expect(shown["fields"]["title"].word == "Tea" && shown["fields"]["head_count"].number == 3)
    let list = try await workshop.done("chair", "record", "list", "event")
    #expect(list.keys == ["records"] && list["records"].items == [shown])
    let status = try await workshop.done("chair", "status")
    #expect(status.keys == ["unsent", "refused", "lastContact", "replica", "hub", "spaces", "allowances"])
    #expect(status["hub"].keys == ["url", "epoch"] && status["hub"]["epoch"].word != nil)
    #expect(Set(status["spaces"].items.map(\.keys)) == [["id", "name", "cursor", "known"]])
    #expect(try await workshop.done("chair", "digest").keys == ["spaces"])
  }

  private func clash(_ id: String) async throws {
    try await workshop.done("carer", "record", "set", id, "title=Coffee")
    try await workshop.done("chair", "record", "set", id, "title=Cocoa")
    for member in ["carer", "chair", "carer"] { try await workshop.done(member, "send") }
    let conflicts = try await workshop.done("carer", "record", "conflicts")
    let conflict = conflicts["conflicts"][0]
    #expect(conflicts.keys == ["conflicts"] && conflict.keys == ["id", "kind", "field", "values"])
    #expect(conflict["id"].word == id && conflict["field"].word == "title")
    #expect(Set(conflict["values"].items.map(\.keys)) == [["value", "author", "dot"]])
    #expect(Set(conflict["values"].items.compactMap(\.["value"].word)) == ["Coffee", "Cocoa"])
    #expect(Set(conflict["values"].items.compactMap(\.["author"].word)) == ["carer", "chair"])
    #expect(try await workshop.done("chair", "record", "conflicts") == conflicts)

    let settled = try await workshop.done("chair", "record", "settle", id, "title", "Cocoa")
    #expect(settled.keys == ["id", "space", "dot"])
    for member in ["chair", "carer"] { try await workshop.done(member, "send") }
    #expect(try await workshop.done("carer", "record", "conflicts")["conflicts"].items.isEmpty)
    let history = try await workshop.done("carer", "record", "history", id)["history"]
    #expect(Set(history.items.map(\.keys)) == [["dot", "author", "time", "received", "edits"]])
    #expect(history.items.count == 4)
  }

  private func remove(_ id: String) async throws {
    let removed = try await workshop.done("carer", "record", "remove", id)
    #expect(removed.keys == ["id", "space", "dot"])
    for member in ["carer", "chair"] { try await workshop.done(member, "send") }
    #expect(try await workshop.done("chair", "record", "show", id)["removed"] == .bool(true))
    #expect(try await workshop.done("chair", "record", "list", "event")["records"].items.isEmpty)
  }

  @Test("every error is one JSON object with a stable word, and the exit code says what to do")
  func errors() async throws {
    let hub = try await workshop.begin("carer")
    let id = try #require(try await workshop.done("carer", "record", "add", "event", "title=Tea")["id"].word)
    let wrong: [([String], Int32, String)] = [
      (["record"], 64, "usage"), (["record", "add"], 64, "usage"), (["no-such-act"], 64, "unknownWord"),
      (["record", "add", "event", "title"], 64, "usage"), (["join", hub.url, "AAAA"], 64, "alreadyJoined"),
      (["record", "add", "dragon"], 65, "noSuchKind"), (["record", "add", "event", "wings=2"], 65, "noSuchField"),
      (["record", "add", "event", "head_count:={"], 65, "badValue"),
      (["record", "add", "event", "head_count=many"], 65, "badValue"),
      (["record", "add", "event", "title=x", "--space", "moon"], 65, "noSuchSpace"),
      (["record", "show", "nothing"], 65, "noSuchRecord"), (["record", "set", id, "title:=[]"], 65, "badValue"),
      (["record", "settle", id, "title", "x"], 65, "nothingToSettle"),
      (["record", "list", "dragon"], 65, "noSuchKind"), (["record", "history", "x"], 65, "noSuchRecord"),
    ]
    for (words, code, error) in wrong {
      let outcome = try await workshop.board("carer", words)
      #expect(outcome.end == .exit(code) && outcome.output.isEmpty, "\(words)")
      #expect(outcome.errorCode == error, "\(words): \(outcome.errors)")
    }
    let stranger = try await workshop.board("stranger", "status")
    #expect(stranger.end == .exit(64) && stranger.errorCode == "notJoined")
    #expect(!FileManager.default.fileExists(atPath: workshop.file("stranger")))
    let spent = try await workshop.board("stranger", "join", hub.url, "AAAA-BBBB-CCCC-DDDD")
    #expect(spent.end == .exit(77) && spent.errorCode == "notAllowed")
    await hub.stop()
    let away = try await workshop.board("carer", "send")
    #expect(away.end == .exit(69) && away.errorCode == "unreachable")
    #expect(try await workshop.unsent("carer") == 1)
  }

  @Test("any SQLite tool can read a member's copy")
  func readable() async throws {
    _ = try await workshop.begin("carer")
    try await workshop.done("carer", "record", "add", "event", "title=Tea", "date=2027-03-04")
    let outcome = try await workshop.run(
      "/usr/bin/sqlite3", [workshop.file("carer/replica.db"), "select title, date from event"])
    #expect(outcome.end == .exit(0) && outcome.output == "Tea|2027-03-04\n", "\(outcome.errors)")
  }
}
