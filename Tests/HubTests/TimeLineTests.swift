// `board-hub audit`: administrators' acts and members' changes in one time line, in an order that no wrong clock breaks, and
// none of what was written.

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

@Suite("The time line")
struct TimeLineTests {
  let folder: TemporaryFolder
  let hub: TestHub

  init() throws {
    folder = try TemporaryFolder()
    hub = try TestHub(folder.file("hub.db"))
  }

  private func line(_ space: String? = nil) throws -> [[String: JSON]] {
    guard case .object(let answer) = try hub.acts.run(.audit(space: space)).json,
      case .array(let entries)? = answer["entries"]
    else { return [] }
    #expect(answer["verified"] == .bool(true) && answer["damage"] == .null && answer["unreadable"] == .integer(0))
    return entries.compactMap { if case .object(let fields) = $0 { fields } else { nil } }
  }

  private func add(_ title: String, on device: TestDevice, to space: String = "cab") throws -> RecordID {
    try device.copy.add(kind: "event", [.text(field: "title", title)], space: space).id
  }

  @Test("an offline change is one entry, with its writer, records and fields, and not its words")
  func change() async throws {
    let carer = try await TestDevice.joined(folder.file("carer.db"), as: "carer", at: hub)
    let event = try add("canary", on: carer)
    try await carer.send()
    let member = try carer.copy.membership().member
    let entry = try #require(try line().first { $0["author"] == .string(member.description) })
    #expect(entry["act"] == .string("change") && entry["space"] == .string("cab") && entry["refused"] == .null)
    #expect(entry["name"] == .string("carer"))
    let record: [String: JSON] = [
      "record": .string(event.description), "kind": .string("event"),
      "acts": .array([.string("make"), .string("write")]), "fields": .array([.string("title")]),
    ]
    #expect(entry["records"] == .array([.object(record)]))
    #expect(!(try hub.acts.run(.audit(space: nil)).json.text.contains("canary")))
  }

  @Test("acts and changes stand in one line by their times; a clock that goes back turns no copy's own order around")
  func order() async throws {
    let clock = ManualClock(milliseconds: hub.clock.read().milliseconds + 60_000)
    let carer = try await TestDevice.joined(folder.file("carer.db"), as: "carer", at: hub, clock: clock)
    let first = try add("First", on: carer)
    clock.advance(milliseconds: -50_000_000)
    let second = try add("Second", on: carer)
    try await carer.send()
    hub.clock.advance(milliseconds: 120_000)
    _ = try hub.acts.run(.leave(member: "carer", space: "cab"))
    let line = try line()
    #expect(line.first?["act"] == .string("invite") && line.last?["act"] == .string("leave"))
    func place(_ record: RecordID) -> Int? {
      line.firstIndex { JSON.object($0).text.contains(record.description) && $0["act"] == .string("change") }
    }
    let (one, two) = (try #require(place(first)), try #require(place(second)))
    #expect(one < two && line[two]["time"] == .string(clock.read().iso8601))
  }

  @Test("of one space: its changes, and the acts that were about it")
  func oneSpace() async throws {
    let carer = try await TestDevice.joined(folder.file("carer.db"), as: "carer", at: hub)
    _ = try hub.code(for: "chair", spaces: ["public"])
    _ = try add("Tea", on: carer)
    _ = try add("Cake", on: carer, to: "public")
    try await carer.send()
    let line = try line("cab")
    #expect(Set(line.filter { $0["act"] == .string("change") }.map { $0["space"]?.text }) == ["\"cab\""])
    #expect(line.filter { $0["act"] == .string("invite") }.map { $0["name"] } == [.string("carer")])
    #expect(throws: AdminError.self) { try hub.acts.run(.audit(space: "moon")) }
    #expect(throws: AdminError.self) { try hub.acts.run(.audit(space: "control")) }
  }
}
