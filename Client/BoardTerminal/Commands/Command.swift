// The table of commands: every word that a person or a script can type, with its explanation. One table serves
// sessions, single commands and `help`, so the three cannot diverge.

package import SafeText

/// A command of the terminal.
package struct Command: Sendable {
  package let name: String
  /// An example of the command as typed.
  package let usage: TerminalText
  /// The command's purpose, in one plain sentence.
  package let purpose: TerminalText
  /// The commands among which the next word chooses; empty if this one is complete.
  package let subcommands: [Command]
  /// Runs the command on a line without its own name.
  package let run: @Sendable (inout Session, CommandLine) async throws -> Report

  package init(
    _ name: String, _ usage: TerminalText, _ purpose: TerminalText,
    run: @escaping @Sendable (inout Session, CommandLine) async throws -> Report
  ) {
    self.name = name
    self.usage = usage
    self.purpose = purpose
    self.run = run
    subcommands = []
  }

  /// Creates a command that consists of subcommands.
  package init(_ name: String, _ purpose: TerminalText, _ subcommands: [Command]) {
    self.name = name
    usage = TerminalText(words: name)
    self.purpose = purpose
    self.subcommands = subcommands
    run = { session, line in
      guard let word = line.words.first, let command = subcommands.named(word) else {
        let names = subcommands.map { TerminalText(words: $0.name) }
        let choice: TerminalText = "\(names.dropLast().joined(by: ", ")) or \(names.last ?? "")"
        throw Failure.usage(Wording.howToType("\(name) \(choice)"))
      }
      return try await command.run(&session, line.replacing(first: 1))
    }
  }

  /// Every command, in the order of `help`.
  package static let all: [Command] =
    readingCommands + [
      Command("comment", "comment 2", "Write your view on item 2 of the last list, or on anything.", run: comment),
      Command("discard", "discard", "Let go of a half-written comment.", run: discard),
      Command("send", "send", "Send your work and get the news.", run: send),
      Command("status", "status", "See where your work is and how fresh your copy is.", run: status),
      Command("choices", "choices", "See what is written in two ways, one question at a time.", run: choices),
      Command("keep", "keep A", "Choose version A of the question you see.", run: keep),
      Command("later", "later", "Leave this question for another time.", run: later),
      Command("why", "why 1", "See why a change was not taken.", run: why),
      Command(
        "held", "held 1", "See what came from a computer of yours that was taken off, and say if it is to count.",
        run: proposals),
      Command(
        "join", "join ADDRESS CODE [--ca FILE]", "Start a copy of your board, with a code from the Centre.", run: join),
      Command("repair", "repair", "Check your copy, and put it right if something in it is wrong.", run: repair),
      Command("digest", "digest", "Numbers by which two copies can be compared.", run: digest),
      Command("record", "Words for scripts. Type 'help record' to see them.", recordCommands),
      Command("help", "help send", "See these words, or more about one.", run: help),
      Command("quit", "quit", "Stop. Your work is always kept.", run: quit),
    ]

  private static let readingCommands: [Command] = [
    Command("home", "home", "Your board at a glance.", run: home),
    Command("new", "new", "What others changed since you last looked.", run: new),
    listing("meetings", "meeting", "The meetings of your board."),
    listing("events", "event", "The Centre's events."),
    listing("papers", "paper", "The papers for meetings."),
    listing("actions", "action", "Who does what."),
    listing("decisions", "decision", "What the board decided."),
    Command("more", "more", "The rest of a long list.", run: more),
    Command("open", "open 2", "Read item 2 of the last list.", run: open),
    Command("find", "find carers", "Search this copy.", run: find),
    Command("history", "history 2", "Who changed item 2, when, and the older words.", run: history),
  ]

  private static func listing(_ name: String, _ kind: String, _ purpose: TerminalText) -> Command {
    Command(name, TerminalText(words: name), purpose) { session, line in
      try Command.list(kind: kind, &session, line)
    }
  }

  /// The command whose name is nearest to a mistyped word; `nil` if none is near enough to be meant.
  package static func nearest(to word: String) -> Command? {
    let near = all.map { ($0, editDistance(word.lowercased(), $0.name)) }.min { $0.1 < $1.1 }
    guard let (command, distance) = near, distance <= max(1, word.count / 3) else { return nil }
    return command
  }
}

extension [Command] {
  func named(_ name: String) -> Command? { first { $0.name == name } }
}

/// The edit distance of two words: the least number of letters to add, remove, change or swap with a neighbour
/// (Damerau 1964, optimal string alignment). Cost is the product of the lengths. If a word is over 64 letters, the
/// distance is the greater length.
package func editDistance(_ left: String, _ right: String) -> Int {
  let (left, right) = (Array(left.unicodeScalars), Array(right.unicodeScalars))
  guard left.count <= 64, right.count <= 64 else { return max(left.count, right.count) }
  var beforeLast = [Int](repeating: 0, count: right.count + 1)
  var last = Array(0...right.count)
  for row in 0..<left.count {
    var current = [row + 1]
    for column in 0..<right.count {
      let change = last[column] + (left[row] == right[column] ? 0 : 1)
      var best = min(change, last[column + 1] + 1, current[column] + 1)
      if row > 0, column > 0, left[row] == right[column - 1], left[row - 1] == right[column] {
        best = min(best, beforeLast[column - 1] + 1)
      }
      current.append(best)
    }
    (beforeLast, last) = (last, current)
  }
  return last[right.count]
}
