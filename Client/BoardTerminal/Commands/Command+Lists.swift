// `meetings` and the other kinds, `new`, `find`, `more` and `open`: lists of records, and the record behind a number.

internal import ClientCore
internal import RecordModel
internal import Replication
internal import SafeText

extension Command {
  static func list(kind: String, _ session: inout Session, _ line: CommandLine) throws -> Report {
    _ = try line.only(0, "\(kind)s")
    return try session.list { presenter in
      let views = try presenter.snapshot.list(kind: kind).sorted { $0.dateOfOrder < $1.dateOfOrder }
      let title = TerminalText(words: presenter.model.kinds[kind]?.plural ?? kind)
      return try presenter.list(title.capitalised, views)
    }
  }

  static func new(_ session: inout Session, _ line: CommandLine) async throws -> Report {
    _ = try line.only(0, "new")
    let report = try session.list { try $0.list("New", $0.snapshot.news()) }
    try session.replica().markLooked()
    return report
  }

  static func find(_ session: inout Session, _ line: CommandLine) async throws -> Report {
    guard !line.words.isEmpty else { throw Failure.usage(Wording.howToType("find carers")) }
    let words = line.words.joined(separator: " ")
    return try session.list { try $0.list("Found for '\(words)'", $0.snapshot.find(line.words)) }
  }

  static func more(_ session: inout Session, _ line: CommandLine) async throws -> Report {
    _ = try line.only(0, "more")
    let (report, list) = try session.reading { presenter in
      guard var list = try ShownList.load(presenter.snapshot), list.shown < list.ids.count else {
        throw Failure.usage(Wording.noMore)
      }
      list.showPage()
      let report = Result {
        let views = try list.page(presenter.snapshot)
        return Report(json: try presenter.snapshot.json(of: views), lines: try presenter.lines(of: list))
      }
      return (report, list)
    }
    // A record that has left this copy since fails only its own page: the next `more` continues after it.
    try list.save(session.replica())
    return try report.get()
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

extension Session {
  /// Builds a list and stores it as the one last shown.
  fileprivate mutating func list(_ make: (Presenter) throws -> (report: Report, list: ShownList)) throws -> Report {
    let (report, list) = try reading(make)
    try list.save(replica())
    return report
  }
}
