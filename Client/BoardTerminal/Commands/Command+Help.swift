// `help` and `quit`.

internal import JSONText
internal import SafeText

extension Command {
  static func help(_ session: inout Session, _ line: CommandLine) async throws -> Report {
    let commands = try explained(by: line.words)
    let json = commands.map { command in
      JSON.object([
        "usage": .string(command.usage.description), "purpose": .string(command.purpose.description),
      ])
    }
    return Report(
      json: .object(["acts": .array(json)]),
      lines: (commands.count > 1 ? [Wording.helpHead] : []) + commands.map { "\($0.usage): \($0.purpose)" }
        + (commands.count > 1 ? Wording.helpTail : []))
  }

  /// The commands to explain: all of them, the subcommands of one, or the one named.
  private static func explained(by words: [String]) throws(Failure) -> [Command] {
    guard let word = words.first else { return all }
    guard words.count == 1, let command = all.named(word.lowercased()) else {
      throw .usage(Wording.unknownWord(words.joined(separator: " ")))
    }
    return command.subcommands.isEmpty ? [command] : command.subcommands
  }

  static func quit(_ session: inout Session, _ line: CommandLine) async throws -> Report {
    session.isOver = true
    return Report(json: .object([:]), lines: [session.namedFolder.map { Wording.goodbye(from: $0) } ?? Wording.goodbye])
  }
}
