// The history of a record, and the changes that were refused or are not shown: each edit with the values it replaced.

internal import ClientCore
internal import JSONText
internal import RecordModel
internal import Replication
internal import SafeText

extension Presenter {
  /// Reports the history of a record, oldest change first.
  func historyReport(of id: String) throws -> Report {
    let entries = try snapshot.history(id)
    let view = try snapshot.show(id)
    let count: TerminalText = entries.count == 1 ? "1 change." : "\(entries.count) changes, oldest first."
    var lines: [TerminalText] = ["History of '\(try title(of: view))'. \(count)"]
    for (number, entry) in zip(1..., entries) {
      let author = try name(of: entry.stamp.author)
      let received = entry.received.map { Wording.receivedThen(at: local($0).inWords) } ?? Wording.notReceived
      lines.append("\(number). \(local(entry.stamp.time).inWords), by \(author). \(received)")
      for edit in entry.edits {
        lines += try self.lines(of: edit.operation, replacing: edit.replaced, kind: view.kind)
      }
    }
    return Report(json: .object(["history": .array(try entries.map(snapshot.json))]), lines: lines)
  }

  /// Reports every refused change, then every overridden value of the member's.
  func refusalsReport() throws -> Report {
    let rescued = try snapshot.rescued()
    let lines = try zip(1..., rescued).map { number, change -> TerminalText in
      "\(number). \(try subject(of: change)). \(Wording.reason(change.reason))"
    }
    return Report(
      json: .object(["refused": .array(rescued.map { JSON($0) })]),
      lines: (lines.isEmpty ? [Wording.noneRefused] : lines + [Wording.whyHint])
        + (try snapshot.overriddenWords().flatMap { try self.lines(of: $0) }))
  }

  /// Reports one refused change with its content.
  ///
  /// - Parameter number: The change's number, from 1, in the order of ``refusalsReport()``.
  /// - Throws: ``Failure`` if there is no such number.
  func refusalReport(_ number: String) throws -> Report {
    let rescued = try snapshot.rescued()
    guard let index = Int(number).map({ $0 - 1 }), rescued.indices.contains(index) else {
      throw Failure("noSuchItem", .usage, Wording.noSuchRefusal(number))
    }
    let change = rescued[index]
    let head: [TerminalText] = [
      "\(try subject(of: change)). Written at \(local(change.change.header.time).inWords).",
      Wording.reason(change.reason), "The words you wrote:",
    ]
    return Report(
      json: .object(["refused": .array([JSON(change)])]),
      lines: head + (try lines(of: change.change)) + [Wording.whatToDo])
  }

  /// The content of a change, edit by edit.
  func lines(of change: Change) throws -> [TerminalText] {
    try change.edits.flatMap { try lines(of: $0.operation, replacing: [], kind: $0.kind) }
  }

  /// An overridden value of the member's, with the value shown instead.
  private func lines(of overridden: OverriddenWords) throws -> [TerminalText] {
    let (view, words) = (overridden.view, overridden.words)
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

  /// One edit in words, with the values it replaced.
  private func lines(
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
      // In a group, only what changed is shown: the other fields were copied along.
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

  /// The subject of a refused change: its record's title if this copy holds the record, otherwise its kind.
  private func subject(of rescued: RescuedChange) throws -> TerminalText {
    guard let edit = rescued.change.edits.first else { return "A change" }
    return try snapshot.record(edit.record).map { try title(of: $0) }
      ?? "\(TerminalText(words: model.kinds[edit.kind]?.label ?? edit.kind).capitalised), not taken"
  }
}
