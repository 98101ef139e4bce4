// Text that is safe to print on a terminal. Titles and notes are untrusted, and a terminal obeys what it is sent:
// control characters move its cursor, direction marks reverse a line. The screen accepts only this type, and every
// initialiser takes a literal of this program or makes such characters visible, so raw text cannot be printed at all.

/// One line of safe text; it never holds a line break.
package struct TerminalText: Hashable, Sendable, ExpressibleByStringInterpolation, CustomStringConvertible {
  /// The line as printed.
  package let description: String

  private init(visible: String) {
    description = visible
  }

  /// A literal of this program. Takes a `StaticString`, so that no text made at run time gets in this way.
  package init(stringLiteral literal: StaticString) {
    self.init(visible: "\(literal)".visible)
  }

  /// An interpolated literal of this program; interpolated strings are made visible.
  package init(stringInterpolation parts: Parts) {
    self.init(visible: parts.visible)
  }

  /// Untrusted text as one line; a line break in it is made visible like any other control character.
  package init(words: String) {
    self.init(visible: words.visible)
  }

  /// Splits untrusted text into lines. Never empty: an empty text gives one empty line.
  package static func lines(of words: String) -> [TerminalText] {
    words.split(omittingEmptySubsequences: false) { $0 == "\n" || $0 == "\r\n" }
      .map { TerminalText(words: String($0)) }
  }

  /// True if the line has no characters.
  package var isEmpty: Bool { description.isEmpty }

  /// The line with its first letter capitalised, for the start of a sentence.
  package var capitalised: TerminalText {
    TerminalText(visible: description.prefix(1).uppercased() + description.dropFirst())
  }

  /// The line, cut to 160 characters and an ellipsis if it is longer, for lists.
  package var cut: TerminalText {
    let charactersMax = 160
    guard description.count > charactersMax else { return self }
    return TerminalText(visible: description.prefix(charactersMax) + " …")
  }

  /// The line as a sentence, with a full stop added unless it ends in a full stop, `?`, `!` or `…`.
  package var sentence: TerminalText {
    description.last.map { ".?!…".contains($0) } == true ? self : self + "."
  }

  package static func + (left: TerminalText, right: TerminalText) -> TerminalText {
    TerminalText(visible: left.description + right.description)
  }

  /// The parts of an interpolated literal: this program's text as it is, interpolated strings made visible.
  package struct Parts: StringInterpolationProtocol {
    fileprivate var visible = ""

    package init(literalCapacity: Int, interpolationCount: Int) {
      visible.reserveCapacity(literalCapacity)
    }

    package mutating func appendLiteral(_ literal: StaticString) {
      visible += "\(literal)".visible
    }

    package mutating func appendInterpolation(_ words: String) {
      visible += words.visible
    }

    package mutating func appendInterpolation(_ text: TerminalText) {
      visible += text.description
    }

    package mutating func appendInterpolation(_ number: some BinaryInteger) {
      visible += "\(number)"
    }
  }
}

extension TerminalText {
  /// Versions of a text, each in lines, with what a reader would not see written out where two of them look the same:
  /// first their spaces, then, where that is not enough, their letters beyond ASCII.
  ///
  /// - Parameter key: A key that is equal for texts that look the same.
  package static func toldApart(_ versions: [[TerminalText]], by key: (String) -> String) -> [[TerminalText]] {
    var shown = versions
    for mark in [\TerminalText.spacesShown, \TerminalText.lettersShown] {
      let seen = shown.map { lines in lines.map { key($0.description) }.joined(separator: "\n") }
      for place in shown.indices where seen.count(where: { $0 == seen[place] }) > 1 {
        shown[place] = (mark == \.spacesShown ? versions : shown)[place].map { $0[keyPath: mark] }
      }
    }
    return shown
  }

  /// The line with every space written out that a reader would not notice: around it, doubled, or of an unusual kind.
  private var spacesShown: TerminalText {
    var shown = ""
    let scalars = Array(description.unicodeScalars)
    for (place, scalar) in scalars.enumerated() {
      let isPlain = scalar == " " && place > 0 && place < scalars.count - 1 && scalars[place - 1] != " "
      if scalar.properties.isWhitespace, !isPlain {
        shown += scalar == " " ? "‹space›" : scalar.code
      } else {
        shown.unicodeScalars.append(scalar)
      }
    }
    return TerminalText(visible: shown)
  }

  /// The line with every letter beyond ASCII written out by its code.
  private var lettersShown: TerminalText {
    TerminalText(
      visible: description.unicodeScalars.map { $0.isASCII || "‹›".unicodeScalars.contains($0) ? String($0) : $0.code }
        .joined())
  }
}

extension Sequence<TerminalText> {
  /// Joins the lines into one; empty for no lines.
  package func joined(by separator: TerminalText) -> TerminalText {
    var whole: TerminalText?
    for text in self { whole = whole.map { $0 + separator + text } ?? text }
    return whole ?? ""
  }
}
