// `comment` and `discard`: a member's view on a paper, a meeting, or anything. Each line is durable before the next is
// asked for. A full stop that is typed on a line of its own ends the comment, which then becomes a record; a pasted or
// piped text is kept whole, whatever its lines are.

internal import ClientCore
internal import JSONText
internal import RecordModel
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
      // A script that corrects its input runs from the start, so no line of this run may remain. Of what a person typed,
      // every line that was saved does.
      if !session.console.isInteractive {
        if start.isResumed { try start.draft.save(replica) } else { try CommentDraft.forget(replica) }
      }
      throw failure
    }
    switch ending {
    case .broken:
      return Report(json: .object(["halfWritten": .bool(true)]), lines: [Wording.halfWrittenKept], isSaved: true)
    case .ended:
      guard !draft.text.isBlank else {
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

/// A comment at the start of the command: a new draft, or one to resume.
private struct CommentStart {
  let draft: CommentDraft
  /// True if the draft was begun earlier.
  let isResumed: Bool
  /// The title of its subject; `nil` for a view on anything.
  let title: TerminalText?
  /// The names of the spaces in which views may live.
  let spaces: [String]

  /// - Parameter number: The number of an item of the list last shown.
  /// - Throws: ``Failure`` if there is no such item, or a draft about something else;
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

/// The way in which input ended.
private enum Ending {
  /// With a full stop, or with the end of a script's input.
  case ended
  /// With the end of a person's input before a full stop.
  case broken
}

extension Session {
  fileprivate func readLines(
    into draft: inout CommentDraft, _ replica: MemberReplica, isQuiet: Bool
  ) throws -> Ending {
    let isScript = isSingleCommand && !console.isInteractive
    while true {
      do throws(Failure) {
        // The end of input ends a script's comment, but not a person's, whose connection may have dropped.
        guard let line = try isQuiet ? console.next() : console.ask(": ") else {
          guard isScript else { return .broken }
          // The end mark of a script that was written like a session. Nothing stands behind it that it could cut off.
          if draft.lines.last == "." { draft.lines.removeLast() }
          return .ended
        }
        if line.text == ".", !line.isPasted, !isScript { return .ended }
        try draft.append(line.text)
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
  /// Appends a line.
  ///
  /// - Throws: ``Failure`` for a line that cannot be stored; the draft is unchanged then.
  fileprivate mutating func append(_ line: String) throws(Failure) {
    guard !line.utf8.contains(0) else { throw Failure("badValue", .badData, Wording.lineNotKept) }
    guard text.utf8.count + line.utf8.count + 1 <= Limits.textBytesMax else {
      throw Failure("tooLarge", .badData, Wording.commentTooLong)
    }
    lines.append(line)
  }
}

extension MemberReplica {
  /// Makes the comment a record, in the space of its subject if views may live there.
  fileprivate func add(_ draft: CommentDraft, _ spaces: [String]) throws -> Receipt {
    var inputs: [FieldInput] = [.text(field: "text", draft.text)]
    if let about = draft.about { inputs.append(.text(field: "about_ref", about.description)) }
    let space = draft.space.flatMap { spaces.contains($0) ? $0 : nil }
    return try add(kind: "view", inputs, space: space, inPlaceOf: Note.draft)
  }
}
