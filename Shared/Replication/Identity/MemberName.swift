// The names of people. A name is data: it names one person, and never says anything about them. What the programs
// say of people, such as "you" or "the chair", comes from the programs, so a name in such words is refused where one is
// given, and shown as what it is where one has arrived all the same. Every door judges names here.

/// A member's name, tidied and judged.
package struct MemberName: Equatable, Sendable {
  /// The most letters of a name, as people count them.
  package static let lettersMax = 64
  /// The most bytes of a name, so that the name of a member's private space, which ends with it, fits its message.
  /// Sixty-four letters of any one script are fewer.
  package static let bytesMax = 224

  /// The reason a text is no name.
  package enum Problem: Error, Equatable, Sendable {
    case blank
    case tooLong
    /// It holds a line break, or another character that nobody would see.
    case hidden
    /// It is what the programs say of people: `word`, or something that looks like it.
    case taken(word: String)
  }

  package let text: String

  /// Judges a name as typed. Runs of white space become one space.
  ///
  /// - Parameters:
  ///   - ownRole: The label of the person's role, which they may be called by.
  ///   - roles: The labels of all roles, such as `the chair`.
  package init(_ typed: String, ownRole: String?, roles: [String]) throws(Problem) {
    guard !typed.isBlank else { throw .blank }
    // A line break is white space, but nobody types one into a name.
    guard !typed.hasHiddenCharacters else { throw .hidden }
    let text = typed.tidied
    guard text.count <= Self.lettersMax, text.utf8.count <= Self.bytesMax else { throw .tooLong }
    if let word = Self.claim(of: text, ownRole: ownRole, roles: roles) { throw .taken(word: word) }
    self.text = text
  }

  /// A stored name as the programs may say it: a name that reads like words of theirs is said to be a name.
  package static func shown(_ name: String, ownRole: String? = nil, roles: [String] = []) -> String {
    let isOther = name.isBlank || MemberID(name) != nil || claim(of: name, ownRole: ownRole, roles: roles) != nil
    return isOther ? "somebody called '\(name)'" : name
  }

  /// The words that the programs use for people, besides the labels of roles.
  private static let programWords = [
    "you", "yours", "the Centre", "the Centre's public pages", "the administrator", "the hub", "import",
    "another person",
    "somebody", "nobody",
  ]

  /// The words of the programs that a name says, whole or between marks: `Sam, the chair` says `the chair`.
  private static func claim(of name: String, ownRole: String?, roles: [String]) -> String? {
    let own = ownRole?.lookAlikeKey
    let words = Dictionary((programWords + roles).map { ($0.lookAlikeKey, $0) }) { first, _ in first }
    // A hyphen or an apostrophe within a name is a part of it.
    let parts = name.lookAlikeKey.replacing(" - ", with: ",")
      .split { !$0.isLetter && !$0.isNumber && !" '-".contains($0) && !$0.isMark }
    for part in [name.lookAlikeKey] + parts.map(String.init) {
      let bare = part.drop { " '-".contains($0) }.reversed().drop { " '-".contains($0) }.reversed()
      if let word = words[String(bare)], word.lookAlikeKey != own { return word }
    }
    return nil
  }
}

extension Character {
  /// True for a mark of a script in which it stands as a letter's part, but as a character of its own.
  fileprivate var isMark: Bool {
    unicodeScalars.allSatisfy {
      [.nonspacingMark, .spacingMark, .enclosingMark].contains($0.properties.generalCategory)
    }
  }
}
