// A conflict as a question to a person. The fingerprint of what was shown is stored, so that an answer can settle only
// what the person saw: a version that has arrived since changes the fingerprint.

internal import ClientCore
internal import Cryptography
internal import RecordModel
internal import Replication
internal import SafeText

/// One open question.
struct ConflictPrompt: Equatable {
  /// The letters of versions, in the order shown.
  static let letters = "ABCDEFGHIJKLMNOPQRSTUVWXYZ".map { TerminalText(words: String($0)) }

  let view: RecordView
  let conflict: Conflict
  /// True if one of the versions is the member's own.
  let isOwn: Bool

  /// The fingerprint of the question and everything shown with it: the versions with their dots, and for a removed
  /// record also its fields.
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

  func isAbout(_ fingerprint: String) -> Bool {
    fingerprint.split(separator: "\n").prefix(3) == self.fingerprint.split(separator: "\n").prefix(3)
  }

  /// The open questions of the copy.
  ///
  /// - Returns: The questions for this member, those with versions of their own first; and the number of questions for
  ///   the Centre, because all their versions come from it or the member's role may not settle them.
  static func all(_ presenter: Presenter) throws -> (mine: [ConflictPrompt], forTheCentre: Int) {
    let me = presenter.membership.member
    var mine: [ConflictPrompt] = []
    var forTheCentre = 0
    for view in try presenter.snapshot.conflicts() {
      for conflict in view.conflicts {
        let authors = conflict.rivals.map(\.stamp.author)
        let isPublic = authors.allSatisfy(presenter.membership.isOfHub)
        if try isPublic || !presenter.snapshot.maySettle(conflict, on: view) {
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
  /// The question as lines on screen.
  func lines(_ presenter: Presenter) throws -> [TerminalText] {
    try conflict.field == Conflict.removedField ? removalLines(presenter) : versionLines(presenter)
  }

  private func versionLines(_ presenter: Presenter) throws -> [TerminalText] {
    let title = try presenter.title(of: view)
    let field = presenter.label(of: conflict, on: view.kind)
    let count = conflict.rivals.count
    var lines: [TerminalText] = [
      title.sentence, "\(field): \(count) versions were written at the same time.", Wording.nothingLost,
    ]
    for (letter, (rival, shown)) in zip(
      Self.letters, zip(conflict.rivals, try presenter.versions(of: conflict, on: view.kind)))
    {
      lines.append("Version \(letter), \(try by(rival.stamp.author, presenter)):")
      lines += shown.map { "  \($0)" }
    }
    if let before = try valueBefore(presenter) {
      lines.append(count == 2 ? "Before both:" : "Before all of them:")
      lines += try shown(before, presenter)
    }
    return lines + [Wording.howToChoose(Array(Self.letters.prefix(count)))]
  }

  private func removalLines(_ presenter: Presenter) throws -> [TerminalText] {
    let title = try presenter.title(of: view)
    func who(_ isRemoval: Bool) throws -> TerminalText {
      let rival = conflict.rivals.first { $0.value == .bool(isRemoval) }
      return try rival.map { try presenter.name(of: $0.stamp.author) } ?? "somebody"
    }
    return [
      "'\(title)' was removed by \(try who(true)), while \(try who(false)) changed it.", Wording.nothingLost,
      "Type 'keep A' to leave it removed, 'keep B' to bring it back, or 'later'.",
    ]
  }

  private func by(_ author: MemberID, _ presenter: Presenter) throws -> TerminalText {
    author == presenter.membership.member ? "yours" : "by \(try presenter.name(of: author))"
  }

  private func shown(_ value: Value, _ presenter: Presenter) throws -> [TerminalText] {
    try presenter.lines(value, of: conflict, on: view.kind).map { "  \($0)" }
  }

  /// The value before the versions were written; `nil` if it is not known, not unique, or among the versions.
  private func valueBefore(_ presenter: Presenter) throws -> Value? {
    let dots = Set(conflict.rivals.map(\.stamp.dot))
    let replaced = try presenter.snapshot.history(view.id.description).filter { dots.contains($0.stamp.dot) }
      .flatMap(\.edits).filter { $0.operation.field == conflict.field }.flatMap(\.replaced).map(\.value)
    let rivals = conflict.rivals.map(\.value)
    guard let first = replaced.first, replaced.allSatisfy({ $0.hasSameBytes(as: first) }),
      !rivals.contains(where: { $0.hasSameBytes(as: first) })
    else { return nil }
    return first
  }

  /// The value that settles the question with one version. In a group, fields that only other versions have become
  /// null; otherwise, their values would be mixed in.
  ///
  /// - Parameter index: The version's index, from 0, in the order shown.
  func answer(_ index: Int, _ model: RecordModel) -> Value {
    let chosen = conflict.rivals[index].value
    guard case .map(var parts) = chosen,
      let names = model.rules.kinds[view.kind]?.groups[conflict.field]
    else { return chosen }
    let isNamedElsewhere = { (name: String) in conflict.rivals.contains { $0.value.part(name) != nil } }
    for name in names where parts[name] == nil && isNamedElsewhere(name) { parts[name] = .null }
    return .map(parts)
  }
}
