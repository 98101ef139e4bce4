// Crockford's base 32, for codes read out over the telephone: digits and letters without I, L, O or U, which are easily
// misheard. Source: Douglas Crockford, "Base 32" (crockford.com/base32.html).

/// The 32 characters, by value.
package let base32Digits = Array("0123456789ABCDEFGHJKMNPQRSTVWXYZ")

/// Encodes bytes in base 32, five bits per character.
///
/// - Precondition: The number of bytes is a multiple of five.
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

/// Splits a text into groups of four characters with hyphens between, to be read out.
package func grouped(_ text: String) -> String {
  stride(from: 0, to: text.count, by: 4).map { String(text.dropFirst($0).prefix(4)) }.joined(separator: "-")
}

/// Normalises typed base 32 to the form `base32` produces: any case, spaces and hyphens ignored, O read as 0, I and L
/// as 1.
///
/// - Returns: `nil` if there is any other character, or the input is over 100 bytes.
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
