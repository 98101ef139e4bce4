// A conversation with one member over one copy: it opens the copy when it is first needed, finds the act for what was
// typed, and shows what the act has to say. A single act is a conversation of one line.

internal import BoardModel
package import ClientCore
package import Cryptography
package import Replication
package import SafeText

/// What a terminal stands on: everything that comes from outside.
package struct TerminalEnvironment: Sendable {
  /// Opens the copy in a folder, `nil` for the usual one. Throws ``ClientError/notJoined`` where there is none and
  /// none is to be made.
  package let open: @Sendable (_ home: String?, _ isToBeMade: Bool) throws -> OpenedReplica
  package let transport: any HubTransport
  /// The words of a file; `nil` where there are none.
  package let text: @Sendable (_ path: String) -> String?
  package let clock: @Sendable () -> Timestamp
  /// Seconds east of Greenwich at a moment, where this computer stands.
  package let offset: @Sendable (Timestamp) -> Int64

  package init(
    open: @escaping @Sendable (_ home: String?, _ isToBeMade: Bool) throws -> OpenedReplica,
    transport: any HubTransport,
    text: @escaping @Sendable (_ path: String) -> String?,
    clock: @escaping @Sendable () -> Timestamp, offset: @escaping @Sendable (Timestamp) -> Int64
  ) {
    self.open = open
    self.transport = transport
    self.text = text
    self.clock = clock
    self.offset = offset
  }
}

/// A store at hand, and how its file is told which kinds of record to show to other programs.
package struct OpenedReplica: Sendable {
  package let store: any ReplicaStore
  /// The device's own, made when it is first asked for.
  package let key: @Sendable () throws -> SigningKey
  /// Called with the fields of every kind when the model may be new.
  package let showKinds: @Sendable ([String: [String]]) throws -> Void
  /// Throws the key away, so that the next one asked for is new.
  package let forgetKey: @Sendable () throws -> Void
  /// The folder, where the member named one: a stick's, above all, in a computer that is not theirs.
  package let namedFolder: String?

  package init(
    store: any ReplicaStore, key: @escaping @autoclosure @Sendable () throws -> SigningKey,
    forgetKey: @escaping @Sendable () throws -> Void, namedFolder: String? = nil,
    showKinds: @escaping @Sendable ([String: [String]]) throws -> Void = { _ in }
  ) {
    self.store = store
    self.key = key
    self.forgetKey = forgetKey
    self.namedFolder = namedFolder
    self.showKinds = showKinds
  }
}

/// One conversation.
package struct Session {
  package let environment: TerminalEnvironment
  package let console: Console
  /// Whether this is a single act, with no lines to follow.
  package let isSingleAct: Bool
  private let home: String?
  private var opened: OpenedReplica?
  /// What `yes` would run: a mistyped line put right.
  private var suggestion: CommandLine?
  package var isOver = false
  /// Whether any act put something of the person's on the disk.
  package private(set) var hasSaved = false

  package init(_ environment: TerminalEnvironment, console: Console, home: String?, isSingleAct: Bool) {
    self.environment = environment
    self.console = console
    self.home = home
    self.isSingleAct = isSingleAct
  }

  // MARK: The copy

  /// The member's copy, opened on first use.
  ///
  /// - Parameter isToBeMade: Whether to make one where there is none; only joining does.
  package mutating func replica(isToBeMade: Bool = false) throws -> MemberReplica {
    let copy = try opened ?? environment.open(home, isToBeMade)
    opened = copy
    return MemberReplica(store: copy.store, key: try copy.key(), clock: environment.clock)
  }

  /// The copy as people read it.
  ///
  /// - Throws: ``ClientError/notJoined``.
  package mutating func reading() throws -> Presenter {
    try Presenter(replica(), environment)
  }

  /// The folder the member named, once the copy is open.
  package var namedFolder: String? { opened?.namedFolder }

  /// Throws the device's key away: its hub knows it no more.
  package func forgetKey() throws { try opened?.forgetKey() }

  /// Tells the file which kinds there are now.
  package func showKinds(of reading: Presenter) throws {
    try opened?.showKinds(reading.model.kinds.mapValues(\.fieldOrder))
  }

  // MARK: Acts

  /// Does what was typed and shows the outcome.
  package mutating func perform(_ command: CommandLine) async -> ExitCode {
    let report: Report
    do {
      report = try await outcome(of: command)
    } catch {
      report = Report(json: nil, failure: Failure(error))
    }
    hasSaved = hasSaved || report.isSaved
    show(report, isJSON: command.isJSON)
    return report.failure?.exit ?? .done
  }

  private mutating func outcome(of command: CommandLine) async throws -> Report {
    let guess = suggestion
    suggestion = nil
    guard let word = command.words.first else { return Report(json: .object([:])) }
    if word.lowercased() == "yes", command.words.count == 1, let guess { return try await outcome(of: guess) }
    if let act = Command.named(word.lowercased()) {
      return try await act.run(&self, command.replacing(first: 1))
    }
    guard let near = Command.nearest(to: word) else {
      throw Failure("unknownWord", .usage, Wording.unknownWord(word))
    }
    let name = TerminalText(words: near.name)
    guard !isSingleAct else { throw Failure("unknownWord", .usage, Wording.unknownWord(word, perhaps: name)) }
    suggestion = command.replacing(first: 1, with: [near.name])
    throw Failure("unknownWord", .usage, Wording.unknownWord(word, meant: name))
  }

  private func show(_ report: Report, isJSON: Bool) {
    if isJSON {
      if let json = report.json { console.print(json) }
    } else {
      console.say(report.lines)
    }
    if let failure = report.failure {
      if isJSON || isSingleAct { console.complain(failure, isJSON: isJSON) } else { console.say(failure.words) }
    }
    console.flush()
  }

  /// Says something while an act is still under way; scripts are told nothing until its end.
  package func say(_ lines: TerminalText..., unless command: CommandLine) {
    guard !command.isJSON else { return }
    console.say(lines)
    console.flush()
  }
}
