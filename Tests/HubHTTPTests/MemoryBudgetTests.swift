// The bytes of requests and answers in a hub's memory are bounded over everybody, and nobody keeps those that others
// wait for.

import Cryptography
import Foundation
import HubHTTP
import RecordModel
import Replication
import SyncProtocol
import Synchronization
import TestKit
import Testing

@Suite("Bytes in flight", .timeLimit(.minutes(5)))
struct MemoryBudgetTests {
  private let eager = SigningKey().publicKey
  private let other = SigningKey().publicKey

  private func budget(
    _ bytes: Int, ofOne deviceBytes: Int, wait: Duration = .milliseconds(300), leaving: Duration = .seconds(60)
  ) -> MemoryBudget {
    MemoryBudget(.init(bytes: bytes, deviceBytes: deviceBytes, wait: wait, leaving: leaving))
  }

  @Test("more than the budget waits for its turn, and is refused in the end")
  func bounded() async throws {
    let budget = budget(100, ofOne: 100)
    let first = try #require(await budget.reserve(80, for: eager))
    #expect(await budget.reserve(30, for: other) == nil)
    async let second = budget.reserve(30, for: other)
    first.shrink(to: 70)
    #expect(await second != nil)
    #expect(budget.bytes == 100)
    withExtendedLifetime(first) {}
  }

  @Test("what is shrunk or let go is free again, once, in whatever order")
  func released() async throws {
    let budget = budget(100, ofOne: 100)
    do {
      let held = try #require(await budget.reserve(100, for: eager))
      for bytes in [60, 80, 60, 0, 10] { held.shrink(to: bytes) }
      #expect(budget.bytes == 0)
    }
    #expect(budget.bytes == 0)
    _ = try #require(await budget.reserve(100, for: other))
  }

  @Test("a device that holds its share waits, and another behind it does not")
  func share() async throws {
    let budget = budget(100, ofOne: 40)
    let held = try #require(await budget.reserve(40, for: eager))
    async let waiting = budget.reserve(40, for: eager)
    try await Task.sleep(for: .milliseconds(50))
    _ = try #require(await budget.reserve(40, for: other))
    #expect(await waiting == nil)
    withExtendedLifetime(held) {}
  }

  @Test("a large reservation has its turn before small ones that came later")
  func order() async throws {
    let budget = budget(100, ofOne: 100, wait: .seconds(30))
    let held = try #require(await budget.reserve(90, for: eager))
    let turns = Noted<Int>()
    await withTaskGroup { group in
      for bytes in [100, 10, 10] {
        group.addTask { [other] in
          let granted = await budget.reserve(bytes, for: other)
          turns.note(granted == nil ? 0 : bytes)
        }
        // Each asks after the one before.
        while budget.waiting < [100: 1, 10: 2][bytes]! { await Task.yield() }
      }
      held.shrink(to: 0)
    }
    #expect(turns.all.first == 100 && turns.all.count == 3)
  }

  @Test("a task that is given up waits for nothing")
  func cancelled() async throws {
    let budget = budget(100, ofOne: 100, wait: .seconds(60))
    let held = try #require(await budget.reserve(100, for: eager))
    let waiting = Task { [other] in await budget.reserve(1, for: other) == nil }
    waiting.cancel()
    #expect(await waiting.value)
    withExtendedLifetime(held) {}
  }

  @Test("the largest answer that has been leaving for long is cut off once somebody waits, and none before")
  func cut() async throws {
    let budget = budget(100, ofOne: 60, wait: .seconds(30), leaving: .milliseconds(100))
    let cuts = Noted<Int>()
    let answers = Noted<(bytes: Int, held: Reservation)>()
    for (bytes, device) in [(30, eager), (60, other)] {
      let held = try #require(await budget.reserve(bytes, for: device))
      answers.note((bytes, held))
      held.leave {
        cuts.note(bytes)
        answers.removeAll { $0.bytes == bytes }
      }
    }
    try await Task.sleep(for: .milliseconds(500))
    #expect(cuts.all == [])
    _ = try #require(await budget.reserve(30, for: eager))
    #expect(cuts.all == [60])
  }

  @Test("a request that has arrived is cut off no more, though its work waits")
  func arrived() async throws {
    let budget = budget(100, ofOne: 100, wait: .milliseconds(600), leaving: .milliseconds(1))
    let cuts = Noted<Int>()
    let arrived = try #require(await budget.reserve(60, for: eager))
    arrived.leave { cuts.note(60) }
    arrived.shrink(to: 0)
    let held = try #require(await budget.reserve(100, for: other))
    #expect(await budget.reserve(1, for: other) == nil)
    #expect(cuts.all == [])
    withExtendedLifetime((arrived, held)) {}
  }

  @Test("a device that waits for its own share has its own answer cut off, and nobody else's, however large")
  func cutForShare() async throws {
    let budget = budget(1_000, ofOne: 100, wait: .seconds(30), leaving: .milliseconds(100))
    let cuts = Noted<Int>()
    let answers = Noted<(bytes: Int, held: Reservation)>()
    for (bytes, device) in [(100, other), (40, eager), (50, eager)] {
      let held = try #require(await budget.reserve(bytes, for: device))
      answers.note((bytes, held))
      held.leave {
        cuts.note(bytes)
        answers.removeAll { $0.bytes == bytes }
      }
    }
    _ = try #require(await budget.reserve(30, for: eager))
    #expect(cuts.all == [50])
    withExtendedLifetime(answers) {}
  }

  @Test(
    "a thousand devices that do not read a page of megabytes leave the hub's memory as it was, and others are served")
  func slowReaders() async throws {
    try await LoopbackHub.open { door in
      let chair = try await door.hub.joined("chair")
      for _ in 0..<35 { try chair.add(String(repeating: "x", count: 120_000)) }
      try await chair.send()
      let keys = (0..<1_000).map { _ in SigningKey() }
      try door.hub.enrol(keys.map(\.publicKey), spaces: ["public"])
      let hello = Hello(
        replica: .random(), modelVersion: door.hub.model.version, hub: nil,
        spaces: [SpaceRequest(space: try door.hub.space("public"), position: nil)])
      // Nobody asks for zstd, so the page is sent as it is, 4 MiB.
      let page = Message.encode([.hello(hello)])
      try resetPeak()
      let before = try peakBytes()
      let connections = try await withThrowingTaskGroup(of: RawConnection.self) { group in
        for key in keys {
          let connection = try RawConnection(port: door.port, receivedBytesMax: 4 * 1024)
          let fields = [("Content-Type", "application/cbor-seq")] + signed("/v1/sync", page, by: key)
          group.addTask {
            await connection.send(request("POST", "/v1/sync", fields, page))
            return connection
          }
        }
        return try await group.reduce(into: []) { $0.append($1) }
      }
      // Among them, somebody with nothing to fetch.
      let member = SigningKey()
      try door.hub.enrol([member.publicKey])
      let nothing = Message.encode([
        .hello(Hello(replica: .random(), modelVersion: door.hub.model.version, hub: nil, spaces: []))
      ])
      var status: Int?
      for _ in 0..<12 where status != 200 {
        let connection = try RawConnection(port: door.port)
        let fields = [("Content-Type", "application/cbor-seq")] + signed("/v1/sync", nothing, by: member)
        await connection.send(request("POST", "/v1/sync", fields, nothing))
        status = await connection.answer().status
      }
      let grown = try peakBytes() - before
      #expect(status == 200)
      // 4 GiB without a bound.
      #expect(grown < 256 << 20, "\(grown >> 20) MiB with \(connections.count) readers")
    }
  }

  /// Begins a new measurement of this process's peak.
  private func resetPeak() throws {
    try Data("5".utf8).write(to: URL(fileURLWithPath: "/proc/self/clear_refs"))
  }

  /// The most memory that this process has had since then.
  private func peakBytes() throws -> Int {
    let status = String(decoding: try Data(contentsOf: URL(fileURLWithPath: "/proc/self/status")), as: UTF8.self)
    let line = try #require(status.split(separator: "\n").first { $0.hasPrefix("VmHWM:") })
    return try #require(line.split(separator: " ").compactMap { Int($0) }.first) * 1_024
  }
}

/// What happened, in its order.
private final class Noted<Event: Sendable>: Sendable {
  private let events = Mutex<[Event]>([])

  var all: [Event] { events.withLock { $0 } }

  func note(_ event: Event) { events.withLock { $0.append(event) } }

  func removeAll(where isOver: @Sendable (Event) -> Bool) {
    // Let go outside of the lock.
    _ = events.withLock { events in
      let gone = events.filter(isOver)
      events.removeAll(where: isOver)
      return gone
    }
  }
}
