// A hub on either side goes back to a backup: from during the agreement, from before it, from before its end.

import PartnerExchange
import Replication
import SyncHub
import TestKit
import Testing

@Suite struct PartnerRestoreTests {
  /// After a restore of the giver, the partner had everything twice, or had lost what it was given.
  @Test func giverDuring() async throws {
    let pair = try await Pair()
    try pair.birmingham.add("event", ["title": .text("Before"), "kind": .text("seminar")])
    try await pair.exchange()
    try pair.birmingham.hub.backUp()
    let second = try pair.birmingham.add("event", ["title": .text("After"), "kind": .text("seminar")])
    try await pair.exchange()
    #expect(try pair.leeds.received(from: pair.birmingham).count == 2)

    let birmingham = try pair.birmingham.restored()
    pair.leeds.transport.connect(to: birmingham)
    for _ in 0..<3 { try await pair.leeds.exchange(with: birmingham) }
    // The record itself is gone with the backup's age, so it goes at the partner's, too.
    #expect(try birmingham.fields(of: second).isEmpty)
    #expect(try pair.leeds.received(from: birmingham).map { $0["title"] } == [.text("Before")])
    try birmingham.add("event", ["title": .text("Later"), "kind": .text("seminar")])
    try await pair.leeds.exchange(with: birmingham)
    #expect(try pair.leeds.received(from: birmingham).map { $0["title"] } == [.text("Before"), .text("Later")])
  }

  /// After a restore of the receiver, its members lacked what the agreement had brought.
  @Test func receiverDuring() async throws {
    let pair = try await Pair()
    try pair.leeds.hub.backUp()
    try pair.birmingham.add("event", ["title": .text("Seminar"), "kind": .text("seminar")])
    try await pair.exchange()
    let leeds = try pair.leeds.restored()
    #expect(try leeds.received(from: pair.birmingham).isEmpty)
    for _ in 0..<2 { try await leeds.exchange(with: pair.birmingham) }
    #expect(try leeds.received(from: pair.birmingham).map { $0["title"] } == [.text("Seminar")])
  }

  /// A hub that went back to a backup from before the end went on giving.
  @Test func giverBeforeTheEnd() async throws {
    let pair = try await Pair()
    try pair.birmingham.add("event", ["title": .text("GONE"), "kind": .text("seminar")])
    try await pair.exchange()
    try pair.birmingham.hub.backUp()
    try pair.birmingham.end(pair.agreement, with: pair.leeds)
    for _ in 0..<2 { try await pair.exchange() }
    #expect(try pair.leeds.received(from: pair.birmingham).isEmpty)

    let birmingham = try pair.birmingham.restored()
    pair.leeds.transport.connect(to: birmingham)
    for _ in 0..<3 { try await pair.leeds.exchange(with: birmingham) }
    #expect(try pair.leeds.received(from: birmingham).isEmpty)
    #expect(try birmingham.state(of: pair.agreement, with: pair.leeds).ending != nil)
  }

  /// A hub that went back to a backup from before the agreement forgot it, and nobody could go on.
  @Test func receiverBefore() async throws {
    let clock = ManualClock()
    let pair = try await Pair(clock: clock) { leeds in try leeds.hub.backUp() }
    try pair.birmingham.add("event", ["title": .text("Seminar"), "kind": .text("seminar")])
    try await pair.exchange()
    let leeds = try pair.leeds.restored()
    for _ in 0..<3 { try await leeds.exchange(with: pair.birmingham) }
    #expect(try leeds.state(of: pair.agreement, with: pair.birmingham).isSignedByUs)
    #expect(try leeds.received(from: pair.birmingham).map { $0["title"] } == [.text("Seminar")])
  }
}
