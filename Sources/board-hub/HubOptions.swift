// Takes a command from the command line to the hub, in this process or in the one that serves it, and prints the
// answer.

import ArgumentParser
import BoardModel
import Foundation
import HubAdministration
import HubHTTP
import HubTerminal
import RecordModel
import Replication
import SafeText
import SyncHub

/// The options common to all commands.
struct HubOptions: ParsableArguments {
  @Option(help: "The hub's data folder.")
  var data: String

  @Flag(help: "Answer in JSON, one object a line, and errors as {\"error\", \"message\"}.")
  var json = false

  var folder: HubFolder { HubFolder(path: data) }
  var storage: SQLiteHubStorage { SQLiteHubStorage(folder: folder) }

  /// Refuses an empty `--data`, such as a script's unset variable, which would otherwise mean the working directory.
  func validate() throws {
    guard !data.isEmpty else { throw ValidationError("--data takes the name of a folder.") }
  }

  /// Makes the board's hub in the folder.
  func create() throws -> OpenHub {
    try OpenHub.create(
      in: folder, on: storage, model: .board, seedFormat: SeedReader.format, transport: PartnerNetwork.shared,
      clock: wallClock)
  }

  /// Opens the hub in this process.
  ///
  /// - Throws: ``AdminError``; `inUse` if another process holds the data.
  func open() throws -> OpenHub {
    let hub = try OpenHub(
      folder, on: storage, seedFormat: SeedReader.format, transport: PartnerNetwork.shared, clock: wallClock)
    if hub.isCopy { Output.note("This hub's data was put back from a copy: a new epoch begins.") }
    let applied = hub.applied
    if applied != LedgerApplied() {
      Output.note(
        "Again as the ledger says: \(applied.erased) records erased, \(applied.revoked) computers taken off, "
          + "\(applied.left) readings ended.")
    }
    return hub
  }

  /// Runs a command, here or in the process that serves the folder, and prints its answer as it comes.
  func perform<Command: AdminCommand>(
    _ command: Command
  ) async throws where Command.Answer: TerminalAnswer, Command.Entry: TerminalAnswer {
    try await perform(command) { entries throws(AdminError) in try Output.answers(entries, json: json) }
  }

  /// Runs a command, here or in the process that serves the folder, and prints its answer.
  ///
  /// - Parameter telling: Called with the entries before the answer, some at a time, as they come.
  func perform<Command: AdminCommand>(
    _ command: Command, telling: ([Command.Entry]) throws(AdminError) -> Void
  ) async throws where Command.Answer: TerminalAnswer {
    try Output.answer(try await answer(command, telling: telling), json: json)
  }

  private func answer<Command: AdminCommand>(
    _ command: Command, telling: ([Command.Entry]) throws(AdminError) -> Void
  ) async throws -> Command.Answer {
    let hub: OpenHub
    do {
      hub = try open()
    } catch let error as AdminError where error.code == .inUse {
      return try await AdminSocketClient(folder: folder).run(command, telling: telling)
    }
    defer { folder.keepOwners() }
    let answer = Result {
      try hub.administration.run(command, by: .machineOwner(through: .commandLine), telling: telling)
    }
    await PartnerNetwork.shared.shutDown()
    do {
      try hub.store.close()
    } catch is StoreError {
      // The command's outcome stands and the file is intact: a disk without room for tidying up undoes nothing.
      return try answer.get()
    }
    return try answer.get()
  }
}

/// A command line that runs one admin command.
protocol HubCommandLine: AsyncParsableCommand {
  associatedtype Command: AdminCommand where Command.Answer: TerminalAnswer, Command.Entry: TerminalAnswer
  var options: HubOptions { get }
  /// The admin command to run.
  ///
  /// - Throws: ``AdminError`` if an argument names something that cannot be used.
  var command: Command { get throws }
}

extension HubCommandLine {
  func run() async throws { try await options.perform(command) }
}

/// The wall clock's time, stored with what is written and never compared.
@Sendable func wallClock() -> Timestamp {
  Timestamp(milliseconds: Int64(Date().timeIntervalSince1970 * 1000))
}
