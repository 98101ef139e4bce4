// What two universities see of each other: exactly what their agreement names, and nothing before both have signed it.

import Cryptography
import Foundation
import HubAdministration
import PartnerExchange
import RecordModel
import Replication
import SQLiteStorage
import SyncHub
import TestKit
import Testing

@Suite struct ExchangeTests {
  /// A seminar reached the other university with a field that no rule names.
  @Test func onlyWhatTheAgreementNames() async throws {
    let pair = try await Pair()
    let host = try pair.birmingham.add("organisation", ["name": .text("The host"), "place": .text("CANARY-place")])
    let secret = try pair.birmingham.add("organisation", ["name": .text("CANARY-organisation")], space: "staff")
    try pair.birmingham.add(
      "event",
      [
        "title": .text("Spring seminar"), "kind": .text("seminar"), "date": .text("2027-03-04"),
        "date_precision": .text("day"), "summary": .text("CANARY-summary"), "audience": .text("CANARY-audience"),
      ])
    try pair.birmingham.write([
      .add(try pair.birmingham.event("Spring seminar"), field: "host_refs", .link(host)),
      .add(try pair.birmingham.event("Spring seminar"), field: "host_refs", .link(secret)),
    ])
    try pair.birmingham.add("event", ["title": .text("CANARY-lecture"), "kind": .text("lecture")])
    try pair.birmingham.add("topic", ["name": .text("CANARY-topic")])
    try await pair.exchange()

    let received = try pair.leeds.received(from: pair.birmingham)
    let seminar = try #require(received.first { $0["title"] == .text("Spring seminar") })
    #expect(Set(seminar.keys) == ["title", "date", "date_precision", "host_refs"])
    #expect(seminar["date"] == .text("2027-03-04"))
    let hosts = try #require(received.first { $0["name"] == .text("The host") })
    #expect(Set(hosts.keys) == ["name"])
    #expect(received.count == 2)
    if case .list(let links)? = seminar["host_refs"] { #expect(links.count == 1) } else { Issue.record("no hosts") }
    try pair.expectNoCanary()
  }

  /// Somebody's records crossed before both universities had signed.
  @Test func nothingBeforeBothHaveSigned() async throws {
    let pair = try await Pair(signed: false)
    try pair.birmingham.add("event", ["title": .text("CANARY-seminar"), "kind": .text("seminar")])
    try pair.birmingham.sign(pair.agreement, with: pair.leeds)
    try pair.birmingham.confirm(pair.agreement)
    try await pair.exchange()
    try await pair.exchange()
    #expect(try pair.leeds.received(from: pair.birmingham).isEmpty)
    try pair.expectNoCanary()
  }

  /// A record that no longer meets the condition stayed at the other university.
  @Test func whatNoLongerMatchesIsErasedThere() async throws {
    let pair = try await Pair()
    let event = try pair.birmingham.add("event", ["title": .text("GONE-title"), "kind": .text("seminar")])
    try await pair.exchange()
    #expect(try pair.leeds.received(from: pair.birmingham).count == 1)
    try pair.birmingham.write([.set(event, field: "kind", .text("lecture"))])
    try await pair.exchange()
    #expect(try pair.leeds.received(from: pair.birmingham).isEmpty)
    #expect(try !pair.leeds.files().contains { $0.firstRange(of: Array("GONE-title".utf8)) != nil })

    // It may cross again, under another id.
    try pair.birmingham.write([.set(event, field: "kind", .text("seminar"))])
    try await pair.exchange()
    #expect(try pair.leeds.received(from: pair.birmingham).map { $0["title"] } == [.text("GONE-title")])
  }

  /// Both universities give, though only one of them can be reached.
  @Test func bothWaysOverOneConnection() async throws {
    let pair = try await Pair()
    try pair.leeds.add("event", ["title": .text("Leeds day"), "kind": .text("seminar")])
    try await pair.exchange()
    #expect(try pair.birmingham.received(from: pair.leeds).map { $0["title"] } == [.text("Leeds day")])
  }

  /// The agreement had ended, and the other university kept what it had.
  @Test func theEndClearsBothSides() async throws {
    let pair = try await Pair()
    try pair.birmingham.add("event", ["title": .text("GONE-title"), "kind": .text("seminar")])
    try pair.leeds.add("event", ["title": .text("GONE-leeds"), "kind": .text("seminar")])
    try await pair.exchange()
    try pair.birmingham.end(pair.agreement, with: pair.leeds)
    try await pair.exchange()
    try await pair.exchange()
    for side in [pair.birmingham, pair.leeds] {
      let other = side === pair.leeds ? pair.birmingham : pair.leeds
      #expect(try side.received(from: other).isEmpty)
      let state = try side.state(of: pair.agreement, with: other)
      #expect(state.ours?.certificate?.records == 1)
      #expect(state.theirs?.certificate?.records == 1)
      #expect(state.ending?.reason == "no longer needed")
    }
    #expect(try !pair.leeds.files().contains { $0.firstRange(of: Array("GONE-title".utf8)) != nil })
  }
}

/// What a rule was made for is written in ways that an agreement's first day does not show.
@Suite struct ProjectionTests {
  private static func text(_ version: Int, _ fields: String) -> String {
    Pair.text.replacing("version: 1", with: "version: \(version)")
      .replacing("[title, date, date_precision, time, host_refs, status]", with: fields)
      .replacing("    suggest: [date, date_precision, time]\n", with: "")
  }

  private func replace(_ pair: Pair, _ version: Int, _ fields: String) async throws {
    let next = try pair.birmingham.propose(Self.text(version, fields), to: pair.leeds)
    try pair.birmingham.sign(next, with: pair.leeds)
    try await pair.exchange()
    try pair.leeds.sign(next, with: pair.birmingham)
    for side in [pair.birmingham, pair.leeds] { try side.confirm(next) }
    for _ in 0..<2 { try await pair.exchange() }
  }

  /// A hub never came to rest, because two events each named the other in a field that is written once.
  @Test(.timeLimit(.minutes(5))) func linksInACircle() async throws {
    let pair = try await Pair()
    try await replace(pair, 2, "[title, home_ref, date, date_precision, time]")
    var events: [RecordID] = []
    for number in 0..<2 {
      events.append(
        try pair.birmingham.add("event", ["title": .text("Seminar \(number)"), "kind": .text("seminar")]))
    }
    for (event, other) in zip(events, events.reversed()) {
      try pair.birmingham.write([
        .set(event, field: "home_ref", .link(other)), .set(event, field: "date", .text("2027-03-04")),
      ])
    }
    try await pair.exchange()
    #expect(try pair.leeds.received(from: pair.birmingham).map { $0["home_ref"] != nil } == [true, true])
    // What must vanish from the history of one makes both again, under other ids.
    try pair.birmingham.write([.set(events[0], field: "date", .null)])
    for _ in 0..<2 { try await pair.exchange() }
    #expect(try pair.leeds.received(from: pair.birmingham).map { $0["home_ref"] != nil } == [true, true])
  }

  /// The only host of a seminar was deleted, and nothing that was written of the seminar afterwards was shown.
  @Test func theLastLinkGoes() async throws {
    let pair = try await Pair()
    let host = try pair.birmingham.add("organisation", ["name": .text("The host")])
    let event = try pair.birmingham.add("event", ["title": .text("Seminar"), "kind": .text("seminar")])
    try pair.birmingham.write([.add(event, field: "host_refs", .link(host))])
    try await pair.exchange()
    #expect(try pair.leeds.received(from: pair.birmingham).contains { $0["host_refs"] != nil })
    try pair.birmingham.write([.delete(host)])
    try await pair.exchange()
    try pair.birmingham.write([.set(event, field: "title", .text("Moved"))])
    try await pair.exchange()
    #expect(try pair.leeds.received(from: pair.birmingham) == [["title": .text("Moved")]])
  }

  /// A record was erased after an agreement's end, and its words stayed in what the agreement had given.
  @Test func nothingOutlivesTheEndAtHome() async throws {
    let pair = try await Pair()
    let event = try pair.birmingham.add("event", ["title": .text("GONE-title"), "kind": .text("seminar")])
    try await pair.exchange()
    #expect(try pair.birmingham.given() == ["event"])
    try pair.birmingham.end(pair.agreement, with: pair.leeds)
    try await pair.exchange()
    #expect(try pair.birmingham.given().isEmpty)
    _ = try pair.birmingham.hub.administration.run(.erase("\(event)", reason: "asked for"))
    #expect(try !pair.birmingham.files().contains { $0.firstRange(of: Array("GONE-title".utf8)) != nil })
  }

  /// A value of 0 was absent at the partner.
  @Test func zeroCrosses() async throws {
    let pair = try await Pair()
    let next = try pair.birmingham.propose(
      Self.text(2, "[title]").replacing("kind: organisation", with: "kind: unit").replacing(
        "[name]", with: "[name, professional_staff]"), to: pair.leeds)
    try pair.birmingham.sign(next, with: pair.leeds)
    try await pair.exchange()
    try pair.leeds.sign(next, with: pair.birmingham)
    for side in [pair.birmingham, pair.leeds] { try side.confirm(next) }
    try pair.birmingham.add("unit", ["name": .text("A unit"), "professional_staff": .integer(0)])
    for _ in 0..<2 { try await pair.exchange() }
    #expect(try pair.leeds.received(from: pair.birmingham).first?["professional_staff"] == .integer(0))
  }
}
