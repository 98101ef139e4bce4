// One record on screen: its title, its conflicts, then every field in the model's order with plain labels. Bookkeeping
// fields, such as the source of an import, are shown only if there is little else.

internal import ClientCore
internal import RecordModel
internal import Replication
internal import SafeText

extension Presenter {
  func page(_ view: RecordView) throws -> [TerminalText] {
    let kind = TerminalText(words: model.kinds[view.kind]?.label ?? view.kind)
    var lines: [TerminalText] = ["\(kind.capitalised): \(try title(of: view))"]
    if view.presence == .erased {
      return lines + [Wording.erased(at: view.lastChange.map { local($0.time).inWords })]
    }
    if view.presence == .deleted { lines.append("This was removed. The words are kept.") }
    for conflict in view.conflicts { lines += try unsettled(conflict, view) }
    if !view.conflicts.isEmpty { lines.append(Wording.choicesHint) }
    for field in try fieldsToShow(view) { lines += try fieldLines(field, view) }
    if let stamp = view.lastChange {
      lines.append("Last changed by \(try name(of: stamp.author)), at \(local(stamp.time).inWords).")
    }
    return lines
  }

  /// The versions of a conflict, with their authors.
  private func unsettled(_ conflict: Conflict, _ view: RecordView) throws -> [TerminalText] {
    var lines: [TerminalText] = ["Not settled: \(label(of: conflict, on: view.kind))."]
    let versions = try versions(of: conflict, on: view.kind)
    for (letter, (rival, version)) in zip(ConflictPrompt.letters, zip(conflict.rivals, versions)) {
      let author = try name(of: rival.stamp.author)
      let words: TerminalText
      if conflict.field == Conflict.removedField {
        words = rival.value == .bool(true) ? "removed" : "changed at the same time, so not removed"
      } else {
        words = version.joined(by: " / ").cut
      }
      lines.append("  \(letter), by \(author): \(words)")
    }
    return lines
  }

  private func fieldsToShow(_ view: RecordView) throws -> [String] {
    guard let kind = model.kinds[view.kind] else { return view.fields.keys.sorted() }
    let unsettled = Set(view.conflicts.flatMap { fields(of: $0, on: view.kind) })
    let known = kind.fieldOrder.filter { view.fields[$0] != nil }
    let all = known + view.fields.keys.filter { !kind.fieldOrder.contains($0) }.sorted()
    let others = all.filter {
      $0 != kind.titleField && !unsettled.contains($0) && view.fields[$0]?.isNothing == false
    }
    let plain = others.filter { !Self.bookkeeping.contains($0) }
    let fewFields = 2
    return plain.count + unsettled.count < fewFields ? others : plain
  }

  private static let bookkeeping: Set = ["key", "source", "set", "scope", "home_ref"]

  private func fieldLines(_ field: String, _ view: RecordView) throws -> [TerminalText] {
    let label = label(ofField: field, of: view.kind)
    let lines = try self.lines(view.fields[field], field, of: view.kind, beside: view.fields)
    guard lines.count > 1 else { return ["\(label): \(lines.joined(by: " "))"] }
    return ["\(label):"] + lines.map { "  \($0)" }
  }
}

extension Value {
  /// True if there is nothing to show: null, an empty list or an empty text.
  fileprivate var isNothing: Bool { self == .null || self == .list([]) || self == .text("") }
}
