// `history` and `why`: the older words of a record, and the words the Centre did not take. Both exist so that no sentence
// a person was told was saved is ever out of their reach.

internal import BoardModel
internal import ClientCore
internal import Replication
internal import SafeText

extension Command {
  static func history(_ session: inout Session, _ command: CommandLine) async throws -> Report {
    guard command.words.count <= 1 else { throw Failure.usage(Wording.howToType("history 2")) }
    let reading = try session.reading()
    if let number = command.words.first {
      return try historyReport(of: reading.item(number).id.description, reading)
    }
    guard let id = try reading.replica.note(Note.opened) else { throw Failure.usage(Wording.howToType("history 2")) }
    return try historyReport(of: id, reading)
  }

  static func historyReport(of id: String, _ reading: Presenter) throws -> Report {
    let entries = try reading.replica.history(id)
    let view = try reading.replica.show(id)
    let title = try reading.title(of: view)
    let count: TerminalText = entries.count == 1 ? "1 change." : "\(entries.count) changes, oldest first."
    var lines: [TerminalText] = ["History of '\(title)'. \(count)"]
    for (place, entry) in entries.enumerated() {
      let author = try reading.name(of: entry.stamp.author)
      lines.append("\(place + 1). \(reading.local(entry.stamp.time).inWords), by \(author):")
      for edit in entry.edits {
        lines += try reading.lines(of: edit.operation, replacing: edit.replaced, kind: view.kind)
      }
    }
    let shapes = try entries.map { try reading.replica.shape(of: $0) }
    return Report(json: .object(["history": .array(shapes)]), lines: lines)
  }

  static func why(_ session: inout Session, _ command: CommandLine) async throws -> Report {
    guard command.words.count <= 1 else { throw Failure.usage(Wording.howToType("why 1")) }
    let reading = try session.reading()
    let rescued = try reading.replica.rescued()
    let json = JSON.object(["refused": .array(rescued.map { reading.replica.shape(of: $0) })])
    guard let number = command.words.first else {
      let lines = try rescued.enumerated().map { place, change -> TerminalText in
        "\(place + 1). \(try reading.subject(of: change)). \(Wording.reason(change.reason))"
      }
      return Report(
        json: json,
        lines: (lines.isEmpty ? [Wording.noneRefused] : lines + [Wording.whyHint])
          + (try reading.replica.overriddenWords().flatMap { try reading.lines(of: $0) }))
    }
    guard let place = Int(number), rescued.indices.contains(place - 1) else {
      throw Failure("noSuchItem", .usage, Wording.noSuchRefusal(number))
    }
    let change = rescued[place - 1]
    var lines: [TerminalText] = [
      "\(try reading.subject(of: change)). Written at \(reading.local(change.change.header.time).inWords).",
      Wording.reason(change.reason), "The words you wrote:",
    ]
    for edit in change.change.edits {
      lines += try reading.lines(of: edit.operation, replacing: [], kind: edit.kind)
    }
    return Report(
      json: .object(["refused": .array([reading.replica.shape(of: change)])]), lines: lines + [Wording.whatToDo])
  }
}

extension Presenter {
  /// Words of the member's that a record does not show, and what became of them.
  fileprivate func lines(of unshown: OverriddenWords) throws -> [TerminalText] {
    let (view, words) = (unshown.view, unshown.words)
    let subject: TerminalText = "\(try title(of: view)), \(label(ofField: words.field, of: view.kind))"
    func version(_ sibling: Sibling) throws -> [TerminalText] {
      try lines(sibling.value, words.field, of: view.kind).map { "   \($0)" }
    }
    guard let shown = words.shown else {
      return ["\(subject). \(Wording.removedUnseen)"] + (try version(words.written))
    }
    let head: TerminalText = "\(subject). \(Wording.another(try name(of: shown.stamp.author)))"
    return try [head] + version(shown) + [Wording.yours] + version(words.written)
  }

  /// One edit in words: what it wrote, and what it took the place of.
  func lines(
    of operation: Operation, replacing replaced: [Sibling], kind: String
  ) throws -> [TerminalText] {
    func said(_ verb: TerminalText, _ field: String, _ value: Value) throws -> [TerminalText] {
      let label = label(ofField: field, of: kind)
      let words = try lines(value, field, of: kind)
      guard words.count > 1 else { return ["   \(label), \(verb): \(words.joined(by: ""))"] }
      return ["   \(label), \(verb):"] + words.map { "     \($0)" }
    }
    switch operation {
    case .assign(let field, .map(let parts), _) where model.rules.kinds[kind]?.groups[field] != nil:
      // Of a group only what changed: the rest was copied along.
      return try (model.rules.kinds[kind]?.groups[field] ?? []).flatMap { name -> [TerminalText] in
        let before = replaced.compactMap { $0.value.part(name) }
        let value = parts[name] ?? .null
        if !before.isEmpty || value == .null, before.allSatisfy({ $0.hasSameBytes(as: value) }) { return [] }
        return try said("written", name, value) + before.flatMap { try said("before", name, $0) }
      }
    case .assign(let field, let value, _):
      return try said("written", field, value) + replaced.flatMap { try said("before", field, $0.value) }
    case .add(let field, let element, _): return try said("added", field, element)
    case .remove(let field, let element, _): return try said("taken out", field, element)
    case .count(let field, let amount): return try said("counted", field, .integer(amount))
    case .append(let field, let entry): return try said("added", field, entry)
    case .makePresent(let dots): return [dots.isEmpty ? "   Made." : "   Brought back."]
    case .delete: return ["   Removed."]
    case .erase: return ["   Erased, with all that was written before."]
    }
  }

  /// What a refused change is about: its record by name, where this copy still holds it.
  fileprivate func subject(of rescued: RescuedChange) throws -> TerminalText {
    guard let edit = rescued.change.edits.first else { return "A change" }
    do {
      return try title(of: replica.show(edit.record.description))
    } catch ClientError.noSuchRecord {
      return "\(TerminalText(words: model.kinds[edit.kind]?.label ?? edit.kind).capitalised), not taken"
    }
  }
}
