// Characters that nobody sees and that turn, hide or move what is seen, written so that they are seen. Every encoder begins
// with this.

extension String {
  /// The text with every character that steers a terminal or cannot be seen written as ‹U+202E›.
  var visible: String {
    guard unicodeScalars.contains(where: \.mustBeShown) else { return self }
    var shown = ""
    for scalar in unicodeScalars {
      if scalar.mustBeShown {
        let digits = String(scalar.value, radix: 16, uppercase: true)
        shown += "‹U+" + String(repeating: "0", count: max(0, 4 - digits.count)) + digits + "›"
      } else {
        shown.unicodeScalars.append(scalar)
      }
    }
    return shown
  }
}

extension Unicode.Scalar {
  /// Control characters (C0, DEL, C1), line and paragraph separators, and the format characters, the bidirectional
  /// controls of Unicode Standard Annex 9 among them. The two joiners stay: Persian, Hindi and family emoji are
  /// written with them, and they turn nothing round.
  fileprivate var mustBeShown: Bool {
    if value < 0x7f { return value < 0x20 }
    switch properties.generalCategory {
    case .control, .lineSeparator, .paragraphSeparator, .surrogate: return true
    case .format: return value != 0x200c && value != 0x200d
    default: return false
    }
  }
}
