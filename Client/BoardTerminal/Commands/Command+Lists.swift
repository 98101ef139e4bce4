// Lists: what there is of a kind, what is new, what a search finds. Every list says its name, how many and how fresh,
// numbers its items, and is remembered, so that `open 2` means the same in the next line and in tomorrow's script.

internal import BoardModel
internal import ClientCore
internal import Replication
internal import SafeText

extension Command {
  static func list(kind: String, _ session: inout Session, _ command: CommandLine) throws -> Report {
    _ = try command.only(0, "\(kind)s")
    let reading = try session.reading()
    let views = try reading.replica.list(kind: kind).sorted { $0.dateOfOrder < $1.dateOfOrder }
    let title = TerminalText(words: reading.model.kinds[kind]?.plural ?? kind)
    return try reading.list(title.capitalised, views)
  }

  static func new(_ session: inout Session, _ command: CommandLine) async throws -> Report {
    _ = try command.only(0, "new")
    let reading = try session.reading()
    let report = try reading.list("New", reading.replica.news())
    try reading.replica.markLooked()
    return report
  }

  static func find(_ session: inout Session, _ command: CommandLine) async throws -> Report {
    guard !command.words.isEmpty else { throw Failure.usage(Wording.howToType("find carers")) }
    let reading = try session.reading()
    let words = command.words.joined(separator: " ")
    return try reading.list("Found for '\(words)'", reading.replica.find(command.words))
  }

  static func more(_ session: inout Session, _ command: CommandLine) async throws -> Report {
    _ = try command.only(0, "more")
    let reading = try session.reading()
    guard var list = try ShownList.load(reading.replica), list.shown < list.ids.count else {
      throw Failure.usage(Wording.noMore)
    }
    let lines = try reading.nextLines(of: &list)
    return Report(json: try reading.replica.shape(of: list.page(reading.replica)), lines: lines)
  }

  static func open(_ session: inout Session, _ command: CommandLine) async throws -> Report {
    let number = try command.only(1, "open 2")[0]
    let reading = try session.reading()
    let view = try reading.item(number)
    try reading.replica.setNote(Note.opened, view.id.description)
    return Report(json: try reading.replica.shape(of: view), lines: ["Item \(number)."] + (try reading.page(view)))
  }
}

/// The list last shown: what its numbers mean, and how far it was shown.
struct ShownList: Equatable {
  /// Lines of a list shown at once: about two screens, and a bearable minute of a screen reader.
  static let linesMax = 40

  let ids: [String]
  var shown: Int
  private(set) var pageStart = 0

  init(_ ids: [String]) {
    self.ids = ids
    shown = 0
  }

  /// - Returns: `nil` where nothing was listed yet.
  static func load(_ replica: MemberReplica) throws -> ShownList? {
    guard let text = try replica.note(Note.list) else { return nil }
    let words = text.split(separator: "\n").map(String.init)
    guard let first = words.first, let shown = Int(first) else { return nil }
    var list = ShownList(Array(words.dropFirst()))
    list.shown = min(max(shown, 0), list.ids.count)
    return list
  }

  mutating func showPage() {
    pageStart = shown
    shown = min(ids.count, shown + Self.linesMax)
  }

  func save(_ replica: MemberReplica) throws {
    try replica.setNote(Note.list, ([String(shown)] + ids).joined(separator: "\n"))
  }

  func page(_ replica: MemberReplica) throws -> [RecordView] {
    try ids[pageStart..<shown].map { try replica.show($0) }
  }
}

extension Presenter {
  /// A list with its head, remembered as the one numbers mean from now on.
  func list(_ title: TerminalText, _ views: [RecordView]) throws -> Report {
    var list = ShownList(views.map(\.id.description))
    let lines = try nextLines(of: &list)
    let count: TerminalText = views.count == 1 ? "1 item" : "\(views.count) items"
    let head: TerminalText = "\(title). \(count). \(try SyncStatusSummary(self).freshness)"
    guard case .object(var members) = try replica.shape(of: views) else { return Report(json: nil) }
    members["title"] = .string(title.description)
    return Report(json: .object(members), lines: [head] + lines)
  }

  fileprivate func nextLines(of list: inout ShownList) throws -> [TerminalText] {
    list.showPage()
    try list.save(replica)
    var lines = try zip(list.pageStart + 1..<list.shown + 1, list.page(replica)).map { number, view in
      try line(number, view)
    }
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

  /// The record under a number of the list last shown.
  func item(_ number: String) throws -> RecordView {
    let list = try ShownList.load(replica)
    guard let list, let place = Int(number), list.ids.indices.contains(place - 1) else {
      throw Failure("noSuchItem", .usage, Wording.noSuchNumber(number))
    }
    return try replica.show(list.ids[place - 1])
  }
}

extension RecordView {
  /// Whether how it ended is written and settled: held, called off.
  var hasEnded: Bool {
    guard let end = fields["how_it_ended"], end != .null else { return false }
    return !conflicts.contains { $0.field == "how_it_ended" }
  }

  /// The date to show beside a title; none while it is not settled.
  fileprivate var dateShown: Value? {
    ["date", "due", "decided_on", "due_date"].first { fields[$0] != nil }.flatMap { field in
      conflicts.contains { $0.field == field } ? nil : fields[field]
    }
  }

  /// Earlier days first, and what has no day last.
  fileprivate var dateOfOrder: String {
    for field in ["date", "due", "decided_on", "due_date"] {
      if case .text(let date)? = fields[field] { return date }
    }
    return "~"
  }
}
