// Deterministic CBOR: one meaning, one spelling. Everything else is refused by name, at the cost of its bytes
// (guarantee G10), and what we do not know but is well formed is carried as it is (G12).

import Replication
import TestKit
import Testing

@Suite struct CBORTests {
  @Test(
    "every value comes back from its bytes",
    arguments: [
      .null, .bool(true), .bool(false), .integer(0), .integer(23), .integer(24), .integer(255), .integer(256),
      .integer(65_535), .integer(65_536), .integer(4_294_967_295), .integer(4_294_967_296), .integer(.max),
      .integer(-1),
      .integer(-24), .integer(-25), .integer(.min), .text(""), .text("Ŵyn 😀"),
      .text(String(repeating: "a", count: 300)),
      .bytes([]), .bytes([0, 255]), .link(note), .list([]), .list([.null, .list([.text("a")])]), .map([:]),
      .map(["b": .integer(1), "a": .map(["aa": .null, "b": .bool(true)])]), .unknown([0xf7]),
      .unknown([0xfb, 0x3f, 0xf8, 0, 0, 0, 0, 0, 0]), .unknown([0xc1, 0x01]), .unknown([0xa1, 0x01, 0x02]),
      .unknown([0x1b, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff]),
      .list([.unknown([0xf9, 0x3c, 0x00]), .integer(1)]),
    ] as [Value])
  func roundTrip(value: Value) throws {
    var reader = CBORReader(value.canonicalBytes)
    let read = try Value(from: &reader)
    try reader.finish()
    #expect(read == value)
    #expect(read.hasSameBytes(as: value))
  }

  @Test(
    "the bytes are those of RFC 8949, appendix A",
    arguments: [
      (.integer(0), "00"), (.integer(23), "17"), (.integer(24), "1818"), (.integer(1_000), "1903e8"),
      (.integer(1_000_000), "1a000f4240"), (.integer(1_000_000_000_000), "1b000000e8d4a51000"), (.integer(-1), "20"),
      (.integer(-100), "3863"), (.integer(-1_000), "3903e7"), (.bool(false), "f4"), (.bool(true), "f5"), (.null, "f6"),
      (.bytes([1, 2, 3, 4]), "4401020304"), (.text("IETF"), "6449455446"), (.text("ü"), "62c3bc"),
      (.list([.integer(1), .list([.integer(2)])]), "82018102"),
      (.map(["a": .text("A"), "b": .text("B")]), "a26161614161626142"),
      // Keys by their encoded bytes: the shorter one first.
      (.map(["aa": .integer(1), "b": .integer(2)]), "a261620262616101"),
    ] as [(Value, String)])
  func knownBytes(value: Value, expected: String) {
    #expect(value.canonicalBytes.hexadecimal == expected)
  }

  @Test(
    "what is not deterministic CBOR is refused by name",
    arguments: [
      ("", .truncated), ("18", .truncated), ("1903", .truncated), ("61", .truncated), ("4401", .truncated),
      ("8201", .truncated), ("a16161", .truncated), ("c1", .truncated), ("fb00", .truncated), ("d825", .truncated),
      // A head that is not the shortest.
      ("1817", .notDeterministic), ("190010", .notDeterministic), ("1900ff", .notDeterministic),
      ("1a0000ffff", .notDeterministic), ("1b00000000ffffffff", .notDeterministic), ("3817", .notDeterministic),
      ("780161", .notDeterministic), ("5800", .notDeterministic), ("980101", .notDeterministic),
      ("b8016161f6", .notDeterministic),
      // Indefinite lengths, a lone break, and heads that mean nothing.
      ("9fff", .notDeterministic), ("9f01ff", .notDeterministic), ("bfff", .notDeterministic),
      ("5fff", .notDeterministic),
      ("7f6161ff", .notDeterministic), ("ff", .notDeterministic), ("1c", .notDeterministic), ("1f", .notDeterministic),
      ("fc", .notDeterministic), ("f800", .notDeterministic), ("f818", .notDeterministic), ("e0", .notDeterministic),
      // Keys out of order, or twice; also inside what we only carry, and keys that differ in spelling alone.
      ("a2616201616102", .mapKeys), ("a2616101616102", .mapKeys), ("a262616101616202", .mapKeys),
      ("a202010102", .mapKeys), ("a201010102", .mapKeys), ("c1a2616201616102", .mapKeys),
      ("a262c3a90163" + "65cc8102", .mapKeys),
      // Text that is not UTF-8, or holds U+0000.
      ("61ff", .text), ("62c328", .text), ("62c080", .text), ("63eda080", .text), ("6100", .text), ("63610062", .text),
      ("a16100f6", .text), ("c16100", .text),
      // A link is sixteen bytes.
      ("d8254101", .value), ("d8256161", .type),
    ] as [(String, CBORError)])
  func malformed(text: String, expected: CBORError) {
    #expect(throws: expected) {
      var reader = CBORReader([UInt8](hexadecimal: text))
      _ = try Value(from: &reader)
    }
  }

  @Test("bytes after the end are refused")
  func trailing() throws {
    var reader = CBORReader([0x01, 0x02])
    _ = try reader.item()
    #expect(throws: CBORError.trailing) { try reader.finish() }
  }

  @Test(
    "nesting is refused long before a stack is spent",
    arguments: [[0x81], [0xa1, 0x61, 0x61], [0xc1], [0xa1], [0x81, 0xc1], [0xa1, 0x01]] as [[UInt8]])
  func deep(opening: [UInt8]) {
    let bytes = Array(repeatElement(opening, count: 10_000).joined()) + [0xf6]
    #expect(throws: CBORError.tooDeep) {
      var reader = CBORReader(bytes)
      _ = try Value(from: &reader)
    }
    #expect(throws: CBORError.tooDeep) {
      var reader = CBORReader(bytes)
      _ = try reader.item()
    }
  }

  @Test("nesting up to the limit is read")
  func deepest() throws {
    var reader = CBORReader(Array(repeating: 0x81, count: CBORReader.depthMax) + [0xf6])
    _ = try Value(from: &reader)
    try reader.finish()
  }

  @Test("a length without the bytes costs nothing", arguments: ["5b", "7b", "9b", "bb"])
  func hugeLengths(head: String) {
    for length in ["7fffffffffffffff", "ffffffffffffffff", "0000000100000000"] {
      #expect(throws: CBORError.self) {
        var reader = CBORReader([UInt8](hexadecimal: head + length + "00"))
        _ = try Value(from: &reader)
      }
    }
  }

  /// Heads of small items, so that a good part of what is made of them makes sense.
  private static let heads: [UInt8] = [
    0x00, 0x17, 0x18, 0x20, 0x40, 0x41, 0x60, 0x61, 0x62, 0x80, 0x81, 0x82, 0xa0, 0xa1, 0xa2, 0xc1, 0xd8, 0x25, 0xf4,
    0xf6, 0xf7, 0xf9, 0xff,
  ]

  @Test("bytes that are read as a value are that value's bytes", arguments: UInt64(1)...20)
  func onlySpelling(seed: UInt64) {
    var random = SplitMix64(seed: seed)
    var read = 0
    for _ in 0..<2_000 {
      let bytes = (0..<Int.random(in: 1...12, using: &random)).map { _ in Self.heads.randomElement(using: &random)! }
      var reader = CBORReader(bytes)
      guard let value = try? Value(from: &reader) else { continue }
      read += 1
      #expect(bytes.starts(with: value.canonicalBytes))
      #expect(reader.isAtEnd == (value.canonicalBytes.count == bytes.count))
    }
    #expect(read > 200)
  }

  @Test(
    "a record's state comes back from its bytes", arguments: UInt64(1)...10)
  func states(seed: UInt64) throws {
    let history = try History(seed: seed)
    for copy in history.copies {
      for (_, state) in try copy.records() {
        let read = try RecordState(decoding: state.encoded)
        #expect(read == state)
        #expect(read.encoded == state.encoded)
      }
    }
  }
}

extension [UInt8] {
  /// The bytes of hexadecimal digits, two a byte.
  init(hexadecimal text: String) {
    let digits = text.utf8.map { $0 >= UInt8(ascii: "a") ? $0 - UInt8(ascii: "a") + 10 : $0 - UInt8(ascii: "0") }
    self = stride(from: 0, to: digits.count, by: 2).map { digits[$0] << 4 | digits[$0 + 1] }
  }

  var hexadecimal: String {
    map { ($0 < 16 ? "0" : "") + String($0, radix: 16) }.joined()
  }
}
