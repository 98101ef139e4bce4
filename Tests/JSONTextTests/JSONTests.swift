// JSON is what people and scripts type. These hold the reader to one meaning per text (guarantee G10) and the
// writer to lines no terminal can be steered by.

import JSONText
import Replication
import Testing

@Suite struct JSONTests {
  @Test(
    "valid JSON is read as it is written",
    arguments: [
      ("null", .null), (" true ", .bool(true)), ("false", .bool(false)),
      ("0", .integer(0)), ("-0", .integer(0)), ("12", .integer(12)),
      ("9223372036854775807", .integer(.max)), ("-9223372036854775808", .integer(.min)),
      ("9223372036854775808", .number(9_223_372_036_854_775_808)),
      ("1.0", .number(1)), ("1e2", .number(100)), ("-2.5E-1", .number(-0.25)),
      (#""""#, .string("")), (#""\"\\\/\b\f\n\r\t""#, .string("\"\\/\u{8}\u{c}\n\r\t")),
      (#""caf\u00e9 \ud83d\ude00""#, .string("café 😀")), (#""Ŵyn""#, .string("Ŵyn")),
      ("[]", .array([])), ("[1,[\"a\"]]", .array([.integer(1), .array([.string("a")])])),
      ("{}", .object([:])), ("\t{\"a\":\r\n1 , \"b\":null}\n", .object(["a": .integer(1), "b": .null])),
    ] as [(String, JSON)])
  func reads(text: String, expected: JSON) throws {
    #expect(try JSON(parsing: text.utf8) == expected)
  }

  @Test(
    "invalid or ambiguous JSON is refused by name",
    arguments: [
      ("", .truncated), ("   ", .truncated), ("{", .truncated), ("[1,", .truncated), ("\"a", .truncated),
      ("tru", .truncated), ("-", .truncated), ("1.", .truncated), ("1e", .truncated), (#""\u00"#, .truncated),
      (#"{"a""#, .truncated), (#"{"a":"#, .truncated), (#""\ud83d"#, .truncated), (#""\"#, .truncated),
      ("1 2", .trailing), ("{}{}", .trailing), ("null,", .trailing), ("[]\u{0}", .trailing),
      (#"{"a":1,"a":1}"#, .duplicateKey), (#"{"a":1,"\u0061":2}"#, .duplicateKey),
      (#"{"é":1,"e\u0301":2}"#, .duplicateKey),
      (#""\ud83d""#, .text), (#""\ud83dx""#, .text), (#""\ude00""#, .text), (#""\ud83d\n""#, .text),
      (#""\ud83d\ud83d""#, .text), (#""\u0000""#, .text), ("\"\u{0}\"", .text), ("\"a\nb\"", .text),
      ("\"\u{1f}\"", .text),
      ("01", .number), ("-01", .number), ("00", .number), ("1.x", .number), ("1ex", .number), ("-a", .number),
      ("1e999", .number), ("-1e400", .number),
      ("tree", .syntax), ("nul1", .syntax), ("'a'", .syntax), ("+1", .syntax), (".5", .syntax), ("NaN", .syntax),
      ("[1 2]", .syntax), ("[,]", .syntax), ("[1,]", .syntax), ("{a:1}", .syntax), (#"{"a" 1}"#, .syntax),
      (#"{"a":1,}"#, .syntax), (#"{"a":1 "b":2}"#, .syntax), (#""\x""#, .syntax), (#""\u00g0""#, .syntax),
      ("// c", .syntax), ("\u{feff}1", .syntax), ("]", .syntax),
    ] as [(String, JSONError)])
  func refuses(text: String, expected: JSONError) {
    #expect(throws: expected) { try JSON(parsing: text.utf8) }
  }

  @Test("bytes that are not UTF-8 are refused", arguments: [[0xff], [0xc3], [0xc0, 0x80], [0xed, 0xa0, 0x80]])
  func refusesBrokenUTF8(bytes: [UInt8]) {
    #expect(throws: JSONError.text) { try JSON(parsing: [0x22] + bytes + [0x22]) }
  }

  @Test("nesting is taken to the depth allowed and not one deeper")
  func depth() throws {
    func nested(_ depth: Int) -> [UInt8] {
      Array(String(repeating: "[", count: depth).utf8) + Array(String(repeating: "]", count: depth).utf8)
    }
    _ = try JSON(parsing: nested(16))
    #expect(throws: JSONError.tooDeep) { try JSON(parsing: nested(17)) }
    #expect(throws: JSONError.tooDeep) { try JSON(parsing: nested(1_000_000)) }
    #expect(throws: JSONError.tooDeep) { try JSON(parsing: "{}".utf8, depthMax: 0) }
    #expect(try JSON(parsing: "1".utf8, depthMax: 0) == .integer(1))
  }

  @Test("every beginning of a text is refused as truncated, and never stops the program")
  func prefixes() throws {
    let text = Array(#"{"a":[1,-2.5e3,true,null,"x\u00e9\n"],"b":{"c":false}}"#.utf8)
    for count in 0..<text.count {
      #expect(throws: JSONError.truncated) { try JSON(parsing: text.prefix(count)) }
    }
  }

  @Test("any single byte put anywhere gives a value or a named refusal")
  func mutations() {
    let text = Array(#"{"a":[1,-2.5e3,true,"x\u00e9"]}"#.utf8)
    for place in text.indices {
      for byte in UInt8.min...UInt8.max {
        var mutated = text
        mutated[place] = byte
        _ = try? JSON(parsing: mutated)
      }
    }
  }

  @Test("members are written sorted, on one line")
  func sorted() {
    let json = JSON.object(["b": .array([.integer(1), .number(0.5)]), "a": .null, "": .bool(true)])
    #expect(json.text == #"{"":true,"a":null,"b":[1,0.5]}"#)
  }

  @Test(
    "no character that steers a terminal is ever written",
    arguments: [0...0x1f, 0x7f...0x9f, 0x61c...0x61c, 0x200e...0x200f, 0x2028...0x202e, 0x2066...0x2069])
  func escapes(range: ClosedRange<UInt32>) throws {
    for code in range {
      let scalar = try #require(Unicode.Scalar(code))
      let text = JSON.object(["k\(scalar)": .string("v\(scalar)")]).text
      #expect(!text.unicodeScalars.contains(scalar))
      if code != 0 {
        #expect(try JSON(parsing: text.utf8) == .object(["k\(scalar)": .string("v\(scalar)")]))
      }
    }
    #expect(JSON.string("\u{1b}[2J\"\\").text == #""\u001b[2J\"\\""#)
  }

  @Test(
    "what is written is read again as the same",
    arguments: [
      .string("Ŵ 😀 / \u{10ffff}"), .number(1e300), .number(.leastNonzeroMagnitude), .number(-0.1), .integer(.min),
      .array([.array([]), .object([:])]),
    ] as [JSON])
  func roundTrip(json: JSON) throws {
    #expect(try JSON(parsing: json.text.utf8) == json)
  }

  @Test("a number that JSON cannot express is written as null")
  func unsayable() {
    #expect(JSON.array([.number(.infinity), .number(.nan)]).text == "[null,null]")
  }

  @Test("values read as plain JSON: links as ids, bytes and unknown items as hexadecimal")
  func values() {
    let record = RecordID.fixed(kind: "event", key: "event/1")
    let value = Value.map([
      "link": .link(record), "bytes": .bytes([0, 255]), "unknown": .unknown([0xf9, 0x3c, 0]),
      "list": .list([.null, .bool(true), .integer(-1), .text("a")]),
    ])
    #expect(
      JSON(value)
        == .object([
          "link": .string(record.description), "bytes": .object(["bytes": .string("00ff")]),
          "unknown": .object(["unknown": .string("f93c00")]),
          "list": .array([.null, .bool(true), .integer(-1), .string("a")]),
        ]))
  }

  @Test("a long text costs in proportion to its length")
  func linear() throws {
    let long = JSON.array(Array(repeating: .string(String(repeating: "é\u{1}", count: 50)), count: 2_000))
    #expect(try JSON(parsing: long.text.utf8) == long)
  }
}
