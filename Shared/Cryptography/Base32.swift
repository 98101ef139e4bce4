// Crockford's base 32: letters and digits to be read out over the telephone, without I, L, O or U to mishear. Source:
// Douglas Crockford, "Base 32" (crockford.com/base32.html).

package let base32Digits = Array("0123456789ABCDEFGHJKMNPQRSTVWXYZ")

/// Five bits a character.
///
/// - Precondition: The bytes' bits divide by five.
package func base32(_ bytes: some Collection<UInt8>) -> String {
  precondition(bytes.count % 5 == 0)
  var characters: [Character] = []
  var bits = 0
  var pending = 0
  for byte in bytes {
    pending = pending << 8 | Int(byte)
    bits += 8
    while bits >= 5 {
      bits -= 5
      characters.append(base32Digits[pending >> bits & 31])
      pending &= (1 << bits) - 1
    }
  }
  return String(characters)
}

/// Groups of four with hyphens between, as people read them out.
package func grouped(_ text: String) -> String {
  stride(from: 0, to: text.count, by: 4).map { String(text.dropFirst($0).prefix(4)) }.joined(separator: "-")
}

/// What somebody typed, as `base32` writes it: any case, any spacing, O for 0, I and L for 1.
///
/// - Returns: `nil` where another character stands in it, or there are more than a hundred.
package func base32Plain(_ typed: String) -> String? {
  guard typed.utf8.count <= 100 else { return nil }
  var plain = ""
  for character in typed.uppercased() where character != "-" && character != " " {
    let digit: Character =
      switch character {
      case "O": "0"
      case "I", "L": "1"
      default: character
      }
    guard base32Digits.contains(digit) else { return nil }
    plain.append(digit)
  }
  return plain
}
