// Writes JSON on one line, with sorted members. Every character that could move the cursor, hide text or reverse its
// direction is escaped, so that untrusted text can be shown on any terminal.

internal import Cryptography

extension JSON {
  /// The value on one line, in a canonical form that parses to an equal value. The exception is an infinite or NaN
  /// number, which JSON cannot express and which becomes `null`. Cost is linear, apart from sorting the keys.
  package var text: String {
    var output: [UInt8] = []
    write(into: &output)
    return String(decoding: output, as: UTF8.self)
  }

  private func write(into output: inout [UInt8]) {
    switch self {
    case .null: output += "null".utf8
    case .bool(let value): output += (value ? "true" : "false").utf8
    case .integer(let value): output += value.description.utf8
    case .number(let value): output += (value.isFinite ? value.description : "null").utf8
    case .string(let value): Self.write(value, into: &output)
    case .array(let elements):
      output.append(UInt8(ascii: "["))
      for (place, element) in elements.enumerated() {
        if place > 0 { output.append(UInt8(ascii: ",")) }
        element.write(into: &output)
      }
      output.append(UInt8(ascii: "]"))
    case .object(let members):
      output.append(UInt8(ascii: "{"))
      for (place, member) in members.sorted(by: { $0.key < $1.key }).enumerated() {
        if place > 0 { output.append(UInt8(ascii: ",")) }
        Self.write(member.key, into: &output)
        output.append(UInt8(ascii: ":"))
        member.value.write(into: &output)
      }
      output.append(UInt8(ascii: "}"))
    }
  }

  private static func write(_ string: String, into output: inout [UInt8]) {
    output.append(UInt8(ascii: "\""))
    for scalar in string.unicodeScalars {
      switch scalar {
      case "\"", "\\":
        output.append(UInt8(ascii: "\\"))
        output.append(UInt8(ascii: scalar))
      case _ where scalar.steersTerminals:
        let digits = hex([UInt8(scalar.value >> 8), UInt8(scalar.value & 0xff)])
        output += "\\u\(digits)".utf8
      default: output += UTF8.encode(scalar)!
      }
    }
    output.append(UInt8(ascii: "\""))
  }
}

extension Unicode.Scalar {
  /// True for control characters (C0, DEL, C1), line and paragraph separators, and the bidirectional controls of
  /// Unicode Standard Annex 9. All are below U+10000, so a four-digit escape suffices.
  fileprivate var steersTerminals: Bool {
    switch value {
    case 0..<0x20, 0x7f...0x9f, 0x061c, 0x200e...0x200f, 0x2028...0x202e, 0x2066...0x2069: true
    default: false
    }
  }
}
