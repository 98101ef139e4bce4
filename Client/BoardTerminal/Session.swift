// A session with one member on one copy: opens the copy when it is first needed, finds the command that was typed, and
// shows its answer. A single command is a session of one line.

package import ClientCore
internal import JSONText
package import RecordModel
internal import Replication
package import SafeText

/// A session on one copy.
package struct Session {
  package let environment: TerminalEnvironment
  package let console: Console
  /// True if the session is a single command given as the program's arguments.
  package let isSingleCommand: Bool
  private let home: String?
  private var opened: OpenedReplica?
  /// The replica, opened once for the whole session, so that its cached model is parsed once.
  private var openedReplica: MemberReplica?
  /// The correction of a mistyped line, which `yes` would run.
  private var suggestion: CommandLine?
  /// True once the member has quit.
  package var isOver = false
  /// True once any command has saved something of the member's.
  package private(set) var hasSaved = false

  package init(_ environment: TerminalEnvironment, console: Console, home: String?, isSingleCommand: Bool) {
    self.environment = environment
    self.console = console
    self.home = home
    self.isSingleCommand = isSingleCommand
  }

  // MARK: The copy

  /// The member's copy, opened on first use.
  ///
  /// - Parameter isToBeMade: True to create the copy if there is none; only `join` does.
  package mutating func replica(creating: Bool = false) throws -> MemberReplica {
    if let openedReplica { return openedReplica }
    let opened = try environment.open(home, creating)
    let replica = MemberReplica(store: opened.store, key: try opened.key(), clock: environment.clock)
    (self.opened, openedReplica) = (opened, replica)
    return replica
  }

  /// Runs the body on one snapshot of the copy.
  ///
  /// - Parameter body: Runs inside one read transaction. It must neither write nor let the presenter escape.
  /// - Throws: ``ClientError/notJoined``, ``ClientError/revoked(_:)``, and what the body throws.
  package mutating func reading<Result>(_ body: (Presenter) throws -> Result) throws -> Result {
    let environment = environment
    return try replica().reading { try body(Presenter($0, environment)) }
  }

  /// The folder that the member named, once the copy is open; `nil` for the usual one.
  package var namedFolder: String? { opened?.namedFolder }

  /// Deletes the device's key after its hub has revoked it.
  package func forgetKey() throws { try opened?.forgetKey() }

  /// Puts a new store, which the body fills, in the place of the copy's. The next command opens it.
  ///
  /// - Returns: The path under which the copy's file stays.
  mutating func replaceStore(filling fill: (any ReplicaStore) throws -> Void) throws -> String {
    guard let opened else { throw ClientError.notJoined }
    (self.opened, openedReplica) = (nil, nil)
    return try opened.replace(fill)
  }

  /// Updates the file's readable views to the kinds of the model.
  package func showKinds(of model: RecordModel) throws {
    try opened?.showKinds(model.kinds.mapValues(\.fieldOrder))
  }

  // MARK: Commands

  /// Runs a command and shows its outcome.
  package mutating func perform(_ line: CommandLine) async -> ExitCode {
    let report: Report
    do {
      report = try await outcome(of: line)
    } catch {
      report = Report(json: nil, failure: Failure(error))
    }
    hasSaved = hasSaved || report.isSaved
    show(report, isJSON: line.isJSON)
    guard let whenShown = report.whenShown, !console.isCut else { return report.failure?.exit ?? .done }
    do {
      try whenShown(replica())
      return report.failure?.exit ?? .done
    } catch {
      let failure = Failure(error)
      complain(failure, isJSON: line.isJSON)
      console.flush()
      return failure.exit
    }
  }

  private mutating func outcome(of line: CommandLine) async throws -> Report {
    let guess = suggestion
    suggestion = nil
    guard let word = line.words.first else { return Report(json: .object([:])) }
    if word.lowercased() == "yes", line.words.count == 1, let guess { return try await outcome(of: guess) }
    if let command = Command.all.named(word.lowercased()) {
      return try await command.run(&self, line.replacing(first: 1))
    }
    guard let near = Command.nearest(to: word) else {
      throw Failure("unknownWord", .usage, Wording.unknownWord(word))
    }
    let name = TerminalText(words: near.name)
    guard !isSingleCommand else { throw Failure("unknownWord", .usage, Wording.unknownWord(word, perhaps: name)) }
    suggestion = line.replacing(first: 1, with: [near.name])
    throw Failure("unknownWord", .usage, Wording.unknownWord(word, meant: name))
  }

  private func show(_ report: Report, isJSON: Bool) {
    if isJSON {
      if let json = report.json { console.print(json) }
    } else {
      console.say(report.lines)
    }
    if let failure = report.failure { complain(failure, isJSON: isJSON) }
    console.flush()
  }

  private func complain(_ failure: Failure, isJSON: Bool) {
    if isJSON || isSingleCommand { console.complain(failure, isJSON: isJSON) } else { console.say(failure.words) }
  }

  /// Prints lines while a command is still running, except for scripts, which get only its answer.
  package func say(_ lines: TerminalText..., unless line: CommandLine) {
    guard !line.isJSON else { return }
    console.say(lines)
    console.flush()
  }
}
