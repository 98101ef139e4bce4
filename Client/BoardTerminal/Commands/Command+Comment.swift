// `comment` and `discard`: a member's view on a paper, a meeting, or anything. Each line is on the disk before the next
// is asked for; the comment becomes a record when it is ended by a full stop on a line of its own.

internal import BoardModel
internal import ClientCore
internal import Replication
internal import SafeText

extension Command {
  static func comment(_ session: inout Session, _ line: CommandLine) async throws -> Report {
    guard line.words.count <= 1 else { throw Failure.usage(Wording.howToType("comment 2")) }
    let (replica, number) = (try session.replica(), line.words.first)
    let start = try session.reading { try CommentStart(number, $0) }
    if !line.isJSON {
      let head = number.map { "Item \($0). \(start.title ?? "")" as TerminalText }
      session.console.say([head ?? start.title ?? "A view on anything."])
      session.console.say(start.draft.lines.isEmpty ? [Wording.howToWrite] : Wording.goOn(start.draft.lines))
    }
    var draft = start.draft
    let ending: Ending
    do {
      ending = try session.readLines(into: &draft, replica, isQuiet: line.isJSON)
    } catch let failure as Failure {
      // A script that puts its words right begins anew: no line of this time may stand before them.
      if start.isResumed { try start.draft.save(replica) } else { try CommentDraft.forget(replica) }
      throw failure
    }
    switch ending {
    case .broken:
      return Report(json: .object(["halfWritten": .bool(true)]), lines: [Wording.halfWrittenKept], isSaved: true)
    case .ended:
      guard draft.lines.contains(where: { !$0.isEmpty }) else {
        try CommentDraft.forget(replica)
        return Report(json: .object(["halfWritten": .bool(false)]), lines: [Wording.nothingWritten])
      }
    }
    let receipt = try replica.add(draft, start.spaces)
    return Report(json: JSON(receipt), lines: [Wording.linesWritten(draft.lines.count), Wording.saved], isSaved: true)
  }

  static func discard(_ session: inout Session, _ line: CommandLine) async throws -> Report {
    _ = try line.only(0, "discard")
    guard let draft = try session.reading({ try CommentDraft.load($0.snapshot) }) else {
      throw Failure.usage(Wording.nothingHalfWritten)
    }
    try CommentDraft.forget(session.replica())
    return Report(
      json: .object(["discarded": .string(draft.text)]),
      lines: [Wording.letGo] + draft.lines.map { "  \($0)" })
  }
}

/// A comment as it stands when its writer sits down to it.
private struct CommentStart {
  let draft: CommentDraft
  /// True where the draft has lines of another time.
  let isResumed: Bool
  /// The title of what it is about.
  let title: TerminalText?
  /// The names of the spaces in which the model keeps views.
  let spaces: [String]

  /// - Parameter number: An item of the list last shown.
  /// - Throws: ``Failure`` for no such item, and where words about something else are half-written;
  ///   ``ClientError/notAllowed(_:rights:)``.
  init(_ number: String?, _ presenter: Presenter) throws {
    let item = try number.map { try presenter.item($0) }
    try presenter.snapshot.checkMayAdd(kind: "view")
    let before = try CommentDraft.load(presenter.snapshot)
    draft = before ?? CommentDraft(about: item)
    isResumed = before != nil
    title = try draft.about.map { try presenter.title(of: $0) }
    spaces = presenter.model.kinds["view"]?.spaces ?? []
    if let item, item.id != draft.about {
      throw Failure("halfWritten", .usage, Wording.halfWrittenElsewhere(title ?? "no one thing"))
    }
  }
}

/// The end of the reading of lines.
private enum Ending {
  /// By a full stop, or by the end of what a script had to say.
  case ended
  /// The person went away.
  case broken
}

extension Session {
  fileprivate func readLines(
    into draft: inout CommentDraft, _ replica: MemberReplica, isQuiet: Bool
  ) throws -> Ending {
    let isScript = isSingleCommand && !console.isInteractive
    while true {
      do throws(Failure) {
        // A script's words end with its input. A person's do not: their line dropped, or the lid was closed.
        guard let line = try isQuiet ? console.next() : console.ask(": ") else { return isScript ? .ended : .broken }
        if line == "." { return .ended }
        try draft.append(line)
      } catch {
        if isScript || (isSingleCommand && isQuiet) { throw error }
        console.say(error.words)
        continue
      }
      try draft.save(replica)
    }
  }
}

extension CommentDraft {
  /// - Throws: ``Failure`` for a line that cannot be kept; the draft is as it was then.
  fileprivate mutating func append(_ line: String) throws(Failure) {
    guard !line.utf8.contains(0) else { throw Failure("badValue", .badData, Wording.lineNotKept) }
    guard text.utf8.count + line.utf8.count + 1 <= Limits.textBytesMax else {
      throw Failure("tooLarge", .badData, Wording.commentTooLong)
    }
    lines.append(line)
  }
}

extension MemberReplica {
  /// Makes the comment a record, beside what it is about where such records may live there.
  fileprivate func add(_ draft: CommentDraft, _ spaces: [String]) throws -> Receipt {
    var inputs: [FieldInput] = [.text(field: "text", draft.text)]
    if let about = draft.about { inputs.append(.text(field: "about_ref", about.description)) }
    let space = draft.space.flatMap { spaces.contains($0) ? $0 : nil }
    return try add(kind: "view", inputs, space: space, inPlaceOf: Note.draft)
  }
}
