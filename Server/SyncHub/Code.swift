// One-time codes are read out over the telephone: Crockford's base 32, which has no I, L, O or U to mishear, in groups
// of four. Source: Douglas Crockford, "Base 32" (crockford.com/base32.html).

internal import Cryptography

/// Codes for people and tokens for devices.
enum Code {
  private static let digits = Array("0123456789ABCDEFGHJKMNPQRSTVWXYZ")

  /// 80 random bits as four groups of four.
  static func random() -> String {
    let characters = base32(randomBytes(10))
    return stride(from: 0, to: 16, by: 4).map { String(characters[$0..<$0 + 4]) }.joined(separator: "-")
  }

  /// 160 random bits, for a device to keep.
  static func token() -> String {
    String(base32(randomBytes(20)))
  }

  /// A code as typed, as it was made: any case, any spacing, O for 0, I and L for 1.
  ///
  /// - Returns: `nil` for what can be no code.
  static func normalised(_ typed: String) -> String? {
    var plain: [Character] = []
    for character in typed.uppercased() where character != "-" && character != " " {
      let digit: Character =
        switch character {
        case "O": "0"
        case "I", "L": "1"
        default: character
        }
      guard digits.contains(digit), plain.count < 16 else { return nil }
      plain.append(digit)
    }
    guard plain.count == 16 else { return nil }
    return stride(from: 0, to: 16, by: 4).map { String(plain[$0..<$0 + 4]) }.joined(separator: "-")
  }

  /// Five bits a character; the bytes' bits must divide by five.
  private static func base32(_ bytes: [UInt8]) -> [Character] {
    var characters: [Character] = []
    var bits = 0
    var pending = 0
    for byte in bytes {
      pending = pending << 8 | Int(byte)
      bits += 8
      while bits >= 5 {
        bits -= 5
        characters.append(digits[pending >> bits & 31])
        pending &= (1 << bits) - 1
      }
    }
    return characters
  }
}
