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

extension Sequence<TerminalText> {
  /// Joins the lines into one; empty for no lines.
  package func joined(by separator: TerminalText) -> TerminalText {
    var whole: TerminalText?
    for text in self { whole = whole.map { $0 + separator + text } ?? text }
    return whole ?? ""
  }
}
