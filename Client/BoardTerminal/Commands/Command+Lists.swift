// `meetings` and the other kinds, `new`, `find`, `more` and `open`: lists of records, and the record behind a number.

internal import ClientCore
internal import RecordModel
internal import Replication
internal import SafeText

extension Command {
  static func list(kind: String, _ session: inout Session, _ line: CommandLine) throws -> Report {
    _ = try line.only(0, "\(kind)s")
    return try session.reading { presenter in
      let title = TerminalText(words: presenter.model.kinds[kind]?.plural ?? kind)
      let found = try presenter.snapshot.listing(kind: kind, limit: limit(line))
      return try presenter.list(title.capitalised, ShownList(found), isJSON: line.isJSON)
    }
  }

  static func new(_ session: inout Session, _ line: CommandLine) async throws -> Report {
    _ = try line.only(0, "new")
    return try session.reading { presenter in
      let news = try presenter.snapshot.news(limit: limit(line))
      let list = ShownList(news: news, of: try presenter.snapshot.newsCount())
      return try presenter.list("New", list, isJSON: line.isJSON)
    }
  }

  static func find(_ session: inout Session, _ line: CommandLine) async throws -> Report {
    guard !line.words.isEmpty else { throw Failure.usage(Wording.howToType("find carers")) }
    let words = line.words.joined(separator: " ")
    try session.replica().indexTexts()
    return try session.reading { presenter in
      let found = try presenter.snapshot.search(line.words, limit: limit(line))
      return try presenter.list("Found for '\(words)'", ShownList(found), isJSON: line.isJSON)
    }
  }

  /// The most records of a list: all of them for a script, which gets them at once.
  private static func limit(_ line: CommandLine) -> Int { line.isJSON ? .max : ShownList.recordsMax }

  static func more(_ session: inout Session, _ line: CommandLine) async throws -> Report {
    _ = try line.only(0, "more")
    let (report, list) = try session.reading { presenter in
      guard var list = try ShownList.load(presenter.snapshot), list.shown < list.items.count else {
        throw Failure.usage(Wording.noMore)
      }
      list.showPage()
      let report = Result {
        let views = try list.page(presenter.snapshot)
        return Report(json: try presenter.snapshot.json(of: views), lines: try presenter.lines(of: list))
      }
      return (report, list)
    }
    do {
      var report = try report.get()
      report.whenShown = { try list.save($0) }
      return report
    } catch {
      // A record that has left this copy since fails only its own page: the next `more` continues after it.
      try list.skipPage().save(session.replica())
      throw error
    }
  }

  static func open(_ session: inout Session, _ line: CommandLine) async throws -> Report {
    let number = try line.only(1, "open 2")[0]
    let (report, id) = try session.reading { presenter in
      let view = try presenter.item(number)
      let report = Report(
        json: try presenter.snapshot.json(of: view), lines: ["Item \(number)."] + (try presenter.page(view)))
      return (report, view.id)
    }
    try session.replica().setNote(Note.opened, id.description)
    return report
  }
}
