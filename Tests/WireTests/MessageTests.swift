// Outside bytes never trap and never half count: each kind of rubbish has its name (guarantee G10).

import Cryptography
import Replication
import SyncProtocol
import TestKit
import Testing

/// Bytes that are not what they should be, and why.
struct Malformed: CustomTestStringConvertible {
  let what: String
  let bytes: [UInt8]
  let error: CBORError

  init(_ what: String, _ error: CBORError, _ bytes: [UInt8]) {
    self.what = what
    self.bytes = bytes
    self.error = error
  }

  init(_ what: String, _ error: CBORError, _ write: (inout CBORWriter) -> Void) {
    self.init(what, error, cbor(write))
  }

  var testDescription: String { what }

  static let all: [Malformed] = frames + hellos + offers + segments + verdicts + notices + pages

  private static let frames = [
    Malformed("a web page", .notDeterministic, Array("<!DOCTYPE html>".utf8)),
    Malformed("an item cut in its head", .truncated, [0x82, 0x19, 0x01]),
    Malformed("an array that claims 2^64 - 1 items", .truncated, [0x9b] + [UInt8](repeating: 0xff, count: 8)),
    Malformed("an array of indefinite length", .notDeterministic, [0x9f, 0x15, 0xa0, 0xff]),
    Malformed("a message of three parts", .type, [0x83, 0x15, 0xa0, 0xa0]),
    Malformed("a message with a text for its type", .type, [0x82, 0x61, 0x61, 0xa0]),
    Malformed("a type in a longer head than it needs", .notDeterministic, [0x82, 0x18, 0x15, 0xa0]),
    Malformed("an unknown type", .value, [0x82, 0x18, 0x3f, 0xa0]),
    Malformed("an end, which closes an answer, among the messages", .value, [0x82, 0x15, 0xa0]),
    Malformed("a half message after a whole one", .truncated, [0x82, 0x06, 0xa0, 0x82]),
    Malformed("a tag around a message", .type, [0xc1, 0x82, 0x06, 0xa0]),
    Malformed("a list where the map was due", .type, [0x82, 0x06, 0x80]),
    Malformed("arrays within arrays, without end", .type, [UInt8](repeating: 0x82, count: 1_000_000)),
  ]

  private static let hellos = [
    hello("the same key twice", .mapKeys) { $0.raw(cbor(1, 1) + cbor(1, 1)) },
    hello("keys out of order", .mapKeys) { $0.raw(cbor(3, 1) + cbor(1, 1)) },
    hello("an unknown key", .mapKeys) { $0.raw(cbor(1, 1) + cbor(7, 1)) },
    hello("a text for a key", .type) {
      $0.text("1")
      $0.unsigned(1)
    },
    hello("keys missing", .mapKeys) { $0.raw(cbor(1, 1) + cbor(3, 1)) },
    hello("a replica of 15 bytes", .value) {
      $0.raw(cbor(1, 1))
      $0.unsigned(2)
      $0.bytes([UInt8](repeating: 0, count: 15))
    },
    message("hello: a nonce of 15 bytes", .value, 1, keys: 5) {
      $0.raw(cbor(1, 1) + cbor(2) { $0.id(replica) } + cbor(3, 1) + cbor(5) { $0.array(0) })
      $0.raw(cbor(11) { $0.bytes([UInt8](repeating: 0, count: 15)) })
    },
    hello("a replica of 17 bytes", .value) {
      $0.raw(cbor(1, 1))
      $0.unsigned(2)
      $0.bytes([UInt8](repeating: 0, count: 17))
    },
    asks("more spaces than a device may name", .value, count: Limits.spacesPerRequestMax + 1) { writer in
      for number in 0...Limits.spacesPerRequestMax {
        writer.map(1)
        writer.unsigned(1)
        writer.bytes([UInt8](repeating: 0, count: 14) + [UInt8(number >> 8), UInt8(number & 255)])
      }
    },
    asks("a space asked about twice", .value, count: 2) { writer in
      for _ in 0..<2 {
        writer.map(1)
        writer.unsigned(1)
        writer.id(space)
      }
    },
    asks("a position without a digest", .type) { $0.ask(space, width: 1, position: 1) },
    asks("a position of three parts", .type) { $0.ask(space, width: 3, position: 1) },
    asks("a position beyond every counter", .value) { $0.ask(space, width: 2, position: Limits.counterMax + 1) },
    asks("the news heard without an epoch", .type) { writer in
      writer.map(2)
      writer.unsigned(1)
      writer.id(space)
      writer.raw(cbor(3) { $0.array(0) })
    },
  ]

  private static let offers = [
    message("an offer of a header alone", .mapKeys, 2, keys: 1) { $0.raw(cbor(1) { $0.bytes([0xa0]) }) },
    message("an offer of a body alone", .mapKeys, 2, keys: 1) { $0.raw(cbor(2) { $0.bytes([0x80]) }) },
    message("an offer of a body and a reason", .mapKeys, 2, keys: 3) {
      $0.raw(cbor(1) { $0.bytes([0xa0]) } + cbor(2) { $0.bytes([0x80]) } + cbor(3) { $0.text("malformed") })
    },
    message("an offer of a refusal", .mapKeys, 2, keys: 2) {
      $0.raw(cbor(1) { $0.bytes([0xa0]) } + cbor(3) { $0.text("malformed") })
    },
    message("an offer of a remainder", .mapKeys, 2, keys: 2) {
      $0.raw(cbor(1) { $0.bytes([0xa0]) } + cbor(4) { $0.bytes([0x80]) })
    },
    message("an offer with a header that is no byte string", .type, 2, keys: 2) { $0.raw(cbor(1, 1)) },
    message("an offer that claims more bytes than there are", .truncated, 2, keys: 2) {
      $0.raw([0x01, 0x5b, 0x00, 0x00, 0x7f] + [UInt8](repeating: 0xff, count: 5))
    },
  ]

  private static let verdicts = [
    verdict("recorded, with a reason", .type, code: 0) { $0.raw(cbor(5) { $0.text("lamport") }) },
    verdict("missing, nowhere", .value, code: 1),
    verdict("missing, but nothing", .value, code: 1) { $0.raw(cbor(5) { $0.array(0) }) },
    verdict("missing, a dot of sequence 0", .value, code: 1) {
      $0.raw(
        cbor(5) {
          $0.array(1)
          $0.array(2)
          $0.id(replica)
          $0.unsigned(0)
        })
    },
    verdict("missing, the same dot twice", .value, code: 1) {
      $0.raw(
        cbor(5) {
          $0.array(2)
          for _ in 0..<2 {
            $0.array(2)
            $0.id(replica)
            $0.unsigned(1)
          }
        })
    },
    verdict("forked, nowhere", .value, code: 2),
  ]

  private static let notices = [
    message("a notice of nothing", .value, 18, keys: 0) { _ in },
    message("a notice of another name", .value, 18, keys: 1) { $0.raw(cbor(1) { $0.text("erase") }) },
    message("a notice to enter nowhere", .value, 18, keys: 1) { $0.raw(cbor(1) { $0.text("enter") }) },
    message("a notice to leave, with a label", .value, 18, keys: 3) {
      $0.raw(cbor(1) { $0.text("leave") } + cbor(2) { $0.id(space) } + cbor(3) { $0.text("x") })
    },
    message("a label that is not UTF-8", .text, 18, keys: 3) {
      $0.raw(cbor(1) { $0.text("enter") } + cbor(2) { $0.id(space) } + [0x03, 0x62, 0xc3, 0x28])
    },
    message("a label with U+0000", .text, 18, keys: 3) {
      $0.raw(cbor(1) { $0.text("enter") } + cbor(2) { $0.id(space) } + [0x03, 0x61, 0x00])
    },
    allowance("an allowance of another name", "moon", time: true),
    allowance("a day's allowance that never begins anew", "bytes"),
    allowance("a day's allowance of a space", "bytes", space: true, time: true),
    allowance("a space's allowance of no space", "space"),
    allowance("a space's allowance of a day", "space", space: true, time: true),
    allowance("an allowance beyond every counter", "bytes", time: true, used: Limits.counterMax + 1),
    message("an allowance without numbers", .value, 18, keys: 3) {
      $0.raw(cbor(1) { $0.text("allowance") } + cbor(3) { $0.text("bytes") } + cbor(5) { $0.integer(1) })
    },
    message("a notice to leave, with a number", .value, 18, keys: 3) {
      $0.raw(cbor(1) { $0.text("leave") } + cbor(2) { $0.id(space) } + cbor(8) { $0.unsigned(1) })
    },
  ]

  private static func allowance(
    _ what: String, _ name: String, space hasSpace: Bool = false, time: Bool = false, used: UInt64 = 1
  ) -> Malformed {
    message(what, .value, 18, keys: 4 + (hasSpace ? 1 : 0) + (time ? 1 : 0)) {
      $0.raw(cbor(1) { $0.text("allowance") })
      if hasSpace { $0.raw(cbor(2) { $0.id(space) }) }
      $0.raw(cbor(3) { $0.text(name) })
      if time { $0.raw(cbor(5) { $0.integer(1) }) }
      $0.raw(cbor(8) { $0.unsigned(used) } + cbor(9) { $0.unsigned(2) })
    }
  }

  private static let segments = [
    segment("a segment of nothing", .value, rows: 0),
    segment("a segment of more rows than one may have", .value, rows: LogSegment.rowsMax + 1),
    segment("a segment beyond every counter", .value, from: Limits.counterMax, rows: 1),
    segment("a segment of a row of two parts", .type) {
      $0.array(2)
      $0.integer(0)
      $0.bytes(firstChange.headerBytes)
    },
    segment("a segment of a row of a body and a reason", .type) {
      $0.array(4)
      $0.integer(0)
      $0.bytes(firstChange.headerBytes)
      $0.bytes(firstChange.bodyBytes)
      $0.text("malformed")
    },
    segment("a segment of a row of a header alone", .type) {
      $0.array(3)
      $0.integer(0)
      $0.bytes(firstChange.headerBytes)
      $0.null()
    },
    segment("a segment of a row without a name", .type) {
      $0.array(3)
      $0.integer(0)
      $0.null()
      $0.null()
    },
    segment("a segment of a row named by half a digest", .value) {
      $0.array(3)
      $0.integer(0)
      $0.null()
      $0.bytes([UInt8](repeating: 1, count: 16))
    },
    segment("a segment of a row that is left out, and sent", .type) {
      $0.array(4)
      $0.integer(0)
      $0.null()
      $0.bytes(firstChange.digest.bytes)
      $0.bytes(firstChange.bodyBytes)
    },
  ]

  private static let pages = [
    page("a page that ends before it begins", .value, from: 2, to: 1, last: 2),
    page("a page beyond the last position", .value, from: 1, to: 2, last: 1, rows: [2]),
    page("a page without the digest of its end", .mapKeys, from: 0, to: 1, rows: [1], hasDigest: false),
    page("a page without a checkpoint", .value, from: 0, to: 1, rows: [1], checkpoints: []),
    page("a page without a checkpoint at its end", .value, from: 0, to: 2, rows: [1, 2], checkpoints: [1]),
    page("a page of nothing, signed", .value, from: 0, to: 0, checkpoints: [0]),
    page("a checkpoint where the page begins", .value, from: 5, to: 6, rows: [6], checkpoints: [5, 6]),
    page("a checkpoint behind the page", .value, from: 5, to: 6, last: 7, rows: [6], checkpoints: [6, 7]),
    page("a checkpoint twice", .value, from: 5, to: 6, rows: [6], checkpoints: [6, 6]),
    page("checkpoints out of order", .value, from: 5, to: 7, rows: [6, 7], checkpoints: [7, 6]),
    page("a page with a position too few", .value, from: 5, to: 9, rows: [6, 7, 9]),
    page("a page with a position twice", .value, from: 5, to: 9, rows: [6, 8, 9], held: [(7, 2)]),
    page("a run that begins before the page", .value, from: 5, to: 7, held: [(5, 2)]),
    page("a run that ends behind the page", .value, from: 5, to: 7, last: 9, held: [(7, 2)]),
    page("a run of nothing", .value, from: 5, to: 5, held: [(5, 0)], checkpoints: []),
    page("a run of nothing between rows", .value, from: 5, to: 6, rows: [6], held: [(6, 0)]),
    page("a run without an end", .value, from: 5, to: 9, held: [(6, .max)]),
    page("runs that overlap", .value, from: 5, to: 9, held: [(6, 2), (7, 2)]),
    page("runs out of order", .value, from: 5, to: 9, held: [(8, 2), (6, 2)]),
    page("a row before the page", .value, from: 5, to: 6, rows: [5]),
    page("a row behind the page", .value, from: 5, to: 6, last: 7, rows: [7]),
    page("rows out of order", .value, from: 5, to: 7, rows: [7, 6]),
    page("a row twice", .value, from: 3, to: 5, rows: [4, 4]),
    page("a row of three parts", .type, from: 3, to: 4, rows: [4], width: 3),
    page("a row of a body and a reason", .type, from: 3, to: 4, rows: [4], width: 5),
  ]

  private static func message(
    _ what: String, _ error: CBORError, _ type: UInt64, keys: Int, _ write: (inout CBORWriter) -> Void
  ) -> Malformed {
    Malformed(what, error) {
      $0.array(2)
      $0.unsigned(type)
      $0.map(keys)
      write(&$0)
    }
  }

  /// A hello of two keys.
  private static func hello(_ what: String, _ error: CBORError, _ write: (inout CBORWriter) -> Void) -> Malformed {
    message("hello: " + what, error, 1, keys: 2) { write(&$0) }
  }

  private static func asks(
    _ what: String, _ error: CBORError, count: Int = 1, _ write: (inout CBORWriter) -> Void
  ) -> Malformed {
    message("hello: " + what, error, 1, keys: 4) {
      $0.raw(cbor(1, 1) + cbor(2) { $0.id(replica) } + cbor(3, 1))
      $0.unsigned(5)
      $0.array(count)
      write(&$0)
    }
  }

  private static func verdict(
    _ what: String, _ error: CBORError, code: UInt64, _ detail: ((inout CBORWriter) -> Void)? = nil
  ) -> Malformed {
    message("verdict: " + what, error, 17, keys: detail == nil ? 4 : 5) {
      $0.raw(cbor(1) { $0.id(space) } + cbor(2) { $0.id(replica) } + cbor(3, 1) + cbor(4, code))
      detail?(&$0)
    }
  }

  private static func segment(
    _ what: String, _ error: CBORError, from: UInt64 = 0, rows: Int = 1, _ row: ((inout CBORWriter) -> Void)? = nil
  ) -> Malformed {
    message(what, error, 4, keys: 6) { writer in
      writer.raw(
        cbor(1) { $0.id(space) } + cbor(2) { $0.id(epoch) } + cbor(3, from) + cbor(4) { $0.bytes(digest(1).bytes) })
      writer.unsigned(5)
      writer.array(rows)
      for _ in 0..<rows {
        if let row {
          row(&writer)
        } else {
          writer.array(3)
          writer.integer(time.milliseconds)
          writer.null()
          writer.digest(digest(2))
        }
      }
      writer.raw(cbor(6) { $0.bytes([UInt8](repeating: 0, count: 64)) })
    }
  }

  /// A page; one that ends at its log's last position, with a checkpoint there, if nothing else is said.
  private static func page(
    _ what: String, _ error: CBORError, from: UInt64, to: UInt64, last: UInt64? = nil, rows: [UInt64] = [],
    width: Int = 4, held: [(UInt64, UInt64)] = [], checkpoints: [UInt64]? = nil, hasDigest: Bool = true
  ) -> Malformed {
    let checkpoints = checkpoints ?? [to]
    let keys = 6 + [hasDigest, !checkpoints.isEmpty, !held.isEmpty].count { $0 }
    return message(what, error, 19, keys: keys) { writer in
      writer.raw(
        cbor(1) { $0.id(space) } + cbor(2) { $0.id(epoch) } + cbor(3, from) + cbor(4, to) + cbor(5, last ?? to))
      if hasDigest { writer.raw(cbor(6) { $0.bytes(digest(1).bytes) }) }
      writer.unsigned(7)
      writer.array(rows.count)
      var chains = HeaderChains()
      for position in rows {
        writer.array(width)
        writer.unsigned(position)
        writer.integer(0)
        writer.bytes(chains.shortened(firstEntry.headerBytes, of: .body(firstChange.bodyBytes)))
        if width > 3 { writer.bytes(firstChange.bodyBytes) }
        if width > 4 { writer.text("malformed") }
      }
      if !checkpoints.isEmpty {
        writer.unsigned(8)
        writer.array(checkpoints.count)
        for position in checkpoints {
          writer.array(2)
          writer.unsigned(position)
          writer.bytes([UInt8](repeating: 0, count: 64))
        }
      }
      guard !held.isEmpty else { return }
      writer.unsigned(9)
      writer.array(held.count)
      for (position, count) in held {
        writer.array(5)
        for number in [position, 0, count] { writer.unsigned(number) }
        writer.id(replica)
        writer.unsigned(1)
      }
    }
  }
}

/// One pair of a map.
private func cbor(_ key: UInt64, _ value: UInt64) -> [UInt8] { cbor(key) { $0.unsigned(value) } }

private func cbor(_ key: UInt64, _ write: (inout CBORWriter) -> Void) -> [UInt8] {
  cbor {
    $0.unsigned(key)
    write(&$0)
  }
}

extension CBORWriter {
  /// A space request whose position has this many parts: the number, a digest, and zeros.
  fileprivate mutating func ask(_ space: SpaceID, width: Int, position: UInt64) {
    map(2)
    unsigned(1)
    id(space)
    unsigned(2)
    array(width)
    unsigned(position)
    if width > 1 { bytes(WireTests.digest(1).bytes) }
    for _ in 2..<max(2, width) { unsigned(0) }
  }
}

@Suite("Messages from outside")
struct MessageTests {
  @Test("every kind of rubbish is refused by name", arguments: Malformed.all)
  func refusal(_ case: Malformed) {
    #expect(throws: `case`.error) { try Message.decode(`case`.bytes) }
  }

  @Test("an answer cut anywhere but between two messages is refused")
  func truncation() throws {
    let messages = Self.conversation
    let bytes = Message.encode(messages)
    var ends: Set<Int> = [0]
    for count in 1...messages.count { ends.insert(Message.encode(Array(messages.prefix(count))).count) }
    for length in 0..<bytes.count where !ends.contains(length) {
      #expect(throws: CBORError.self, "cut after \(length)") { try Message.decode(Array(bytes.prefix(length))) }
    }
  }

  @Test(
    "flipped bytes never trap, and what is still read is written as it was meant", arguments: 0..<64 as Range<UInt64>)
  func flips(_ seed: UInt64) throws {
    var random = SplitMix64(seed: seed)
    let whole = Message.encode(Self.conversation)
    for _ in 0..<200 {
      var bytes = whole
      for _ in 0...(Int.random(in: 0..<4, using: &random)) {
        bytes[Int.random(in: 0..<bytes.count, using: &random)] = UInt8.random(in: 0...255, using: &random)
      }
      if Bool.random(using: &random) { bytes.removeLast(Int.random(in: 0..<bytes.count, using: &random)) }
      guard let messages = try? Message.decode(bytes) else { continue }
      // Only what is left to later versions is not written again as it was read.
      let written = Message.encode(messages)
      #expect(written.count <= bytes.count)
      #expect(try Message.decode(written) == messages)
      for case .offer(let header, let body) in messages { _ = try? Change(headerBytes: header, bodyBytes: body) }
      for case .page(let page) in messages { for row in page.rows { _ = try? row.entry.decoded() } }
      for case .segment(let segment) in messages { _ = segment.proved(of: hub, by: knownKey.publicKey) }
    }
  }

  private static let conversation: [Message] = Golden.all.keys.sorted().compactMap {
    if case .message(let message)? = Golden.all[$0] { message } else { nil }
  }
}
