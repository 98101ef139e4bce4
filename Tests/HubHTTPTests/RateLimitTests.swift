// Who asks without end is told to come back later, and nobody else notices.

import Cryptography
import HubHTTP
import TestKit
import Testing

@Suite("Asking too often", .timeLimit(.minutes(5)))
struct RateLimitTests {
  private func ask(_ door: Door) async throws -> RawAnswer {
    let line = try RawLine(port: door.port)
    await line.send(request("GET", "/v1/status"))
    return await line.answer()
  }

  @Test("an address that asks without end gets 429 and how long to wait, and is answered again after that")
  func address() async throws {
    let limits = ServerLimits(perAddress: Allowance(burst: 5, perSecond: 2))
    try await Door.open(limits: limits) { door in
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

  @Test("a device that asks without end is told so, its work stays, and another at the same address is answered")
  func device() async throws {
    let limits = ServerLimits(perDevice: Allowance(burst: 3, perSecond: 0.01))
    try await Door.open(limits: limits) { door in
      let (eager, other) = (try await HonestMember(at: door), SigningKey())
      var statuses: [Int] = []
      for _ in 1...4 {
        let line = try RawLine(port: door.port)
        await line.send(request("POST", "/v1/sync", eager.headers(eager.request), eager.request))
        statuses.append(try #require(await line.answer().status))
      }
      #expect(statuses == [200, 200, 200, 429])
      let line = try RawLine(port: door.port)
      let joining = Array(#"{"code":"AAAA"}"#.utf8)
      await line.send(request("POST", "/v1/join", signed("/v1/join", joining, by: other), joining))
      #expect(await line.answer().status == 422)
    }
  }

  @Test("a bucket fills at its rate and no further; who never asked has a full one; a crowd of strangers is forgotten")
  func buckets() {
    let limit = RateLimit<Int>(Allowance(burst: 2, perSecond: 0.5))
    let start = ContinuousClock.now
    #expect(limit.wait(of: 1, now: start) == nil && limit.wait(of: 1, now: start) == nil)
    #expect(limit.wait(of: 1, now: start) == .seconds(2) && limit.wait(of: 2, now: start) == nil)
    #expect(limit.wait(of: 1, now: start + .seconds(1)) == .seconds(1))
    #expect(limit.wait(of: 1, now: start + .seconds(2)) == nil)
    for _ in 1...2 { #expect(limit.wait(of: 1, now: start + .seconds(1_000)) == nil) }
    #expect(limit.wait(of: 1, now: start + .seconds(1_000)) != nil)
    for stranger in 10..<60_010 { #expect(limit.wait(of: stranger, now: start + .seconds(1_000)) == nil) }
  }
}
