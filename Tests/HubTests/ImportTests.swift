// The Centre's real records: loaded once, loaded twice, loaded in parts and in any order, on two hubs.

import ClientCore
import Foundation
import HubAdministration
import JSONText
import RecordModel
import Replication
import SQLiteStorage
import SyncHub
import TestKit
import Testing

@Suite("Import")
struct ImportTests {
  let seed: String

  init() throws {
    let fixture = URL(fileURLWithPath: #filePath).deletingLastPathComponent()
      .appendingPathComponent("../Fixtures/seed-records.jsonl")
    seed = try String(contentsOf: fixture, encoding: .utf8)
  }

  @discardableResult
  private func load(_ hub: TestHub, _ text: String? = nil, set: String? = nil) throws -> ImportSummary {
    try hub.administration.run(.importFile(text: text ?? seed, set: set))
  }

  private func questions(_ hub: TestHub) throws -> [QuestionSummary] {
    try hub.administration.run(.reviewList).questions
  }

  /// Record id → shown fields: what two hubs must agree on though their dots differ.
  private func shown(_ hub: TestHub) throws -> [RecordID: [String: Value]] {
    try hub.store.read { reader in
      var shown: [RecordID: [String: Value]] = [:]
      for space in try reader.sharedSpaces() {
        try reader.forEachRecord(in: space.id, kind: nil) { shown[$0] = $1.shownFields(by: hub.model.rules) }
      }
      return shown
    }
  }

  @Test("all 214 records load, and the 12 open questions of the real pages wait for a person")
  func everything() throws {
    let hub = try TestHub()
    let answer = try load(hub)
    #expect(answer.added == 214 && answer.unsettledLinks == 0)
    let questions = try questions(hub)
    #expect(questions.count == 12)
    let event = try #require(questions.first { $0.field == "kind" })
    #expect(Set(event.versions.map(\.value.text)) == ["\"roundtable\"", "\"webinar\""])
    #expect(event.versions.allSatisfy { $0.author == "import" })
  }

  @Test("a second import of the same file writes nothing")
  func twice() throws {
    let hub = try TestHub()
    try load(hub)
    let before = try hub.digest(of: "public")
    let answer = try load(hub)
    #expect(answer.added == 0 && answer.changed == 0 && answer.unchanged == 214)
    #expect(try hub.digest(of: "public") == before)
  }

  @Test("two first runs on two hubs name every record alike and show the same")
  func twoHubs() throws {
    let (one, two) = (try TestHub(), try TestHub())
    try load(one)
    try load(two)
    #expect(try shown(one) == shown(two))
  }

  @Test(
    "the sets load one by one in any order, and links that point forward are settled at the end",
    arguments: [["core", "leeds", "names"], ["names", "leeds", "core"], ["leeds", "names", "core"]])
  func sets(order: [String]) throws {
    let (whole, parts) = (try TestHub(), try TestHub())
    try load(whole)
    let unsettled = try order.map { try load(parts, set: $0).unsettledLinks }
    #expect(unsettled.last == 0)
    if order[0] != "core" { #expect(unsettled[0] != 0) }
    #expect(try shown(whole) == shown(parts))
    #expect(try questions(parts).count == 12)
  }

  @Test("a later import writes only what the file now says otherwise, and never undoes what a person settled")
  func onlyWhatDiffers() throws {
    let hub = try TestHub()
    try load(hub)
    let number = try questions(hub).firstIndex { $0.field == "kind" }!
    _ = try hub.administration.run(.reviewSettle("\(number + 1)", value: "roundtable"))
    #expect(try load(hub).changed == 0)
    let changed = seed.replacingOccurrences(of: "\"name\": \"McMaster University\"", with: "\"name\": \"McMaster\"")
    #expect(try load(hub, changed).changed == 1)
    let shown = try shown(hub)
    #expect(shown[RecordID.fixed(kind: "institution", key: "inst/mcmaster")]?["name"] == .text("McMaster"))
    let event = RecordID.fixed(kind: "event", key: "event/2022-autumn-valuing-potential")
    #expect(shown[event]?["kind"] == .text("roundtable"))
    #expect(try questions(hub).count == 11)
  }

  @Test("where a person wrote and the file now differs, both are kept and a person is asked")
  func asksWhereAPersonWrote() async throws {
    let hub = try TestHub()
    try load(hub)
    let carer = try await hub.joined("carer")
    let id = RecordID.fixed(kind: "institution", key: "inst/mcmaster").description
    _ = try carer.copy.set(id, [.text(field: "name", "McMaster, Hamilton")])
    try await carer.send()
    let changed = seed.replacingOccurrences(of: "\"name\": \"McMaster University\"", with: "\"name\": \"McMaster\"")
    try load(hub, changed)
    let question = try #require(try questions(hub).first { $0.record?.description == id })
    #expect(question.versions.count == 2)
  }

  @Test("a file that corrects one field of a group in conflict settles none of the others")
  func groupInConflict() throws {
    let hub = try TestHub()
    func line(_ precision: String) -> String {
      """
      {"type": "event", "key": "event/tea", "fields": {"title": "Tea", "date": ["2026-12-10", "2026-12-11"], \
      "date_precision": "\(precision)", "_review": ["date"], \
      "scope": "public", "set": "core"}}
      """
    }
    try load(hub, line("month"))
    #expect(try load(hub, line("day")).changed == 1)
    let question = try #require(try questions(hub).first { $0.field == "date" })
    let versions = question.versions.map(\.value.text).joined()
    #expect(versions.contains("2026-12-10") && versions.contains("2026-12-11") && versions.contains("day"))
  }

  @Test("an administrator who settles one field of a group is told of the other that its versions differ in")
  func settleGroup() async throws {
    let hub = try TestHub()
    let (carer, chair) = (try await hub.joined("carer"), try await hub.joined("chair"))
    let event = try carer.add("Tea")
    try await carer.send()
    try await chair.send()
    for (device, day, precision) in [(carer, "2026-12-10", "day"), (chair, "2026-12", "month")] {
      _ = try device.copy.set(
        event.description, [.text(field: "date", day), .text(field: "date_precision", precision)])
      try await device.send()
    }
    #expect {
      try hub.administration.run(.reviewSettle("1", value: "2026-12-12"))
    } throws: { error in
      (error as? AdminError)?.code == .refused
        && (error as? AdminError)?.message.contains("differ in date_precision, too") == true
    }
    let whole = #"{"date": "2026-12-12", "date_precision": "day"}"#
    #expect(try hub.administration.run(.reviewSettle("1", value: whole)).waiting == 0)
  }

  @Test("an element that the file names twice is imported once, and is not lost")
  func elementTwice() throws {
    let hub = try TestHub()
    let line = """
      {"type": "research", "key": "research/bus", "fields": {"name": "Buses", "parts": ["a", "a", "b"], \
      "scope": "public", "set": "core"}}
      """
    #expect(try load(hub, line).added == 1)
    let shown = try #require(try shown(hub)[RecordID.fixed(kind: "research", key: "research/bus")])
    #expect(shown["parts"] == .list([.text("a"), .text("b")]))
    #expect(try load(hub, line).unchanged == 1)
  }

  @Test(
    "a bad file changes nothing and is named by line",
    arguments: [
      ("{\"type\": \"event\"", "line 1"), ("[]", "line 1"),
      ("{\"type\":\"event\",\"key\":\"event/a\",\"key\":\"event/b\",\"fields\":{}}", "line 1"),
      ("{\"type\":\"ghost\",\"key\":\"ghost/a\",\"fields\":{}}", "line 1"),
      (String(repeating: "[", count: 100_000), "line 1"),
    ])
  func badFiles(text: String, place: String) throws {
    let hub = try TestHub()
    #expect {
      try hub.administration.run(.importFile(text: self.seed + "\n" + text, set: nil))
    } throws: { error in
      (error as? AdminError)?.kind == .data && (error as? AdminError)?.code == .badFile
    }
    #expect(try shown(hub).isEmpty)
  }

  @Test("an unknown set is named together with those there are")
  func unknownSet() throws {
    let hub = try TestHub()
    #expect {
      try hub.administration.run(.importFile(text: self.seed, set: "york"))
    } throws: { error in
      (error as? AdminError)?.message.contains("core, leeds, names") == true
    }
  }
}
