// A list on screen: its title, length and freshness, then a page of numbered items. The list is stored, so that its
// numbers keep their meaning in later commands.

internal import ClientCore
internal import JSONText
internal import RecordModel
internal import Replication
internal import SafeText

/// The list last shown: the records behind its numbers, and how far it was shown.
struct ShownList: Equatable {
  /// The most items of a page: about two screens, or a tolerable minute of a screen reader.
  static let linesMax = 40

  let ids: [String]
  var shown: Int
  private(set) var pageStart = 0

  init(_ ids: [String]) {
    self.ids = ids
    shown = 0
  }

  /// Loads the list last shown; `nil` if there is none.
  static func load(_ snapshot: MemberSnapshot) throws -> ShownList? {
    guard let text = try snapshot.note(Note.list) else { return nil }
    let words = text.split(separator: "\n").map(String.init)
    guard let first = words.first, let shown = Int(first) else { return nil }
    var list = ShownList(Array(words.dropFirst()))
    list.shown = min(max(shown, 0), list.ids.count)
    return list
  }

  /// Advances to the next page.
  mutating func showPage() {
    pageStart = shown
    shown = min(ids.count, shown + Self.linesMax)
  }

  func save(_ replica: MemberReplica) throws {
    try replica.setNote(Note.list, ([String(shown)] + ids).joined(separator: "\n"))
  }

  /// The records of the present page.
  func page(_ snapshot: MemberSnapshot) throws -> [RecordView] {
    try ids[pageStart..<shown].map { try snapshot.show($0) }
  }
}

extension Presenter {
  /// Builds a list with its head and first page.
  ///
  /// - Returns: The report, and the list to store as the one last shown.
  func list(_ title: TerminalText, _ views: [RecordView]) throws -> (report: Report, list: ShownList) {
    var list = ShownList(views.map(\.id.description))
    list.showPage()
    let count: TerminalText = views.count == 1 ? "1 item" : "\(views.count) items"
    let head: TerminalText = "\(title). \(count). \(try SyncStatusSummary(self).freshness)"
    let records = JSON.array(try views.map(snapshot.json))
    let json = JSON.object(["records": records, "title": .string(title.description)])
    return (Report(json: json, lines: [head] + (try lines(of: list))), list)
  }

  /// The lines of a list's present page.
  func lines(of list: ShownList) throws -> [TerminalText] {
    var lines = try zip((list.pageStart + 1)..., list.page(snapshot)).map { try line($0, $1) }
    if list.shown < list.ids.count { lines.append(Wording.more(list.ids.count - list.shown)) }
    if !lines.isEmpty, list.pageStart == 0 { lines.append(Wording.openHint) }
    return lines
  }

  private func line(_ number: Int, _ view: RecordView) throws -> TerminalText {
    var line: TerminalText = "\(number). \(try title(of: view).sentence)"
    if let kind = model.kinds[view.kind], kind.titleField != "date", case .text(let date)? = view.dateShown {
      line = "\(line) \(TerminalText(date: date).capitalised)."
    }
    if case .text(let status)? = view.fields["status"] { line = "\(line) \(TerminalText(words: status).capitalised)." }
    if view.hasEnded, case .text(let end)? = view.fields["how_it_ended"] {
      line = "\(line) \(TerminalText(words: end).capitalised)."
    }
    guard !view.conflicts.isEmpty else { return line }
    let fields = view.conflicts.map { label(of: $0, on: view.kind) }
    return "\(line) Not settled: \(fields.joined(by: ", "))."
  }

  /// The record behind a number of the list last shown.
  ///
  /// - Throws: ``Failure`` if there is no such number.
  func item(_ number: String) throws -> RecordView {
    let list = try ShownList.load(snapshot)
    guard let list, let index = Int(number).map({ $0 - 1 }), list.ids.indices.contains(index) else {
      throw Failure("noSuchItem", .usage, Wording.noSuchNumber(number))
    }
    return try snapshot.show(list.ids[index])
  }
}

extension RecordView {
  /// True if its end, such as held or called off, is written without conflict.
  var hasEnded: Bool {
    guard let end = fields["how_it_ended"], end != .null else { return false }
    return !conflicts.contains { $0.field == "how_it_ended" }
  }

  /// The date to show beside a title; `nil` while it is in conflict.
  fileprivate var dateShown: Value? {
    ["date", "due", "decided_on", "due_date"].first { fields[$0] != nil }.flatMap { field in
      conflicts.contains { $0.field == field } ? nil : fields[field]
    }
  }

  /// The key to sort by: the date, or a text after all dates if there is none.
  var dateOfOrder: String {
    for field in ["date", "due", "decided_on", "due_date"] {
      if case .text(let date)? = fields[field] { return date }
    }
    return "~"
  }
}
