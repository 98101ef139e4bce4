// Who asks is proved by the request itself: its device's key over its method, path, query and body, once.

import Cryptography
import Foundation
import HubHTTP
import JSONText
import Replication
import RequestSigning
import SyncHub
import TestKit
import Testing

@Suite("Signed requests", .timeLimit(.minutes(5)))
struct SignatureTests {
  private func answer(_ door: LoopbackHub, _ bytes: [UInt8]) async throws -> RawAnswer {
    let connection = try RawConnection(port: door.port)
    await connection.send(bytes)
    return await connection.answer()
  }

  private func sync(_ member: HonestMember, _ fields: [(String, String)], to target: String = "/v1/sync") -> [UInt8] {
    request("POST", target, [("Content-Type", "application/cbor-seq")] + fields, member.request)
  }

  @Test("a signed request that was changed anywhere is refused by name")
  func changed() async throws {
    try await LoopbackHub.open { door in
      let member = try await HonestMember(at: door)
      let (good, other) = (member.key, SigningKey())
      let head = try door.head
      func fields(_ path: String = "/v1/sync", _ method: String = "POST", _ query: String = "", by key: SigningKey)
        -> [(String, String)]
      {
        let digest = contentDigest(of: member.request)
        let signed = SignedRequest(method: method, path: path, query: query, contentDigest: digest)
        let now = door.hub.clock.read().milliseconds / 1_000
        return [("Content-Digest", digest)]
          + RequestSignature(of: signed, by: key, created: now, nonce: hex(randomBytes(8))).fields
      }
      func swapped(_ from: String, _ to: String) -> [(String, String)] {
        fields(by: good).map { ($0.0, $0.1.replacingOccurrences(of: from, with: to)) }
      }
      let bad: [(String, [UInt8], Int, String)] = [
        ("a stranger's key", sync(member, fields(by: other)), 401, "notKnown"),
        (
          "another's name on it", sync(member, swapped(good.publicKey.description, other.publicKey.description)), 401,
          "notKnown"
        ),
        ("another path", sync(member, fields("/v1/join", by: good)), 401, "signatureWrong"),
        ("another method", sync(member, fields("/v1/sync", "PUT", by: good)), 401, "signatureWrong"),
        ("another query", sync(member, fields(by: good), to: "/v1/sync?x=1"), 401, "signatureWrong"),
        ("another nonce", sync(member, swapped("nonce=\"", "nonce=\"0")), 401, "signatureWrong"),
        ("another algorithm", sync(member, swapped("ed25519", "hmac-sha256")), 400, "badSignature"),
        ("less covered", sync(member, swapped(" \"@query\"", "")), 400, "badSignature"),
        ("no time", sync(member, swapped("created", "expires")), 400, "badSignature"),
      ]
      for (name, bytes, status, code) in bad {
        let answer = try await answer(door, bytes)
        #expect(answer.status == status && answer.problem == code, "\(name): \(answer.status) \(answer.problem ?? "")")
      }
      #expect(try door.head == head)
      #expect(try await answer(door, sync(member, fields(by: good))).status == 200)
    }
  }

  @Test("a replayed request is refused, and does nothing twice")
  func replayed() async throws {
    try await LoopbackHub.open { door in
      let member = try await HonestMember(at: door)
      let bytes = sync(member, signed("/v1/sync", member.request, by: member.key))
      #expect(try await answer(door, bytes).status == 200)
      let again = try await answer(door, bytes)
      #expect(again.status == 401 && again.problem == "replayed")
    }
  }

  @Test("a device whose clock is years off is given the hub's time and a nonce, and is let in with them once")
  func wrongClock() async throws {
    try await LoopbackHub.open { door in
      let member = try await HonestMember(at: door)
      let now = door.hub.clock.read().milliseconds / 1_000
      for years: Int64 in [-20, 10] {
        let created = now + years * 365 * 86_400
        let first = try await answer(
          door, sync(member, signed("/v1/sync", member.request, by: member.key, created: created)))
        #expect(first.status == 401 && first.problem == "clock")
        guard case .string(let nonce)? = first.member("nonce") else {
          Issue.record("no nonce was given")
          return
        }
        #expect(first.member("time") == .integer(now * 1_000))
        // Not even the time need be put right.
        let second = signed("/v1/sync", member.request, by: member.key, created: created, nonce: nonce)
        #expect(try await answer(door, sync(member, second)).status == 200)
        #expect(try await answer(door, sync(member, second)).problem == "replayed")
        // The nonce is that device's alone.
        let stranger = signed("/v1/join", [0x7b, 0x7d], by: SigningKey(), created: created, nonce: nonce)
        let theirs = try await answer(door, request("POST", "/v1/join", stranger, [0x7b, 0x7d]))
        #expect(theirs.problem == "clock")
      }
    }
  }

  @Test("a hub that was restarted accepts nothing signed before, since it cannot know what it has seen")
  func startedAnew() throws {
    let start = Timestamp(milliseconds: 1_000_000)
    let replays = ReplayGuard(now: start)
    let key = SigningKey()
    func challenge(_ created: Int64, _ nonce: String = "n", at second: Int64) -> String? {
      let request = SignedRequest(method: "POST", path: "/", contentDigest: "")
      return replays.challenge(
        to: RequestSignature(of: request, by: key, created: created, nonce: nonce),
        now: Timestamp(milliseconds: second * 1_000))
    }
    let nonce = try #require(challenge(999, at: 1_000))
    #expect(challenge(999, nonce, at: 1_119) == nil, "a nonce may be signed for two minutes")
    #expect(challenge(999, nonce, at: 1_121) != nil, "and no longer")
    // Signed before the start by a clock that is two seconds fast.
    #expect(challenge(1_002, at: 1_001) != nil)
    #expect(
      challenge(1_003, at: 1_003) == nil && challenge(1_003, at: 1_123) == nil && challenge(1_003, at: 1_001) == nil)
    #expect(challenge(1_003, at: 1_124) != nil && challenge(1_003, at: 1_000) != nil)
    #expect(challenge(.max, at: 1_003) != nil && challenge(.min, at: 1_003) != nil)
    #expect(challenge(999, at: 1_010) != challenge(999, at: 1_010), "two at one moment are two")
  }
}
