// `board-hub audit`: administrators' commands and members' changes in one timeline, in an order that no wrong clock breaks, and
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

@Suite("The timeline")
struct TimeLineTests {
  let hub: TestHub

  init() throws {
    hub = try TestHub()
  }

  private func line(_ space: String? = nil) throws -> [[String: JSON]] {
    let (entries, report) = try hub.administration.audit(space: space)
    #expect(report == AuditReport(entries: entries.count, unreadable: 0, failure: nil))
    return entries.compactMap { if case .object(let fields) = $0.json { fields } else { nil } }
  }

  @Test("an offline change is one entry, with its writer, records and fields, and not its words")
  func change() async throws {
    let carer = try await hub.joined("carer")
    let event = try carer.add("canary", space: "cab")
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
    #expect(!(try line().contains { JSON.object($0).text.contains("canary") }))
  }

  @Test("commands and changes are in the order in which the hub received them, whatever any clock said")
  func order() async throws {
    let clock = ManualClock(milliseconds: hub.clock.read().milliseconds + 60_000)
    let carer = try await hub.joined("carer", clock: clock)
    let first = try carer.add("First", space: "cab")
    clock.advance(milliseconds: -50_000_000)
    let second = try carer.add("Second", space: "cab")
    try await carer.send()
    hub.clock.advance(milliseconds: 120_000)
    _ = try hub.administration.run(.leave(member: "carer", space: "cab"))
    let line = try line()
    #expect(line.first?["act"] == .string("invite") && line.last?["act"] == .string("leave"))
    func place(_ record: RecordID) -> Int? {
      line.firstIndex { JSON.object($0).text.contains(record.description) && $0["act"] == .string("change") }
    }
    let (one, two) = (try #require(place(first)), try #require(place(second)))
    #expect(one < two && line[two]["time"] == .string(clock.read().iso8601))
  }

  @Test("the timeline of one space has its changes, and the commands about it")
  func oneSpace() async throws {
    let carer = try await hub.joined("carer")
    _ = try hub.code(for: "chair", spaces: ["public"])
    try carer.add("Tea", space: "cab")
    try carer.add("Cake", space: "public")
    try await carer.send()
    let line = try line("cab")
    #expect(Set(line.filter { $0["act"] == .string("change") }.map { $0["space"]?.text }) == ["\"cab\""])
    #expect(line.filter { $0["act"] == .string("invite") }.map { $0["name"] } == [.string("carer")])
    #expect(throws: AdminError.self) { try hub.administration.run(.audit(space: "moon")) }
    #expect(throws: AdminError.self) { try hub.administration.run(.audit(space: "control")) }
  }
}
