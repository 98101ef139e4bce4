// What an HTTP answer means, row by row, and where a hub's routes are.

import ClientCore
import ClientHTTP
import Compression
import JSONText
import SyncProtocol
import Testing

@Suite("Answers over HTTP")
struct HubAnswerTests {
  private static let type = "application/cbor-seq"

  private static func problem(_ status: Int) -> HubAnswer {
    HubAnswer(
      status: status, contentType: "application/problem+json; charset=utf-8",
      body: Array(#"{"code":"x","detail":"In plain words."}"#.utf8))
  }

  @Test(
    "only a 200 of the right type is an answer; every other status has its meaning",
    arguments: [
      (301, .notAHub), (302, .notAHub), (204, .notAHub), (404, .notAHub), (405, .notAHub),
      (400, .rejected("In plain words.")),
      (413, .rejected("In plain words.")), (422, .rejected("In plain words.")), (401, .rejected("In plain words.")),
      (403, .notAllowed("In plain words.")), (429, .busy(wait: nil)), (503, .busy(wait: nil)), (500, .hubFailed(500)),
      (502, .hubFailed(502)),
      (507, .hubFailed(507)),
    ] as [(Int, TransportError)])
  func statuses(status: Int, error: TransportError) {
    #expect(throws: error) { try Self.problem(status).body(ofType: Self.type) }
  }

  @Test("only a hub can say that it does not know a device, and only by name")
  func notKnown() {
    let answer = HubAnswer(
      status: 401, contentType: "application/problem+json", body: Array(#"{"code":"notKnown"}"#.utf8))
    #expect(throws: TransportError.notKnown) { try answer.body(ofType: Self.type) }
    #expect(throws: TransportError.notAHub) {
      try HubAnswer(status: 401, contentType: "text/html", body: answer.body).body(ofType: Self.type)
    }
  }

  @Test(
    "a web page with status 200 is no hub",
    arguments: ["text/html", "text/html; charset=utf-8", "application/json", nil])
  func webPage(type: String?) {
    let page = HubAnswer(status: 200, contentType: type, body: Array("<html>".utf8))
    #expect(throws: TransportError.notAHub) { try page.body(ofType: Self.type) }
  }

  @Test("the media type is read without its parameters and in any case")
  func mediaType() throws {
    let answer = HubAnswer(status: 200, contentType: "Application/CBOR-seq ; x=1", body: [1])
    #expect(try answer.body(ofType: Self.type) == [1])
  }

  @Test(
    "a hub that is busy says for how long, in seconds; nobody else is believed",
    arguments: [
      ("12", 12), ("0", 1), ("3600", 3_600), ("86400", 3_600), ("-1", nil), ("1.5", nil), ("", nil), (nil, nil),
      ("Mon, 30 Nov 2026 08:00:00 GMT", nil), ("99999999999999999999", nil),
    ] as [(String?, Int?)])
  func retryAfter(field: String?, seconds: Int?) {
    let words = Array(#"{"code":"tooOften","detail":"Later."}"#.utf8)
    func answer(_ status: Int, _ type: String, _ body: [UInt8]) throws {
      _ = try HubAnswer(status: status, contentType: type, retryAfter: field, body: body).body(ofType: Self.type)
    }
    let problem = "application/problem+json"
    for status in [429, 503] {
      #expect(throws: TransportError.busy(wait: seconds.map { .seconds($0) })) { try answer(status, problem, words) }
      #expect(throws: TransportError.busy(wait: nil)) { try answer(status, "text/html", words) }
      #expect(throws: TransportError.busy(wait: nil)) { try answer(status, problem, Array("{}".utf8)) }
    }
  }

  @Test("an answer in zstd is read; in another coding, cut, or of one byte a thousand times, it is no hub's")
  func coding() throws {
    let content = (0..<400).flatMap { Array("row \($0), ".utf8) }
    let frame = try #require(Zstd.compress(content))
    func answer(_ coding: String?, _ body: [UInt8]) throws(TransportError) -> [UInt8] {
      try HubAnswer(status: 200, contentType: Self.type, contentEncoding: coding, body: body).body(ofType: Self.type)
    }
    #expect(try answer("zstd", frame) == content && answer("ZSTD", frame) == content && answer(nil, content) == content)
    // A frame of one block that repeats a zero 128 KiB long.
    let bomb: [UInt8] = [0x28, 0xb5, 0x2f, 0xfd, 0, 0x50, 0x03, 0, 0x10, 0]
    for (coding, body) in [("gzip", frame), ("zstd, zstd", frame), ("zstd", content), ("zstd", bomb), ("zstd", [])] {
      #expect(throws: TransportError.notAHub) { try answer(coding, body) }
    }
    #expect(throws: TransportError.notAHub) { try answer("zstd", frame.dropLast()) }
  }

  @Test("a refusal without a problem document still has its meaning", arguments: [401, 403, 500, 503])
  func bare(status: Int) {
    let answer = HubAnswer(status: status, contentType: "text/html", body: Array("<b>no</b>".utf8))
    #expect(throws: TransportError.self) { try answer.body(ofType: Self.type) }
    #expect(throws: TransportError.notAllowed("it gave no reason")) {
      try HubAnswer(status: 403, contentType: nil, body: []).body(ofType: Self.type)
    }
  }

  private static let member = "01a20d25-f0c0-7bb5-800d-4b8ec9f19326"

  private static func joining(_ change: (inout [String: JSON]) -> Void) -> HubAnswer {
    var members: [String: JSON] = [
      "member": .string(member), "hub": .string(member), "name": .string("the carer"), "role": .string("member"),
      "signingKey": .string(String(repeating: "01", count: 32)),
      "sealingKey": .string(String(repeating: "02", count: 32)), "model": .string("version: 1"),
      "spaces": .array([.object(["id": .string(member), "name": .string("cab")])]),
    ]
    change(&members)
    return HubAnswer(status: 200, contentType: "application/json", body: Array(JSON.object(members).text.utf8))
  }

  @Test("a whole answer to joining is read")
  func join() throws {
    let reply = try Self.joining { _ in }.joinReply()
    #expect(reply.memberName == "the carer" && reply.role == "member")
    #expect(reply.spaces.map(\.name) == ["cab"])
  }

  @Test(
    "an answer to joining that lacks a part, or has a wrong one, is no hub's",
    arguments: ["member", "hub", "name", "role", "signingKey", "sealingKey", "model", "spaces"])
  func joinParts(part: String) {
    #expect(throws: TransportError.notAHub) { try Self.joining { $0[part] = nil }.joinReply() }
    #expect(throws: TransportError.notAHub) { try Self.joining { $0[part] = .integer(1) }.joinReply() }
  }

  @Test(
    "an address without a scheme is taken as secure, but for this very computer",
    arguments: [
      ("hub.example.org", "https://hub.example.org"), ("hub.example.org:8443/", "https://hub.example.org:8443"),
      ("localhost:8080", "http://localhost:8080"), ("127.0.0.1:8080", "http://127.0.0.1:8080"),
      ("[::1]:8080", "http://[::1]:8080"), ("127.0.0.1.example.org", "https://127.0.0.1.example.org"),
      ("HTTPS://Hub.example.org//board//", "https://Hub.example.org/board"),
      ("http://127.0.0.2:80", "http://127.0.0.2:80"),
      ("localhost.example.org", "https://localhost.example.org"),
    ])
  func addresses(typed: String, base: String) throws {
    #expect(try HubAddress(typed).base == base)
  }

  @Test(
    "an invalid address of a hub is refused",
    arguments: [
      "", "ftp://example.org", "file:///etc/passwd", "https://", "http://user:pass@example.org", "example.org?x=1",
      "example.org#x", "exa mple.org", "example.org:0", "example.org:99999", "example.org:", "[::1", "a\nb", "://x",
      "http://10.0.0.2:80", "http://hub.example.org", "HTTP://localhost.example.org",
    ])
  func noAddress(typed: String) {
    #expect(throws: TransportError.self) { try HubAddress(typed) }
  }
}
