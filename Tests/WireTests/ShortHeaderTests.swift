// Headers are sent without the digests that their receiver computes (`HeaderChains`).

import Cryptography
import Replication
import SyncProtocol
import Testing

@Suite("Short headers")
struct ShortHeaderTests {
  private let first = firstChange
  private let next = nextChange

  @Test("of successive changes, no digest is sent but that of the change before the first")
  func chain() throws {
    var (out, into) = (HeaderChains(), HeaderChains())
    let changes = chain(of: 4).dropFirst()
    for (index, change) in changes.enumerated() {
      let short = out.shortened(change.headerBytes, of: .body(change.bodyBytes))
      #expect(short.count == change.headerBytes.count - (index == 0 ? 35 : 70))
      #expect(try into.completed(short, of: .body(change.bodyBytes)) == change.headerBytes)
    }
  }

  @Test("a change of one field takes fewer than 100 bytes before compression, whatever came before it")
  func oneField() {
    let changes = chain(of: 101)
    let all = Message.encode(changes.map { .offer(header: $0.headerBytes, body: $0.bodyBytes) })
    let more = Message.encode(changes.dropLast().map { .offer(header: $0.headerBytes, body: $0.bodyBytes) })
    #expect(all.count - more.count - changes.last!.bodyBytes.count < 100)
  }

  @Test("a void and a remainder keep the digest of the body that did not come")
  func withoutBody() throws {
    for content in [RawEntry.Content.void(.unknownField), .redactedBody([0x80])] {
      var (out, into) = (HeaderChains(), HeaderChains())
      let short = out.shortened(first.headerBytes, of: content)
      #expect(short == first.headerBytes)
      #expect(try into.completed(short, of: content) == first.headerBytes)
    }
  }

  @Test("a chain with a gap, and one behind another space's, say what came before")
  func gap() throws {
    let changes = chain(of: 3)
    var (out, into) = (HeaderChains(), HeaderChains())
    for change in [changes[0], changes[2]] {
      let short = out.shortened(change.headerBytes, of: .body(change.bodyBytes))
      #expect(try into.completed(short, of: .body(change.bodyBytes)) == change.headerBytes)
    }
    let elsewhere = Change(
      edits: first.edits, space: otherSpace, replica: replica, previous: nil, lamport: 1, author: author, time: time,
      modelVersion: 1)
    let short = out.shortened(elsewhere.headerBytes, of: .body(elsewhere.bodyBytes))
    #expect(try into.completed(short, of: .body(elsewhere.bodyBytes)) == elsewhere.headerBytes)
  }

  @Test("a header with a digest too few or too many is refused, so each has one form")
  func oneForm() throws {
    var chains = HeaderChains()
    let body = RawEntry.Content.body(next.bodyBytes)
    #expect(throws: CBORError.value, "a digest of the body that is there") {
      try chains.completed(next.headerBytes, of: body)
    }
    _ = chains.shortened(first.headerBytes, of: .body(first.bodyBytes))
    let short = chains.shortened(next.headerBytes, of: body)
    var fresh = HeaderChains()
    #expect(throws: CBORError.mapKeys, "no digest of the header before, which nobody knows") {
      try fresh.completed(short, of: body)
    }
    #expect(throws: CBORError.mapKeys, "no digest of a body that did not come") {
      try chains.completed(short, of: .void(.malformed))
    }
    for bytes in [[], [0x80], [0xa0], [0xa1, 0x01], short + [0]] as [[UInt8]] {
      #expect(throws: CBORError.self) { try chains.completed(bytes, of: body) }
    }
  }

  @Test("another body than the author's makes another header, which nothing proves")
  func otherBody() throws {
    var (out, into) = (HeaderChains(), HeaderChains())
    let short = out.shortened(first.headerBytes, of: .body(first.bodyBytes))
    let whole = try into.completed(short, of: .body(next.bodyBytes))
    #expect(whole != first.headerBytes)
    #expect(try Header(decoding: whole).bodyDigest == Change.bodyDigest(of: next.bodyBytes))
  }

  @Test("what a later version wrote into a header is there again")
  func laterKeys() throws {
    var writer = CBORWriter()
    writer.map(10)
    writer.raw(next.headerBytes.dropFirst())
    writer.unsigned(16)
    writer.text("later")
    let header = writer.bytes
    var (out, into) = (HeaderChains(), HeaderChains())
    _ = try into.completed(
      out.shortened(first.headerBytes, of: .body(first.bodyBytes)), of: .body(first.bodyBytes))
    let short = out.shortened(header, of: .body(next.bodyBytes))
    #expect(short.count == header.count - 70)
    #expect(try into.completed(short, of: .body(next.bodyBytes)) == header)
  }

  /// Successive changes of one field, by one device.
  private func chain(of count: Int) -> [Change] {
    var (changes, tip): ([Change], Tip?) = ([], nil)
    for number in 1...count {
      let edit = Edit(
        record: record, kind: "event",
        operation: .assign(field: "title", value: .integer(Int64(number)), supersedes: []))
      let change = Change(
        edits: [edit], space: space, replica: replica, previous: tip, lamport: UInt64(number), author: author,
        time: time, modelVersion: 1)
      changes.append(change)
      tip = Tip(sequence: change.header.sequence, digest: change.digest, lamport: change.header.lamport)
    }
    return changes
  }
}
