// Parses a line that a person typed or the arguments of a script: the command's words, and the options, which may stand
// anywhere. The rules are the same for both, so that what works in a session works in a script.

internal import SafeText

/// A parsed command line.
package struct CommandLine: Equatable, Sendable {
  /// The command's name and operands; empty if there is no command.
  package private(set) var words: [String] = []
  /// `--json`: print one JSON object instead of sentences.
  package private(set) var isJSON = false
  /// `--home DIR`: the folder of the copy.
  package private(set) var home: String?
  /// `--space NAME`: the space for a new record.
  package private(set) var space: String?
  /// `--ca FILE`: the path of the root certificates to trust, in PEM.
  package private(set) var trustRoots: String?
  /// `--agree`: allow a sync to remove many records.
  package private(set) var agrees = false

  /// Parses arguments.
  ///
  /// - Throws: ``Failure`` for an unknown option, or one without its value.
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
    // An empty value is a script's unset variable. As a folder, it would mean the root of the disk.
    guard let value = rest.popFirst(), !value.isEmpty else { throw .usage(Wording.optionWithoutWord(option)) }
    return value
  }

  /// The same line with other words in place of its first `count`.
  package func replacing(first count: Int, with others: [String] = []) -> CommandLine {
    var copy = self
    copy.words = others + words.dropFirst(count)
    return copy
  }

  /// The command's words, of which there must be exactly `count`.
  ///
  /// - Throws: ``Failure`` otherwise, with the usage.
  func only(_ count: Int, _ usage: TerminalText) throws(Failure) -> [String] {
    guard words.count == count else { throw .usage(Wording.howToType(usage)) }
    return words
  }

  /// Applies the options with which the session was started.
  package mutating func inherit(_ outer: CommandLine) {
    isJSON = isJSON || outer.isJSON
    space = space ?? outer.space
  }

  /// Splits a line into words at white space, except between double quotation marks. An unpaired mark is an ordinary
  /// character.
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
