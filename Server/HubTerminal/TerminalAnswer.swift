// The answers of administrative commands in plain words, for a person at a terminal. Text from records and members is
// untrusted: it reaches the screen as `TerminalText`, which makes control characters visible.

package import HubAdministration
internal import JSONText
package import SafeText

/// An answer with a form for people.
package protocol TerminalAnswer {
  /// The lines on screen, from top to bottom.
  var lines: [TerminalText] { get }
}

/// An answer without entries has the entry type `Never`, which is never shown.
extension Never: TerminalAnswer {
  package var lines: [TerminalText] { switch self {} }
}

extension AdminError: TerminalAnswer {
  package var lines: [TerminalText] { TerminalText.lines(of: message) }
}

extension TerminalText {
  /// A number with its noun, singular or plural: `1 computer`, `2 computers`.
  static func counted(_ number: some BinaryInteger, one: TerminalText, many: TerminalText) -> TerminalText {
    "\(number) \(number == 1 ? one : many)"
  }

  /// A field's value: text as it is, anything else as JSON.
  init(value: JSON) {
    if case .string(let text) = value { self.init(words: text) } else { self.init(words: value.text) }
  }
}

extension Sequence<String> {
  /// The untrusted strings, separated by commas.
  var listed: TerminalText { map { TerminalText(words: $0) }.joined(by: ", ") }
}
