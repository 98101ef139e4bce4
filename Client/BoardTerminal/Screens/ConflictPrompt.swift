// A field with more than one version, as a question to a person. What was shown is remembered exactly, so that an answer
// can only ever settle what its giver saw: a version that came in since makes it another question.

internal import BoardModel
internal import ClientCore
internal import Cryptography
internal import Replication
internal import SafeText

/// One open question.
struct ConflictPrompt: Equatable {
  /// What versions are called.
  static let letters = "ABCDEFGHIJKLMNOPQRSTUVWXYZ".map { TerminalText(words: String($0)) }

  let view: RecordView
  let conflict: Conflict
  /// Whether one of the versions is the member's own.
  let isOwn: Bool

  /// Names the question and everything that was shown of it: the versions with their dots, and for a removed record
  /// also what stands in it.
  var fingerprint: String {
    var writer = CBORWriter()
    for rival in conflict.rivals {
      writer.dots([rival.stamp.dot])
      writer.bytes(rival.value.canonicalBytes)
    }
    if conflict.field == Conflict.removedField { writer.bytes(Value.map(view.fields).canonicalBytes) }
    let digest = Digest(tag: "board.question", writer.bytes)
    return "\(view.key.space)\n\(view.id)\n\(conflict.field)\n\(digest)"
  }

  func isAbout(_ print: String) -> Bool {
    print.split(separator: "\n").prefix(3) == self.fingerprint.split(separator: "\n").prefix(3)
  }

  /// Every open question of the copy.
  ///
  /// - Returns: Those a member is asked, their own first; and how many more are for the Centre, because every version of
  ///   them came from its own public pages, or the member's role may not choose.
  static func all(_ reading: Presenter) throws -> (mine: [ConflictPrompt], forTheCentre: Int) {
    let me = reading.membership.member
    var mine: [ConflictPrompt] = []
    var forTheCentre = 0
    for view in try reading.replica.conflicts() {
      for conflict in view.conflicts {
        let authors = conflict.rivals.map(\.stamp.author)
        let isPublic = authors.allSatisfy { $0 == .importer || $0 == .hub }
        if try isPublic || !reading.replica.maySettle(conflict, on: view) {
          forTheCentre += 1
        } else {
          mine.append(ConflictPrompt(view: view, conflict: conflict, isOwn: authors.contains(me)))
        }
      }
    }
    return (mine.filter(\.isOwn) + mine.filter { !$0.isOwn }, forTheCentre)
  }
}

extension ConflictPrompt {
  /// The question on the screen.
  func lines(_ reading: Presenter) throws -> [TerminalText] {
    try conflict.field == Conflict.removedField ? removalLines(reading) : versionLines(reading)
  }

  private func versionLines(_ reading: Presenter) throws -> [TerminalText] {
    let title = try reading.title(of: view)
    let field = reading.label(of: conflict, on: view.kind)
    let count = conflict.rivals.count
    var lines: [TerminalText] = [
      title.sentence, "\(field): \(count) versions were written at the same time.", Wording.nothingLost,
    ]
    for (letter, rival) in zip(Self.letters, conflict.rivals) {
      lines.append("Version \(letter), \(try by(rival.stamp.author, reading)):")
      lines += try shown(rival.value, reading)
    }
    if let before = try valueBefore(reading) {
      lines.append(count == 2 ? "Before both:" : "Before all of them:")
      lines += try shown(before, reading)
    }
    return lines + [Wording.howToChoose(Array(Self.letters.prefix(count)))]
  }

  private func removalLines(_ reading: Presenter) throws -> [TerminalText] {
    let title = try reading.title(of: view)
    func who(_ isRemoval: Bool) throws -> TerminalText {
      let rival = conflict.rivals.first { $0.value == .bool(isRemoval) }
      return try rival.map { try reading.name(of: $0.stamp.author) } ?? "somebody"
    }
    return [
      "'\(title)' was removed by \(try who(true)), while \(try who(false)) changed it.", Wording.nothingLost,
      "Type 'keep A' to leave it removed, 'keep B' to bring it back, or 'later'.",
    ]
  }

  private func by(_ author: MemberID, _ reading: Presenter) throws -> TerminalText {
    author == reading.membership.member ? "yours" : "by \(try reading.name(of: author))"
  }

  private func shown(_ value: Value, _ reading: Presenter) throws -> [TerminalText] {
    try reading.lines(value, of: conflict, on: view.kind).map { "  \($0)" }
  }

  /// What stood before the versions were written, where history knows and it was one thing.
  private func valueBefore(_ reading: Presenter) throws -> Value? {
    let dots = Set(conflict.rivals.map(\.stamp.dot))
    let replaced = try reading.replica.history(view.id.description).filter { dots.contains($0.stamp.dot) }
      .flatMap(\.edits).filter { $0.operation.field == conflict.field }.flatMap(\.replaced).map(\.value)
    let rivals = conflict.rivals.map(\.value)
    guard let first = replaced.first, replaced.allSatisfy({ $0.hasSameBytes(as: first) }),
      !rivals.contains(where: { $0.hasSameBytes(as: first) })
    else { return nil }
    return first
  }

  /// The value that makes one version the only one. A group is written whole: what the version does not name is
  /// emptied, or the other version's words would slip in beside it.
  func answer(_ place: Int, _ reading: Presenter) -> Value {
    let chosen = conflict.rivals[place].value
    guard case .map(var parts) = chosen,
      let names = reading.model.rules.kinds[view.kind]?.groups[conflict.field]
    else { return chosen }
    let isNamedElsewhere = { (name: String) in conflict.rivals.contains { $0.value.part(name) != nil } }
    for name in names where parts[name] == nil && isNamedElsewhere(name) { parts[name] = .null }
    return .map(parts)
  }
}
