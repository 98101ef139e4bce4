// Command lines for the hub as a whole: creating, backing up, restoring, checking and describing it.

import ArgumentParser
import Foundation
import HubAdministration
import Replication
import SyncHub

struct Initialise: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "init", abstract: "Makes a hub in an empty folder, with the spaces the model names.")
  @OptionGroup var options: HubOptions

  func run() async throws {
    let hub = try options.create()
    let answer = Result { try hub.administration.run(.status, by: .machineOwner(through: .commandLine)) { _ in } }
    try hub.store.close()
    try Output.answer(try answer.get(), json: options.json)
  }
}

struct Backup: HubCommandLine {
  static let configuration = CommandConfiguration(abstract: "Writes a whole copy of the hub to a new file.")
  @OptionGroup var options: HubOptions
  @Argument(help: "The new file.") var file: String

  var command: BackupCommand {
    get throws {
      let path = URL(fileURLWithPath: file).standardizedFileURL.path
      guard !FileManager.default.fileExists(atPath: path) else {
        throw AdminError(.fileExists, "There is a file \(path) already. A backup never writes over one.")
      }
      let place = URL(fileURLWithPath: path).deletingLastPathComponent().path
      guard FileManager.default.fileExists(atPath: place) else {
        throw AdminError(.noSuchFolder, "There is no folder \(place). Make it first, or name another.")
      }
      return .backup(path: path)
    }
  }
}

struct BackupDaysLine: HubCommandLine {
  static let configuration = CommandConfiguration(
    commandName: "backup-days", abstract: "Says, or sets, for how many days a backup may be put back.",
    discussion: "The same holds for snapshots of the hub's machine. At first it is \(BackupAge.usualDays) days.")
  @OptionGroup var options: HubOptions
  @Argument(help: "The days, 1 to 3650. Without them, nothing is changed.") var days: UInt64?

  var command: BackupDaysCommand { .backupDays(days) }
}

struct Room: HubCommandLine {
  static let configuration = CommandConfiguration(
    abstract: "Says, or sets, how much members' changes may take in a space.",
    discussion: """
      When a space is full, members' changes wait on their computers. What the Centre imports is not counted.
      """)
  @OptionGroup var options: HubOptions
  @Option(help: "The space.") var space: String
  @Option(help: "The room, in GiB. Without it, nothing is changed.") var gib: UInt64?

  var command: RoomCommand { .room(space, gibibytes: gib) }
}

struct LedgerGroup: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "ledger", abstract: "What no restore takes back: erasings, and who was taken off or has left.",
    subcommands: [Accept.self])

  struct Accept: HubCommandLine {
    static let configuration = CommandConfiguration(
      abstract: "Lets a hub whose ledger is missing give members its records again.",
      discussion: "Wait until the computers have sent that may know what was erased since the backup.")
    @OptionGroup var options: HubOptions

    var command: LedgerAcceptCommand { .ledgerAccept }
  }
}

struct Restore: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Puts a backup in the place of the hub's data. Members' computers send again what the backup lacks.")
  @OptionGroup var options: HubOptions
  @Argument(help: "The backup.") var file: String
  @Flag(help: "Put it back though it is older than 'backup-days' allows: sealed work that arrived since may be gone.")
  var old = false
  @Flag(help: "Put it back though 'verify' would find it damaged.")
  var damaged = false

  func run() async throws {
    let receipt = try OpenHub.restore(
      file, into: options.folder, on: options.storage, isOldAllowed: old, isDamagedAllowed: damaged,
      clock: wallClock)
    try Output.answer(receipt, json: options.json)
  }
}

struct DigestLines: HubCommandLine {
  static let configuration = CommandConfiguration(
    commandName: "digest", abstract: "One line per space: equal on two copies when they are equal.")
  @OptionGroup var options: HubOptions

  var command: DigestCommand { .digest }
}

struct Verify: HubCommandLine {
  static let configuration = CommandConfiguration(
    abstract: "Looks at every change, signature and record, and names the first that is not as it was written.")
  @OptionGroup var options: HubOptions

  var command: VerifyCommand { .verify }
}

struct AuditLine: HubCommandLine {
  static let configuration = CommandConfiguration(
    commandName: "audit", abstract: "Who did what, when: administrators' acts and members' changes, as they arrived.")
  @OptionGroup var options: HubOptions
  @Option(help: "Only what happened in this space, for example cab.") var space: String?

  var command: AuditCommand { .audit(space: space) }
}

struct Status: HubCommandLine {
  static let configuration = CommandConfiguration(abstract: "What the hub holds.")
  @OptionGroup var options: HubOptions

  var command: StatusCommand { .status }
}
