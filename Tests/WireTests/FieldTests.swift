// The fields of every message, one at a time: each reader takes exactly its own, in their order, each once, each in its
// range. The golden messages are taken apart, changed in one place and put together again.

import Cryptography
import Replication
import SyncProtocol
import Testing

/// A message taken apart: its type and the encoded value under each key.
private struct Fields {
  var type: UInt64
  var fields: [(key: UInt64, value: [UInt8])] = []

  init(of golden: String) throws {
    var reader = CBORReader(try #require(Golden.all[golden]).encoded)
    _ = try reader.array()
    type = try reader.unsigned()
    for _ in 0..<(try reader.map()) { fields.append((try reader.unsigned(), try reader.item())) }
    try reader.finish()
  }

  var encoded: [UInt8] {
    cbor {
      $0.array(2)
      $0.unsigned(type)
      $0.map(fields.count)
      for (key, value) in fields {
        $0.unsigned(key)
        $0.raw(value)
      }
    }
  }

  func with(_ change: (inout Fields) -> Void) -> [UInt8] {
    var copy = self
    change(&copy)
    return copy.encoded
  }
}

/// One field of a golden message with a value out of its range.
struct WrongField: CustomTestStringConvertible {
  let golden: String
  let key: UInt64
  let error: CBORError
  let value: [UInt8]

  init(_ golden: String, _ key: UInt64, _ error: CBORError = .value, _ write: (inout CBORWriter) -> Void) {
    self.golden = golden
    self.key = key
    self.error = error
    value = cbor(write)
  }

  var testDescription: String { "\(golden), key \(key): \(value.prefix(8))…" }

  static let all =
    [31, 33].flatMap { count in
      let bytes = [UInt8](repeating: 7, count: count)
      return [("head", 4), ("head", 5), ("kept", 1), ("page", 6), ("segment", 4)].map { golden, key in
        WrongField(golden, UInt64(key)) { $0.bytes(bytes) }
      }
    }
    + [63, 65].flatMap { count in
      let bytes = [UInt8](repeating: 7, count: count)
      return [("head", 6), ("segment", 6)].map { golden, key in
        WrongField(golden, UInt64(key)) { $0.bytes(bytes) }
      } + [
        WrongField("page", 8) {
          $0.array(1)
          $0.array(2)
          $0.unsigned(5)
          $0.bytes(bytes)
        }
      ]
    }
    + [0, 65].flatMap { count in
      let text = String(repeating: "a", count: count)
      return [
        WrongField("hello-unsent", 7) { $0.text(text) }, WrongField("page", 7) { $0.row(of: 5) { $0.text(text) } },
        WrongField("segment", 5) { $0.segmentRow(of: 4) { $0.text(text) } },
        WrongField("segment-stubs", 5) { $0.stub(of: 4) { $0.text(text) } },
      ]
    }
    + [
      ("hello-held", 8), ("cleared-spaces", 1), ("page", 8), ("page-held", 9), ("verdict-missing", 5), ("segment", 5),
      ("cursor-unknown", 2),
    ].map { golden, key in
      WrongField(golden, UInt64(key)) { $0.array(0) }
    }
    + [
      WrongField("hello-held", 8) { ids(Limits.proposalsPerRequestMax + 1, into: &$0) },
      WrongField("cleared-spaces", 1) { ids(Limits.spacesPerRequestMax + 1, into: &$0) },
      WrongField("head", 3) { $0.unsigned(0) },
      WrongField("head", 3) { $0.unsigned(Limits.counterMax + 1) },
      WrongField("answer", 2, .type) { $0.unsigned(1) },
      WrongField("cursor-unknown", 2) { $0.list([ReadPosition(2, digest(1)), ReadPosition(1, digest(1))]) },
      WrongField("cursor-unknown", 2) { $0.list([ReadPosition(2, digest(1)), ReadPosition(2, digest(2))]) },
      WrongField("cursor-unknown", 2) { $0.list((0..<65).map { ReadPosition($0, digest(1)) }) },
      WrongField("page", 8, .type) { writer in
        writer.array(1)
        writer.array(3)
        for _ in 0..<3 { writer.unsigned(1) }
      },
      // Neither a reason nor a remainder, and something behind the one or the other.
      WrongField("page-erased", 7, .type) { $0.row(of: 6) { $0.bytes([0x80]) } },
      WrongField("page-erased", 7, .type) { $0.row(of: 6) { $0.text("erased") } },
      WrongField("page-erased", 7, .type) { $0.row(of: 5) { $0.unsigned(1) } },
      WrongField("segment-erased", 5, .type) { $0.segmentRow(of: 5) { $0.bytes([0x80]) } },
      WrongField("segment-erased", 5, .type) { $0.segmentRow(of: 4) { $0.unsigned(1) } },
      WrongField("segment", 3) { $0.unsigned(Limits.counterMax - 1) },
      WrongField("segment", 3) { $0.unsigned(.max) },
      WrongField("notice-held", 7) { $0.bytes([0x82, 0x01, 0x02]) },
      WrongField("notice-held", 7, .trailing) { $0.bytes(SealedChange.words("x").encoded + [0]) },
      WrongField("notice-held", 7) {
        $0.bytes(SealedChange.change(headerBytes: [], bodyBytes: [], RefusalReason(rawValue: "")).encoded)
      },
    ]

  private static func ids(_ count: Int, into writer: inout CBORWriter) {
    writer.array(count)
    for _ in 0..<count { writer.id(record) }
  }
}

extension CBORWriter {
  /// A list of one row at position 5, with a null in the place of its body.
  fileprivate mutating func row(of width: Int, _ write: (inout CBORWriter) -> Void) {
    array(1)
    array(width)
    unsigned(5)
    integer(0)
    bytes(firstEntry.headerBytes)
    null()
    write(&self)
    if width == 6 { bytes([UInt8](repeating: 7, count: 64)) }
  }

  /// A list of one row of a segment, with a null in the place of its body.
  fileprivate mutating func segmentRow(of width: Int, _ write: (inout CBORWriter) -> Void) {
    array(1)
    array(width)
    integer(0)
    bytes(firstEntry.headerBytes)
    null()
    write(&self)
    if width == 5 { bytes([UInt8](repeating: 7, count: 64)) }
  }

  /// A list of one row of a segment that is not sent.
  fileprivate mutating func stub(of width: Int, _ write: (inout CBORWriter) -> Void) {
    array(1)
    array(width)
    integer(0)
    null()
    bytes(firstChange.digest.bytes)
    write(&self)
  }
}

@Suite("Fields of messages")
struct FieldTests {
  private static let messages = Golden.all.keys.sorted().filter {
    if case .message? = Golden.all[$0] { true } else { false }
  }

  @Test("a repeated, misplaced or unknown field is refused, unless it is of a later version", arguments: messages)
  func order(_ golden: String) throws {
    let message = try Fields(of: golden)
    for place in message.fields.indices {
      let twice = message.with { $0.fields.insert($0.fields[place], at: place) }
      #expect(throws: CBORError.mapKeys, "twice: field \(place)") { try Message.decode(twice) }
      guard place > 0 else { continue }
      let swapped = message.with { $0.fields.swapAt(place - 1, place) }
      #expect(throws: CBORError.mapKeys, "swapped: field \(place)") { try Message.decode(swapped) }
    }
    for key in [0, 15] as [UInt64] {
      let foreign = message.with { message in
        message.fields.insert((key, [0x01]), at: message.fields.firstIndex { key < $0.key } ?? message.fields.endIndex)
      }
      #expect(throws: CBORError.mapKeys, "key \(key)") { try Message.decode(foreign) }
    }
    for keys: [UInt64] in [[16], [23, 24], [16, .max]] {
      let later = message.with { message in for key in keys { message.fields.append((key, [0x82, 0x01, 0xa0])) } }
      #expect(try Message.encode(Message.decode(later)) == message.with { _ in })
      let unordered = message.with { message in for key in keys + [16] { message.fields.append((key, [0x01])) } }
      #expect(throws: CBORError.mapKeys) { try Message.decode(unordered) }
    }
    let text = message.with { $0.fields.append((0, [])) }.dropLast() + [0x60, 0x01]
    #expect(throws: CBORError.type, "a text for a key") { try Message.decode(Array(text)) }
  }

  @Test("a field that is missing is refused, unless the message without it is one that is written", arguments: messages)
  func absence(_ golden: String) throws {
    let message = try Fields(of: golden)
    for place in message.fields.indices {
      let bytes = message.with { $0.fields.remove(at: place) }
      do throws(CBORError) {
        #expect(Message.encode(try Message.decode(bytes)) == bytes)
      } catch { #expect([.mapKeys, .value].contains(error)) }
    }
  }

  @Test("a field of another type is refused", arguments: messages)
  func types(_ golden: String) throws {
    let message = try Fields(of: golden)
    for place in message.fields.indices {
      for value: UInt8 in [0xf6, 0xc1, 0xa0, 0x20, 0x40, 0x60, 0x80, 0xf4] where message.fields[place].value[0] != value
      {
        let bytes = message.with { $0.fields[place].value = [value] + (value == 0xc1 ? [0x01] : []) }
        do throws(CBORError) {
          // An empty string of the right type, or a time before 1970.
          #expect(Message.encode(try Message.decode(bytes)) == bytes)
          let isTime = message.fields[place].key < 6 || golden == "welcome-safe"
          #expect(message.fields[place].value[0] >> 5 == value >> 5 || value == 0x20 && isTime)
        } catch { continue }
      }
    }
  }

  @Test("a value out of its range is refused by name", arguments: WrongField.all)
  func ranges(_ wrong: WrongField) throws {
    let message = try Fields(of: wrong.golden)
    let place = try #require(message.fields.firstIndex { $0.key == wrong.key })
    let bytes = message.with { $0.fields[place].value = wrong.value }
    #expect(throws: wrong.error) { try Message.decode(bytes) }
  }

  @Test("the details of a verdict belong to its code alone", arguments: ["recorded", "missing", "forked", "later"])
  func details(_ outcome: String) throws {
    let details = [(5 as UInt64, cbor { $0.dots([Dot(replica, 1)]) }), (6, cbor { $0.unsigned(1) })]
    let verdict = try Fields(of: "verdict-" + outcome)
    for detail in details where !verdict.fields.contains(where: { $0.key == detail.0 }) {
      let bytes = verdict.with {
        $0.fields.append(detail)
        $0.fields.sort { $0.key < $1.key }
      }
      #expect(throws: CBORError.value) { try Message.decode(bytes) }
    }
  }
}
