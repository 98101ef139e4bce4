// The Centre's real records: loaded once, loaded twice, loaded in parts and in any order, on two hubs.

import ClientCore
import Foundation
import HubAdministration
import JSONText
import RecordModel
import Replication
import SQLiteStorage
import SyncHub
import Synchronization
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
    try hub.administration.load(text ?? seed, set: set)
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
    _ = try hub.administration.run(.reviewList)
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
    _ = try hub.administration.run(.reviewList)
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
      "{\"type\": \"event\"", "[]", "{\"type\":\"event\",\"key\":\"event/a\",\"key\":\"event/b\",\"fields\":{}}",
      "{\"type\":\"ghost\",\"key\":\"ghost/a\",\"fields\":{}}", String(repeating: "[", count: 100_000), "\0",
      Self.line(0).replacing("Unit 0", with: "Unit 0 again"), String(repeating: " ", count: 300_000),
    ])
  func badFiles(text: String) throws {
    let hub = try TestHub()
    // The line stands in the last of three batches.
    let good = (0..<1_200).map { Self.line($0) }.joined(separator: "\n")
    #expect {
      try hub.administration.load(good + "\n\n" + text)
    } throws: { error in
      let error = error as? AdminError
      return error?.kind == .data && error?.code == .badFile && error?.message.hasPrefix("Line 1202: ") == true
    }
    #expect(try shown(hub).isEmpty)
  }

  @Test("an unknown set is named together with those there are")
  func unknownSet() throws {
    let hub = try TestHub()
    #expect {
      try hub.administration.load(self.seed, set: "york")
    } throws: { error in
      (error as? AdminError)?.message.contains("core, leeds, names") == true
    }
  }

  @Test("what is no file that can be read twice is refused, and a line that never ends is not read to its end")
  func noFiles() throws {
    let hub = try TestHub()
    let folder = hub.folder
    try Data([0xff, 0xfe, 0x00]).write(to: URL(fileURLWithPath: folder.file("binary")))
    try Data().write(to: URL(fileURLWithPath: folder.file("empty")))
    try Data("\n \r\n".utf8).write(to: URL(fileURLWithPath: folder.file("white")))
    // 300 GB of zeros that take no room.
    try Data().write(to: URL(fileURLWithPath: folder.file("endless")))
    #expect(truncate(folder.file("endless"), 300_000_000_000) == 0)
    #expect(mkfifo(folder.file("pipe"), 0o600) == 0)
    let bad: [(String, AdminError.Code)] = [
      (folder.file("binary"), .badFile), (folder.file("empty"), .badFile), (folder.file("white"), .badFile),
      (folder.file("endless"), .badFile), (folder.file("pipe"), .badFile), (folder.path, .badFile),
      ("/dev/zero", .badFile), (folder.file("nothing"), .noSuchFile), ("", .noSuchFile),
    ]
    for (path, code) in bad {
      #expect("\(path)") { try hub.administration.run(.importFile(path)) } throws: { ($0 as? AdminError)?.code == code }
    }
    #expect(try shown(hub).isEmpty)
  }

  // MARK: Large files

  /// A record with a link to the one after it.
  private static func line(_ number: Int) -> String {
    #"{"type": "unit", "key": "unit/\#(number)", "fields": {"name": "Unit \#(number)", "parent_ref": "unit/\#(number + 1)", "#
      + #""scope": "public", "set": "core"}}"#
  }

  /// A record that the engine refuses, though nothing is wrong with its line: more elements than a change has edits.
  private static let refused =
    #"{"type": "research", "key": "research/wide", "fields": {"name": "Wide", "scope": "public", "set": "core", "parts": ["#
    + (0...Limits.editsPerChangeMax).map { "\"\($0)\"" }.joined(separator: ",") + "]}}"

  private func write(_ lines: some Sequence<String>, on hub: TestHub) throws -> String {
    let path = hub.folder.file("large.jsonl")
    try Data(lines.joined(separator: "\n").utf8).write(to: URL(fileURLWithPath: path))
    return path
  }

  /// The entries of imports in the audit, by their figures.
  private func audited(_ hub: TestHub) throws -> [[String: Int64]] {
    try hub.administration.audit().entries.compactMap { entry in
      if case .event(let event) = entry, event.event == .importFile { event.counts } else { nil }
    }
  }

  @discardableResult
  private func load(
    _ path: String, _ hub: TestHub, telling: (ImportProgress) throws -> Void
  ) throws -> ImportSummary {
    try hub.administration.run(.importFile(path), by: .machineOwner(through: .socket)) { try $0.forEach(telling) }
  }

  @Test("a large file is checked whole, then written in commits of at most 500 records, and audited once")
  func batches() throws {
    let hub = try TestHub()
    let space = try hub.space("public")
    let sizes = Mutex<[UInt64]>([])
    let observation = hub.store.observers.observe { note in
      if let positions = note.spaces[space]?.positions {
        sizes.withLock { $0.append(positions.upperBound - positions.lowerBound + 1) }
      }
    }
    // A record that is repeated counts once, in whatever batch it stands again.
    let path = try write((0..<1_201).map { Self.line($0) } + [Self.line(7), "", Self.line(600)], on: hub)
    var told: [ImportProgress] = []
    let answer = try load(path, hub) { progress in
      if case .checked = progress { #expect(sizes.withLock { $0.isEmpty }) }
      told.append(progress)
    }
    withExtendedLifetime(observation) {}
    #expect(answer.added == 1_201 && answer.changed == 0 && answer.unchanged == 0 && answer.unsettledLinks == 1)
    #expect(sizes.withLock { $0 } == [500, 500, 201])
    #expect(told.last == .loaded(lines: 1_204, of: 1_204) && told.count == 6)
    #expect(try audited(hub) == [["added": 1_201, "changed": 0]])
    #expect(try load(path, hub) { _ in }.unchanged == 1_201)
    #expect(try audited(hub).count == 1)
  }

  @Test("a record that the rules refuse ends the import: what came before stays, is audited, and is completed later")
  func refusedInTheMiddle() throws {
    let hub = try TestHub()
    let lines = (0..<1_201).map { Self.line($0) }
    let path = try write(lines[..<700] + [Self.refused] + lines[700...], on: hub)
    #expect {
      try load(path, hub) { _ in }
    } throws: { error in
      let error = error as? AdminError
      return error?.code == .refused && error?.message.contains("research/wide") == true
        && error?.message.contains("500 records were added and 0 changed, and they stay") == true
    }
    #expect(try shown(hub).count == 500)
    #expect(try audited(hub) == [["added": 500, "changed": 0, "unfinished": 1]])
    let answer = try load(write(lines, on: hub), hub) { _ in }
    #expect(answer.added == 701 && answer.unchanged == 500 && answer.unsettledLinks == 1)
  }

  @Test("a file that is changed while it is loaded is written no further, and nothing that was not checked is written")
  func changedMeanwhile() throws {
    let hub = try TestHub()
    let lines = (0..<1_201).map { Self.line($0) }
    let path = try write(lines, on: hub)
    func change(in progress: ImportProgress, at moment: ImportProgress, to lines: [String]) throws {
      guard progress == moment else { return }
      // In place, as an editor may do; a file that is only replaced is read on as it was.
      let file = try FileHandle(forUpdating: URL(fileURLWithPath: path))
      try file.truncate(atOffset: 0)
      try file.write(contentsOf: Data(lines.joined(separator: "\n").utf8))
      try file.close()
    }
    let isChanged = { (error: any Error) in (error as? AdminError)?.message.contains("was changed") == true }
    for other in [lines + [Self.line(2_000)], Array(lines.dropLast()), [Self.refused] + lines] {
      let path = try write(lines.prefix(400), on: hub)
      #expect {
        try load(path, hub) { try change(in: $0, at: .checked(lines: 400, about: 400), to: other) }
      } throws: {
        isChanged($0)
      }
      #expect(try shown(hub).isEmpty)
    }
    _ = try write(lines, on: hub)
    #expect {
      try load(path, hub) { try change(in: $0, at: .loaded(lines: 500, of: 1_201), to: lines + [Self.line(2_000)]) }
    } throws: {
      isChanged($0)
    }
    #expect(try shown(hub).count == 1_000)
    #expect(try load(path, hub) { _ in }.added == 202)
  }

  @Test("a crash in the middle leaves a beginning, which the next opening audits and the same command completes")
  func crash() throws {
    let hub = try TestHub()
    let path = try write((0..<1_201).map { Self.line($0) }, on: hub)
    try load(path, hub) { progress in
      if progress == .loaded(lines: 1_000, of: 1_201) { try hub.store.backup(to: hub.folder.file("crash.db")) }
    }
    let after = try hub.restored(from: "crash.db")
    #expect(try shown(after).count == 1_000 && audited(after).isEmpty)
    // As each opening does.
    for _ in 1...2 { try after.store.write { try Audit.finishUnfinished(now: after.clock.read(), in: $0) } }
    #expect(try audited(after) == [["added": 1_000, "changed": 0, "unfinished": 1]])
    #expect(try load(path, after) { _ in }.added == 201)
    #expect(try shown(after).count == 1_201 && audited(after).last == ["added": 201, "changed": 0])
    #expect(try after.store.read { try $0.localRows(of: [], in: "unfinished_audit", limit: 1) }.isEmpty)
  }

  @Test("an administrator who goes away in the middle ends the import, and that is audited")
  func gone() throws {
    struct Gone: Error {}
    let hub = try TestHub()
    let path = try write((0..<1_201).map { Self.line($0) }, on: hub)
    #expect(throws: AdminError.self) {
      try load(path, hub) { if $0 == .loaded(lines: 500, of: 1_201) { throw Gone() } }
    }
    #expect(try shown(hub).count == 500)
    #expect(try audited(hub) == [["added": 500, "changed": 0, "unfinished": 1]])
  }

  private func event(_ fields: String, scope: String = "public") -> String {
    #"{"type": "event", "key": "event/tea", "fields": {"set": "core", "scope": "\#(scope)", \#(fields)}}"#
  }

  @Test("a key that is put into another space is refused, and nobody goes on reading it where it was")
  func anotherSpace() throws {
    let hub = try TestHub()
    try load(hub, event(#""title": "Tea""#))
    let before = try shown(hub)
    #expect {
      try load(hub, event(#""title": "Tea""#, scope: "centre-staff"))
    } throws: { error in
      (error as? AdminError)?.code == .refused && (error as? AdminError)?.message.contains("'public'") == true
    }
    #expect(try shown(hub) == before)
    let record = RecordID.fixed(kind: "event", key: "event/tea")
    _ = try hub.administration.run(.erase(record.description, reason: "moved"))
    #expect(try load(hub, event(#""title": "Tea""#, scope: "centre-staff")).added == 1)
    #expect(
      try hub.store.read { reader in
        try reader.spaces(holding: record).filter { try reader.record(RecordKey($0, record))?.isErased == false }
      } == [hub.space("staff")])
  }

  @Test(
    "a value that a laptop refuses is refused in a file",
    arguments: [
      #""title": "Tea", "date": "2026-02-30""#, #""title": "Tea", "date": "2025-02-29""#,
      #""title": "Tea", "date": "2026-13""#, #""title": "" "#, #""title": " ""#, #""title": "\u200b""#,
    ])
  func values(fields: String) throws {
    let hub = try TestHub()
    #expect {
      try load(hub, event(fields))
    } throws: { error in
      (error as? AdminError)?.code == .badFile
    }
    #expect(try shown(hub).isEmpty)
  }

  @Test("a byte-order mark before a file, or between two that were joined, is understood and dropped")
  func byteOrderMark() throws {
    let hub = try TestHub()
    let mark = "\u{feff}"
    let other = event(#""title": "\#(mark)Cake""#).replacingOccurrences(of: "event/tea", with: "event/cake")
    #expect(try load(hub, mark + event(#""title": "Tea", "date": "2024-02-29""#) + "\n" + mark + other).added == 2)
    #expect(try shown(hub).values.compactMap { $0["title"] }.allSatisfy { [.text("Tea"), .text("Cake")].contains($0) })
  }
}
