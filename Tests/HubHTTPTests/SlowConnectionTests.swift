// Nobody holds a connection by dripping bytes, and nobody waits behind one who tries.

import AsyncHTTPClient
import Cryptography
import HubHTTP
import RecordModel
import Replication
import SyncProtocol
import TestKit
import Testing

@Suite("Slow connections", .timeLimit(.minutes(5)))
struct SlowConnectionTests {
  /// Short, and yet long enough for an honest request on a busy machine.
  private static let short = Duration.milliseconds(1_500)
  private static let long = Duration.seconds(60)

  /// Drips bytes until the hub has had enough.
  ///
  /// - Returns: How long that took.
  private func drip(_ start: [UInt8], _ drop: [UInt8], at door: LoopbackHub) async throws -> Duration {
    let connection = try RawConnection(port: door.port)
    return await ContinuousClock().measure {
      await connection.send(start)
      let dripping = Task {
        while await connection.send(drop) { try await Task.sleep(for: .milliseconds(50)) }
      }
      #expect(await connection.isClosedAtLast())
      dripping.cancel()
    }
  }

  @Test("endless heads, endless bodies and silent connections are closed in time; honest requests pass")
  func drips() async throws {
    let honest = signed("/v1/join", [0x20], by: SigningKey())
    let cases: [(ServerLimits, [UInt8], [UInt8])] = [
      (ServerLimits(head: Self.short, body: Self.long), Array("GET /v1/health HTTP/1.1\r\n".utf8), [UInt8(ascii: "x")]),
      (ServerLimits(head: Self.short, body: Self.long), [], []),
      (ServerLimits(head: Self.long, body: Self.short), request("POST", "/v1/join", honest, length: 50_000), [0x20]),
      (
        ServerLimits(head: Self.long, body: Self.short),
        chunked("POST", "/v1/join", honest, chunks: [[0x20]], isFinished: false), Array("1\r\n \r\n".utf8)
      ),
      (ServerLimits(head: Self.long, body: Self.short), request("GET", "/v1/health", length: 50_000), [0x20]),
      (
        ServerLimits(head: Self.long, body: Self.long, window: Self.short),
        request("POST", "/v1/join", honest, length: 50_000), [0x20]
      ),
    ]
    for (limits, start, drop) in cases {
      try await LoopbackHub.open(limits: limits) { door in try await expectClosed(start, drop, at: door) }
    }
  }

  private func expectClosed(_ start: [UInt8], _ drop: [UInt8], at door: LoopbackHub) async throws {
    async let dripping = drip(start, drop, at: door)
    for _ in 0..<5 { #expect(try await door.isHealthy()) }
    let taken = try await dripping
    #expect(taken < .seconds(10), "\(String(decoding: start.prefix(40), as: UTF8.self))")
    #expect(try await door.isHealthy())
  }

  @Test("somebody who reads a long answer slowly gets all of it, and whoever stops reading is closed")
  func slowReaders() async throws {
    let limit = Self.short * 2
    try await LoopbackHub.open(limits: ServerLimits(head: limit, body: limit, window: limit)) { door in
      let (chair, carer) = (try await door.hub.joined("chair"), try await door.hub.joined("carer"))
      for _ in 0..<35 { try chair.add(String(repeating: "x", count: 120_000)) }
      try await chair.send()
      let hello = Hello(
        replica: .random(), modelVersion: door.hub.model.version, hub: nil,
        spaces: [SpaceRequest(space: try door.hub.space("public"), position: nil)])
      let body = Message.encode([.hello(hello)])
      let most = Limits.responseBytesMax * 9 / 10
      func read(at pause: Duration, after wait: Duration = .zero) async throws -> Int {
        let connection = try RawConnection(port: door.port, receivedBytesMax: 32 * 1024)
        let fields = [("Content-Type", "application/cbor-seq")] + signed("/v1/sync", body, by: try carer.key)
        await connection.send(request("POST", "/v1/sync", fields, body))
        // The hub's deadlines run in real time, so a slow reader has to be slow.
        try await Task.sleep(for: wait)
        var sum = 0
        while sum < most {
          let count = await connection.read(bytesMax: 32 * 1024)
          guard count > 0 else { break }
          sum += count
          try await Task.sleep(for: pause)
        }
        return sum
      }
      let start = ContinuousClock.now
      #expect(try await read(at: .milliseconds(60)) >= most)
      #expect(ContinuousClock.now - start > limit * 2)
      #expect(try await read(at: .zero, after: limit * 3) < most / 2)
    }
  }

  @Test("connections beyond the limit wait while all are in use, are warned about before, and have their turn")
  func full() async throws {
    let book = LogBook()
    let limits = ServerLimits(head: Self.long, body: Self.short * 2, connections: 8)
    try await LoopbackHub.open(limits: limits, logger: book.logger) { door in
      // Each is in the middle of a request, which it never ends.
      let busy = try (0..<24).map { _ in try RawConnection(port: door.port) }
      for connection in busy {
        await connection.send(
          request("POST", "/v1/join", signed("/v1/join", [0x20], by: SigningKey()), length: Limits.joinBytesMax))
      }
      let connection = try RawConnection(port: door.port)
      let wait = await ContinuousClock().measure {
        await connection.send(request("GET", "/v1/health"))
        #expect(await connection.answer().status == 200)
      }
      // A crowd of eight, at the least, ran out of its time before. One whose request had not arrived yet was idle, and may
      // have made room for the next.
      #expect(wait > Self.short, "\(wait)")
      for connection in busy { #expect(await connection.isClosedAtLast()) }
      #expect(book.text.contains("three quarters of all connections are open"))
    }
  }

  @Test("when nearly all connections are open, the idlest of whoever holds the most makes room, and nobody waits")
  func idlest() async throws {
    try await LoopbackHub.open(limits: ServerLimits(head: Self.long, connections: 16)) { door in
      let quiet = try RawConnection(port: door.port, from: 3)
      await quiet.send(request("GET", "/v1/health"))
      #expect(await quiet.answer().status == 200)
      let silent = try (0..<40).map { _ in try RawConnection(port: door.port, from: 2) }
      let start = ContinuousClock.now
      #expect(try await door.isHealthy())
      #expect(ContinuousClock.now - start < .seconds(10))
      for connection in silent.prefix(20) { #expect(await connection.isClosedAtLast()) }
      // It has been idle for longer than any of them, but its address holds no other.
      await quiet.send(request("GET", "/v1/health"))
      #expect(await quiet.answer().status == 200)
    }
  }

  @Test("a connection in the middle of a request or an answer is never closed to make room")
  func inUse() async throws {
    try await LoopbackHub.open(limits: ServerLimits(head: Self.long, connections: 16)) { door in
      let chair = try await door.hub.joined("chair")
      for _ in 0..<5 { try chair.add(String(repeating: "x", count: 120_000)) }
      try await chair.send()
      let hello = Hello(
        replica: .random(), modelVersion: door.hub.model.version, hub: nil,
        spaces: [SpaceRequest(space: try door.hub.space("public"), position: nil)])
      let body = Message.encode([.hello(hello)])
      let fields = [("Content-Type", "application/cbor-seq")] + signed("/v1/sync", body, by: try chair.key)
      let reading = try RawConnection(port: door.port, from: 2, receivedBytesMax: 4 * 1024)
      await reading.send(request("POST", "/v1/sync", fields, body))
      let sending = try RawConnection(port: door.port, from: 2)
      await sending.send(request("GET", "/v1/health", length: 3))
      #expect(try await door.isHealthy())
      let silent = try (0..<40).map { _ in try RawConnection(port: door.port, from: 2) }
      #expect(try await door.isHealthy())
      #expect(await silent[0].isClosedAtLast())
      #expect(await reading.answer().body.count > 500_000)
      await sending.send([1, 2, 3])
      #expect(await sending.answer().status == 200)
    }
  }

  @Test("devices that drip requests of the largest size hold nobody's room for them")
  func drippedRoom() async throws {
    let requests = MemoryBudget.Limits(
      bytes: 16 << 20, deviceBytes: Limits.requestBytesMax, wait: .seconds(20), leaving: .seconds(1))
    try await LoopbackHub.open(limits: ServerLimits(head: Self.long, body: Self.long, requests: requests)) { door in
      let nothing = Message.encode([
        .hello(Hello(replica: .random(), modelVersion: door.hub.model.version, hub: nil, spaces: []))
      ])
      let keys = (0..<3).map { _ in SigningKey() }
      try door.hub.enrol(keys.map(\.publicKey))
      func fields(_ key: SigningKey) -> [(String, String)] {
        [("Content-Type", "application/cbor-seq")] + signed("/v1/sync", nothing, by: key)
      }
      let dripping = try keys.prefix(2).map { key in
        let connection = try RawConnection(port: door.port)
        return (connection, request("POST", "/v1/sync", fields(key), length: Limits.requestBytesMax))
      }
      for (connection, start) in dripping { await connection.send(start + [0]) }
      #expect(try await door.isHealthy())
      try await Task.sleep(for: .milliseconds(500))
      let honest = try RawConnection(port: door.port)
      let wait = await ContinuousClock().measure {
        await honest.send(request("POST", "/v1/sync", fields(keys[2]), nothing))
        #expect(await honest.answer().status == 200)
      }
      #expect(wait < .seconds(15), "\(wait)")
      withExtendedLifetime(dripping) {}
    }
  }

  @Test("whoever holds all the lines of one address keeps out nobody of another, and gets the next when one is closed")
  func oneAddress() async throws {
    let book = LogBook()
    try await LoopbackHub.open(limits: ServerLimits(connectionsPerAddress: 8), logger: book.logger) { door in
      var silent = try (0..<8).map { _ in try RawConnection(port: door.port, from: 2) }
      // The hub has taken them when it answers another.
      #expect(try await door.isHealthy())
      let further = try RawConnection(port: door.port, from: 2)
      #expect(await further.isClosedAtLast())
      #expect(try await door.isHealthy())
      #expect(book.text.contains("one address holds all the connections that it may"))
      silent.removeLast()
      for _ in 1...100 {
        let next = try RawConnection(port: door.port, from: 2)
        await next.send(request("GET", "/v1/health"))
        if await next.answer().status == 200 { return }
        try await Task.sleep(for: .milliseconds(20))
      }
      Issue.record("a connection that was closed is still counted")
    }
  }

  @Test("a hundred silent connections do not keep an honest one out")
  func crowd() async throws {
    try await LoopbackHub.open { door in
      let connections = try (0..<100).map { _ in try RawConnection(port: door.port) }
      #expect(try await door.isHealthy())
      #expect(connections.count == 100)
    }
  }
}
