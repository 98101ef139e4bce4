// A partner that sends what no agreement names, a third that is told nothing, connections that drop, and hubs that went
// back to a backup.

import BoardModel
import ClientCore
import Cryptography
import PartnerExchange
import RecordModel
import Replication
import SQLiteStorage
import SyncHub
import SyncProtocol
import TestKit
import Testing

@Suite struct HostilePartnerTests {
  /// A partner's hub sent a kind that no rule names, and members were shown it.
  @Test(arguments: ["topic", "event"])
  func whatNobodyAgreedTo(kind: String) async throws {
    let pair = try await Pair()
    try await pair.exchange()
    let space = PartnerSpace.outgoing(
      of: pair.agreement.id, from: try pair.leeds.side.hub, to: try pair.birmingham.side.hub)
    try pair.leeds.hub.store.write { transaction in
      let record = RecordID.make(at: pair.leeds.hub.clock.read())
      let field = kind == "topic" ? "name" : "audience"
      _ = try Replica(rules: RuleBook(version: 2, kinds: RecordModel.board.rules.kinds), in: transaction).commit(
        [.create(record, kind: kind), .set(record, field: field, .text("CANARY"))], in: space,
        by: HubIdentity.centre(in: transaction), at: pair.leeds.hub.clock.read(), isHome: true)
    }
    try await pair.leeds.takeTurns(with: pair.birmingham)
    #expect(try pair.birmingham.received(from: pair.leeds).isEmpty)
    let state = try pair.birmingham.state(of: pair.agreement, with: pair.leeds)
    #expect(state.ours?.breach?.contains(kind) == true)
    // Once the partner's hub gives what was agreed, everything goes on.
    try pair.leeds.add("event", ["title": .text("Leeds day"), "kind": .text("seminar")])
    try await pair.exchange()
    try await pair.exchange()
    #expect(try pair.birmingham.received(from: pair.leeds).map { $0["title"] } == [.text("Leeds day")])
    #expect(try pair.birmingham.state(of: pair.agreement, with: pair.leeds).ours?.breach == nil)
  }

  /// A partner asked for a board's space by its id, and learned that it is there.
  @Test func anotherSpace() async throws {
    let pair = try await Pair()
    let own = try pair.birmingham.hub.space("cab")
    let made = SpaceID(bytes: [UInt8](repeating: 9, count: 16))!
    let key = try pair.leeds.hub.store.read { try HubIdentity.key(in: $0) }
    func answer(about space: SpaceID) async throws -> Int {
      var session = SyncSession(modelVersion: 2, hub: try pair.birmingham.side.hub)
      let state = SpaceSyncState(space: space, position: nil, bodyNews: nil, outbox: [], heads: [])
      let request = Message.encode(session.request([state], as: .random()))
      return try await pair.birmingham.hub.hub.answer(request, signedBy: key.publicKey).count
    }
    #expect(try await answer(about: own) == answer(about: made))
  }

  /// A hub joined with a member's code and was taken for that member's computer, or a member spent a hub's code.
  @Test func codesOfOthers() async throws {
    let birmingham = try University("University of Birmingham")
    let leeds = try University("University of Leeds", clock: birmingham.hub.clock)
    leeds.transport.connect(to: birmingham)
    let member = try birmingham.hub.code(for: "chair", role: "centre-staff", spaces: ["public"])
    await #expect(throws: PartnerError.self) {
      try await leeds.service.join(at: HubEndpoint(birmingham.name), code: member, partnerNamed: birmingham.name)
    }
    #expect(try leeds.hub.store.read { try Directory($0).partners() } == [])
    let partner = try birmingham.hub.store.write {
      try Directory.invite(partnerNamed: leeds.name, now: birmingham.hub.clock.read(), $0).code
    }
    await #expect(throws: DirectoryError.codeUnknown) {
      try await birmingham.hub.hub.join(code: partner, key: SigningKey().publicKey)
    }
    // Both codes still open.
    _ = try await birmingham.hub.hub.join(code: member, key: SigningKey().publicKey)
    _ = try await leeds.service.join(at: HubEndpoint(birmingham.name), code: partner, partnerNamed: birmingham.name)
  }

  /// A record of one partner's reached another.
  @Test func threeHubs() async throws {
    let pair = try await Pair()
    let york = try University("University of York", clock: pair.birmingham.hub.clock)
    try await pair.birmingham.meet(york)
    let agreement = try pair.birmingham.propose(
      Pair.text.replacing("birmingham-leeds", with: "birmingham-york").replacing(
        "University of Leeds", with: "University of York"), to: york)
    try pair.birmingham.sign(agreement, with: york)
    try await york.exchange(with: pair.birmingham)
    try york.sign(agreement, with: pair.birmingham)
    try pair.birmingham.confirm(agreement)
    try pair.leeds.add("event", ["title": .text("CANARY of Leeds"), "kind": .text("seminar")])
    try pair.birmingham.add("event", ["title": .text("Seminar"), "kind": .text("seminar")])
    for _ in 0..<2 {
      try await pair.exchange()
      try await york.exchange(with: pair.birmingham)
    }
    #expect(try pair.birmingham.received(from: pair.leeds).count == 1)
    #expect(try york.received(from: pair.birmingham).map { $0["title"] } == [.text("Seminar")])
    #expect(try !york.files().contains { $0.firstRange(of: Array("CANARY".utf8)) != nil })
  }

  /// The connection dropped half way, and a part of the work came twice or never.
  @Test func theConnectionDrops() async throws {
    let pair = try await Pair()
    for number in 0..<40 {
      try pair.birmingham.add("event", ["title": .text("Seminar \(number)"), "kind": .text("seminar")])
      try pair.leeds.add("event", ["title": .text("Day \(number)"), "kind": .text("seminar")])
    }
    for exchanges in 1..<8 {
      pair.leeds.transport.drop(after: exchanges)
      do {
        try await pair.exchange()
      } catch PartnerError.transport, PartnerError.sync {
        // That is the point.
      }
    }
    pair.leeds.transport.drop(after: nil)
    try await pair.exchange()
    #expect(try pair.leeds.received(from: pair.birmingham).count == 40)
    #expect(try pair.birmingham.received(from: pair.leeds).count == 40)
  }

  /// A member of the receiving university changed another's record, and it looked like theirs.
  @Test func membersCannotWriteIt() async throws {
    let pair = try await Pair()
    try pair.birmingham.add("event", ["title": .text("Seminar"), "kind": .text("seminar")])
    try await pair.exchange()
    let member = try await pair.leeds.hub.joined("the chair at Leeds", role: "centre-staff")
    try await member.send()
    let key = try pair.leeds.receivedRecord("Seminar")
    #expect(try member.store.read { try $0.record(key) } != nil)
    #expect(throws: ClientError.self) {
      try member.copy.set("\(key.record)", [.text(field: "title", "Mine")])
    }
  }
}
