// Every route against every kind of bad input: a stable problem document, nothing stored, and the hub as well as before
// (G10).

import Cryptography
import HubHTTP
import Replication
import RequestSigning
import SyncHub
import TestKit
import Testing

/// One bad request and its answer.
struct BadRequest: Sendable {
  let name: String
  let bytes: [UInt8]
  let status: Int
  let code: String
  /// Whether the sender stops in the middle.
  var isCut = false

  init(_ name: String, _ bytes: [UInt8], _ status: Int, _ code: String, isCut: Bool = false) {
    (self.name, self.bytes, self.status, self.code, self.isCut) = (name, bytes, status, code, isCut)
  }
}

@Suite("Bad requests", .timeLimit(.minutes(5)))
struct HostileInputTests {
  private func expectRefused(_ make: @Sendable (HonestMember, LoopbackHub) -> [BadRequest]) async throws {
    try await LoopbackHub.open { door in
      let member = try await HonestMember(at: door)
      let head = try door.head
      for bad in make(member, door) {
        let connection = try RawConnection(port: door.port)
        await connection.send(bad.bytes)
        if bad.isCut { connection.finishSending() }
        let answer = await connection.answer()
        #expect(answer.status == bad.status && answer.problem == bad.code, "\(bad.name): \(told(answer))")
        #expect(try door.head == head, "\(bad.name)")
      }
      #expect(try await door.isHealthy())
      // The request that was spoilt in so many ways is taken whole.
      let connection = try RawConnection(port: door.port)
      await connection.send(request("POST", "/v1/sync", member.headers(member.request), member.request))
      #expect(await connection.answer().status == 200)
      #expect(try door.head == head + 1)
    }
  }

  private func told(_ answer: RawAnswer) -> String { String(decoding: answer.bytes.prefix(400), as: UTF8.self) }

  @Test("a join that is no join is refused by name (G10)")
  func join() async throws {
    try await expectRefused { _, _ in
      let key = SigningKey()
      func join(_ name: String, _ body: String, _ status: Int, _ code: String) -> BadRequest {
        let bytes = Array(body.utf8)
        return BadRequest(name, request("POST", "/v1/join", signed("/v1/join", bytes, by: key), bytes), status, code)
      }
      let long = [UInt8](repeating: UInt8(ascii: " "), count: Limits.joinBytesMax + 1)
      let bomb: [UInt8] = [0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 0, 3]
      let longCode = String(repeating: "A", count: 3_000)
      return [
        join("empty", "", 400, "badJSON"), join("cut", "{\"code\": \"AAAA", 400, "badJSON"),
        join("list", "[]", 400, "badJSON"), join("null", "null", 400, "badJSON"), join("word", "hello", 400, "badJSON"),
        join("two", "{} {}", 400, "badJSON"),
        join("duplicate", #"{"code":"A","code":"B"}"#, 400, "badJSON"),
        join("deep", String(repeating: "[", count: 4_000), 400, "badJSON"),
        join("deep objects", String(repeating: "{\"a\":", count: 700), 400, "badJSON"),
        join("nul", #"{"code":"\u0000"}"#, 400, "badJSON"),
        join("numbers", #"{"code":1e999}"#, 400, "badJSON"), join("no keys", "{}", 422, "badFields"),
        join("wrong types", #"{"code":1}"#, 422, "badFields"),
        join("one more", #"{"code":"A","role":"chair"}"#, 422, "badFields"),
        join("of somebody else", #"{"code":"A","as":"chair"}"#, 422, "badFields"),
        join("of a partner", #"{"code":"AAAA-AAAA-AAAA-AAAA-AAAA","as":"partner"}"#, 403, "codeUnknown"),
        join("no such code", #"{"code":"AAAA-AAAA-AAAA-AAAA-AAAA"}"#, 403, "codeUnknown"),
        join("long code", #"{"code":"\#(longCode)"}"#, 403, "codeUnknown"),
        BadRequest(
          "no text", request("POST", "/v1/join", signed("/v1/join", [0xff, 0xfe, 0x7b], by: key), [0xff, 0xfe, 0x7b]),
          400, "badJSON"),
        BadRequest(
          "packed",
          request("POST", "/v1/join", signed("/v1/join", bomb, by: key) + [("Content-Encoding", "gzip")], bomb),
          415, "mediaType"),
        BadRequest(
          "compressed",
          request("POST", "/v1/join", signed("/v1/join", bomb, by: key) + [("Content-Encoding", "zstd")], bomb),
          415, "mediaType"),
        BadRequest("unsigned", request("POST", "/v1/join", [], Array("{}".utf8)), 401, "signatureMissing"),
        BadRequest("long", request("POST", "/v1/join", signed("/v1/join", long, by: key), long), 413, "tooLarge"),
        BadRequest(
          "said to be long", request("POST", "/v1/join", signed("/v1/join", long, by: key), length: 1 << 40), 413,
          "tooLarge"),
        BadRequest(
          "long in chunks", chunked("POST", "/v1/join", signed("/v1/join", long, by: key), chunks: [long]), 413,
          "tooLarge"),
        BadRequest(
          "stopped",
          request("POST", "/v1/join", signed("/v1/join", [0x7b], by: key), Array("{\"c".utf8), length: 80), 400,
          "badRequest", isCut: true),
        BadRequest(
          "stopped in chunks",
          chunked("POST", "/v1/join", signed("/v1/join", [0x7b], by: key), chunks: [[0x7b]], isFinished: false), 400,
          "badRequest", isCut: true),
      ]
    }
  }

  @Test("a sync that is cut, changed, too large, unsigned or of another kind is refused by name (G10)")
  func envelope() async throws {
    try await expectRefused { member, _ in
      let body = member.request
      let headers = member.headers(body)
      func without(_ name: String, adding field: (String, String)? = nil) -> [UInt8] {
        request("POST", "/v1/sync", headers.filter { $0.0 != name } + (field.map { [$0] } ?? []), body)
      }
      let long = [UInt8](repeating: 0xff, count: Limits.requestBytesMax + 1)
      let half = Array(body.prefix(body.count / 2))
      var changed = body
      changed[changed.count / 2] ^= 1
      return [
        BadRequest("no type", without("Content-Type"), 415, "mediaType"),
        BadRequest("JSON", without("Content-Type", adding: ("Content-Type", "application/json")), 415, "mediaType"),
        BadRequest("packed", without("Accept", adding: ("Content-Encoding", "gzip")), 415, "mediaType"),
        BadRequest("packed twice", without("Accept", adding: ("Content-Encoding", "br, deflate")), 415, "mediaType"),
        BadRequest("no signature", without("Signature"), 401, "signatureMissing"),
        BadRequest("no signature input", without("Signature-Input"), 401, "signatureMissing"),
        BadRequest("empty signature", without("Signature", adding: ("Signature", "")), 400, "badSignature"),
        BadRequest("a token", without("Signature", adding: ("Authorization", "Bearer x")), 401, "signatureMissing"),
        BadRequest("no digest", without("Content-Digest"), 400, "digestMissing"),
        BadRequest(
          "other digest", without("Content-Digest", adding: ("Content-Digest", contentDigest(of: [0]))), 401,
          "signatureWrong"),
        BadRequest(
          "other algorithm", without("Content-Digest", adding: ("Content-Digest", "md5=:AAAA:")), 401, "signatureWrong"),
        BadRequest("cut", request("POST", "/v1/sync", member.headers(body), half), 400, "digestMismatch"),
        BadRequest("changed", request("POST", "/v1/sync", headers, changed), 400, "digestMismatch"),
        BadRequest(
          "stopped", request("POST", "/v1/sync", headers, half, length: body.count), 400, "badRequest", isCut: true),
        BadRequest("said to be long", request("POST", "/v1/sync", headers, length: long.count), 413, "tooLarge"),
        BadRequest("long", request("POST", "/v1/sync", member.headers(long), long), 413, "tooLarge"),
        BadRequest(
          "long in chunks", chunked("POST", "/v1/sync", member.headers(long), chunks: [long]), 413, "tooLarge"),
        BadRequest(
          "broken chunks",
          chunked("POST", "/v1/sync", headers, chunks: [half], isFinished: false) + Array("many\r\n".utf8),
          400, "badRequest"),
      ]
    }
  }

  @Test("a sync whose messages make no sense is refused whole, with the good changes in it (G10, G6)")
  func messages() async throws {
    try await expectRefused { member, door in
      let hello = member.request
      func sync(_ name: String, _ body: [UInt8], _ status: Int = 400, _ code: String = "unreadable") -> BadRequest {
        BadRequest(name, request("POST", "/v1/sync", member.headers(body), body), status, code)
      }
      let id: [UInt8] = [0x50] + [UInt8](repeating: 7, count: 16)
      let head: [UInt8] = [0x82, 0x01, 0xa4, 0x01, 0x01, 0x02] + id
      // Of a header, only what tells its place in a chain.
      let none: [UInt8] =
        [0x82, 0x02, 0xa2, 0x01, 0x58, 39, 0xa3, 0x01] + id + [0x02] + id + [0x03, 0x01] + [0x02, 0x40]
      let depth = [UInt8](repeating: 0x81, count: 1_000_000)
      return [
        sync("empty", []), sync("cut", Array(hello.dropLast(3))), sync("noise", [UInt8](repeating: 0xff, count: 4096)),
        sync("followed by noise", hello + [0xff]), sync("followed by half a message", hello + [0x82, 0x02]),
        sync(
          "followed by very many offers", hello + (0..<Limits.offersPerRequestMax).flatMap { _ in none }, 413,
          "tooLarge"),
        sync("followed by a hello", hello + hello), sync("followed by an end", hello + [0x82, 0x15, 0xa0]),
        sync("offer first", [0x82, 0x02, 0xa2, 0x01, 0x40, 0x02, 0x40]),
        sync("followed by an empty offer", hello + [0x82, 0x02, 0xa2, 0x01, 0x40, 0x02, 0x40]),
        sync("followed by an offer of noise", hello + [0x82, 0x02, 0xa2, 0x01, 0x43, 1, 2, 3, 0x02, 0x43, 1, 2, 3]),
        sync("deep", depth), sync("deep tags", [UInt8](repeating: 0xc0, count: 100_000)),
        sync("deep in a message", [0x82, 0x01] + depth), sync("endless", [0x9f, 0x01]),
        sync("huge list", [0x9b] + [UInt8](repeating: 0xff, count: 8)),
        sync("huge text", [0x82, 0x01, 0x7b] + [UInt8](repeating: 0xff, count: 8)),
        sync("duplicate key", head + [0x03, 0x01, 0x03, 0x01]),
        sync("wrong types", head + [0x03, 0x61, 0x78, 0x05, 0x80]),
        sync("long number", [0x82, 0x18, 0x01]), sync("no text", [0x82, 0x01, 0x62, 0xff, 0xfe]),
        sync(
          "other version", [0x82, 0x01, 0xa4, 0x01, 0x09, 0x02] + id + [0x03, 0x01, 0x05, 0x80], 400,
          "protocolVersion"),
        sync(
          "other hub", [0x82, 0x01, 0xa5, 0x01, 0x01, 0x02] + id + [0x03, 0x01, 0x04] + id + [0x05, 0x80], 403,
          "wrongHub"),
      ]
    }
  }

  @Test("no route, no such method, no HTTP at all: a problem document, and never a failure of the hub's own (G10)")
  func routes() async throws {
    try await expectRefused { _, _ in
      func plain(_ name: String, _ text: String) -> BadRequest { BadRequest(name, Array(text.utf8), 400, "badRequest") }
      let wrong = [
        ("GET", "/"), ("GET", "/v2/status"), ("GET", "/v1/join"), ("PUT", "/v1/sync"), ("POST", "/v1/status"),
        ("DELETE", "/v1/health"), ("POST", "/act"), ("GET", "/v1/../../etc/passwd"), ("GET", "/%00"),
        ("POST", "/v1/join/x"), ("GET", "/" + String(repeating: "x", count: 8_000)),
      ]
      let field = String(repeating: "x", count: 20_000)
      return wrong.map { BadRequest("\($0) \($1.prefix(40))", request($0, $1), 404, "notFound") } + [
        plain("no such word", "BREW /v1/join HTTP/1.1\r\n\r\n"), plain("noise", "\u{1}\u{2}\u{3}\r\n\r\n"),
        plain("TLS", "\u{16}\u{3}\u{1}\u{2}\0\u{1}\0\u{1}\r\n\r\n"),
        plain("HTTP/2", "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"), plain("no version", "GET /v1/health\r\n\r\n"),
        plain("no colon", "GET /v1/health HTTP/1.1\r\nHost hub\r\n\r\n"),
        plain("two lengths", "POST /v1/join HTTP/1.1\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\n{}"),
        plain("less than nothing", "POST /v1/join HTTP/1.1\r\nContent-Length: -1\r\n\r\n"),
        plain(
          "two ends",
          "POST /v1/join HTTP/1.1\r\nContent-Length: 2\r\nTransfer-Encoding: chunked\r\n\r\n2\r\n{}\r\n0\r\n\r\n"),
        plain("a long field", "GET /v1/health HTTP/1.1\r\nX: \(field)\r\n\r\n"),
        plain("a long name", "GET /v1/health HTTP/1.1\r\n\(field): x\r\n\r\n"),
        plain("a long path", "GET /\(field) HTTP/1.1\r\n\r\n"),
        plain("many fields", "GET /v1/health HTTP/1.1\r\n" + String(repeating: "X: x\r\n", count: 100) + "\r\n"),
        plain(
          "much in all",
          "GET /v1/health HTTP/1.1\r\n" + String(repeating: "X: \(field.prefix(1_000))\r\n", count: 20) + "\r\n"),
      ]
    }
  }

  @Test("a GET with a body, however long or broken, is answered, and its body has no effect")
  func bodiesOfQuestions() async throws {
    try await LoopbackHub.open { door in
      for path in ["/v1/health", "/v1/status"] {
        let noise = [UInt8](repeating: 0xff, count: 100_000)
        for bytes in [request("GET", path, [], noise), chunked("GET", path, chunks: [noise])] {
          let connection = try RawConnection(port: door.port)
          await connection.send(bytes)
          #expect(await connection.answer().status == 200)
          await connection.send(request("GET", "/v1/health"))
          #expect(await connection.answer().status == 200)
        }
      }
    }
  }
}
