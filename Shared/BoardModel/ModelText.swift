// The YAML of a model file, as sections of words with their lines. YAML has more in it than a file for people
// should use: this reads the plain part and refuses the rest before it can cost anything.

internal import Replication
internal import Yams

/// A word, a list or a section of the file, with the line it starts on.
struct ModelNode {
  indirect enum Content {
    case word(String)
    case list([ModelNode])
    case section([(word: String, node: ModelNode)])
  }

  let line: Int
  let content: Content

  /// Reads a whole file.
  ///
  /// - Throws: ``ModelError`` for what is not YAML, is over the limits, uses anchors or says a word twice.
  static func reading(_ text: String) throws(ModelError) -> ModelNode {
    guard text.utf8.count <= BoardModel.bytesMax else { throw .tooLarge(bytes: text.utf8.count) }
    // Before the YAML reader sees them: it expands aliases, and a page of them can stand for a terabyte.
    if let line = firstAnchor(in: text) { throw .anchor(line: line) }
    guard let root = try compose(text) else { throw .missing(line: 1, word: "version", section: "the model") }
    return try ModelNode(root, depth: 0)
  }

  private static func compose(_ text: String) throws(ModelError) -> Node? {
    do {
      // Yams keeps a pointer into the text's storage; a text of up to 15 bytes has none that stays. The resolver
      // that resolves nothing keeps every word as it is written: `no` is a word here, never false.
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

  /// The line of the first `&` that could begin an anchor: one with a name after it and no letter or digit before it.
  /// So `R&D` and `this & that` are words; a comment with such a name is refused too, which costs nobody anything.
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

  /// - Parameter line: Where to point for this node: a section's own mark is that of its first word, a line too late.
  private init(_ node: Node, depth: Int, line: Int? = nil) throws(ModelError) {
    let line = line ?? node.mark?.line ?? 1
    self.line = line
    guard depth <= 8 else { throw .tooDeep(line: line) }
    switch node {
    case .scalar(let scalar): content = .word(scalar.string)
    case .sequence(let nodes):
      guard nodes.count <= BoardModel.wordsMax else { throw .tooMany(line: line, count: nodes.count) }
      var list: [ModelNode] = []
      for node in nodes { list.append(try ModelNode(node, depth: depth + 1)) }
      content = .list(list)
    case .mapping(let pairs):
      guard pairs.count <= BoardModel.wordsMax else { throw .tooMany(line: line, count: pairs.count) }
      var section: [(word: String, node: ModelNode)] = []
      var seen: Set<String> = []
      for (key, value) in pairs {
        let keyLine = key.mark?.line ?? line
        guard case .scalar(let word) = key else {
          throw .shape(line: keyLine, word: "the name of a section", expected: "one word")
        }
        // Yams tells keys with different tags (`!!int a`) apart; people do not.
        guard seen.insert(word.string).inserted else { throw .duplicate(line: keyLine, word: word.string) }
        section.append((word.string, try ModelNode(value, depth: depth + 1, line: keyLine)))
      }
      content = .section(section)
    case .alias: throw .anchor(line: line)
    }
  }
}

/// A section of the file, being read: each word is asked for by name, and what nobody may ask for is refused.
struct ModelSection {
  /// How messages call it: `the kind 'event'`.
  let name: String
  let line: Int
  let words: [(word: String, node: ModelNode)]

  /// - Parameter allowed: The words the section may have; `nil` where the words are names of the writer's choosing.
  init(_ node: ModelNode, _ name: String, allowed: [String]? = nil) throws(ModelError) {
    guard case .section(let words) = node.content else {
      throw .shape(line: node.line, word: name, expected: "a section of words, each with ':'")
    }
    if let allowed, let (word, node) = words.first(where: { !allowed.contains($0.word) }) {
      throw .unknownWord(line: node.line, word: word, section: name)
    }
    (self.name, line, self.words) = (name, node.line, words)
  }

  func optional(_ word: String) -> ModelNode? { words.first { $0.word == word }?.node }

  func required(_ word: String) throws(ModelError) -> ModelNode {
    guard let node = optional(word) else { throw .missing(line: line, word: word, section: name) }
    return node
  }

  /// A word or sentence that is not empty.
  func text(_ word: String) throws(ModelError) -> String { try required(word).text(word) }

  /// The same, from `defaults` if the section does not say.
  func text(_ word: String, or defaults: ModelSection) throws(ModelError) -> String {
    guard let node = optional(word) else { return try defaults.text(word) }
    return try node.text(word)
  }

  /// A list of words, none twice; empty if the section does not have it.
  func list(_ word: String) throws(ModelError) -> [String] {
    guard let node = optional(word) else { return [] }
    return try node.list(word)
  }

  /// One of a closed set of words; `fallback` if the section does not say and a fallback is given.
  ///
  /// - Parameter among: Those of the set that fit here, if not all do.
  func choice<Choice: RawRepresentable<String> & CaseIterable>(
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
  func text(_ word: String) throws(ModelError) -> String {
    guard case .word(let text) = content, !text.isEmpty else {
      throw .shape(line: line, word: word, expected: "words")
    }
    return text
  }

  func list(_ word: String) throws(ModelError) -> [String] {
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

  /// Refuses a name that is not small ASCII letters, digits and `joiner`, beginning with a letter.
  func checkName(_ name: String, joiner: UInt8) throws(ModelError) {
    let letters = UInt8(ascii: "a")...UInt8(ascii: "z")
    let digits = UInt8(ascii: "0")...UInt8(ascii: "9")
    let fits = name.utf8.allSatisfy { letters.contains($0) || digits.contains($0) || $0 == joiner }
    guard fits, name.utf8.count <= Limits.nameBytesMax, name.utf8.first.map(letters.contains) ?? false else {
      throw .name(line: line, name: name)
    }
  }
}

/// How the file spells a case: as the code does, but words joined by hyphens (`appendOnly` is `append-only`).
func spelling(of choice: some RawRepresentable<String>) -> String {
  choice.rawValue.reduce(into: "") { $0 += $1.isUppercase ? "-" + $1.lowercased() : String($1) }
}
