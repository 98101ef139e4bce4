// Settling at the hub: a number is a name for what was last listed, and a value is judged as at every other door.

import Foundation
import HubAdministration
import RecordModel
import Replication
import TestKit
import Testing

@Suite("Settling questions")
struct ReviewSettleTests {
  let hub: TestHub

  init() throws {
    hub = try TestHub()
    let fixture = URL(fileURLWithPath: #filePath).deletingLastPathComponent()
      .appendingPathComponent("../Fixtures/seed-records.jsonl")
    _ = try hub.administration.load(String(contentsOf: fixture, encoding: .utf8))
  }

  private func settle(_ name: String, _ value: String) -> AdminError.Code? {
    do {
      _ = try hub.administration.run(.reviewSettle(name, value: value))
      return nil
    } catch { return error.code }
  }

  private func open() throws -> [String] { try hub.administration.run(.reviewList).questions.map(\.id) }

  @Test("a number typed twice settles one question, and leaves the one that moved up as it was")
  func twice() throws {
    #expect(settle("1", "6") == .noSuchQuestion)
    let questions = try hub.administration.run(.reviewList).questions
    let number = try #require(questions.first { $0.field == "kind" }?.number)
    #expect(settle("\(number)", "roundtable") == nil)
    #expect(settle("\(number)", "roundtable") == .noSuchQuestion)
    // The others keep the numbers that were shown.
    #expect(try hub.administration.run(.reviewShow("\(number + 1)")).id == questions[number].id)
    #expect(try open().count == questions.count - 1)
    #expect(settle("\(questions.count)", "roundtable") != nil)
  }

  @Test("a blank value settles nothing", arguments: ["", "  ", "\u{200b}"])
  func blank(value: String) throws {
    let before = try open()
    #expect(settle(before[0], value) == .badValue)
    #expect(try open() == before)
  }

  @Test("a day that no calendar has settles no date")
  func date() async throws {
    let (carer, chair) = (try await hub.joined("carer"), try await hub.joined("helper"))
    let event = try carer.add("Tea")
    try await carer.send()
    try await chair.send()
    try carer.set(event, "date", "2026-12-10")
    try chair.set(event, "date", "2026-12-11")
    for device in [carer, chair] { try await device.send() }
    let question = try #require(
      try hub.administration.run(.reviewList).questions.first { $0.record == event && $0.field == "date" })
    #expect(settle(question.id, #"{"date": "2026-02-30"}"#) == .badValue)
    #expect(settle(question.id, #"{"date": "2026-12-10"}"#) == nil)
  }
}
