// `record …`: the commands for scripts and administrators, which name records by id and fields by their names in the
// model, and take and print exactly what is stored.

internal import ClientCore
internal import JSONText
internal import RecordModel
internal import Replication
internal import SafeText

extension Command {
  /// The subcommands of `record`.
  static let recordCommands: [Command] = [
    Command("add", "record add KIND field=text field:=JSON", "Make a record.", run: addRecord),
    Command("set", "record set ID field=text field:=JSON", "Write fields of a record.", run: setRecord),
    Command("remove", "record remove ID", "Take a record away.") { session, line in
      let id = try line.only(1, "record remove ID")[0]
      return written(try session.replica().remove(id))
    },
    Command("restore", "record restore ID", "Bring a record back.") { session, line in
      let id = try line.only(1, "record restore ID")[0]
      return written(try session.replica().restore(id))
    },
    Command("settle", "record settle ID FIELD VALUE field=text", "Choose one value of a field.", run: settleRecord),
    Command("show", "record show ID", "One record, with every field.", run: showRecord),
    Command("list", "record list KIND", "Every record of a kind.") { session, line in
      let kind = try line.only(1, "record list KIND")[0]
      return try session.reading { presenter in
        let views = try presenter.snapshot.list(kind: kind)
        return Report(
          json: try presenter.snapshot.json(of: views),
          lines: try views.map { "\($0.id.description)  \(try presenter.title(of: $0))" })
      }
    },
    Command("conflicts", "record conflicts", "Every field with more than one value.", run: recordConflicts),
    Command("history", "record history ID", "Every change of a record.") { session, line in
      let id = try line.only(1, "record history ID")[0]
      return try session.reading { try $0.historyReport(of: id) }
    },
  ]

  private static func addRecord(_ session: inout Session, _ line: CommandLine) async throws -> Report {
    guard let kind = line.words.first else {
      throw Failure.usage(Wording.howToType("record add KIND field=text field:=JSON"))
    }
    let inputs = try line.words.dropFirst().map(fieldInput)
    return written(try session.replica().add(kind: kind, inputs, space: line.space))
  }

  private static func setRecord(_ session: inout Session, _ line: CommandLine) async throws -> Report {
    guard let id = line.words.first, line.words.count > 1 else {
      throw Failure.usage(Wording.howToType("record set ID field=text field:=JSON"))
    }
    return written(try session.replica().set(id, try line.words.dropFirst().map(fieldInput)))
  }

  private static func settleRecord(_ session: inout Session, _ line: CommandLine) async throws -> Report {
    guard line.words.count >= 3 else {
      throw Failure.usage(Wording.howToType("record settle ID FIELD VALUE field=text"))
    }
    let inputs = try line.words.dropFirst(3).map(fieldInput)
    return written(try session.replica().settle(line.words[0], field: line.words[1], line.words[2], inputs))
  }

  /// Parses `field=text` or `field:=JSON`.
  private static func fieldInput(_ word: String) throws -> FieldInput {
    guard let equals = word.firstIndex(of: "="), equals != word.startIndex else {
      throw Failure.usage(Wording.noFieldInput(word))
    }
    let text = String(word[word.index(after: equals)...])
    let name = word[..<equals]
    guard name.hasSuffix(":") else { return .text(field: String(name), text) }
    let field = String(name.dropLast())
    do throws(JSONError) {
      return .json(field: field, try JSON(parsing: Array(text.utf8)))
    } catch {
      throw Failure("badValue", .badData, Wording.badValue(field, "JSON"))
    }
  }

  private static func written(_ receipt: Receipt) -> Report {
    Report(json: JSON(receipt), lines: [Wording.saved, Wording.numberOf(receipt.id.description)], isSaved: true)
  }

  private static func showRecord(_ session: inout Session, _ line: CommandLine) async throws -> Report {
    let id = try line.only(1, "record show ID")[0]
    return try session.reading { presenter in
      let view = try presenter.snapshot.show(id)
      return Report(json: try presenter.snapshot.json(of: view), lines: try presenter.page(view))
    }
  }

  private static func recordConflicts(_ session: inout Session, _ line: CommandLine) async throws -> Report {
    _ = try line.only(0, "record conflicts")
    return try session.reading { presenter in
      let views = try presenter.snapshot.conflicts()
      let conflicts = try views.flatMap { view in
        try view.conflicts.map { try presenter.snapshot.json(of: $0, on: view) }
      }
      let titles = try views.map { try Wording.unsettled(presenter.title(of: $0)) }
      return Report(
        json: .object(["conflicts": .array(conflicts)]), lines: [Wording.unsettledCount(conflicts.count)] + titles)
    }
  }
}
