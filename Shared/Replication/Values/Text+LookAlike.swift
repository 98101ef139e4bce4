// Texts as people see them. Two texts that look the same may differ in white space, in invisible characters or in
// letters of another alphabet, and what looks blank may hold characters.

extension String {
  /// The text with every run of white space as one space, and none around it.
  package var tidied: String {
    split(whereSeparator: \.isWhitespace).joined(separator: " ")
  }

  /// True if nothing of the text can be seen: it is empty, or all white space and invisible characters.
  package var isBlank: Bool { unicodeScalars.allSatisfy { $0.properties.isWhitespace || $0.isUnseen } }

  /// True if the text holds a character that no line of words needs: a control character, a line break, or an invisible
  /// character. The two joiners are needed, between letters of many scripts.
  package var hasHiddenCharacters: Bool {
    unicodeScalars.contains { $0.isUnseen && !Unicode.Scalar.joiners.contains($0) }
  }

  /// A key that is equal for texts that look the same: without case, with runs of white space as one space, without
  /// invisible characters, and with Latin letters in the place of the Cyrillic, Greek and wide ones that look like them.
  /// For comparing only.
  ///
  /// - SeeAlso: Unicode Technical Standard 39, "Confusable Detection", of whose table this has the common part.
  package var lookAlikeKey: String {
    var key = ""
    for scalar in lowercased().tidied.unicodeScalars where !scalar.isUnseen {
      // Wide forms, U+FF01 to U+FF5E, are the printable ASCII characters in order.
      let plain = (0xff01...0xff5e).contains(scalar.value) ? Unicode.Scalar(scalar.value - 0xfee0)! : scalar
      key.unicodeScalars.append(contentsOf: (Self.lookAlikes[plain] ?? "\(plain)").unicodeScalars)
    }
    return key.tidied
  }

  /// Character → the letter or mark that it looks like. `i`, `l` and `1` are one in many typefaces, and so are `0` and
  /// `o`.
  private static let lookAlikes: [Unicode.Scalar: String] = {
    let pairs = [
      ("авеіјкмнорсѕтухһ", "abeljkmhopcstyxh"), ("αβεζηικμνορτυχ", "abezhlkmnoptyx"), ("i1|0", "lllo"),
      ("‘’ʼ`´", "'''''"), ("‐‑‒–—−", "------"),
    ]
    var table: [Unicode.Scalar: String] = [:]
    for (others, plain) in pairs {
      for (other, letter) in zip(others.unicodeScalars, plain) { table[other] = String(letter) }
    }
    return table
  }()
}

extension Unicode.Scalar {
  /// The zero-width non-joiner and joiner.
  fileprivate static let joiners: Set<Unicode.Scalar> = ["\u{200c}", "\u{200d}"]

  /// True for characters that take no space on a screen, or change how others stand there: controls, breaks, formats,
  /// and what fonts leave blank.
  fileprivate var isUnseen: Bool {
    switch properties.generalCategory {
    case .control, .format, .lineSeparator, .paragraphSeparator, .surrogate: true
    // The blank braille pattern is the only visible symbol without ink.
    default: properties.isDefaultIgnorableCodePoint && !properties.isVariationSelector || value == 0x2800
    }
  }
}
