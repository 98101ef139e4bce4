// Where a test of the programs works: a folder with a hub and some members' copies, and every process it started. When
// the test ends, so do they.

internal import Foundation
package import JSONText
internal import Synchronization
package import Testing

/// One test's folder and processes.
package final class Workshop: Sendable {
  package let path: String
  private let started = Mutex<[Program]>([])
  private let count = Mutex(0)

  /// The folder of the hub's data.
  package let hubFolder: String
  private let standIn: [String]

  /// - Parameters:
  ///   - hub: Where in the workshop the hub's data lie; on a disk of its own, for one.
  ///   - standIn: A command in the place of the programs; the name of the one it stands for follows it.
  package init(hub: String = "hub", standIn: [String] = []) throws {
    self.standIn = standIn
    path = NSTemporaryDirectory() + "board-programs-" + UUID().uuidString
    hubFolder = path + "/" + hub
    try FileManager.default.createDirectory(
      atPath: path + "/out", withIntermediateDirectories: true, attributes: [.posixPermissions: 0o700])
  }

  deinit {
    for program in started.withLock({ $0 }) { program.end(by: SIGKILL) }
    // What cannot be removed is the operating system's to clean up; no test depends on it.
    _ = try? FileManager.default.removeItem(atPath: path)
  }

  package func file(_ name: String) -> String { path + "/" + name }

  /// Writes a file of the test's own.
  package func write(_ text: String, to name: String) throws -> String {
    try Data(text.utf8).write(to: URL(fileURLWithPath: file(name)))
    return file(name)
  }

  package func replace(_ name: String, withCopyOf other: String) throws {
    if FileManager.default.fileExists(atPath: file(name)) { try FileManager.default.removeItem(atPath: file(name)) }
    try FileManager.default.copyItem(atPath: file(other), toPath: file(name))
  }

  // MARK: Any program

  /// The folder with the programs: what `BOARD_PROGRAMS` names, else where the tests' own executable lies.
  private static let programs: String = {
    let environment = ProcessInfo.processInfo.environment
    if let named = environment["BOARD_PROGRAMS"], !named.isEmpty { return named }
    let own = URL(fileURLWithPath: "/proc/self/exe").resolvingSymlinksInPath()
    let beside = own.deletingLastPathComponent().path
    if FileManager.default.isExecutableFile(atPath: beside + "/board") { return beside }
    let bundle = URL(fileURLWithPath: CommandLine.arguments[0]).resolvingSymlinksInPath()
    return bundle.deletingLastPathComponent().path
  }()

  package static func program(_ name: String) throws -> String {
    let path = programs + "/" + name
    guard FileManager.default.isExecutableFile(atPath: path) else { throw ProgramError.notFound(path) }
    return path
  }

  /// A program of this project by its name, or any by its path, with an environment of its own: nothing of the
  /// machine's settings decides a test.
  package func start(
    _ name: String, _ arguments: [String], environment: [String: String] = [:], input: Input = .none,
    deadlineSeconds: Int = 120
  ) throws -> Program {
    let command =
      if name.hasPrefix("/") { [name] } else if standIn.isEmpty { [try Self.program(name)] } else { standIn + [name] }
    let number = count.withLock { count in
      count += 1
      return count
    }
    let own = ["HOME": file("home"), "PATH": "/usr/bin:/bin", "TZ": "UTC", "SWIFT_BACKTRACE": "enable=no"]
    let program = try Program(
      command[0], command.dropFirst() + arguments, environment: own.merging(environment) { $1 }, input: input,
      outputFile: file("out/\(number)"), deadlineSeconds: deadlineSeconds)
    started.withLock { $0.append(program) }
    return program
  }

  package func run(
    _ name: String, _ arguments: [String], environment: [String: String] = [:], deadlineSeconds: Int = 120
  ) async throws -> Outcome {
    let outcome = try await start(name, arguments, environment: environment, deadlineSeconds: deadlineSeconds).outcome()
    #expect(!outcome.isOverdue, "\(name) \(arguments.joined(separator: " ")) did not end")
    return outcome
  }

  /// A program under a shell that sets a limit first; `limit` is a line of bash.
  package func run(_ name: String, _ arguments: [String], under limit: String) async throws -> Outcome {
    try await run("/bin/bash", ["-c", limit + "; exec \"$@\"", "bash", try Self.program(name)] + arguments)
  }

  /// The files under a folder of the workshop that hold the words, by their paths there.
  package func files(_ folder: String, holding words: String) throws -> [String] {
    try FileManager.default.subpathsOfDirectory(atPath: file(folder)).filter { path in
      let whole = file(folder) + "/" + path
      let type = try FileManager.default.attributesOfItem(atPath: whole)[.type] as? FileAttributeType
      guard type == .typeRegular else { return false }
      return try Data(contentsOf: URL(fileURLWithPath: whole)).range(of: Data(words.utf8)) != nil
    }
  }

  // MARK: A member's program

  /// One act of a member, for scripts.
  package func board(_ member: String, _ words: [String]) async throws -> Outcome {
    try await run("board", ["--home", file(member), "--json"] + words)
  }

  package func board(_ member: String, _ words: String...) async throws -> Outcome {
    try await board(member, words)
  }

  /// One act that must be done; its answer.
  @discardableResult
  package func done(_ member: String, _ words: String...) async throws -> JSON {
    let outcome = try await board(member, words)
    try #require(outcome.end == .exit(0), "\(member): board \(words.joined(separator: " ")): \(outcome.errors)")
    return outcome.json
  }

  package func unsent(_ member: String) async throws -> Int64? {
    try await done(member, "status")["unsent"].number
  }

  // MARK: The hub's program

  /// One act of an administrator.
  package func hub(_ act: String, _ words: String...) async throws -> Outcome {
    try await run("board-hub", act.split(separator: " ").map(String.init) + ["--data", hubFolder, "--json"] + words)
  }

  @discardableResult
  package func hubDone(_ act: String, _ words: String...) async throws -> JSON {
    try await hubOutcome(act, words).json
  }

  /// The lines of an act's long answer; it must succeed.
  package func hubLines(_ act: String, _ words: String...) async throws -> [JSON] {
    try await hubOutcome(act, words).lines
  }

  private func hubOutcome(_ act: String, _ words: [String]) async throws -> Outcome {
    let outcome = try await run(
      "board-hub", act.split(separator: " ").map(String.init) + ["--data", hubFolder, "--json"] + words)
    try #require(outcome.end == .exit(0), "board-hub \(act) \(words.joined(separator: " ")): \(outcome.errors)")
    return outcome
  }

  /// A free port below those that the system gives to connections (32768 and above): while a hub is killed and served
  /// again, no other test's connection takes its port.
  private static func freePort() throws -> Int {
    for port in (20_000..<32_000).shuffled().prefix(100) {
      let socket = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
      defer { close(socket) }
      var address = sockaddr_in()
      address.sin_family = sa_family_t(AF_INET)
      address.sin_port = in_port_t(port).bigEndian
      address.sin_addr.s_addr = INADDR_LOOPBACK.bigEndian
      let result = withUnsafePointer(to: address) { pointer in
        pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
          bind(socket, $0, socklen_t(MemoryLayout<sockaddr_in>.size))
        }
      }
      if result == 0 { return port }
    }
    throw POSIXError(.EADDRINUSE)
  }

  /// A hub is served until its test ends it; whatever happens, it is killed after the longest test.
  private static let hubSeconds = 45 * 60

  /// Serves a hub, and waits until it is ready.
  package func serve(
    _ folder: String? = nil, port: Int = 0, tls: (certificate: String, key: String)? = nil,
    environment: [String: String] = [:], under limit: String? = nil
  ) async throws -> ServedHub {
    let port = port == 0 ? try Self.freePort() : port
    var words = ["serve", "--data", folder ?? hubFolder, "--port", String(port)]
    if let tls { words += ["--tls-cert", tls.certificate, "--tls-key", tls.key] }
    let program =
      if let limit {
        try start(
          "/bin/bash", ["-c", limit + "; exec \"$@\"", "bash", try Self.program("board-hub")] + words,
          environment: environment, deadlineSeconds: Self.hubSeconds)
      } else { try start("board-hub", words, environment: environment, deadlineSeconds: Self.hubSeconds) }
    let line = try await program.firstLine()
    let url = try #require(line.split(separator: " ").last.map(String.init))
    return ServedHub(program: program, url: url, port: try #require(Int(url.split(separator: ":").last ?? "")))
  }

  /// A code for a member, spent at once.
  @discardableResult
  package func join(
    _ member: String, as role: String = "centre-staff", at hub: ServedHub, spaces: [String] = ["public", "cab"]
  ) async throws -> JSON {
    let code = try await code(for: member, as: role, spaces: spaces)
    return try await done(member, "join", hub.url, code)
  }

  /// - Parameters:
  ///   - again: Whether the hub knows the member already.
  ///   - role: Centre staff may write what most tests write; a test about roles names them.
  package func code(
    for member: String, again: Bool = false, as role: String = "centre-staff", spaces: [String] = ["public", "cab"]
  ) async throws -> String {
    let words =
      ["invite", "--data", hubFolder, "--json", "--member", member] + (again ? ["--again"] : [])
      + ["--role", role, "--space"] + spaces
    let answer = try await run("board-hub", words)
    return try #require(answer.json["code"].word, "\(answer.errors)")
  }

  /// A hub with nothing but its spaces, served, and members who have joined.
  package func begin(_ members: String..., environment: [String: String] = [:]) async throws -> ServedHub {
    try await hubDone("init")
    let hub = try await serve(environment: environment)
    for member in members { try await join(member, at: hub) }
    return hub
  }

  /// Whether the hub and every member hold the same in the members' spaces.
  package func expectEqual(_ members: String..., sourceLocation: SourceLocation = #_sourceLocation) async throws {
    let hub = try await hubDone("digest")["spaces"]
    for member in members {
      let copy = try await done(member, "digest")["spaces"]
      #expect(!copy.keys.isEmpty, sourceLocation: sourceLocation)
      for space in copy.keys {
        #expect(copy[space] == hub[space], "\(member): \(space)", sourceLocation: sourceLocation)
      }
    }
  }
}

/// A hub that is ready.
package struct ServedHub {
  package let program: Program
  package let url: String
  package let port: Int

  /// Ends it as its administrator would.
  @discardableResult
  package func stop() async -> Outcome {
    program.end(by: SIGTERM)
    return await program.outcome()
  }

  /// Ends it as a power cut would.
  package func crash() async {
    program.end(by: SIGKILL)
    _ = await program.outcome()
  }
}
