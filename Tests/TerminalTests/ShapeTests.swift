// The JSON of the table of commands, to the letter: what scripts of other people are written against.

import BoardTerminal
import ClientCore
import JSONText
import Replication
import SyncProtocol
import TestKit
import Testing

@Suite("Shapes for scripts")
struct ShapeTests {
  @Test("join prints the member, the copy's name, its fingerprint and the spaces")
  func join() async throws {
    let hub = ScriptedHub(clock: ManualClock())
    let answer = try await Desk(hub, clock: hub.clock).board("join", "hub.example.org", "code", "--json").json
    #expect(answer.keys == ["fingerprint", "member", "replica", "spaces"])
    #expect(answer["member"] == .string("the carer"))
    #expect(answer["spaces"] == .array([.object(["id": .string(hub.space.description), "name": .string("cab")])]))
  }

  @Test("every command that writes prints the id, the space and the dot")
  func receipts() async throws {
    let (carer, _) = try await Table().member("the carer")
    let made = try await carer.board("record", "add", "event", "title=Bus talk", "--space", "cab", "--json").json
    let id = try #require(made["id"]?.string)
    #expect(made.keys == ["dot", "id", "space"] && made["space"] == .string("cab"))
    #expect(made["dot"]?.keys == ["replica", "sequence"] && made["dot"]?["sequence"] == .integer(1))
    for words in [["set", id, "title=Train talk"], ["remove", id], ["restore", id]] {
      let receipt = try await carer.command(["record"] + words + ["--json"]).json
      #expect(receipt.keys == ["dot", "id", "space"] && receipt["id"] == .string(id))
    }
  }

  @Test("show, list, conflicts and settle agree on values, authors and dots")
  func records() async throws {
    let table = try Table()
    let (carer, chair, id) = try await table.twoVersions()
    let shown = try await carer.board("record", "show", id, "--json").json
    #expect(shown.keys == ["conflicts", "fields", "id", "kind", "removed", "space"])
    #expect(shown["kind"] == .string("meeting") && shown["removed"] == .bool(false))
    #expect(shown["fields"]?["title"] == .string("Board meeting"))
    let values = try #require(shown["conflicts"]?["place"]?.list)
    #expect(values.allSatisfy { $0.keys == ["author", "dot", "value"] && $0["dot"]?.keys == ["replica", "sequence"] })
    #expect(Set(values.compactMap { $0["value"]?.string }) == ["Library", "Town hall"])
    #expect(Set(values.compactMap { $0["author"]?.string }) == ["the carer", "the chair"])

    let listed = try await carer.board("record", "list", "meeting", "--json").json
    #expect(listed == .object(["records": .array([shown])]))
    let conflicts = try await carer.board("record", "conflicts", "--json").json
    #expect(
      conflicts
        == .object([
          "conflicts": .array([
            .object([
              "id": .string(id), "kind": .string("meeting"), "field": .string("place"), "values": .array(values),
            ])
          ])
        ]))
    let mine = try await chair.board("record", "conflicts", "--json").json
    #expect(mine == conflicts)

    let settled = try await carer.board("record", "settle", id, "place", "Library", "--json").json
    #expect(settled.keys == ["dot", "id", "space"])
    #expect(try await carer.board("record", "conflicts", "--json").json == .object(["conflicts": .array([])]))
    #expect(try await carer.board("record", "show", id, "--json").json["conflicts"] == .object([:]))
  }

  @Test("a removed record is shown as removed")
  func removed() async throws {
    let (carer, _) = try await Table().member("the carer")
    let id = try #require(try await carer.board("record", "add", "paper", "title=Plan", "--json").json["id"]?.string)
    await carer.board("record", "remove", id)
    #expect(try await carer.board("record", "show", id, "--json").json["removed"] == .bool(true))
    #expect(try await carer.board("record", "list", "paper", "--json").json == .object(["records": .array([])]))
  }

  @Test("history prints dot, author, time, the hub's time of receipt and edits, oldest first")
  func history() async throws {
    let (carer, _) = try await Table().member("the carer")
    let id = try #require(try await carer.board("record", "add", "paper", "title=Plan", "--json").json["id"]?.string)
    await carer.board("record", "set", id, "title=Better plan")
    let entries = try #require(try await carer.board("record", "history", id, "--json").json["history"]?.list)
    #expect(entries.count == 2 && entries.allSatisfy { $0.keys == ["author", "dot", "edits", "received", "time"] })
    #expect(entries.allSatisfy { $0["received"] == .null })
    #expect(entries[0]["author"] == .string("the carer") && entries[0]["time"] == .string("2026-11-24T10:42:00Z"))
    let edit = try #require(entries[1]["edits"]?.list?.first)
    #expect(edit["operation"] == .string("assign") && edit["field"] == .string("title"))
    #expect(edit["value"] == .string("Better plan") && edit["replaced"]?.list?.first?["value"] == .string("Plan"))
    await carer.board("send")
    let sent = try #require(try await carer.board("record", "history", id, "--json").json["history"]?.list)
    #expect(sent.allSatisfy { $0["received"] == .string("2026-11-24T10:42:00Z") })
  }

  @Test("status says what waits, what was refused, when the last contact was, and how far each space is read")
  func status() async throws {
    let clock = ManualClock(milliseconds: 1_795_516_920_000)
    let hub = ScriptedHub(clock: clock)
    let desk = Desk(hub, clock: clock)
    hub.failSyncs(.unreachable("no line"))
    await desk.board("join", "hub.example.org", "code")
    let before = try await desk.board("status", "--json").json
    #expect(before.keys == ["allowances", "hub", "lastContact", "refused", "replica", "spaces", "unsent"])
    #expect(before["lastContact"] == .null)
    #expect(before["hub"] == .object(["url": .string("hub.example.org"), "epoch": .null]))
    #expect(before["spaces"]?.list?.first?["cursor"] == .null)
    await desk.board("record", "add", "paper", "title=Plan")
    await desk.board("send")
    let after = try await desk.board("status", "--json").json
    #expect(after["unsent"] == .integer(0) && after["refused"] == .integer(0))
    #expect(after["lastContact"] == .string("2026-11-24T10:42:00Z"))
    #expect(after["hub"]?["epoch"] == .string(hub.epoch.description))
    #expect(
      after["spaces"]?.list?.first?["cursor"]
        == .object(["epoch": .string(hub.epoch.description), "position": .integer(1)]))
  }

  @Test("send prints what was sent, received, refused and is left")
  func send() async throws {
    let (carer, _) = try await Table().member("the carer")
    await carer.board("record", "add", "paper", "title=Plan")
    let sent = await carer.board("send", "--json")
    #expect(sent.exit == .done)
    #expect(
      try sent.json
        == .object([
          "sent": .integer(1), "received": .integer(0), "refused": .integer(0), "unsent": .integer(0),
          "allowances": .array([]),
        ]))
  }

  @Test("digest prints one number a space, equal where the copies are")
  func digest() async throws {
    let table = try Table()
    let (carer, _) = try await table.member("the carer")
    let (chair, _) = try await table.member("the chair", role: "chair")
    await carer.board("send")
    let digests = try await carer.board("digest", "--json").json
    #expect(digests["spaces"]?.keys == ["cab", "public"])
    #expect(try await chair.board("digest", "--json").json == digests)
  }

  @Test(
    "every command for people prints one JSON object too",
    arguments: [
      ["home"], ["new"], ["meetings"], ["events"], ["papers"], ["actions"], ["decisions"], ["find", "x"], ["choices"],
      ["why"], ["help"], ["help", "record"], ["status"], ["digest"],
    ])
  func people(words: [String]) async throws {
    let (carer, _) = try await Table().member("the carer")
    let answer = await carer.command(words + ["--json"])
    #expect(answer.exit == .done && answer.errors.isEmpty)
    #expect(try !answer.json.keys.isEmpty)
  }
}

extension JSON {
  subscript(_ name: String) -> JSON? {
    if case .object(let members) = self { members[name] } else { nil }
  }
  var keys: [String] {
    if case .object(let members) = self { members.keys.sorted() } else { [] }
  }
  var string: String? {
    if case .string(let text) = self { text } else { nil }
  }
  var list: [JSON]? {
    if case .array(let list) = self { list } else { nil }
  }
}

extension Desk {
  func command(_ words: [String]) async -> Transcript { await run(words, []) }
}

extension Table {
  /// Two members who wrote another place for one meeting, neither having seen the other's; both have both.
  func twoVersions() async throws -> (carer: Desk, chair: Desk, id: String) {
    let (carer, _) = try await member("the carer")
    let (chair, _) = try await member("the chair", role: "chair")
    let made = await carer.board(
      "record", "add", "meeting", "title=Board meeting", "place=Room 1", "date=2026-12-10", "status=planned", "--json")
    let id = try made.json["id"]?.string ?? ""
    await carer.board("send")
    await chair.board("send")
    await carer.board("record", "set", id, "place=Library")
    await chair.board("record", "set", id, "place=Town hall")
    for desk in [carer, chair, carer] { await desk.board("send") }
    return (carer, chair, id)
  }
}
