// A partner's administrator corrects a record whose home is elsewhere. Home's value stands until somebody there decides.

import Foundation
import PartnerExchange
import RecordModel
import Replication
import SQLiteStorage
import SyncHub
import TestKit
import Testing

@Suite struct SuggestionTests {
  /// The wrong date stood, because the university that noticed it could not say so.
  @Test func takenBecomesHomesValue() async throws {
    let pair = try await Pair()
    let event = try pair.birmingham.add(
      "event",
      [
        "title": .text("Seminar"), "kind": .text("seminar"), "date": .text("2027-03-04"),
        "date_precision": .text("day"),
      ])
    try await pair.exchange()
    #expect(try pair.leeds.suggest(.text("2027-04-01"), "date", of: "Seminar") != nil)
    // Home's value stands meanwhile, on both sides.
    #expect(try pair.leeds.received(from: pair.birmingham).first?["date"] == .text("2027-03-04"))
    try await pair.exchange()

    let question = try #require(try pair.birmingham.crossings().first)
    #expect(
      question.subject
        == .suggestion(
          .text("2027-04-01"), words: "the room is taken", writer: "an administrator there", isOutOfDate: false))
    #expect(question.value == .text("2027-03-04"))
    try pair.birmingham.decide(question, .take)
    #expect(try pair.birmingham.fields(of: event)["date"] == .text("2027-04-01"))
    #expect(try pair.birmingham.crossings().isEmpty)
    try await pair.exchange()
    #expect(try pair.leeds.received(from: pair.birmingham).first?["date"] == .text("2027-04-01"))
    let made = try pair.leeds.hub.store.read { try OwnSuggestions.all(in: $0) }
    #expect(made.map { $0.answer?.isTaken } == [true])
  }

  /// A suggestion was taken over what its writer had never seen, and nobody was told.
  @Test func changedSince() async throws {
    let pair = try await Pair()
    let event = try pair.birmingham.add("event", ["title": .text("Seminar"), "kind": .text("seminar")])
    try await pair.exchange()
    _ = try pair.leeds.suggest(.text("2027-04-01"), "date", of: "Seminar")
    try pair.birmingham.write([.set(event, field: "date", .text("2027-05-05"))])
    try await pair.exchange()
    let question = try #require(try pair.birmingham.crossings().first)
    guard case .suggestion(_, _, _, let isOutOfDate) = question.subject else {
      Issue.record("no suggestion")
      return
    }
    #expect(isOutOfDate)
    try pair.birmingham.decide(question, .leave(reason: "moved since"))
    try await pair.exchange()
    #expect(try pair.birmingham.fields(of: event)["date"] == .text("2027-05-05"))
    let made = try pair.leeds.hub.store.read { try OwnSuggestions.all(in: $0) }
    #expect(made.map(\.answer) == [SuggestionAnswer(isTaken: false, reason: "moved since")])
  }

  /// A field was changed from outside that the agreement lets nobody suggest.
  @Test func onlyWhatMayBeSuggested() async throws {
    let pair = try await Pair()
    try pair.birmingham.add("event", ["title": .text("Seminar"), "kind": .text("seminar")])
    try await pair.exchange()
    #expect(try pair.leeds.suggest(.text("Another"), "title", of: "Seminar") == nil)
  }

  /// Somebody's access need reached another university in a summary that nobody had read.
  @Test func freeTextWaitsForALook() async throws {
    let pair = try await Pair()
    let event = try pair.leeds.add("event", ["title": .text("Leeds day"), "summary": .text("CANARY one")])
    try await pair.exchange()
    #expect(try pair.birmingham.received(from: pair.leeds).first?.keys.sorted() == ["title"])
    let question = try #require(try pair.leeds.crossings().first)
    #expect(question.value == .text("CANARY one"))
    try pair.leeds.decide(question, .edit("All are welcome"))
    try await pair.exchange()
    #expect(try pair.birmingham.received(from: pair.leeds).first?["summary"] == .text("All are welcome"))

    // What is written later waits again, and what was passed stands.
    try pair.leeds.write([.set(event, field: "summary", .text("CANARY two"))])
    try await pair.exchange()
    #expect(try pair.birmingham.received(from: pair.leeds).first?["summary"] == .text("All are welcome"))
    try pair.leeds.decide(try #require(try pair.leeds.crossings().first), .leave(reason: ""))
    try await pair.exchange()
    #expect(try pair.birmingham.received(from: pair.leeds).first?.keys.sorted() == ["title"])
    let canary = Array("CANARY".utf8)
    #expect(try !pair.birmingham.files().contains { $0.firstRange(of: canary) != nil })
    #expect(!pair.leeds.transport.bytes.contains { $0.firstRange(of: canary) != nil })
  }

  /// A suggestion that nobody took stayed at the other university after the end.
  @Test(arguments: [false, true])
  func notTakenStaysWithItsMaker(isAnswered: Bool) async throws {
    let pair = try await Pair()
    try pair.birmingham.add(
      "event", ["title": .text("Seminar"), "kind": .text("seminar"), "date": .text("2027-03-04")])
    try await pair.exchange()
    _ = try pair.leeds.suggest(.text("2031-12-24"), "date", of: "Seminar")
    try await pair.exchange()
    let question = try #require(try pair.birmingham.crossings().first)
    if isAnswered { try pair.birmingham.decide(question, .leave(reason: "no")) }
    try pair.birmingham.end(pair.agreement, with: pair.leeds)
    for _ in 0..<2 { try await pair.exchange() }
    #expect(try !pair.birmingham.files().contains { $0.firstRange(of: Array("2031-12-24".utf8)) != nil })
    #expect(try pair.leeds.hub.store.read { try OwnSuggestions.all(in: $0) }.count == 1)
  }
}
