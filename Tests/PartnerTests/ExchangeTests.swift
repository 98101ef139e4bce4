// What two universities see of each other: exactly what their agreement names, and nothing before both have signed it.

import Cryptography
import Foundation
import PartnerExchange
import RecordModel
import Replication
import SQLiteStorage
import SyncHub
import TestKit
import Testing

/// Birmingham and Leeds, with an agreement about events.
private struct Pair {
  let birmingham: University
  let leeds: University
  let agreement: Agreement

  static let text = """
    agreement: birmingham-leeds
    version: 1
    purpose: Show each other's public events
    lawful_basis: Public task (UK GDPR article 6(1)(e))
    from: 2026-01-01
    to: 2027-07-31
    at_end: delete
    retention: As long as the agreement is in force
    us: {name: University of Birmingham, country: United Kingdom, role: sole}
    them: {name: University of Leeds, country: United Kingdom, role: sole}
    we_share:
      - kind: event
        space: public
        where: {kind: seminar}
        fields: [title, date, date_precision, host_refs, status]
        suggest: [date, date_precision]
      - kind: organisation
        space: public
        fields: [name]
    they_share:
      - kind: event
        space: public
        fields: [title]
        free_text: [summary]
    """

  init(signed: Bool = true) async throws {
    let clock = ManualClock()
    birmingham = try University("University of Birmingham", clock: clock)
    leeds = try University("University of Leeds", clock: clock)
    try await birmingham.meet(leeds)
    agreement = try birmingham.propose(Self.text, to: leeds)
    try await leeds.exchange(with: birmingham)
    guard signed else { return }
    try birmingham.sign(agreement, with: leeds)
    try leeds.sign(agreement, with: birmingham)
    try await leeds.exchange(with: birmingham)
    for side in [birmingham, leeds] { try side.confirm(agreement) }
  }

  func exchange() async throws { try await leeds.exchange(with: birmingham) }
}

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
      .add(try event(pair.birmingham, "Spring seminar"), field: "host_refs", .link(host)),
      .add(try event(pair.birmingham, "Spring seminar"), field: "host_refs", .link(secret)),
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
    try expectNoCanary(at: pair.leeds, pair)
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
    try expectNoCanary(at: pair.leeds, pair)
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
    #expect(try !files(of: pair.leeds).contains { $0.firstRange(of: Array("GONE-title".utf8)) != nil })

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
    #expect(try !files(of: pair.leeds).contains { $0.firstRange(of: Array("GONE-title".utf8)) != nil })
  }

  private func event(_ university: University, _ title: String) throws -> RecordID {
    try university.hub.store.read { reader in
      var found: RecordID?
      let space = try #require(try reader.spaces().first { $0.name == "public" }).id
      try reader.forEachRecord(in: space, kind: "event") { record, state in
        if state.shownFields(by: university.hub.model.rules)["title"] == .text(title) { found = record }
      }
      return try #require(found)
    }
  }

  private func files(of university: University) throws -> [[UInt8]] {
    let folder = university.hub.folder.file("")
    return try FileManager.default.subpathsOfDirectory(atPath: folder).compactMap {
      FileManager.default.contents(atPath: folder + "/" + $0).map { Array($0) }
    }
  }

  /// Looks for what was planted in fields that no rule names, in every file of a university and all that travelled.
  private func expectNoCanary(at university: University, _ pair: Pair) throws {
    let canary = Array("CANARY".utf8)
    #expect(try !files(of: university).contains { $0.firstRange(of: canary) != nil })
    #expect(
      !(pair.leeds.transport.bytes + pair.birmingham.transport.bytes).contains { $0.firstRange(of: canary) != nil })
  }
}
