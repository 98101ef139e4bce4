// The member's program. It chooses the store, the clock and the transport, and leaves everything else to the terminal.

internal import BoardTerminal
internal import ClientCore
internal import ClientHTTP
internal import Cryptography
internal import Glibc
internal import ProgramIO
internal import Replication
internal import SQLiteStorage

@main
struct Main {
  static func main() async {
    ProgramIO.begin()
    let transport = HTTPTransport { now().milliseconds / 1_000 }
    let environment = TerminalEnvironment(
      open: open, transport: transport, text: { ProgramIO.text(ofFile: $0, bytesMax: 1024 * 1024) }, clock: now,
      offset: localOffset, zone: TimeZones.local, zoneOffset: TimeZones.offset)
    let code = await Terminal.run(
      ProgramIO.arguments(), environment, console: .standard())
    do {
      try await transport.shutDown()
    } catch {
      // Everything is printed and saved, so a connection that fails to close loses nothing.
      exit(code.rawValue)
    }
    exit(code.rawValue)
  }

  /// Opens the copy in a folder. Creates one only in order to join, so that a mistyped folder never looks like an empty
  /// board.
  private static func open(home: String?, creating: Bool) throws -> OpenedReplica {
    let environment = try environment()
    guard let folder = HomeFolder.path(option: home, environment: environment) else { throw Failure.noHome }
    let usual = HomeFolder.path(option: nil, environment: environment.filter { $0.key != "BOARD_HOME" })
    let path = "\(folder)/\(HomeFolder.fileName)"
    // A folder that may not be looked into is no empty copy: opening it says what is the matter.
    guard creating || access(path, F_OK) == 0 || errno == EACCES else { throw ClientError.notJoined }
    if isOpen(folder) { throw Failure.homeIsOpen(folder) }
    let store: SQLiteStore
    do {
      store = try SQLiteStore(path: path)
    } catch {
      // On a stick without owners the folder is made open.
      throw isOpen(folder) ? Failure.homeIsOpen(folder) : error
    }
    let keyFile = "\(folder)/\(HomeFolder.keyFileName)"
    return OpenedReplica(
      store: store, key: try key(in: keyFile), forgetKey: { try SecretFile.remove(keyFile) },
      replace: { try store.makeWay(filling: $0) },
      namedFolder: folder == usual ? nil : folder,
      showKinds: { kinds in
        try store.setViews(kinds.map { ReadableView(name: $0.key, fields: $0.value) })
      })
  }

  /// True if others on this computer may look into a folder.
  private static func isOpen(_ folder: String) -> Bool {
    var facts = stat()
    return stat(folder, &facts) == 0 && facts.st_mode & 0o007 != 0
  }

  /// Loads the device's key, or makes one. A copy of the board's file without its key thus gets a new key, and needs an
  /// invitation from the hub.
  private static func key(in path: String) throws -> SigningKey {
    guard let key = SigningKey(seed: try SecretFile.load(path) { SigningKey().seed }) else {
      throw SecretFileError.unreadable(path: path)
    }
    return key
  }

  private static func environment() throws(Failure) -> [String: String] {
    var environment: [String: String] = [:]
    for name in ["BOARD_HOME", "XDG_DATA_HOME", "HOME"] {
      guard let value = getenv(name) else { continue }
      guard let text = String(validatingCString: value) else { throw .notText }
      environment[name] = text
    }
    return environment
  }

  @Sendable private static func now() -> Timestamp {
    var time = timespec()
    clock_gettime(CLOCK_REALTIME, &time)
    return Timestamp(milliseconds: Int64(time.tv_sec) * 1_000 + Int64(time.tv_nsec) / 1_000_000)
  }

  @Sendable private static func localOffset(_ time: Timestamp) -> Int64 {
    var seconds = time_t(time.milliseconds / 1_000)
    var local = tm()
    return localtime_r(&seconds, &local) == nil ? 0 : Int64(local.tm_gmtoff)
  }
}
