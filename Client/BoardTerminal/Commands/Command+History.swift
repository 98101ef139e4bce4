// `history` and `why`: the earlier values of a record, and the changes that the hub refused. With them, nothing that
// was shown as saved is ever out of its author's reach.

internal import ClientCore
internal import Replication
internal import SafeText

extension Command {
  static func history(_ session: inout Session, _ line: CommandLine) async throws -> Report {
    guard line.words.count <= 1 else { throw Failure.usage(Wording.howToType("history 2")) }
    return try session.reading { presenter in
      if let number = line.words.first {
        return try presenter.historyReport(of: presenter.item(number).id.description)
      }
      guard let id = try presenter.snapshot.note(Note.opened) else {
        throw Failure.usage(Wording.howToType("history 2"))
      }
      return try presenter.historyReport(of: id)
    }
  }

  static func why(_ session: inout Session, _ line: CommandLine) async throws -> Report {
    guard line.words.count <= 1 else { throw Failure.usage(Wording.howToType("why 1")) }
    return try session.reading { presenter in
      try line.words.first.map { try presenter.refusalReport($0) } ?? presenter.refusalsReport()
    }
  }
}
