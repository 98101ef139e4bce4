// Who asks without end is told to come back later, and nobody else notices.

import Cryptography
import Foundation
import HubHTTP
import RecordModel
import Replication
import SyncProtocol
import TestKit
import Testing

@Suite("Rate limits", .timeLimit(.minutes(5)))
struct RateLimitTests {
  private func ask(_ door: LoopbackHub) async throws -> RawAnswer {
    let connection = try RawConnection(port: door.port)
    await connection.send(request("GET", "/v1/status"))
    return await connection.answer()
  }

  private func sync(_ member: HonestMember, at door: LoopbackHub) async throws -> RawAnswer {
    let connection = try RawConnection(port: door.port)
    await connection.send(request("POST", "/v1/sync", member.headers(member.request), member.request))
    return await connection.answer()
  }

  @Test("an address that floods the hub gets 429 and how long to wait, and is answered again after that")
  func address() async throws {
    let limits = ServerLimits(perAddress: Allowance(burst: 5, perSecond: 2))
    try await LoopbackHub.open(limits: limits) { door in
      var refused: RawAnswer?
      for _ in 1...100 where refused == nil {
        let answer = try await ask(door)
        if answer.status != 200 { refused = answer }
      }
      let answer = try #require(refused)
      #expect(answer.status == 429 && answer.problem == "tooOften" && answer.header("Retry-After") == "1")
      // The hub's own steady clock: a bucket of two a second has one more by then.
      try await Task.sleep(for: .seconds(1))
      #expect(try await ask(door).status == 200)
    }
  }

  @Test("a device that floods the hub keeps its work and is told so, and another at its address is answered")
  func device() async throws {
    // Three requests, each with its few bytes, and a bit.
    let limits = ServerLimits(perDevice: Allowance(burst: 56 << 10, perSecond: 100))
    try await LoopbackHub.open(limits: limits) { door in
      let (eager, other) = (try await HonestMember(at: door), SigningKey())
      var statuses: [Int] = []
      for _ in 1...4 { statuses.append(try #require(try await sync(eager, at: door).status)) }
      #expect(statuses == [200, 200, 200, 429])
      let calm = try await HonestMember("chair", at: door)
      #expect(try await sync(calm, at: door).status == 200)
      let connection = try RawConnection(port: door.port)
      let joining = Array(#"{"word":"AAAA"}"#.utf8)
      await connection.send(request("POST", "/v1/join", signed("/v1/join", joining, by: other), joining))
      #expect(await connection.answer().status == 422)
    }
  }

  @Test("a bucket fills at its rate up to its size, starts full, and is forgotten when a crowd needs the room")
  func buckets() {
    let limit = RateLimit<Int>(Allowance(burst: 2, perSecond: 0.5))
    let start = ContinuousClock.now
    func isGiven(_ name: Int, after seconds: Int) -> Bool {
      if case .refused = limit.take(of: name, now: start + .seconds(seconds)) { false } else { true }
    }
    #expect(isGiven(1, after: 0) && isGiven(1, after: 0))
    #expect(limit.take(of: 1, now: start) == .refused(wait: .seconds(2)) && isGiven(2, after: 0))
    #expect(limit.take(of: 1, now: start + .seconds(1)) == .refused(wait: .seconds(1)))
    #expect(isGiven(1, after: 2))
    for _ in 1...2 { #expect(isGiven(1, after: 1_000)) }
    #expect(!isGiven(1, after: 1_000))
    for stranger in 10..<60_010 { #expect(isGiven(stranger, after: 1_000)) }
  }

  @Test("what is known only afterwards may put a bucket into debt, which is paid before the next request")
  func debt() {
    let limit = RateLimit<Int>(Allowance(burst: 100, perSecond: 10))
    let start = ContinuousClock.now
    #expect(limit.take(10, of: 1, now: start) == .plenty)
    #expect(limit.charge(150, to: 1, now: start) == .scarce(left: 0, full: .seconds(16), isNews: true))
    #expect(limit.take(10, of: 1, now: start) == .refused(wait: .seconds(7)))
    #expect(limit.take(10, of: 1, now: start + .seconds(6)) == .refused(wait: .seconds(1)))
    #expect(limit.take(10, of: 2, now: start + .seconds(6)) == .plenty)
    limit.giveBack(1_000, to: 2, now: start + .seconds(6))
    #expect(limit.take(101, of: 2, now: start + .seconds(6)) == .refused(wait: .seconds(0.1)))
    guard case .scarce = limit.take(10, of: 1, now: start + .seconds(7)) else { return #expect(Bool(false)) }
  }

  @Test(
    "a first fetch of a million records is never told to wait, and a device that goes on so is held to a small rate")
  func generous() {
    let limits = ServerLimits()
    let limit = RateLimit<Int>(limits.perDevice)
    let start = ContinuousClock.now
    /// One full page of such a fetch, as measured over HTTP.
    let pageBytes = 1 << 20
    func fetch(after seconds: Double) -> Bool {
      if case .refused = limit.take(limits.requestCostBytes, of: 1, now: start + .seconds(seconds)) { return false }
      _ = limit.charge(pageBytes, to: 1, now: start + .seconds(seconds))
      return true
    }
    // 855 bytes a record in pages of 4 MiB: 204 of them, at ten a second.
    for page in 0..<204 { #expect(fetch(after: Double(page) / 10)) }
    // An hour of asking ten times a second.
    let pages = (0..<36_000).count { fetch(after: 100 + Double($0) / 10) }
    #expect(pages * pageBytes <= Int(limits.perDevice.burst + 3_600 * limits.perDevice.perSecond))
  }

  @Test(
    "a thousand devices behind one address are all served, and strangers there soon are not", .timeLimit(.minutes(5)))
  func proxy() async throws {
    let limits = ServerLimits(perAddress: Allowance(burst: 40, perSecond: 0.001))
    try await LoopbackHub.open(limits: limits) { door in
      let keys = (0..<1_000).map { _ in SigningKey() }
      try door.hub.enrol(keys.map(\.publicKey))
      let hello = Message.encode([
        .hello(Hello(replica: .random(), modelVersion: door.hub.model.version, hub: nil, spaces: []))
      ])
      @Sendable func sync(_ key: SigningKey) async throws -> RawAnswer {
        let connection = try RawConnection(port: door.port)
        let fields = [("Content-Type", "application/cbor-seq")] + signed("/v1/sync", hello, by: key)
        await connection.send(request("POST", "/v1/sync", fields, hello))
        return await connection.answer()
      }
      let lanes = 8
      let refused = try await withThrowingTaskGroup(of: Int.self) { group in
        for lane in 0..<lanes {
          group.addTask {
            var count = 0
            for index in stride(from: lane, to: keys.count, by: lanes)
            where try await sync(keys[index]).status != 200 {
              count += 1
            }
            return count
          }
        }
        return try await group.reduce(0, +)
      }
      #expect(refused == 0)
      var answers: [String?] = []
      for _ in 0..<42 { answers.append(try await sync(SigningKey()).problem) }
      #expect(answers.prefix(40).allSatisfy { $0 == "notKnown" } && answers.suffix(2) == ["tooOften", "tooOften"])
    }
  }

  @Test("a bucket warns once when less than a quarter is left, and again after its owner has slowed down")
  func scarce() {
    let limit = RateLimit<Int>(Allowance(burst: 8, perSecond: 1))
    let start = ContinuousClock.now
    for _ in 1...6 { #expect(limit.take(of: 1, now: start) == .plenty) }
    #expect(limit.take(of: 1, now: start) == .scarce(left: 1, full: .seconds(7), isNews: true))
    #expect(limit.take(of: 1, now: start) == .scarce(left: 0, full: .seconds(8), isNews: false))
    #expect(limit.take(of: 1, now: start) == .refused(wait: .seconds(1)))
    #expect(limit.take(of: 1, now: start + .seconds(3)) == .plenty)
    #expect(limit.take(of: 1, now: start + .seconds(3)) == .scarce(left: 1, full: .seconds(7), isNews: false))
    for _ in 1...6 { #expect(limit.take(of: 1, now: start + .seconds(1_000)) == .plenty) }
    #expect(limit.take(of: 1, now: start + .seconds(1_000)) == .scarce(left: 1, full: .seconds(7), isNews: true))
  }

  @Test("frequent requests are warned in the answers before they are refused, and the hub's log says so once")
  func warned() async throws {
    let book = LogBook()
    let limits = ServerLimits(
      perAddress: Allowance(burst: 8, perSecond: 0.001), perDevice: Allowance(burst: 80 << 10, perSecond: 0.001))
    try await LoopbackHub.open(limits: limits, logger: book.logger) { door in
      let member = try await HonestMember(at: door)
      var told: [String?] = []
      for _ in 1...4 {
        let answer = try await sync(member, at: door)
        #expect(answer.status == 200)
        told.append(answer.header("RateLimit"))
      }
      #expect(told.prefix(3) == [nil, nil, nil])
      // What is left of the bytes, less than a quarter.
      let left = try #require(told[3]?.firstMatch(of: /^"device";r=([0-9]+);t=/).flatMap { Int($0.1) })
      #expect((1..<20 << 10).contains(left))
      #expect(try await sync(member, at: door).status == 429)
      // None of these counted against the address, whose eight requests are there yet.
      told = []
      for _ in 1...8 { told.append(try await ask(door).header("RateLimit")?.components(separatedBy: ";t=").first) }
      #expect(told == [nil, nil, nil, nil, nil, nil, #""address";r=1"#, #""address";r=0"#])
      let refused = try await ask(door)
      #expect(refused.status == 429)
      #expect(book.text.components(separatedBy: "somebody asks nearly too often").count == 3)
    }
  }
}
