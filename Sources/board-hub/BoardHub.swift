// board-hub: the program with which the Centre's data administrators run a hub.

import ArgumentParser
import Foundation
import HubAdministration
import HubTerminal
import JSONText
import ProgramIO
import Replication
import SafeText

@main
struct BoardHub: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "board-hub",
    abstract: "Keeps the board's records, takes in every member's work, and asks a person where versions differ.",
    discussion: """
      Every act works whether or not the hub is being served. Answers are plain words at a terminal, and JSON, one \
      object a line, with --json or where the output is not a terminal.
      """,
    subcommands: [
      Initialise.self, Import.self, Serve.self, Invite.self, Leave.self, DeviceGroup.self, ProposalGroup.self,
      Review.self, PartnerGroup.self, AgreementGroup.self, Erase.self, Backup.self, BackupDaysLine.self, Room.self,
      LedgerGroup.self, Restore.self, DigestLines.self,
      Verify.self,
      AuditLine.self, Status.self,
    ])

  static func main() async {
    ProgramIO.begin()
    let arguments = ProgramIO.arguments()
    do throws(AdminError) {
      try await perform(arguments)
    } catch {
      Output.tell(error, json: arguments.prefix { $0 != "--" }.contains("--json"))
      Foundation.exit(error.kind.exitCode)
    }
  }

  /// Runs the command that the arguments name, and turns every error of every command into an ``AdminError``.
  private static func perform(_ arguments: [String?]) async throws(AdminError) {
    let words = arguments.compactMap { $0 }
    guard words.count == arguments.count else {
      throw AdminError(.notText, "Some of the words are not text in UTF-8. Nothing was done.")
    }
    do {
      var command = try await asyncParseAsRoot(words)
      if var command = command as? any AsyncParsableCommand { try await command.run() } else { try command.run() }
    } catch let error as AdminError {
      throw error
    } catch let error as StoreError {
      throw AdminError(error)
    } catch  where exitCode(for: error).isSuccess {
      // Requested help arrives as an error, too.
      try Output.answer(TerminalText.lines(of: fullMessage(for: error)))
    } catch  where exitCode(for: error) == .validationFailure {
      throw AdminError(.usage, fullMessage(for: error))
    } catch {
      throw AdminError(.failed, "\(error)")
    }
  }

  /// Fails with the help, because no command was named.
  func run() async throws {
    throw AdminError(.usage, Self.helpMessage())
  }
}

extension AdminError.Kind {
  /// The exit code, as in sysexits.h.
  var exitCode: Int32 {
    switch self {
    case .usage: 64
    case .data: 65
    case .disk: 74
    case .busy: 75
    }
  }
}
