// Makes visible the characters that are invisible themselves but reorder, hide or move visible text. Every encoder
// starts with this.

extension String {
  /// The text with every invisible or control character written out by its code, such as ‹U+202E›.
  var visible: String {
    guard unicodeScalars.contains(where: \.mustBeShown) else { return self }
    var shown = ""
    for scalar in unicodeScalars {
      if scalar.mustBeShown {
        shown += scalar.code
      } else {
        shown.unicodeScalars.append(scalar)
      }
    }
    return shown
  }
}

extension Unicode.Scalar {
  /// The character by its code, such as ‹U+202E›.
  var code: String {
    let digits = String(value, radix: 16, uppercase: true)
    return "‹U+" + String(repeating: "0", count: max(0, 4 - digits.count)) + digits + "›"
  }

  /// True for control characters (C0, DEL, C1), line and paragraph separators, and format characters, which include the
  /// bidirectional controls of Unicode Standard Annex 9. The two joiners are exempt: Persian, Hindi and family emoji
  /// need them, and they reorder nothing.
  fileprivate var mustBeShown: Bool {
    if value < 0x7f { return value < 0x20 }
    switch properties.generalCategory {
    case .control, .lineSeparator, .paragraphSeparator, .surrogate: return true
    case .format: return value != 0x200c && value != 0x200d
    default: return false
    }
  }
}
