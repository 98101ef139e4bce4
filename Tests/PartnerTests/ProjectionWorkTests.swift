// The hub has one writer, so what an exchange makes it do keeps everybody waiting: an update costs what it changes, whatever
// else is there, and no transaction reads more than so many records.

import HubAdministration
import PartnerExchange
import Replication
import SQLiteStorage
import SyncHub
import TestKit
import Testing

@Suite("The work of projecting", .serialized)
struct ProjectionWorkTests {
  @Test("an update of one record is projected and taken in with as many statements among 2,000 records as among 200")
  func update() async throws {
    try await StatementCount.counting { () async throws in
      let (few, many) = (try await cost(ofUpdateAmong: 200), try await cost(ofUpdateAmong: 2_000))
      #expect(few.giver.statements > 10 && few.receiver.statements > 10, "nothing was counted")
      #expect(many.giver.isAtMost(1.1, times: few.giver), "the giver: \(many.giver), after \(few.giver)")
      #expect(many.receiver.isAtMost(1.1, times: few.receiver), "the receiver: \(many.receiver), after \(few.receiver)")
    }
  }

  private func cost(ofUpdateAmong count: Int) async throws -> (giver: StatementCount, receiver: StatementCount) {
    let pair = try await Pair()
    let events = try await seminars(count, in: pair)
    try await pair.exchange()
    #expect(try pair.leeds.received(from: pair.birmingham).count == count)
    // The first update ends what the first exchange began.
    try pair.birmingham.write([.set(events[0], field: "title", .text("First"))])
    try await pair.exchange()
    func work() -> (StatementCount, StatementCount) {
      (.of(pair.birmingham.hub.folder.file("hub.db")), .of(pair.leeds.hub.folder.file("hub.db")))
    }
    let before = work()
    try pair.birmingham.write([.set(events[1], field: "title", .text("Second"))])
    try await pair.exchange()
    let after = work()
    #expect(try pair.leeds.received(from: pair.birmingham).contains { $0["title"] == .text("Second") })
    return (after.0 - before.0, after.1 - before.1)
  }

  @Test("no transaction of a projection reads more than so many records, however many one has, links to, or changes")
  func bounded() async throws {
    let pair = try await Pair()
    let host = try pair.birmingham.add("organisation", ["name": .text("The host")])
    let events = try await seminars(900, in: pair)
    try await pair.exchange()
    for first in stride(from: 0, to: events.count, by: 300) {
      try pair.birmingham.write(
        events[first..<min(first + 300, events.count)].map { .add($0, field: "host_refs", .link(host)) })
    }
    let projector = try projector(pair)
    #expect(try steps(of: projector, pair) >= events.count / Projector.recordsPerCommit)
    // All of them link to it, and are written again.
    _ = try pair.birmingham.hub.administration.run(.erase("\(host)", reason: "asked for"))
    #expect(try steps(of: projector, pair) >= events.count / Projector.recordsPerCommit)
    try await pair.exchange()
    let received = try pair.leeds.received(from: pair.birmingham)
    #expect(received.count == events.count && received.allSatisfy { ($0["host_refs"] ?? .list([])) == .list([]) })
  }

  /// Runs a projection to its end.
  ///
  /// - Returns: The number of its transactions, none of which wrote more than a bounded number of outgoing records.
  private func steps(of projector: Projector, _ pair: Pair) throws -> Int {
    let store = pair.birmingham.hub.store
    let outgoing = PartnerSpace.outgoing(
      of: pair.agreement.id, from: try pair.birmingham.side.hub, to: try pair.leeds.side.hub)
    func position() throws -> UInt64 { try store.read { try $0.space(outgoing)?.lastPosition ?? 0 } }
    var count = 0
    var isMore = true
    while isMore {
      let before = try position()
      isMore = try store.write { try projector.step($0) }
      // A record is written with two changes at most: it is erased and made again.
      #expect(try position() - before <= 2 * UInt64(Projector.recordsPerCommit))
      count += 1
    }
    return count
  }

  private func projector(_ pair: Pair) throws -> Projector {
    let hub = pair.birmingham.hub
    let partner = try #require(try pair.birmingham.partner(pair.leeds.name).hub)
    return Projector(
      of: try pair.birmingham.state(of: pair.agreement, with: pair.leeds), to: partner, model: hub.model,
      ledger: hub.ledger, clock: hub.clock.read)
  }

  private func seminars(_ count: Int, in pair: Pair) async throws -> [RecordID] {
    let records = (0..<count).map { _ in RecordID.random() }
    for first in stride(from: 0, to: count, by: 100) {
      try pair.birmingham.write(
        records[first..<min(first + 100, count)].flatMap { record -> [Draft] in
          [
            .create(record, kind: "event"), .set(record, field: "title", .text("Seminar \(record)")),
            .set(record, field: "kind", .text("seminar")),
          ]
        })
    }
    return records
  }
}
