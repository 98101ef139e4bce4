// The answers of administrative commands in plain words, for a person at a terminal. Words of records and members are
// data from anybody: they reach the screen as `TerminalText`, which makes what steers a terminal visible.

package import HubAdministration
internal import Replication
package import SafeText

/// An answer that a person can read.
package protocol TerminalAnswer {
  /// The lines on the screen, top to bottom.
  var lines: [TerminalText] { get }
}

extension AdminError: TerminalAnswer {
  package var lines: [TerminalText] { TerminalText.lines(of: message) }
}

extension TerminalText {
  /// `1 computer`, `2 computers`.
  static func counted(_ number: some BinaryInteger, one: TerminalText, many: TerminalText) -> TerminalText {
    "\(number) \(number == 1 ? one : many)"
  }

  /// A field's value: a text as it is, anything else as JSON.
  init(value: JSON) {
    if case .string(let text) = value { self.init(words: text) } else { self.init(words: value.text) }
  }
}

extension Sequence<String> {
  /// Words of others, with commas between them.
  var listed: TerminalText { map { TerminalText(words: $0) }.joined(by: ", ") }
}
