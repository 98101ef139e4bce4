// board-hub: a hub for the Centre's data administrators.

import ArgumentParser
import BoardModel
import Foundation
import HubAdministration
import HubHTTP
import Logging
import ProgramIO
import Replication
import RequestSigning
import SQLiteStorage
import SyncHub
import Synchronization

@main
struct BoardHub: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "board-hub",
    abstract: "Keeps the board's records, takes in every member's work, and asks a person where versions differ.",
    discussion: """
      Every act works whether or not the hub is being served. Answers are plain words at a terminal, and one JSON \
      object with --json or where the output is not a terminal.
      """,
    subcommands: [
      Initialise.self, Import.self, Serve.self, Invite.self, Leave.self, DeviceAct.self, ProposalAct.self, Review.self,
      Erase.self, Backup.self, Restore.self, DigestAct.self, Verify.self, AuditAct.self, Status.self,
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

  /// Does the act that the words name. Every error of every act is given its form here.
  private static func perform(_ arguments: [String?]) async throws(AdminError) {
    let words = arguments.compactMap { $0 }
    guard words.count == arguments.count else {
      throw AdminError(.data, "notText", "Some of the words are not text in UTF-8. Nothing was done.")
    }
    do {
      var act = try await asyncParseAsRoot(words)
      if var act = act as? any AsyncParsableCommand { try await act.run() } else { try act.run() }
    } catch let error as AdminError {
      throw error
    } catch let error as StoreError {
      throw AdminError(error)
    } catch  where exitCode(for: error).isSuccess {
      // The help that was asked for comes as an error, too.
      try Output.answer(fullMessage(for: error))
    } catch  where exitCode(for: error) == .validationFailure {
      throw AdminError(.usage, "usage", fullMessage(for: error))
    } catch {
      throw AdminError(.disk, "failed", "\(error)")
    }
  }

  /// No act was named.
  func run() async throws {
    throw AdminError(.usage, "usage", Self.helpMessage())
  }
}

/// What every act takes.
struct HubOptions: ParsableArguments {
  @Option(help: "The hub's data folder.")
  var data: String

  @Flag(help: "Answer with one JSON object, and errors as {\"error\", \"message\"}.")
  var json = false

  var folder: HubFolder { HubFolder(path: data) }

  /// An empty word, such as a script's unset variable, would otherwise mean the folder the program stands in.
  func validate() throws {
    guard !data.isEmpty else { throw ValidationError("--data takes the name of a folder.") }
  }

  /// Does an act and prints its answer.
  func perform(_ words: (JSON) -> String, _ act: () async throws -> JSON) async throws {
    let answer = try await act()
    try Output.answer(Output.isForScripts(json: json) ? answer.text : words(answer))
  }
}

extension AdminError.Kind {
  /// As sysexits.h says.
  var exitCode: Int32 {
    switch self {
    case .usage: 64
    case .data: 65
    case .disk: 74
    case .busy: 75
    }
  }
}

struct Initialise: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "init", abstract: "Makes a hub in an empty folder, with the spaces the model names.")
  @OptionGroup var options: HubOptions

  func run() async throws {
    let folder = options.folder
    try await options.perform(Wording.status) {
      let hub = try OpenHub.create(in: folder)
      let answer = Result { try hub.acts.run(.status) }
      try hub.store.close()
      return try answer.get()
    }
  }
}

struct Import: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Loads records from a file, one JSON object a line. Loading again writes only what differs.")
  @OptionGroup var options: HubOptions
  @Argument(help: "The file.") var file: String
  @Option(help: "Load only this set of the file, for example core, leeds or names.") var set: String?

  func run() async throws {
    let folder = options.folder
    try await options.perform(Wording.imported) {
      try await OpenHub.run(.importFile(text: try Self.read(file), set: set), in: folder)
    }
  }

  private static func read(_ file: String) throws -> String {
    let bytes: Data
    do {
      // One byte more than the limit is asked for: a device or a pipe has no size, and may have no end.
      let handle = try FileHandle(forReadingFrom: URL(fileURLWithPath: file))
      defer { try? handle.close() }
      bytes = try handle.read(upToCount: Limits.importBytesMax + 1) ?? Data()
    } catch {
      throw AdminError(.data, "noSuchFile", "There is no file \(file) that can be read.")
    }
    guard bytes.count <= Limits.importBytesMax else {
      throw AdminError(.data, "badFile", "The file is larger than \(Limits.importBytesMax) bytes.")
    }
    guard let text = String(validating: bytes, as: UTF8.self) else {
      throw AdminError(.data, "badFile", "The file is not text in UTF-8.")
    }
    return text
  }
}

struct Serve: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Serves the hub until Ctrl-C. Prints one line when it is ready.")
  @OptionGroup var options: HubOptions
  @Option(help: "The address to listen on.") var host = "127.0.0.1"
  @Option(help: "The port; 0 lets the system choose.") var port = 8080
  @Option(help: "The hub's certificate and those that vouch for it, in PEM.") var tlsCert: String?
  @Option(help: "The certificate's private key, in PEM.") var tlsKey: String?

  func validate() throws {
    guard UInt16(exactly: port) != nil else { throw ValidationError("A port is a number from 0 to 65535.") }
    guard (tlsCert == nil) == (tlsKey == nil) else {
      throw ValidationError("A certificate and its key go together: --tls-cert and --tls-key.")
    }
    guard tlsCert != nil || isLoopback(host) else {
      throw ValidationError(
        "Off this computer a hub is served with --tls-cert and --tls-key: in the clear anybody on the line could read.")
    }
  }

  func run() async throws {
    let (host, port, folder) = (host, port, options.folder)
    let tls = try tlsCert.flatMap { certificate in try tlsKey.map { try Self.tls(certificate, $0) } }
    // Whatever is made while serving, the socket first of all, is its owner's alone from the start.
    umask(0o077)
    LoggingSystem.bootstrap { StreamLogHandler.standardError(label: $0) }
    var logger = Logger(label: "board-hub")
    logger.logLevel = .warning
    let isHeard = Mutex(true)
    do {
      let hub = try OpenHub(folder)
      let sync = SyncHub(
        store: hub.store, rules: hub.model.rules, modelText: hub.model.source,
        policy: RightsPolicy(rules: hub.model.rules), clock: wallClock)
      let served = await Result {
        try await HubServer(hub: sync, acts: hub.acts, folder: folder, clock: wallClock, logger: logger).run(
          host: host, port: port, tls: tls
        ) {
          do throws(AdminError) {
            try Output.answer("Serving at \(tls == nil ? "http" : "https")://\(host):\($0)")
          } catch {
            // Nobody learns where it is served: it ends as its administrator would end it.
            isHeard.withLock { $0 = false }
            kill(getpid(), SIGTERM)
          }
        }
      }
      try hub.store.close()
      try served.get()
    } catch let error as AdminError {
      throw error
    } catch {
      throw AdminError(.busy, "cannotServe", "The hub cannot be served at \(host):\(port): \(error)")
    }
    guard isHeard.withLock({ $0 }) else {
      throw AdminError(.disk, "notShown", "That the hub is ready could not be written, so it was stopped.")
    }
  }
}

extension Serve {
  private static func tls(_ certificate: String, _ key: String) throws(AdminError) -> ServerTLS {
    do {
      return try ServerTLS(certificate: certificate, key: key)
    } catch {
      throw AdminError(
        .data, "badCertificate", "\(certificate) and \(key) are no certificate and its key, in PEM: \(error)")
    }
  }
}

struct Review: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "What waits for a person.", subcommands: [List.self, Show.self, Settle.self], defaultSubcommand: List.self
  )

  struct List: AsyncParsableCommand {
    static let configuration = CommandConfiguration(abstract: "Lists the open questions, numbered.")
    @OptionGroup var options: HubOptions

    func run() async throws {
      let folder = options.folder
      try await options.perform(Wording.questions) { try await OpenHub.run(.reviewList, in: folder) }
    }
  }

  struct Show: AsyncParsableCommand {
    static let configuration = CommandConfiguration(abstract: "Shows one question with every version.")
    @OptionGroup var options: HubOptions
    @Argument(help: "Its number in the list, or its id.") var question: String

    func run() async throws {
      let (act, folder) = (AdminCommand.reviewShow(question), options.folder)
      try await options.perform(Wording.question) { try await OpenHub.run(act, in: folder) }
    }
  }

  struct Settle: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
      abstract: "Settles one question. Every version stays in the record's history.")
    @OptionGroup var options: HubOptions
    @Argument(help: "Its number in the list, or its id.") var question: String
    @Argument(help: "The value that is right.") var value: String

    func run() async throws {
      let (act, folder) = (AdminCommand.reviewSettle(question, value: value), options.folder)
      try await options.perform(Wording.settled) { try await OpenHub.run(act, in: folder) }
    }
  }
}

struct Erase: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Erases one record, for good: from the hub at once, from each computer when it next joins up.")
  @OptionGroup var options: HubOptions
  @Argument(help: "The record's id, or its key.") var record: String
  @Option(help: "Why, in a word or a few. It is printed with the receipt and kept nowhere.") var reason: String

  func run() async throws {
    let (act, folder) = (AdminCommand.erase(record, reason: reason), options.folder)
    try await options.perform(Wording.erased) { try await OpenHub.run(act, in: folder) }
  }
}

struct Backup: AsyncParsableCommand {
  static let configuration = CommandConfiguration(abstract: "Writes a whole copy of the hub to a new file.")
  @OptionGroup var options: HubOptions
  @Argument(help: "The new file.") var file: String

  func run() async throws {
    let path = URL(fileURLWithPath: file).standardizedFileURL.path
    let folder = options.folder
    try await options.perform(Wording.backedUp) {
      guard !FileManager.default.fileExists(atPath: path) else {
        throw AdminError(.usage, "fileExists", "There is a file \(path) already. A backup never writes over one.")
      }
      let place = URL(fileURLWithPath: path).deletingLastPathComponent().path
      guard FileManager.default.fileExists(atPath: place) else {
        throw AdminError(.disk, "noSuchFolder", "There is no folder \(place). Make it first, or name another.")
      }
      return try await OpenHub.run(.backup(path: path), in: folder)
    }
  }
}

struct Restore: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Puts a backup in the place of the hub's data. Members' computers send again what the backup lacks.")
  @OptionGroup var options: HubOptions
  @Argument(help: "The backup.") var file: String

  func run() async throws {
    let folder = options.folder
    try await options.perform(Wording.restored) {
      let epoch = try OpenHub.restore(file, into: folder)
      return .object(["epoch": .string(epoch.description)])
    }
  }
}

struct DigestAct: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "digest", abstract: "One line per space: equal on two copies when they are equal.")
  @OptionGroup var options: HubOptions

  func run() async throws {
    let folder = options.folder
    try await options.perform(Wording.digests) { try await OpenHub.run(.digest, in: folder) }
  }
}

struct Verify: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Looks at every change, signature and record, and names the first that is not as it was written.")
  @OptionGroup var options: HubOptions

  func run() async throws {
    let folder = options.folder
    try await options.perform(Wording.verified) { try await OpenHub.run(.verify, in: folder) }
  }
}

struct AuditAct: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "audit", abstract: "Who did what, when: administrators' acts and members' changes, oldest first.")
  @OptionGroup var options: HubOptions
  @Option(help: "Only what happened in this space, for example cab.") var space: String?

  func run() async throws {
    let (act, folder) = (AdminCommand.audit(space: space), options.folder)
    try await options.perform(Wording.audit) { try await OpenHub.run(act, in: folder) }
  }
}

struct Status: AsyncParsableCommand {
  static let configuration = CommandConfiguration(abstract: "What the hub holds.")
  @OptionGroup var options: HubOptions

  func run() async throws {
    let folder = options.folder
    try await options.perform(Wording.status) { try await OpenHub.run(.status, in: folder) }
  }
}

extension Result where Failure == any Error {
  fileprivate init(_ body: () async throws -> Success) async {
    do { self = .success(try await body()) } catch { self = .failure(error) }
  }
}
