// The only JSON reader and writer (RFC 8259), for what people and scripts type and read: import files, answers to admin
// commands, exported records. Nothing is hashed from JSON; changes travel as CBOR. It exists because a lenient reader
// lets two programs read one file differently (duplicate keys, lone surrogates), and a lenient writer lets untrusted
// text control the terminal it is shown on.

/// A JSON value.
package enum JSON: Equatable, Sendable {
  case null
  case bool(Bool)
  /// A number written without a fraction or exponent that fits in 64 bits, signed.
  case integer(Int64)
  /// Any other number. Always finite when parsed.
  case number(Double)
  case string(String)
  case array([JSON])
  /// An object. Its members are unordered; ``text`` writes them sorted by key.
  case object([String: JSON])
}

/// A parsing failure. Every case is permanent: the same bytes never parse later.
package enum JSONError: Error, Equatable, Sendable {
  /// The bytes end inside a value.
  case truncated
  /// Something follows the value.
  case trailing
  /// An object has two members with the same name, or with canonically equivalent names.
  case duplicateKey
  /// Arrays and objects nest deeper than the caller allows.
  case tooDeep
  /// A string is not UTF-8, or contains a lone surrogate, an unescaped control character or U+0000.
  case text
  /// A number that is not valid JSON, such as `01`, or that overflows a double.
  case number
  /// Any other unexpected character.
  case syntax
}

extension JSON {
  /// Parses one complete JSON text. Cost is linear in the bytes.
  ///
  /// - Parameters:
  ///   - bytes: UTF-8 without a byte order mark; white space around the value is allowed.
  ///   - depthMax: The deepest nesting of arrays and objects; 0 allows only a plain value.
  package init(parsing bytes: some Collection<UInt8>, depthMax: Int = 16) throws(JSONError) {
    var parser = JSONParser(bytes: Array(bytes), depthMax: depthMax)
    self = try parser.wholeText()
  }
}

/// A recursive-descent parser with one byte of look-ahead. `depthMax` bounds the stack that untrusted input can use.
private struct JSONParser {
  let bytes: [UInt8]
  let depthMax: Int
  var position = 0

  mutating func wholeText() throws(JSONError) -> JSON {
    let value = try value(depth: 0)
    skipSpace()
    guard position == bytes.count else { throw .trailing }
    return value
  }

  private mutating func value(depth: Int) throws(JSONError) -> JSON {
    skipSpace()
    switch try peek() {
    case UInt8(ascii: "{"): return try object(depth: depth + 1)
    case UInt8(ascii: "["): return try array(depth: depth + 1)
    case UInt8(ascii: "\""): return .string(try string())
    case UInt8(ascii: "t"): return try word("true", .bool(true))
    case UInt8(ascii: "f"): return try word("false", .bool(false))
    case UInt8(ascii: "n"): return try word("null", .null)
    case UInt8(ascii: "-"), UInt8(ascii: "0")...UInt8(ascii: "9"): return try number()
    default: throw .syntax
    }
  }

  private mutating func object(depth: Int) throws(JSONError) -> JSON {
    guard depth <= depthMax else { throw .tooDeep }
    position += 1
    var members: [String: JSON] = [:]
    skipSpace()
    if try skip(UInt8(ascii: "}")) { return .object(members) }
    repeat {
      skipSpace()
      guard try peek() == UInt8(ascii: "\"") else { throw .syntax }
      let key = try string()
      skipSpace()
      guard try skip(UInt8(ascii: ":")) else { throw .syntax }
      let value = try value(depth: depth)
      guard members.updateValue(value, forKey: key) == nil else { throw .duplicateKey }
      skipSpace()
    } while try skip(UInt8(ascii: ","))
    guard try skip(UInt8(ascii: "}")) else { throw .syntax }
    return .object(members)
  }

  private mutating func array(depth: Int) throws(JSONError) -> JSON {
    guard depth <= depthMax else { throw .tooDeep }
    position += 1
    var elements: [JSON] = []
    skipSpace()
    if try skip(UInt8(ascii: "]")) { return .array(elements) }
    repeat {
      elements.append(try value(depth: depth))
      skipSpace()
    } while try skip(UInt8(ascii: ","))
    guard try skip(UInt8(ascii: "]")) else { throw .syntax }
    return .array(elements)
  }

  private mutating func string() throws(JSONError) -> String {
    position += 1
    var text: [UInt8] = []
    while true {
      let byte = try peek()
      position += 1
      switch byte {
      case UInt8(ascii: "\""):
        guard let string = String(validating: text, as: UTF8.self) else { throw .text }
        return string
      case UInt8(ascii: "\\"): try escape(into: &text)
      case 0..<0x20: throw .text
      default: text.append(byte)
      }
    }
  }

  private mutating func escape(into text: inout [UInt8]) throws(JSONError) {
    let letter = try peek()
    position += 1
    switch letter {
    case UInt8(ascii: "\""), UInt8(ascii: "\\"), UInt8(ascii: "/"): text.append(letter)
    case UInt8(ascii: "b"): text.append(0x08)
    case UInt8(ascii: "f"): text.append(0x0c)
    case UInt8(ascii: "n"): text.append(0x0a)
    case UInt8(ascii: "r"): text.append(0x0d)
    case UInt8(ascii: "t"): text.append(0x09)
    case UInt8(ascii: "u"): text.append(contentsOf: UTF8.encode(try escapedScalar())!)
    default: throw .syntax
    }
  }

  /// Reads the scalar after `\u`: four digits, or two such escapes that form a surrogate pair.
  private mutating func escapedScalar() throws(JSONError) -> Unicode.Scalar {
    var code = try fourDigits()
    if (0xd800..<0xdc00).contains(code) {
      for expected in [UInt8(ascii: "\\"), UInt8(ascii: "u")] {
        guard try skip(expected) else { throw .text }
      }
      let low = try fourDigits()
      guard (0xdc00..<0xe000).contains(low) else { throw .text }
      code = 0x1_0000 + (code - 0xd800) << 10 + (low - 0xdc00)
    }
    guard let scalar = Unicode.Scalar(code), code != 0 else { throw .text }
    return scalar
  }

  private mutating func fourDigits() throws(JSONError) -> UInt32 {
    var code: UInt32 = 0
    for _ in 0..<4 {
      let byte = try peek()
      guard let digit = Character(Unicode.Scalar(byte)).hexDigitValue else { throw .syntax }
      position += 1
      code = code << 4 | UInt32(digit)
    }
    return code
  }

  private mutating func number() throws(JSONError) -> JSON {
    let start = position
    _ = try skip(UInt8(ascii: "-"))
    if try peek() == UInt8(ascii: "0") { position += 1 } else { try digits() }
    if let next = current, isDigit(next) { throw .number }
    let wholeEnd = position
    if current == UInt8(ascii: ".") {
      position += 1
      try digits()
    }
    if current == UInt8(ascii: "e") || current == UInt8(ascii: "E") {
      position += 1
      let sign = try peek()
      if sign == UInt8(ascii: "+") || sign == UInt8(ascii: "-") { position += 1 }
      try digits()
    }
    let written = String(decoding: bytes[start..<position], as: UTF8.self)
    if wholeEnd == position, let integer = Int64(written) { return .integer(integer) }
    guard let number = Double(written), number.isFinite else { throw .number }
    return .number(number)
  }

  private mutating func digits() throws(JSONError) {
    guard isDigit(try peek()) else { throw .number }
    while let next = current, isDigit(next) { position += 1 }
  }

  private mutating func word(_ word: StaticString, _ value: JSON) throws(JSONError) -> JSON {
    for index in 0..<word.utf8CodeUnitCount {
      guard try skip(word.utf8Start[index]) else { throw .syntax }
    }
    return value
  }

  private var current: UInt8? { position < bytes.count ? bytes[position] : nil }

  private func isDigit(_ byte: UInt8) -> Bool { (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte) }

  private func peek() throws(JSONError) -> UInt8 {
    guard let current else { throw .truncated }
    return current
  }

  private mutating func skip(_ byte: UInt8) throws(JSONError) -> Bool {
    guard try peek() == byte else { return false }
    position += 1
    return true
  }

  private mutating func skipSpace() {
    while let next = current, next == 0x20 || next == 0x0a || next == 0x0d || next == 0x09 { position += 1 }
  }
}
