// `comment` and `discard`: a member's view on a paper, a meeting, or anything. Each line is on the disk before the next
// is asked for; the comment becomes a record when it is ended by a full stop on a line of its own.

internal import BoardModel
internal import ClientCore
internal import Replication
internal import SafeText

extension Command {
  static func comment(_ session: inout Session, _ command: CommandLine) async throws -> Report {
    guard command.words.count <= 1 else { throw Failure.usage(Wording.howToType("comment 2")) }
    let reading = try session.reading()
    let item = try command.words.first.map { try reading.item($0) }
    try reading.replica.checkMayAdd(kind: "view")
    let before = try CommentDraft.load(reading.replica)
    var draft = before ?? CommentDraft(about: item)
    let about = try draft.about.map { try reading.title(of: $0) }
    if let item, item.id != draft.about {
      throw Failure("halfWritten", .usage, Wording.halfWrittenElsewhere(about ?? "no one thing"))
    }
    if !command.isJSON {
      let head = command.words.first.map { "Item \($0). \(about ?? "")" as TerminalText }
      session.console.say([head ?? about ?? "A view on anything."])
      session.console.say(draft.lines.isEmpty ? [Wording.howToWrite] : Wording.goOn(draft.lines))
    }
    let ending: Ending
    do {
      ending = try session.readLines(into: &draft, reading.replica, isQuiet: command.isJSON)
    } catch let failure as Failure {
      // A script that puts its words right begins anew: no line of this time may stand before them.
      if let before { try before.save(reading.replica) } else { try CommentDraft.forget(reading.replica) }
      throw failure
    }
    switch ending {
    case .broken:
      return Report(json: .object(["halfWritten": .bool(true)]), lines: [Wording.halfWrittenKept], isSaved: true)
    case .ended:
      guard draft.lines.contains(where: { !$0.isEmpty }) else {
        try CommentDraft.forget(reading.replica)
        return Report(json: .object(["halfWritten": .bool(false)]), lines: [Wording.nothingWritten])
      }
    }
    let receipt = try reading.save(draft)
    return Report(json: JSON(receipt), lines: [Wording.linesWritten(draft.lines.count), Wording.saved], isSaved: true)
  }

  static func discard(_ session: inout Session, _ command: CommandLine) async throws -> Report {
    _ = try command.only(0, "discard")
    let reading = try session.reading()
    guard let draft = try CommentDraft.load(reading.replica) else { throw Failure.usage(Wording.nothingHalfWritten) }
    try CommentDraft.forget(reading.replica)
    return Report(
      json: .object(["discarded": .string(draft.text)]),
      lines: [Wording.letGo] + draft.lines.map { "  \($0)" })
  }
}

/// How the reading of lines came to its end.
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
    let isScript = isSingleAct && !console.isInteractive
    while true {
      do throws(Failure) {
        // A script's words end with its input. A person's do not: their line dropped, or the lid was closed.
        guard let line = try isQuiet ? console.next() : console.ask(": ") else { return isScript ? .ended : .broken }
        if line == "." { return .ended }
        try draft.append(line)
      } catch {
        if isScript || (isSingleAct && isQuiet) { throw error }
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

extension Presenter {
  /// Makes the comment a record, where the model keeps such records and beside what it is about.
  fileprivate func save(_ draft: CommentDraft) throws -> Receipt {
    var inputs: [FieldInput] = [.text(field: "text", draft.text)]
    if let about = draft.about { inputs.append(.text(field: "about_ref", about.description)) }
    let isTaken = draft.space.map { model.kinds["view"]?.spaces.contains($0) == true } ?? false
    return try replica.add(kind: "view", inputs, space: isTaken ? draft.space : nil, inPlaceOf: Note.draft)
  }
}
