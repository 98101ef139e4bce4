// `record …`: the acts for scripts and for administrators, which name records by id and fields by their names in the
// model. For people there are better words; these take and give exactly what is stored.

internal import BoardModel
internal import ClientCore
internal import Replication
internal import SafeText

extension Command {
  /// The acts behind the word `record`, by their own names.
  static let recordActs: [Command] = [
    Command("add", "record add KIND field=text field:=JSON", "Make a record.", run: addRecord),
    Command("set", "record set ID field=text field:=JSON", "Write fields of a record.", run: setRecord),
    Command("remove", "record remove ID", "Take a record away.") { session, command in
      let id = try command.only(1, "record remove ID")[0]
      return written(try session.replica().remove(id))
    },
    Command("restore", "record restore ID", "Bring a record back.") { session, command in
      let id = try command.only(1, "record restore ID")[0]
      return written(try session.replica().restore(id))
    },
    Command("settle", "record settle ID FIELD VALUE", "Choose one value of a field.") { session, command in
      let words = try command.only(3, "record settle ID FIELD VALUE")
      return written(try session.replica().settle(words[0], field: words[1], words[2]))
    },
    Command("show", "record show ID", "One record, with every field.", run: showRecord),
    Command("list", "record list KIND", "Every record of a kind.") { session, command in
      let kind = try command.only(1, "record list KIND")[0]
      let reading = try session.reading()
      return try reading.report(of: reading.replica.list(kind: kind))
    },
    Command("conflicts", "record conflicts", "Every field with more than one value.", run: recordConflicts),
    Command("history", "record history ID", "Every change of a record.") { session, command in
      let id = try command.only(1, "record history ID")[0]
      return try historyReport(of: id, session.reading())
    },
  ]

  static func record(_ session: inout Session, _ command: CommandLine) async throws -> Report {
    guard let word = command.words.first, let act = recordActs.first(where: { $0.name == word }) else {
      throw Failure.usage(
        Wording.howToType("record add, set, remove, restore, settle, show, list, conflicts or history"))
    }
    return try await act.run(&session, command.replacing(first: 1))
  }

  private static func addRecord(_ session: inout Session, _ command: CommandLine) async throws -> Report {
    guard let kind = command.words.first else {
      throw Failure.usage(Wording.howToType("record add KIND field=text field:=JSON"))
    }
    let inputs = try command.words.dropFirst().map(fieldInput)
    return written(try session.replica().add(kind: kind, inputs, space: command.space))
  }

  private static func setRecord(_ session: inout Session, _ command: CommandLine) async throws -> Report {
    guard let id = command.words.first, command.words.count > 1 else {
      throw Failure.usage(Wording.howToType("record set ID field=text field:=JSON"))
    }
    return written(try session.replica().set(id, try command.words.dropFirst().map(fieldInput)))
  }

  /// `field=text`, or `field:=JSON`.
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

  static func written(_ receipt: Receipt) -> Report {
    Report(json: JSON(receipt), lines: [Wording.saved, Wording.numberOf(receipt.id.description)], isSaved: true)
  }

  private static func showRecord(_ session: inout Session, _ command: CommandLine) async throws -> Report {
    let id = try command.only(1, "record show ID")[0]
    let reading = try session.reading()
    let view = try reading.replica.show(id)
    return Report(json: try reading.replica.shape(of: view), lines: try reading.page(view))
  }

  private static func recordConflicts(_ session: inout Session, _ command: CommandLine) async throws -> Report {
    _ = try command.only(0, "record conflicts")
    let reading = try session.reading()
    let views = try reading.replica.conflicts()
    let shapes = try views.flatMap { view in
      try view.conflicts.map { try reading.replica.shape(of: $0, on: view) }
    }
    return Report(
      json: .object(["conflicts": .array(shapes)]),
      lines: [Wording.unsettledCount(shapes.count)] + (try views.map { try Wording.unsettled(reading.title(of: $0)) }))
  }
}

extension CommandLine {
  /// The act's words, where there must be exactly so many.
  func only(_ count: Int, _ usage: TerminalText) throws(Failure) -> [String] {
    guard words.count == count else { throw .usage(Wording.howToType(usage)) }
    return words
  }
}

extension Presenter {
  func report(of views: [RecordView]) throws -> Report {
    Report(
      json: try replica.shape(of: views),
      lines: try views.map { "\($0.id.description)  \(try title(of: $0))" })
  }
}
