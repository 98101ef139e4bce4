// One line of a person's, or one call of a script's, taken apart: the command's words and the options, which may stand
// anywhere on the line. The same for both, so that what works in a session works in a script.

internal import SafeText

/// A line of words and options.
package struct CommandLine: Equatable, Sendable {
  /// The command's name and what follows it; empty for none.
  package private(set) var words: [String] = []
  /// `--json`: one JSON object instead of sentences.
  package private(set) var isJSON = false
  /// `--home DIR`: the folder the copy lies in.
  package private(set) var home: String?
  /// `--space NAME`: where a new record is to live.
  package private(set) var space: String?
  /// `--ca FILE`: the certificates of the authorities that vouch for the Centre, in PEM.
  package private(set) var trustRoots: String?
  /// `--agree`: yes, that many records may go.
  package private(set) var agrees = false

  /// - Throws: ``Failure`` for an option nobody knows, or one without its word.
  package init(_ arguments: [String]) throws(Failure) {
    var rest = arguments[...]
    while var word = rest.popFirst() {
      // `--home=DIR` is `--home DIR`.
      if let option = ["--home", "--space", "--ca"].first(where: { word.hasPrefix($0 + "=") }) {
        rest.insert(String(word.dropFirst(option.count + 1)), at: rest.startIndex)
        word = option
      }
      switch word {
      case "--": (words, rest) = (words + rest, [])
      case "--json": isJSON = true
      case "--agree": agrees = true
      case "--home": home = try Self.value(of: word, &rest)
      case "--space": space = try Self.value(of: word, &rest)
      case "--ca": trustRoots = try Self.value(of: word, &rest)
      case "--help": words.insert("help", at: 0)
      default:
        guard !word.hasPrefix("--") else { throw .usage(Wording.unknownOption(word)) }
        words.append(word)
      }
    }
  }

  private static func value(of option: String, _ rest: inout ArraySlice<String>) throws(Failure) -> String {
    // An empty word is a script's unset variable: taken for a folder, it would mean the root of the disk.
    guard let value = rest.popFirst(), !value.isEmpty else { throw .usage(Wording.optionWithoutWord(option)) }
    return value
  }

  /// The same command without its first word, or with others in its place.
  package func replacing(first count: Int, with others: [String] = []) -> CommandLine {
    var copy = self
    copy.words = others + words.dropFirst(count)
    return copy
  }

  /// The command's words, where there must be exactly so many.
  func only(_ count: Int, _ usage: TerminalText) throws(Failure) -> [String] {
    guard words.count == count else { throw .usage(Wording.howToType(usage)) }
    return words
  }

  /// A session's command takes over what was said when the session began.
  package mutating func inherit(_ outer: CommandLine) {
    isJSON = isJSON || outer.isJSON
    space = space ?? outer.space
  }

  /// A line as words: white space parts them, but for what stands between double quotation marks. A mark without its
  /// fellow is a letter like any other.
  package static func split(_ line: String) -> [String] {
    var words: [String] = []
    var word: String?
    var rest = line[...]
    while let character = rest.popFirst() {
      if character == "\"", let end = rest.firstIndex(of: "\"") {
        word = (word ?? "") + rest[..<end]
        rest = rest[rest.index(after: end)...]
      } else if character.isWhitespace {
        if let done = word { words.append(done) }
        word = nil
      } else {
        word = (word ?? "") + String(character)
      }
    }
    return word.map { words + [$0] } ?? words
  }
}
