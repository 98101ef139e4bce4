// Text that may reach a screen. A title or a note can come from anybody, and a terminal obeys what it is sent: control
// characters move its cursor, direction marks turn a line round. The screen takes this type alone, and every way to
// make one either is a literal of this program or makes such characters visible, so raw text cannot be printed at all.

/// One line of safe text; it never holds a line break.
package struct TerminalText: Hashable, Sendable, ExpressibleByStringInterpolation, CustomStringConvertible {
  /// The line as it goes to the screen.
  package let description: String

  private init(visible: String) {
    description = visible
  }

  /// A literal of this program. `StaticString`, so that no text made at run time can come in by this door.
  package init(stringLiteral literal: StaticString) {
    self.init(visible: "\(literal)".visible)
  }

  package init(stringInterpolation parts: Parts) {
    self.init(visible: parts.visible)
  }

  /// Anybody's words on one line; a line break in them is made visible like any other control character.
  package init(words: String) {
    self.init(visible: words.visible)
  }

  /// Anybody's words, line by line. Never empty: no words are one empty line.
  package static func lines(of words: String) -> [TerminalText] {
    words.split(omittingEmptySubsequences: false) { $0 == "\n" || $0 == "\r\n" }
      .map { TerminalText(words: String($0)) }
  }

  package var isEmpty: Bool { description.isEmpty }

  /// The line with its first letter as a capital, for the start of a sentence.
  package var capitalised: TerminalText {
    TerminalText(visible: description.prefix(1).uppercased() + description.dropFirst())
  }

  /// The line, cut where it would run on in a list.
  package var cut: TerminalText {
    let charactersMax = 160
    guard description.count > charactersMax else { return self }
    return TerminalText(visible: description.prefix(charactersMax) + " …")
  }

  /// The line as a sentence: with a full stop at its end, and one only.
  package var sentence: TerminalText {
    description.last.map { ".?!…".contains($0) } == true ? self : self + "."
  }

  package static func + (left: TerminalText, right: TerminalText) -> TerminalText {
    TerminalText(visible: left.description + right.description)
  }

  /// What stands between the quotation marks of a literal: words of this program, and others' made visible.
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
  /// The lines as one.
  package func joined(by separator: TerminalText) -> TerminalText {
    var whole: TerminalText?
    for text in self { whole = whole.map { $0 + separator + text } ?? text }
    return whole ?? ""
  }
}
