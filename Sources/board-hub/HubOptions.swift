// The way of a command from the words of a command line to the hub, wherever its data are held, and of the answer back.

import ArgumentParser
import Foundation
import HubAdministration
import HubHTTP
import HubTerminal
import Replication
import SafeText
import SyncHub

/// The options of every command.
struct HubOptions: ParsableArguments {
  @Option(help: "The hub's data folder.")
  var data: String

  @Flag(help: "Answer with one JSON object, and errors as {\"error\", \"message\"}.")
  var json = false

  var folder: HubFolder { HubFolder(path: data) }
  var storage: SQLiteHubStorage { SQLiteHubStorage(folder: folder) }

  /// An empty word, such as a script's unset variable, would otherwise mean the folder the program stands in.
  func validate() throws {
    guard !data.isEmpty else { throw ValidationError("--data takes the name of a folder.") }
  }

  /// - Throws: ``AdminError``; `inUse` where another process holds the data.
  func open() throws -> OpenHub {
    let hub = try OpenHub(folder, on: storage, clock: wallClock)
    if hub.isCopy { Output.note("This hub's data was put back from a copy: a new epoch begins.") }
    return hub
  }

  /// Does a command, here or in the process that serves the folder, and prints its answer.
  func perform<Command: AdminCommand>(_ command: Command) async throws where Command.Answer: TerminalAnswer {
    try Output.answer(try await answer(command), json: json)
  }

  private func answer<Command: AdminCommand>(_ command: Command) async throws -> Command.Answer {
    let hub: OpenHub
    do {
      hub = try open()
    } catch let error as AdminError where error.code == .inUse {
      return try await AdminSocketClient(folder: folder).run(command)
    }
    let answer = Result { try hub.administration.run(command, by: .machineOwner(through: .commandLine)) }
    do {
      try hub.store.close()
    } catch is StoreError {
      // The command's outcome stands, and the file is whole: a disk without room for tidying up undoes nothing.
      return try answer.get()
    }
    return try answer.get()
  }
}

/// A command line that is one administrative command.
protocol HubCommandLine: AsyncParsableCommand {
  associatedtype Command: AdminCommand where Command.Answer: TerminalAnswer
  var options: HubOptions { get }
  /// - Throws: ``AdminError`` where what it names cannot be used.
  var command: Command { get throws }
}

extension HubCommandLine {
  func run() async throws { try await options.perform(command) }
}

/// The wall clock, kept with what is written and never compared.
@Sendable func wallClock() -> Timestamp {
  Timestamp(milliseconds: Int64(Date().timeIntervalSince1970 * 1000))
}
