// Agreements as documents: written, checked, signed, and in force only when both sides say so.

import BoardModel
import Cryptography
import PartnerExchange
import RecordModel
import Replication
import SQLiteStorage
import SyncHub
import TestKit
import Testing

@Suite struct AgreementTests {
  /// A typing mistake gave away what nobody meant to give.
  @Test(arguments: [
    ("date_precision, time, host_refs, status]", "status]", "date_precision"),
    ("fields: [title, date, date_precision, time, host_refs, status]", "fields: [titel]", "titel"),
    ("fields: [name]", "fields: [name, kind]", "free_text"),
    ("kind: organisation", "kind: organization", "organization"),
    ("where: {kind: seminar}", "where: {kin: seminar}", "kin"),
    ("space: public", "space: private", "private"),
    ("to: 2027-07-31", "to: 2025-07-31", "'to'"),
    ("to: 2027-07-31", "to: soon", "'to'"),
    ("at_end: delete", "at_end: keep", "keep"),
    ("version: 1", "version: 0", "version"),
    ("suggest: [date, date_precision, time]", "suggest: [audience]", "audience"),
    ("agreement: birmingham-leeds", "agreement: Birmingham and Leeds", "Birmingham"),
    ("purpose: Show", "purposes: Show", "purposes"),
  ])
  func mistakes(written: String, mistaken: String, named: String) throws {
    let text = Pair.text.replacing(written, with: mistaken, maxReplacements: 1)
    let error = #expect(throws: ModelError.self) { try agreement(text) }
    #expect("\(try #require(error))".contains(named))
  }

  /// Two sides signed different bytes of what looked the same.
  @Test func oneEncoding() throws {
    let agreement = try agreement(Pair.text)
    #expect(try Agreement(decoding: agreement.encoded) == agreement)
    for cut in 0..<agreement.encoded.count {
      #expect(throws: CBORError.self) { try Agreement(decoding: Array(agreement.encoded.prefix(cut))) }
    }
    var longer = agreement.encoded
    longer.append(0)
    #expect(throws: CBORError.self) { try Agreement(decoding: longer) }
  }

  /// A hub believed a signature by a key that was not its partner's.
  @Test func signedByAnotherKey() throws {
    let agreement = try agreement(Pair.text)
    let signature = agreement.signature(by: SigningKey())
    #expect(!agreement.isSigned(with: signature, by: agreement.parties[0].key))
  }

  /// Two administrators signed different versions at once, and each hub gave by its own.
  @Test func differentVersionsAtOnce() async throws {
    let pair = try await Pair(signed: false)
    let ours = pair.agreement
    let theirs = try pair.leeds.propose(
      Pair.text.replacing("we_share", with: "x_share").replacing("they_share", with: "we_share")
        .replacing("x_share", with: "they_share").replacing("University of Leeds", with: "X")
        .replacing("University of Birmingham", with: "University of Leeds")
        .replacing("X", with: "University of Birmingham"), to: pair.birmingham)
    try pair.birmingham.sign(ours, with: pair.leeds)
    try pair.leeds.sign(theirs, with: pair.birmingham)
    try await pair.exchange()
    for side in [pair.birmingham, pair.leeds] {
      let other = side === pair.leeds ? pair.birmingham : pair.leeds
      #expect(try !side.sign(side === pair.leeds ? ours : theirs, with: other))
      let partner = try side.partner(other.name)
      let inForce = try side.hub.store.read {
        try Papers(with: partner, in: $0)?.inForce(at: side.hub.clock.read(), in: $0)
      }
      #expect(inForce == [])
    }
  }

  /// A hub gave on after the last day, because nobody's timer had run.
  @Test func theLastDay() async throws {
    let pair = try await Pair()
    try pair.birmingham.add("event", ["title": .text("GONE"), "kind": .text("seminar")])
    try await pair.exchange()
    let days = Int64(CivilDay("2027-08-01")!.number) - CivilDay(of: pair.birmingham.hub.clock.read()).number
    pair.birmingham.hub.clock.advance(milliseconds: days * 86_400_000)
    // Asked directly, before any housekeeping.
    let key = try pair.leeds.side.key
    let space = PartnerSpace.outgoing(
      of: pair.agreement.id, from: try pair.birmingham.side.hub, to: try pair.leeds.side.hub)
    let isOpen = try pair.birmingham.hub.store.read { reader in
      try PartnerSpace.isOpen(space, at: pair.birmingham.hub.clock.read(), reader)
    }
    #expect(!isOpen)
    #expect(try pair.birmingham.hub.store.read { try Directory($0).partner(key: key) } != nil)
    try await pair.exchange()
    try await pair.exchange()
    #expect(try pair.leeds.received(from: pair.birmingham).isEmpty)
    let state = try pair.leeds.state(of: pair.agreement, with: pair.birmingham)
    #expect(state.ending?.reason.contains("2027-07-31") == true)
    #expect(state.theirs?.certificate != nil)
  }

  /// A renewal brought everything twice, or nothing at all.
  @Test func renewed() async throws {
    let pair = try await Pair()
    try pair.birmingham.add("event", ["title": .text("Seminar"), "kind": .text("seminar")])
    try await pair.exchange()
    try pair.birmingham.end(pair.agreement, with: pair.leeds)
    try await pair.exchange()
    #expect(try pair.leeds.received(from: pair.birmingham).isEmpty)
    let next = try pair.birmingham.propose(Pair.text.replacing("version: 1", with: "version: 2"), to: pair.leeds)
    try pair.birmingham.sign(next, with: pair.leeds)
    try await pair.exchange()
    try pair.leeds.sign(next, with: pair.birmingham)
    try await pair.exchange()
    #expect(try pair.leeds.received(from: pair.birmingham).isEmpty)
    try pair.birmingham.confirm(next)
    try await pair.exchange()
    #expect(try pair.leeds.received(from: pair.birmingham).map { $0["title"] } == [.text("Seminar")])
  }

  /// A rule was made narrower, and what it no longer names stayed with the partner.
  @Test func narrower() async throws {
    let pair = try await Pair()
    try pair.birmingham.add(
      "event", ["title": .text("Seminar"), "kind": .text("seminar"), "status": .text("confirmed")])
    try pair.birmingham.add("organisation", ["name": .text("GONE-organisation")])
    try await pair.exchange()
    #expect(try pair.leeds.received(from: pair.birmingham).count == 2)
    let next = try pair.birmingham.propose(
      Pair.text.replacing("version: 1", with: "version: 2").replacing("host_refs, status", with: "host_refs")
        .replacing("  - kind: organisation\n    space: public\n    fields: [name]\n", with: ""), to: pair.leeds)
    try pair.birmingham.sign(next, with: pair.leeds)
    try await pair.exchange()
    try pair.leeds.sign(next, with: pair.birmingham)
    try pair.birmingham.confirm(next)
    try await pair.exchange()
    try await pair.exchange()
    let received = try pair.leeds.received(from: pair.birmingham)
    #expect(received.map { Set($0.keys) } == [["title"]])
    #expect(try !pair.leeds.files().contains { $0.firstRange(of: Array("GONE-organisation".utf8)) != nil })
  }

  private func agreement(_ text: String) throws -> Agreement {
    let (us, them) = (HubID(bytes: [UInt8](repeating: 1, count: 16))!, HubID(bytes: [UInt8](repeating: 2, count: 16))!)
    return try Agreement(
      parsing: text, us: AgreementSide(hub: us, key: SigningKey(seed: [UInt8](repeating: 1, count: 32))!.publicKey),
      them: AgreementSide(hub: them, key: SigningKey(seed: [UInt8](repeating: 2, count: 32))!.publicKey), model: .board)
  }
}
