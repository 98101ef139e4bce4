// `comment` and `discard`: a member's view on a paper, a meeting, or anything. Each line is on the disk before the next
// is asked for; the comment becomes a record when it is ended by a full stop on a line of its own.

internal import BoardModel
internal import ClientCore
internal import Replication

extension Act {
  static func comment(_ session: inout Session, _ command: Command) async throws -> Report {
    guard command.words.count <= 1 else { throw Failure.usage(Words.howToType("comment 2")) }
    let reading = try session.reading()
    let item = try command.words.first.map { try reading.item($0) }
    var draft = try CommentDraft.load(reading.replica) ?? CommentDraft(about: item)
    let about = try draft.about.map { try reading.title(of: $0) }
    if let item, item.id != draft.about {
      throw Failure("halfWritten", .usage, Words.halfWrittenElsewhere(about ?? "no one thing"))
    }
    if !command.isJSON {
      let head = command.words.first.map { "Item \($0). \(about ?? "")" as TerminalText }
      session.console.say([head ?? about ?? "A view on anything."])
      session.console.say(draft.lines.isEmpty ? [Words.howToWrite] : Words.goOn(draft.lines))
    }
    switch try session.readLines(into: &draft, reading.replica, isQuiet: command.isJSON) {
    case .broken:
      return Report(json: .object(["halfWritten": .bool(true)]), lines: [Words.halfWrittenKept], isSaved: true)
    case .ended:
      guard draft.lines.contains(where: { !$0.isEmpty }) else {
        try CommentDraft.forget(reading.replica)
        return Report(json: .object(["halfWritten": .bool(false)]), lines: [Words.nothingWritten])
      }
    }
    let receipt = try reading.save(draft)
    return Report(json: JSON(receipt), lines: [Words.linesWritten(draft.lines.count), Words.saved], isSaved: true)
  }

  static func discard(_ session: inout Session, _ command: Command) async throws -> Report {
    _ = try command.only(0, "discard")
    let reading = try session.reading()
    guard let draft = try CommentDraft.load(reading.replica) else { throw Failure.usage(Words.nothingHalfWritten) }
    try CommentDraft.forget(reading.replica)
    return Report(
      json: .object(["discarded": .string(draft.text)]),
      lines: [Words.letGo] + draft.lines.map { "  \($0)" })
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
    while true {
      guard let line = isQuiet ? console.next() : console.ask(": ") else {
        // A script's words end with its input. A person's do not: their line dropped, or the lid was closed.
        return isSingleAct && !console.isInteractive ? .ended : .broken
      }
      if line == "." { return .ended }
      let bytes = draft.text.utf8.count + line.utf8.count + 1
      if line.utf8.contains(0) || bytes > Limits.textBytesMax {
        let failure =
          bytes > Limits.textBytesMax
          ? Failure("tooLarge", .badData, Words.commentTooLong) : Failure("badValue", .badData, Words.lineNotKept)
        if isSingleAct { throw failure }
        console.say(failure.words)
        continue
      }
      draft.lines.append(line)
      try draft.save(replica)
    }
  }
}

extension Reading {
  /// Makes the comment a record, where the model keeps such records and beside what it is about.
  fileprivate func save(_ draft: CommentDraft) throws -> Receipt {
    var inputs: [FieldInput] = [.text(field: "text", draft.text)]
    if let about = draft.about { inputs.append(.text(field: "about_ref", about.description)) }
    let isTaken = draft.space.map { model.kinds["view"]?.spaces.contains($0) == true } ?? false
    return try replica.add(kind: "view", inputs, space: isTaken ? draft.space : nil, inPlaceOf: Note.draft)
  }
}
