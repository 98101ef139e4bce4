// What an administrator is told of partners: agreements that end soon, what waits for a look, and the questions in words.

import HubAdministration
import HubTerminal
import PartnerExchange
import Replication
import SQLiteStorage
import SafeText
import SyncHub
import TestKit
import Testing

@Suite struct PartnerStatusTests {
  private func told(_ university: University) throws -> String {
    let status = try university.hub.administration.run(.status)
    #expect(try HubStatus(json: status.json) == status)
    return status.lines.map(\.description).joined(separator: "\n")
  }

  private func advance(_ pair: Pair, to day: String) {
    let days = Int64(CivilDay(day)!.number) - CivilDay(of: pair.leeds.hub.clock.read()).number
    pair.leeds.hub.clock.advance(milliseconds: days * 86_400_000)
  }

  /// An agreement ended, and nobody had been told that it would.
  @Test func warnedBeforeTheEnd() async throws {
    let pair = try await Pair()
    advance(pair, to: "2027-05-31")
    for side in [pair.birmingham, pair.leeds] { #expect(try !told(side).contains("it ends")) }
    for (day, words) in [
      ("2027-06-01", "in 60 days"), ("2027-07-01", "in 30 days"), ("2027-07-24", "in 7 days"),
      ("2027-07-30", "in 1 day."), ("2027-07-31", "today"),
    ] {
      advance(pair, to: day)
      for side in [pair.birmingham, pair.leeds] {
        let other = side === pair.leeds ? pair.birmingham.name : pair.leeds.name
        let told = try told(side)
        #expect(told.contains("The agreement birmingham-leeds with \(other): it ends \(words)"), "\(told)")
      }
    }
    advance(pair, to: "2027-08-01")
    for side in [pair.birmingham, pair.leeds] { #expect(try !told(side).contains("it ends")) }
  }

  /// A renewed agreement was called one that ends soon.
  @Test func renewedIsNotNearItsEnd() async throws {
    let pair = try await Pair()
    advance(pair, to: "2027-07-01")
    let next = try pair.birmingham.propose(
      Pair.text.replacing("version: 1", with: "version: 2").replacing("from: 2026-01-01", with: "from: 2027-08-01")
        .replacing("to: 2027-07-31", with: "to: 2028-07-31"), to: pair.leeds)
    try pair.birmingham.sign(next, with: pair.leeds)
    try await pair.exchange()
    #expect(try told(pair.birmingham).contains("it ends in 30 days"))
    try pair.leeds.sign(next, with: pair.birmingham)
    try await pair.exchange()
    for side in [pair.birmingham, pair.leeds] { #expect(try !told(side).contains("it ends")) }
  }

  /// The list of agreements said neither when one ends nor what happens then.
  @Test func agreementsInWords() async throws {
    let pair = try await Pair()
    advance(pair, to: "2027-07-24")
    func lines(_ agreement: String?) throws -> [String] {
      try pair.leeds.hub.administration.run(AgreementShowCommand(agreement)).lines.map(\.description)
    }
    let ends = "and it ends in 7 days: each side then deletes what it received"
    #expect(
      try lines(nil) == [
        "1 agreement.", "  birmingham-leeds, version 1, with University of Birmingham: signed by both, " + ends,
      ])
    let whole = try lines("birmingham-leeds")
    #expect(whole.first == "birmingham-leeds, version 1, with University of Birmingham: signed by both, \(ends).")
    #expect(
      whole.contains(
        "From 2026-01-01 to 2027-07-31, by each hub's own calendar. Either side can end it alone, at once."))
    #expect(whole.contains("    after somebody has looked at each: Summary"), "\(whole)")
    try pair.leeds.end(pair.agreement, with: pair.birmingham, reason: "the project is over")
    #expect(
      try lines(nil).last
        == "  birmingham-leeds, version 1, with University of Birmingham: ended: the project is over")
  }

  /// A value waited for weeks, because 'status' said nothing of it; and the question did not say who asks what.
  @Test func whatWaits() async throws {
    let pair = try await Pair()
    try pair.birmingham.add(
      "event", ["title": .text("Seminar"), "kind": .text("seminar"), "date": .text("2027-03-04")])
    try pair.leeds.add("event", ["title": .text("Leeds day"), "summary": .text("Ring Ann on 0121")])
    try await pair.exchange()
    #expect(try told(pair.leeds).contains("1 thing waits for a look before it crosses to or from a partner."))
    #expect(try !told(pair.birmingham).contains("for a look"))
    _ = try pair.leeds.suggest(.text("2027-04-01"), "date", of: "Seminar")
    try await pair.exchange()
    #expect(try told(pair.birmingham).contains("1 thing waits for a look"))

    func lines(_ side: University) throws -> [String] {
      try side.hub.administration.run(ReviewListCommand()).lines.map(\.description)
    }
    #expect(
      try lines(pair.birmingham) == [
        "1 question needs a person.",
        "1. Seminar: University of Leeds suggests another value: the room is taken. This takes 'take', or 'leave' and "
          + "why.",
        "Type 'review show 1' to see one, 'review settle 1 VALUE' to settle it.",
      ])
    #expect(
      try lines(pair.leeds)[1]
        == "1. Leeds day: These words would go to University of Birmingham. Look at them. This takes 'pass', "
        + "'leave out', or 'edit' and the words that University of Birmingham is to get.")
    let shown = try pair.birmingham.hub.administration.run(ReviewShowCommand.reviewShow("1")).lines.map(\.description)
    #expect(
      shown == [
        "Seminar, date",
        "University of Leeds suggests another value: the room is taken. This takes 'take', or 'leave' and why.",
        "Version A, by the Centre: 2027-03-04", "Version B, by an administrator there: 2027-04-01",
      ])
    let settled = try pair.birmingham.hub.administration.run(ReviewSettleCommand.reviewSettle("1", value: "take"))
    #expect(
      settled.lines.map(\.description)
        == ["Done: date has the value that University of Leeds suggested. 0 questions are left."])
    let passed = try pair.leeds.hub.administration.run(ReviewSettleCommand.reviewSettle("1", value: "leave out"))
    #expect(passed.lines.map(\.description) == ["Done: These words stay here. 0 questions are left."])
  }
}
