// A list on screen: its title, length and freshness, then a page of numbered items. The list is stored, so that its
// numbers keep their meaning in later commands.

internal import ClientCore
internal import JSONText
internal import RecordModel
internal import Replication
internal import SafeText

/// The list last shown: the records behind its numbers, and how far it was shown.
///
/// It is a note: a line with the number of items shown and of all records, then a line for each item, with its id, and
/// if it is news, its space and position.
struct ShownList: Equatable, Sendable {
  /// One numbered item.
  struct Item: Equatable, Sendable {
    let id: RecordID
    /// The news that it shows; `nil` in a list of other things.
    let news: News?
  }

  /// The most items of a page: about two screens, or a tolerable minute of a screen reader.
  static let linesMax = 40
  /// The most items of a list, 25 pages. As many records as one change may write, so that no news is cut in two.
  static let recordsMax = Limits.editsPerChangeMax

  let items: [Item]
  /// The number of records of which the items are the first.
  let count: Int
  private(set) var shown = 0
  private(set) var pageStart = 0

  private init(_ items: [Item], of count: Int) {
    self.items = items
    self.count = count
  }

  init(_ listing: Listing) { self.init(listing.keys.map { Item(id: $0.record, news: nil) }, of: listing.count) }

  init(news: [News], of count: Int) { self.init(news.map { Item(id: $0.key.record, news: $0) }, of: count) }

  /// True if it is a list of news.
  var isNews: Bool { items.first?.news != nil }

  /// Loads the list last shown; `nil` if there is none.
  static func load(_ snapshot: MemberSnapshot) throws -> ShownList? {
    guard let lines = try snapshot.note(Note.list)?.split(separator: "\n"),
      let numbers = lines.first?.split(separator: " ").compactMap({ Int($0) }), numbers.count == 2
    else { return nil }
    var list = ShownList(lines.dropFirst().compactMap { Item($0) }, of: numbers[1])
    list.shown = min(max(numbers[0], 0), list.items.count)
    return list
  }

  /// Advances to the next page.
  mutating func showPage() {
    pageStart = shown
    shown = min(items.count, shown + Self.linesMax)
  }

  /// The list with its present page passed over, and nothing of it seen.
  func skipPage() -> ShownList {
    var list = ShownList(items.map { Item(id: $0.id, news: nil) }, of: count)
    list.shown = shown
    return list
  }

  /// Stores the list as the one last shown, and what of its news has been seen by now.
  ///
  /// - Parameter seen: The number of items that have been seen, if others than those of pages.
  func save(_ replica: MemberReplica, seen: Int? = nil) throws {
    let lines = ["\(shown) \(count)"] + items.prefix(Self.recordsMax).map(\.line)
    try replica.setNote(Note.list, lines.joined(separator: "\n"))
    try replica.markLooked(positions(seen: seen ?? shown))
  }

  /// Space → the position up to which all news are among the first items. Of a change whose records are on several
  /// pages, nothing has been seen before the last of them.
  private func positions(seen number: Int) -> [SpaceID: UInt64] {
    var seen: [SpaceID: UInt64] = [:]
    for case let news? in items[..<number].map(\.news) { seen[news.key.space] = news.position }
    for case let news? in items[number...].map(\.news) {
      if let last = seen[news.key.space], last >= news.position { seen[news.key.space] = news.position - 1 }
    }
    return seen
  }

  /// The records of the present page.
  func page(_ snapshot: MemberSnapshot) throws -> [RecordView] {
    try items[pageStart..<shown].map { try snapshot.show($0.id.description) }
  }
}

extension ShownList.Item {
  fileprivate init?(_ line: Substring) {
    let words = line.split(separator: " ").map(String.init)
    guard let first = words.first, let id = RecordID(first) else { return nil }
    self.id = id
    guard words.count == 3, let space = SpaceID(words[1]), let position = UInt64(words[2]) else {
      news = nil
      return
    }
    news = News(key: RecordKey(space, id), position: position)
  }

  fileprivate var line: String { news.map { "\(id) \($0.key.space) \($0.position)" } ?? id.description }
}

extension Presenter {
  /// Builds a list with its head and first page.
  ///
  /// - Parameter isJSON: True for a script, which gets every record of the list; people get a page.
  /// - Returns: The report, which stores the list once it is shown.
  func list(_ title: TerminalText, _ list: ShownList, isJSON: Bool) throws -> Report {
    var list = list
    guard !isJSON else {
      let records = try list.items.map { try snapshot.json(of: snapshot.show($0.id.description)) }
      let json = JSON.object(["records": .array(records), "title": .string(title.description)])
      list.showPage()
      let (page, all) = (list, list.items.count)
      return Report(json: json, whenShown: { try page.save($0, seen: all) })
    }
    list.showPage()
    let count: TerminalText = list.count == 1 ? "1 item" : "\(list.count) items"
    let head: TerminalText = "\(title). \(count). \(try SyncStatusSummary(self).freshness)"
    let page = list
    return Report(json: nil, lines: [head] + (try lines(of: list)), whenShown: { try page.save($0) })
  }

  /// The lines of a list's present page.
  func lines(of list: ShownList) throws -> [TerminalText] {
    var lines = try zip((list.pageStart + 1)..., list.page(snapshot)).map { try line($0, $1) }
    if list.shown < list.items.count {
      lines.append(Wording.more(list.items.count - list.shown))
    } else if list.items.count < list.count {
      let left = list.count - list.items.count
      lines.append(list.isNews ? Wording.moreNews(left) : Wording.notListed(left))
    }
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
    guard let list, let index = Int(number).map({ $0 - 1 }), list.items.indices.contains(index) else {
      throw Failure("noSuchItem", .usage, Wording.noSuchNumber(number))
    }
    return try snapshot.show(list.items[index].id.description)
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
    KindDescription.dateFields.first { fields[$0] != nil }.flatMap { field in
      conflicts.contains { $0.field == field } ? nil : fields[field]
    }
  }
}
