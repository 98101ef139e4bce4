// Reads the YAML of a model file as sections of words with their lines. YAML has more features than a file for people
// should use: this accepts the plain ones and refuses the remainder before they can cost anything.

internal import Replication
internal import Yams

/// A word, list or section of the file, with the line it starts on.
package struct ModelNode {
  package indirect enum Content {
    case word(String)
    case list([ModelNode])
    case section([(word: String, node: ModelNode)])
  }

  package let line: Int
  package let content: Content

  /// Parses a whole file.
  ///
  /// - Throws: ``ModelError`` for text that is not YAML, is over the limits, uses anchors or repeats a word.
  package static func reading(_ text: String) throws(ModelError) -> ModelNode {
    guard text.utf8.count <= RecordModel.bytesMax else { throw .tooLarge(bytes: text.utf8.count) }
    // Checked before the YAML parser runs: it expands aliases, and a page of them can expand to a terabyte.
    if let line = firstAnchor(in: text) { throw .anchor(line: line) }
    guard let root = try compose(text) else { throw .missing(line: 1, word: "version", section: "the model") }
    return try ModelNode(root, depth: 0)
  }

  private static func compose(_ text: String) throws(ModelError) -> Node? {
    do {
      // Yams keeps a pointer into the text's storage, but strings of up to 15 bytes have no stable storage, so the text
      // is padded. The basic resolver keeps every word as it is written: `no` is a word here, never false.
      let roomy = text + String(repeating: "\n", count: 16)
      return try Parser(yaml: roomy, resolver: .basic, encoding: .utf8).singleRoot()
    } catch YamlError.scanner(_, let problem, let mark, _), YamlError.parser(_, let problem, let mark, _),
      YamlError.composer(_, let problem, let mark, _)
    {
      throw .syntax(line: mark.line, problem: problem)
    } catch YamlError.duplicatedKeysInMapping(let words, let context) {
      throw .duplicate(line: context.mark.line, word: words.first ?? "")
    } catch YamlError.reader(let problem, _, _, _) {
      throw .syntax(line: 1, problem: problem)
    } catch {
      throw .syntax(line: 1, problem: "the YAML reader gave up")
    }
  }

  /// The line of the first `&` that could begin an anchor: followed by a name, not preceded by a letter or digit.
  ///
  /// So `R&D` and `this & that` are words. An anchor in a comment is refused, too.
  private static func firstAnchor(in text: String) -> Int? {
    var line = 1
    var previous: UInt8 = 0x0a
    var before: UInt8 = 0x0a
    for byte in text.utf8 {
      if previous == UInt8(ascii: "&"), byte > 0x20, !isLetterOrDigit(before) { return line }
      if byte == 0x0a { line += 1 }
      (before, previous) = (previous, byte)
    }
    return nil
  }

  private static func isLetterOrDigit(_ byte: UInt8) -> Bool {
    let character = Character(Unicode.Scalar(byte))
    return character.isASCII && (character.isLetter || character.isNumber)
  }

  /// - Parameter line: The line to report; a section's own mark is that of its first word, one line too late.
  private init(_ node: Node, depth: Int, line: Int? = nil) throws(ModelError) {
    let line = line ?? node.mark?.line ?? 1
    self.line = line
    guard depth <= 8 else { throw .tooDeep(line: line) }
    switch node {
    case .scalar(let scalar): content = .word(scalar.string)
    case .sequence(let nodes):
      guard nodes.count <= RecordModel.wordsMax else { throw .tooMany(line: line, count: nodes.count) }
      var list: [ModelNode] = []
      for node in nodes { list.append(try ModelNode(node, depth: depth + 1)) }
      content = .list(list)
    case .mapping(let pairs):
      guard pairs.count <= RecordModel.wordsMax else { throw .tooMany(line: line, count: pairs.count) }
      var section: [(word: String, node: ModelNode)] = []
      var seen: Set<String> = []
      for (key, value) in pairs {
        let keyLine = key.mark?.line ?? line
        guard case .scalar(let word) = key else {
          throw .shape(line: keyLine, word: "the name of a section", expected: "one word")
        }
        // Yams treats keys with different tags (`!!int a`) as different; people do not.
        guard seen.insert(word.string).inserted else { throw .duplicate(line: keyLine, word: word.string) }
        section.append((word.string, try ModelNode(value, depth: depth + 1, line: keyLine)))
      }
      content = .section(section)
    case .alias: throw .anchor(line: line)
    }
  }
}

/// A section of the file whose words are looked up by name; words outside the allowed ones are refused.
package struct ModelSection {
  /// The section's name in messages: `the kind 'event'`.
  package let name: String
  package let line: Int
  package let words: [(word: String, node: ModelNode)]

  /// - Parameter allowed: The words the section may have; `nil` if the words are names that its author chooses.
  package init(_ node: ModelNode, _ name: String, allowed: [String]? = nil) throws(ModelError) {
    guard case .section(let words) = node.content else {
      throw .shape(line: node.line, word: name, expected: "a section of words, each with ':'")
    }
    if let allowed, let (word, node) = words.first(where: { !allowed.contains($0.word) }) {
      throw .unknownWord(line: node.line, word: word, section: name)
    }
    (self.name, line, self.words) = (name, node.line, words)
  }

  package func optional(_ word: String) -> ModelNode? { words.first { $0.word == word }?.node }

  package func required(_ word: String) throws(ModelError) -> ModelNode {
    guard let node = optional(word) else { throw .missing(line: line, word: word, section: name) }
    return node
  }

  /// The text of a required word; never empty.
  package func text(_ word: String) throws(ModelError) -> String { try required(word).text(word) }

  /// The text of a word, from `defaults` if the section lacks it.
  func text(_ word: String, or defaults: ModelSection) throws(ModelError) -> String {
    guard let node = optional(word) else { return try defaults.text(word) }
    return try node.text(word)
  }

  /// The list at a word, without duplicates; empty if the section lacks the word.
  package func list(_ word: String) throws(ModelError) -> [String] {
    guard let node = optional(word) else { return [] }
    return try node.list(word)
  }

  /// A choice from a closed set; `fallback`, if given, when the section lacks the word.
  ///
  /// - Parameter choices: The choices allowed here; `nil` for the whole set.
  package func choice<Choice: RawRepresentable<String> & CaseIterable>(
    _ word: String, or fallback: Choice? = nil, among choices: [Choice]? = nil
  ) throws(ModelError) -> Choice {
    if optional(word) == nil, let fallback { return fallback }
    let node = try required(word)
    let value = try node.text(word)
    let choices = choices ?? Array(Choice.allCases)
    guard let choice = choices.first(where: { spelling(of: $0) == value }) else {
      let allowed = choices.map { spelling(of: $0) }
      throw .notOneOf(line: node.line, word: word, value: value, allowed: allowed)
    }
    return choice
  }
}

extension ModelNode {
  package func text(_ word: String) throws(ModelError) -> String {
    guard case .word(let text) = content, !text.isEmpty else {
      throw .shape(line: line, word: word, expected: "words")
    }
    return text
  }

  package func list(_ word: String) throws(ModelError) -> [String] {
    guard case .list(let nodes) = content, !nodes.isEmpty else {
      throw .shape(line: line, word: word, expected: "a list of words, in [ ]")
    }
    var list: [String] = []
    for node in nodes {
      let text = try node.text(word)
      guard !list.contains(text) else { throw .duplicate(line: node.line, word: text) }
      list.append(text)
    }
    return list
  }

  /// Refuses a name unless it is at most ``Limits/nameBytesMax`` small ASCII letters, digits and `joiner`, and begins
  /// with a letter.
  package func checkName(_ name: String, joiner: UInt8) throws(ModelError) {
    let letters = UInt8(ascii: "a")...UInt8(ascii: "z")
    let digits = UInt8(ascii: "0")...UInt8(ascii: "9")
    let fits = name.utf8.allSatisfy { letters.contains($0) || digits.contains($0) || $0 == joiner }
    guard fits, name.utf8.count <= Limits.nameBytesMax, name.utf8.first.map(letters.contains) ?? false else {
      throw .name(line: line, name: name)
    }
  }
}

/// The spelling of a case in the file: as in the code, but with words joined by hyphens (`appendOnly`: `append-only`).
package func spelling(of choice: some RawRepresentable<String>) -> String {
  choice.rawValue.reduce(into: "") { $0 += $1.isUppercase ? "-" + $1.lowercased() : String($1) }
}
