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

/// Normalises typed base 32 to the form `base32` produces: any case, O read as 0, I and L as 1. Whatever a letter or an
/// e-mail puts around and between the characters is ignored: spaces and dashes of all kinds, line breaks, invisible
/// characters, quotation marks, a full stop. Wide letters and digits are read as plain ones.
///
/// - Returns: `nil` if there is any other letter, digit or symbol, or the input is over 400 bytes.
package func base32Plain(_ typed: String) -> String? {
  guard typed.utf8.count <= 400 else { return nil }
  var plain = ""
  for scalar in typed.unicodeScalars where !scalar.isPunctuation {
    // Wide forms, U+FF01 to U+FF5E, are the printable ASCII characters in order.
    let isWide = (0xff01...0xff5e).contains(scalar.value)
    let letter = isWide ? Character(Unicode.Scalar(UInt8(scalar.value - 0xfee0))) : Character(scalar)
    let digit: Character =
      switch letter.uppercased() {
      case "O": "0"
      case "I", "L": "1"
      case let upper: Character(upper.count == 1 ? upper : "?")
      }
    guard base32Digits.contains(digit) else { return nil }
    plain.append(digit)
  }
  return plain
}

extension Unicode.Scalar {
  /// True for everything that stands between words or marks them off.
  fileprivate var isPunctuation: Bool {
    switch properties.generalCategory {
    case .spaceSeparator, .lineSeparator, .paragraphSeparator, .control, .format, .dashPunctuation, .openPunctuation,
      .closePunctuation, .initialPunctuation, .finalPunctuation, .otherPunctuation, .connectorPunctuation:
      true
    // The minus sign, and the marks that stand for apostrophes, are symbols.
    default: "\u{2212}`´".unicodeScalars.contains(self)
    }
  }
}
