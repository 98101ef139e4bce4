// Who asks without end is told to come back later, and nobody else notices.

import Cryptography
import Foundation
import HubHTTP
import TestKit
import Testing

@Suite("Rate limits", .timeLimit(.minutes(5)))
struct RateLimitTests {
  private func ask(_ door: LoopbackHub) async throws -> RawAnswer {
    let connection = try RawConnection(port: door.port)
    await connection.send(request("GET", "/v1/status"))
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
    let limits = ServerLimits(perDevice: Allowance(burst: 3, perSecond: 0.01))
    try await LoopbackHub.open(limits: limits) { door in
      let (eager, other) = (try await HonestMember(at: door), SigningKey())
      var statuses: [Int] = []
      for _ in 1...4 {
        let connection = try RawConnection(port: door.port)
        await connection.send(request("POST", "/v1/sync", eager.headers(eager.request), eager.request))
        statuses.append(try #require(await connection.answer().status))
      }
      #expect(statuses == [200, 200, 200, 429])
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
      perAddress: Allowance(burst: 8, perSecond: 0.001), perDevice: Allowance(burst: 4, perSecond: 0.001))
    try await LoopbackHub.open(limits: limits, logger: book.logger) { door in
      let member = try await HonestMember(at: door)
      func left(_ answer: RawAnswer) -> String? { answer.header("RateLimit")?.components(separatedBy: ";t=").first }
      var told: [String?] = []
      for _ in 1...4 {
        let connection = try RawConnection(port: door.port)
        await connection.send(request("POST", "/v1/sync", member.headers(member.request), member.request))
        let answer = await connection.answer()
        #expect(answer.status == 200)
        told.append(left(answer))
      }
      #expect(told == [nil, nil, nil, #""device";r=0"#])
      for _ in 1...4 { told.append(left(try await ask(door))) }
      #expect(told.suffix(4) == [nil, nil, #""address";r=1"#, #""address";r=0"#])
      let refused = try await ask(door)
      #expect(refused.status == 429)
      #expect(book.text.components(separatedBy: "somebody asks nearly too often").count == 3)
    }
  }
}
