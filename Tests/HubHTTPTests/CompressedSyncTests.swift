// Requests and answers of a sync in zstd: proved first and decompressed after, within limits, and only for who can.

import Compression
import Cryptography
import HubHTTP
import RecordModel
import Replication
import RequestSigning
import SyncProtocol
import TestKit
import Testing

@Suite("Compressed syncs", .timeLimit(.minutes(5)))
struct CompressedSyncTests {
  private static let coded = [("Content-Encoding", "zstd")]

  /// A frame of 128 KiB blocks, each a zero repeated.
  private static func bomb(blocks: Int) -> [UInt8] {
    [0x28, 0xb5, 0x2f, 0xfd, 0, 0x50] + (0..<blocks).flatMap { _ in [0x02, 0, 0x10, 0] as [UInt8] }
  }

  private func ask(_ bytes: [UInt8], at door: LoopbackHub) async throws -> RawAnswer {
    let connection = try RawConnection(port: door.port)
    await connection.send(bytes)
    return await connection.answer()
  }

  /// A member at a hub with a page to fetch, and a request for it.
  private func withPage(
    _ body: @Sendable (LoopbackHub, HonestMember, _ page: [UInt8]) async throws -> Void
  ) async throws {
    try await LoopbackHub.open { door in
      let chair = try await door.hub.joined("chair")
      for number in 0..<200 { try chair.add("Talk number \(number), with tea") }
      try await chair.send()
      let hello = Hello(
        replica: .random(), modelVersion: door.hub.model.version, hub: nil,
        spaces: [SpaceRequest(space: try door.hub.space("public"), position: nil)])
      try await body(door, HonestMember(at: door), Message.encode([.hello(hello)]))
    }
  }

  @Test("a client that names zstd gets its answer in it, and whoever does not gets the bytes as they are")
  func answers() async throws {
    try await withPage { door, member, page in
      func fetch(_ accepted: String?) async throws -> RawAnswer {
        let fields = member.headers(page) + (accepted.map { [("Accept-Encoding", $0)] } ?? [])
        return try await ask(request("POST", "/v1/sync", fields, page), at: door)
      }
      let plain = try await fetch(nil)
      #expect(plain.status == 200 && plain.header("Content-Encoding") == nil)
      for accepted in ["zstd", "gzip, ZSTD;q=0.5", "br , zstd ; q=1"] {
        let coded = try await fetch(accepted)
        #expect(coded.header("Content-Encoding") == "zstd" && coded.header("Vary") == plain.header("Vary"))
        let content = try Zstd.decompress(coded.body, limit: plain.body.count)
        #expect(content.count == plain.body.count && coded.body.count * 2 < content.count)
        #expect(try !SignedAnswer(content).messages.isEmpty)
      }
      #expect(plain.header("Vary")?.lowercased() == "accept-encoding")
      for refused in ["", "gzip", "*", "zstd;q=0", "zstd; q=0.000", "xzstd"] {
        let answer = try await fetch(refused)
        #expect(answer.status == 200 && answer.header("Content-Encoding") == nil, "\(refused)")
      }
    }
  }

  @Test("an answer that is small, or uniform beyond the ratio, is sent as it is")
  func plainAnswers() async throws {
    try await withPage { door, member, _ in
      let accepted = [("Accept-Encoding", "zstd")]
      let hello = Message.encode([
        .hello(Hello(replica: .random(), modelVersion: door.hub.model.version, hub: nil, spaces: []))
      ])
      let small = try await ask(request("POST", "/v1/sync", member.headers(hello) + accepted, hello), at: door)
      #expect(small.status == 200)
      #expect((small.header("Content-Encoding") == nil) == (small.body.count < Limits.compressedBytesMin))
    }
  }

  @Test("work that comes compressed is taken in as if it had not been")
  func compressedRequest() async throws {
    try await LoopbackHub.open { door in
      let member = try await HonestMember(at: door)
      for number in 0..<50 { try member.device.add("Talk number \(number), with tea") }
      member.device.transport.next(.requestLost)
      try await member.device.send()
      let content = try #require(member.device.transport.sent.last)
      let frame = try #require(Zstd.compress(content))
      #expect(frame.count * 2 < content.count)
      let head = try door.head
      let fields = member.headers(frame) + Self.coded
      #expect(try await ask(request("POST", "/v1/sync", fields, frame), at: door).status == 200)
      #expect(try door.head == head + 51)
    }
  }

  @Test("a frame that is no frame, grows too much or is of more than one coding is refused by name (G10)")
  func refused() async throws {
    try await LoopbackHub.open { door in
      let member = try await HonestMember(at: door)
      let head = try door.head
      let long = (0..<Limits.requestBytesMax / 8 + 1).flatMap { Array("\($0 + 10_000_000)".utf8) }
      let whole = try #require(Zstd.compress((0..<4_000).flatMap { Array("talk \($0), ".utf8) }))
      let tooLong = try #require(Zstd.compress(long))
      let cases: [(String, [UInt8], coding: String, Int, String)] = [
        ("a bomb", Self.bomb(blocks: 1_000), "zstd", 413, "tooLarge"),
        ("a bomb of gigabytes", Self.bomb(blocks: 1 << 17), "zstd", 413, "tooLarge"),
        ("over the limit", tooLong, "zstd", 413, "tooLarge"),
        ("cut", whole.dropLast(5), "zstd", 400, "unreadable"),
        ("with more behind it", whole + [0], "zstd", 400, "unreadable"),
        ("twice", whole + whole, "zstd", 400, "unreadable"),
        ("not compressed at all", member.request, "zstd", 400, "unreadable"),
        ("nothing", [], "zstd", 400, "unreadable"),
        ("content that is no request", whole, "zstd", 400, "unreadable"),
        ("in gzip", [0x1f, 0x8b, 8], "gzip", 415, "mediaType"),
        ("in zstd and gzip", whole, "zstd, gzip", 415, "mediaType"),
      ]
      for (name, body, coding, status, code) in cases {
        let fields = member.headers(body) + [("Content-Encoding", coding)]
        let start = ContinuousClock.now
        let answer = try await ask(request("POST", "/v1/sync", fields, body), at: door)
        #expect(answer.status == status && answer.problem == code, "\(name): \(answer.problem ?? "")")
        #expect(ContinuousClock.now - start < .seconds(5), "\(name)")
      }
      #expect(try door.head == head)
      #expect(try await door.isHealthy())
    }
  }

  @Test("nothing is decompressed before its sender and the bytes that were sent are proved")
  func provedFirst() async throws {
    try await LoopbackHub.open { door in
      let member = try await HonestMember(at: door)
      // Decompressed, this would be refused as too large, or as unreadable.
      let (bomb, noise) = (Self.bomb(blocks: 1_000), [UInt8](repeating: 7, count: 1_000))
      for body in [bomb, noise] {
        func refusal(_ fields: [(String, String)]) async throws -> String? {
          let type = [("Content-Type", "application/cbor-seq")]
          return try await ask(request("POST", "/v1/sync", type + fields + Self.coded, body), at: door)
            .problem
        }
        #expect(try await refusal([]) == "signatureMissing")
        #expect(try await refusal(signed("/v1/sync", body, by: SigningKey())) == "notKnown")
        #expect(try await refusal(signed("/v1/join", body, by: member.key)) == "signatureWrong")
        #expect(try await refusal(signed("/v1/sync", body + [0], by: member.key)) == "digestMismatch")
      }
      // The digest is of the bytes as sent (RFC 9530), not of their content.
      let content = member.request + member.request
      let frame = try #require(Zstd.compress(content + content))
      let fields = member.headers(content + content) + Self.coded
      let answer = try await ask(request("POST", "/v1/sync", fields, frame), at: door)
      #expect(answer.status == 400 && answer.problem == "digestMismatch")
    }
  }
}
