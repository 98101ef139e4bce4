// The turns of partners' hubs at the door: whoever sends whatever gets a stable problem document, nothing is taken in, and
// the hub serves its members as before (G10).

import ClientCore
import Cryptography
import HubHTTP
import PartnerExchange
import RecordModel
import Replication
import SQLiteStorage
import SyncHub
import SyncProtocol
import TestKit
import Testing

/// A partner's hub that has joined, and can sign whatever it likes.
private struct PartnerCaller: Sendable {
  let door: LoopbackHub
  let key = SigningKey()
  let introduction: Introduction
  /// The hub that is dialled.
  private let hub: HubID

  init(at door: LoopbackHub) async throws {
    self.door = door
    hub = try door.hub.store.read { try HubIdentity.identity(in: $0).hub }
    introduction = Introduction(
      hub: .random(), sealing: SealingKey().publicKey, model: door.hub.model.source)
    let code = try door.hub.store.write {
      try Directory.invite(partnerNamed: "York", now: door.hub.clock.read(), $0).code
    }
    _ = try await door.hub.hub.reply(toJoiningWith: code, key: key.publicKey, isPartner: true)
  }

  func begin(_ other: Introduction? = nil) -> [UInt8] {
    Turn.begin(other ?? introduction, to: hub, nonce: randomBytes(16)).encoded
  }

  func headers(_ body: [UInt8], by other: SigningKey? = nil) -> [(String, String)] {
    [("Content-Type", "application/cbor")] + signed("/v1/partner", body, by: other ?? key)
  }

  func turn(_ body: [UInt8]) async throws -> RawAnswer {
    let connection = try RawConnection(port: door.port)
    await connection.send(request("POST", "/v1/partner", headers(body), body))
    return await connection.answer()
  }

  /// The reply to a turn, if the hub has signed one.
  func reply(to body: [UInt8]) async throws -> TurnReply? {
    let answer = try await turn(body)
    let hub = try door.hub.store.read { try HubIdentity.publicKeys(in: $0).signing }
    #expect(answer.status == 200, "\(String(decoding: answer.bytes.prefix(400), as: UTF8.self))")
    return TurnReply(decoding: answer.body, signedBy: hub, to: body, from: key.publicKey)
  }
}

@Suite("Turns of partners' hubs", .timeLimit(.minutes(5)))
struct PartnerTurnTests {
  @Test("a turn that is unsigned, a stranger's, changed, too large or nonsense is refused by name (G10)")
  func refused() async throws {
    try await LoopbackHub.open { door in
      let (caller, member) = (try await PartnerCaller(at: door), try await HonestMember(at: door))
      #expect(try await caller.reply(to: caller.begin()) != nil)
      let head = try door.head
      for bad in bad(caller, member) {
        let connection = try RawConnection(port: door.port)
        await connection.send(bad.bytes)
        if bad.isCut { connection.finishSending() }
        let answer = await connection.answer()
        let told = String(decoding: answer.bytes.prefix(400), as: UTF8.self)
        #expect(answer.status == bad.status && answer.problem == bad.code, "\(bad.name): \(told)")
        #expect(try door.head == head, "\(bad.name)")
      }
      #expect(try await door.isHealthy())
      #expect(try await caller.reply(to: caller.begin())?.request != nil)
    }
  }

  private func bad(_ caller: PartnerCaller, _ member: HonestMember) -> [BadRequest] {
    let body = caller.begin()
    let long = [UInt8](repeating: 0xff, count: 10 << 20)
    let half = Array(body.prefix(body.count / 2))
    let stranger = SigningKey()
    func turn(
      _ name: String, _ body: [UInt8], by key: SigningKey? = nil, type: String = "application/cbor",
      adding fields: [(String, String)] = [], _ status: Int, _ code: String
    ) -> BadRequest {
      let proof = signed("/v1/partner", body, by: key ?? caller.key)
      return BadRequest(
        name, request("POST", "/v1/partner", [("Content-Type", type)] + fields + proof, body), status, code)
    }
    func nonsense(_ name: String, _ body: [UInt8]) -> BadRequest { turn(name, body, 400, "unreadable") }
    let (of, sealing) = (caller.introduction.hub, caller.introduction.sealing)
    return [
      BadRequest(
        "no type", request("POST", "/v1/partner", signed("/v1/partner", body, by: caller.key), body), 415, "mediaType"),
      turn("a sync's type", body, type: "application/cbor-seq", 415, "mediaType"),
      turn("compressed", body, adding: [("Content-Encoding", "zstd")], 415, "mediaType"),
      BadRequest(
        "unsigned", request("POST", "/v1/partner", [("Content-Type", "application/cbor")], body), 401,
        "signatureMissing"),
      turn("of a stranger", body, by: stranger, 401, "notKnown"),
      turn("of a member's computer", body, by: member.key, 401, "notKnown"),
      BadRequest("changed", request("POST", "/v1/partner", caller.headers(body), half), 400, "digestMismatch"),
      BadRequest(
        "stopped", request("POST", "/v1/partner", caller.headers(body), half, length: body.count), 400, "badRequest",
        isCut: true),
      BadRequest(
        "said to be long", request("POST", "/v1/partner", caller.headers(long), length: 1 << 40), 413, "tooLarge"),
      turn("long", long, 413, "tooLarge"),
      BadRequest(
        "long in chunks", chunked("POST", "/v1/partner", caller.headers(long), chunks: [long]), 413, "tooLarge"),
      nonsense("empty", []), nonsense("noise", [UInt8](repeating: 0xff, count: 4096)), nonsense("nothing", [0xa0]),
      nonsense("cut", Array(body.dropLast())), nonsense("followed by noise", body + [0xff]),
      nonsense("deep", [UInt8](repeating: 0x81, count: 1_000_000)),
      nonsense("another type", [0xa1, 0x02, 0x01]), nonsense("a long number", [0xa1, 0x18, 0x02, 0x40]),
      nonsense("duplicate keys", [0xa2, 0x02, 0x40, 0x02, 0x40]),
      nonsense("with no model", caller.begin(Introduction(hub: of, sealing: sealing, model: ""))),
      nonsense("with a model that is none", caller.begin(Introduction(hub: of, sealing: sealing, model: "a: [b"))),
      turn(
        "of another hub than before",
        caller.begin(Introduction(hub: .random(), sealing: sealing, model: caller.introduction.model)), 403, "keyTaken"),
      turn(
        "for another hub", Turn.begin(caller.introduction, to: .random(), nonce: [1]).encoded, 403, "wrongHub"),
      turn(
        "with another sealing key",
        caller.begin(
          Introduction(hub: of, sealing: SealingKey().publicKey, model: caller.introduction.model)), 403, "keyTaken"),
      BadRequest("with another method", request("GET", "/v1/partner", caller.headers(body), body), 404, "notFound"),
    ]
  }

  @Test("a turn that was here before is refused")
  func replayed() async throws {
    try await LoopbackHub.open { door in
      let caller = try await PartnerCaller(at: door)
      let body = caller.begin()
      let bytes = request("POST", "/v1/partner", caller.headers(body), body)
      var answers: [RawAnswer] = []
      for _ in 0..<2 {
        let connection = try RawConnection(port: door.port)
        await connection.send(bytes)
        answers.append(await connection.answer())
      }
      #expect(answers.map(\.status) == [200, 401] && answers[1].problem == "replayed")
    }
  }

  @Test("an answer that nobody waits for is told so")
  func answerToNothing() async throws {
    try await LoopbackHub.open { door in
      let caller = try await PartnerCaller(at: door)
      let answer = try await caller.turn(Turn.answer([1, 2, 3]).encoded)
      #expect(answer.status == 409 && answer.problem == "notBegun")
      // Nor twice, once somebody has.
      _ = try await caller.reply(to: caller.begin())
      #expect(try await caller.reply(to: Turn.answer([1]).encoded)?.request == nil)
      let again = try await caller.turn(Turn.answer([1]).encoded)
      #expect(again.status == 409 && again.problem == "notBegun")
    }
  }

  @Test("an introduction that cannot be read makes no hub known")
  func unreadableIntroduction() async throws {
    try await LoopbackHub.open { door in
      let caller = try await PartnerCaller(at: door)
      let head = try door.head
      let nobody = Introduction(hub: .random(), sealing: SealingKey().publicKey, model: "a: [b")
      let answer = try await caller.turn(caller.begin(nobody))
      #expect(answer.status == 400 && answer.problem == "unreadable")
      #expect(try door.head == head)
      #expect(try await caller.reply(to: caller.begin())?.request != nil)
    }
  }

  @Test("whatever answers a request but the partner's own signed answer ends the reading, and nothing is taken in")
  func answersOfNonsense() async throws {
    try await LoopbackHub.open { door in
      let caller = try await PartnerCaller(at: door)
      _ = try await caller.reply(to: caller.begin())
      let head = try door.head
      let large = [UInt8](repeating: 0xff, count: Limits.answerBytesMax - 64)
      for nonsense in [[], [0xff], [UInt8](repeating: 0x81, count: 100_000), large] {
        let first = try #require(try await caller.reply(to: caller.begin())?.request)
        #expect(try Message.decode(first).count == 1)
        let reply = try #require(try await caller.reply(to: Turn.answer(nonsense).encoded))
        #expect(reply.request == nil)
        #expect(try door.head == head)
      }
      #expect(try await door.isHealthy())
    }
  }

  @Test("a session begun again ends the one before, and a partner that says no more holds up nobody")
  func begunAgain() async throws {
    try await LoopbackHub.open { door in
      let (caller, member) = (try await PartnerCaller(at: door), try await HonestMember(at: door))
      var requests: [[UInt8]] = []
      for _ in 0..<20 { requests.append(try #require(try await caller.reply(to: caller.begin())?.request)) }
      #expect(Set(requests).count == 20)
      // What the first one had asked answers nothing now.
      let hub = try door.hub.store.read { try HubIdentity.publicKeys(in: $0).signing }
      let late = SignedAnswer.encode(
        [
          .welcome(
            Welcome(
              hub: caller.introduction.hub, epoch: .random(), time: Timestamp(milliseconds: 0), modelVersion: 1))
        ],
        by: caller.key, of: caller.introduction.hub, to: requests[0], from: hub)
      #expect(try await caller.reply(to: Turn.answer(late).encoded)?.request == nil)
      let connection = try RawConnection(port: door.port)
      await connection.send(request("POST", "/v1/sync", member.headers(member.request), member.request))
      #expect(await connection.answer().status == 200)
    }
  }
}
