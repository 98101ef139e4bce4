// Faults that a review found, each named after what was lost by it.

import BoardModel
import ClientCore
import Cryptography
import HubAdministration
import PartnerExchange
import RecordModel
import Replication
import SQLiteStorage
import SyncHub
import SyncProtocol
import TestKit
import Testing

@Suite struct PartnerFaultTests {
  /// A partner introduced itself as another, and its records were shown as the other's.
  @Test func anothersHubID() async throws {
    let pair = try await Pair()
    let york = try University("University of York", clock: pair.birmingham.hub.clock)
    try await pair.birmingham.meet(york)
    let (key, sealing) = try york.hub.store.read {
      (try HubIdentity.key(in: $0).publicKey, try HubIdentity.publicKeys(in: $0).sealing)
    }
    for taken in [try pair.leeds.side.hub, try pair.birmingham.side.hub] {
      let lie = Introduction(hub: taken, sealing: sealing, model: york.hub.model.source)
      let turn = Turn.begin(lie, to: try pair.birmingham.side.hub, nonce: [2]).encoded
      await #expect(throws: DirectoryError.keyTaken) {
        try await pair.birmingham.service.answer(turn: turn, from: key)
      }
    }
    #expect(try pair.birmingham.partner("University of Leeds").hub?.keys.signing == pair.leeds.side.key)
  }

  /// A partner passed this hub's turn on to a third, which answered it.
  @Test func relayedTurn() async throws {
    let pair = try await Pair()
    let introduction = try pair.leeds.hub.store.read {
      Introduction(
        hub: try HubIdentity.identity(in: $0).hub, sealing: try HubIdentity.publicKeys(in: $0).sealing,
        model: pair.leeds.hub.model.source)
    }
    let toAnother = Turn.begin(introduction, to: .random(), nonce: [3]).encoded
    await #expect(throws: PartnerError.wrongHub) {
      try await pair.birmingham.service.answer(turn: toAnother, from: pair.leeds.side.key)
    }
  }

  /// Two records that link to each other were made anew for ever, until the disk was full.
  @Test func linksInACircle() async throws {
    let pair = try await Pair(
      text: Pair.text.replacing("    fields: [name]\n", with: "    fields: [name, home_ref]\n"))
    let one = try pair.birmingham.add("organisation", ["name": .text("One")])
    let other = try pair.birmingham.add("organisation", ["name": .text("Other"), "home_ref": .link(one)])
    try pair.birmingham.write([.set(one, field: "home_ref", .link(other))])
    try await pair.exchange()
    try pair.birmingham.write([.delete(one)])
    try await pair.exchange()
    try pair.birmingham.write([.restore(one)])
    try await pair.exchange()
    #expect(try pair.leeds.received(from: pair.birmingham).count == 2)
  }

  /// An administrator passed a text that was another by then.
  @Test func anotherValueThanTheOneListed() async throws {
    let pair = try await Pair()
    let event = try pair.leeds.add("event", ["title": .text("Leeds day"), "summary": .text("one")])
    try await pair.exchange()
    let listed = try #require(try pair.leeds.crossings().first)
    try pair.leeds.write([.set(event, field: "summary", .text("CANARY"))])
    #expect(try !pair.leeds.crossings().contains { $0.id == listed.id })
  }

  /// Free text crossed without a look, because the partner's text had it among the other fields.
  @Test func freeTextAmongTheFields() async throws {
    let pair = try await Pair(signed: false)
    let text = Pair.text.replacing("version: 1", with: "version: 2")
    let checked = try Agreement(
      parsing: text, us: pair.birmingham.side, them: pair.leeds.side, model: pair.birmingham.hub.model)
    let rules = checked.rules.map { rule in
      Agreement.Rule(
        giver: rule.giver, kind: rule.kind, space: rule.space, conditions: rule.conditions,
        fields: rule.fields + rule.freeText, freeText: [], suggested: rule.suggested)
    }
    let forged = Agreement(
      id: checked.id, version: 2, parties: checked.parties, purpose: checked.purpose, basis: checked.basis,
      from: checked.from, to: checked.to, atEnd: checked.atEnd, retention: checked.retention, rules: rules)
    try pair.birmingham.propose(forged, to: pair.leeds)
    try await pair.exchange()
    try pair.leeds.sign(forged, with: pair.birmingham)
    try pair.birmingham.sign(forged, with: pair.leeds)
    try pair.leeds.confirm(forged)
    try pair.leeds.add("event", ["title": .text("Leeds day"), "summary": .text("CANARY")])
    for _ in 0..<2 { try await pair.exchange() }
    #expect(try pair.birmingham.received(from: pair.leeds).map { Set($0.keys) } == [["title"]])
    #expect(try pair.leeds.crossings().count == 1)
  }

  /// After a narrower version's last day, the wider one before it gave again.
  @Test func aSupersededVersionStaysOver() async throws {
    let pair = try await Pair()
    let next = try pair.birmingham.propose(
      Pair.text.replacing("version: 1", with: "version: 2").replacing("to: 2027-07-31", with: "to: 2026-10-31"),
      to: pair.leeds)
    try pair.birmingham.sign(next, with: pair.leeds)
    try await pair.exchange()
    try pair.leeds.sign(next, with: pair.birmingham)
    try pair.birmingham.confirm(next)
    try pair.birmingham.add("event", ["title": .text("Seminar"), "kind": .text("seminar")])
    for _ in 0..<2 { try await pair.exchange() }
    #expect(try pair.leeds.received(from: pair.birmingham).count == 1)
    let days = CivilDay("2026-11-02")!.number - CivilDay(of: pair.birmingham.hub.clock.read()).number
    pair.birmingham.hub.clock.advance(milliseconds: days * 86_400_000)
    for _ in 0..<2 { try await pair.exchange() }
    #expect(try pair.leeds.received(from: pair.birmingham).isEmpty)
    let partner = try pair.birmingham.partner("University of Leeds")
    #expect(
      try pair.birmingham.hub.store.read {
        try Papers(with: partner, in: $0)?.inForce(at: pair.birmingham.hub.clock.read(), in: $0)
      } == [])
  }

  /// A hub that went back to before an end, and could not reach its partner, gave again.
  @Test func endedInTheLedger() async throws {
    let pair = try await Pair()
    try await pair.exchange()
    try pair.birmingham.hub.backUp()
    try pair.birmingham.end(pair.agreement, with: pair.leeds)
    let birmingham = try pair.birmingham.restored()
    try birmingham.service.keep()
    #expect(try birmingham.state(of: pair.agreement, with: pair.leeds).ending != nil)
    let space = PartnerSpace.outgoing(
      of: pair.agreement.id, from: try birmingham.side.hub, to: try pair.leeds.side.hub)
    let partner = try birmingham.partner("University of Leeds")
    #expect(
      try birmingham.hub.store.read { try Directory($0).principal(partner.member)?.spaces.contains(space) } == false)
  }

  /// Somebody who left the public space kept what a partner had given.
  @Test func whoeverLeavesLosesItToo() async throws {
    let pair = try await Pair()
    try pair.birmingham.add("event", ["title": .text("Seminar"), "kind": .text("seminar")])
    try await pair.exchange()
    let member = try await pair.leeds.hub.joined("the carer", role: "member")
    let key = try pair.leeds.receivedRecord("Seminar")
    #expect(try member.store.read { try $0.record(key) } != nil)
    try pair.leeds.hub.leave("the carer", "public")
    try await member.send()
    try await member.send()
    #expect(try member.store.read { try $0.record(key) } == nil)
    #expect(try pair.leeds.hub.summary(of: member).pendingWipes.isEmpty)
  }

  /// An erased record stayed in the space for a partner, after the agreement had ended.
  @Test func erasedEverywhere() async throws {
    let pair = try await Pair()
    let event = try pair.birmingham.add("event", ["title": .text("GONE-title"), "kind": .text("seminar")])
    try await pair.exchange()
    try pair.birmingham.end(pair.agreement, with: pair.leeds)
    _ = try pair.birmingham.hub.administration.run(.erase("\(event)", reason: "asked"))
    #expect(try !pair.birmingham.files().contains { $0.firstRange(of: Array("GONE-title".utf8)) != nil })
  }

  /// A partner proposed a version that no other could follow.
  @Test func numbersCannotBeUsedUp() async throws {
    let pair = try await Pair()
    let last = try pair.leeds.propose(
      Pair.text.replacing("version: 1", with: "version: 1000000").replacing("we_share", with: "x_share")
        .replacing("they_share", with: "we_share").replacing("x_share", with: "they_share"), to: pair.birmingham)
    try await pair.exchange()
    let partner = try pair.birmingham.partner("University of Leeds")
    let known = try pair.birmingham.hub.store.read { try Papers(with: partner, in: $0)?.all(in: $0) ?? [] }
    #expect(!known.contains { $0.agreement == last })
  }

  /// Everything with a partner went on, though its hub had been taken off.
  @Test func revoked() async throws {
    let pair = try await Pair()
    try pair.leeds.add("event", ["title": .text("Leeds day"), "kind": .text("seminar")])
    try await pair.exchange()
    #expect(try pair.birmingham.received(from: pair.leeds).count == 1)
    _ = try pair.birmingham.hub.administration.run(
      .deviceRevoke(pair.leeds.side.key.fingerprint, reason: "stolen"))
    try pair.birmingham.service.keep()
    #expect(try pair.birmingham.received(from: pair.leeds).isEmpty)
    #expect(try pair.birmingham.state(of: pair.agreement, with: pair.leeds).ending != nil)
  }
}
