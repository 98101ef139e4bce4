// The member's program: it chooses the store, the clock and the line, and leaves everything else to the terminal.

internal import BoardTerminal
internal import ClientCore
internal import ClientHTTP
internal import Glibc
internal import ProgramIO
internal import Replication
internal import SQLiteStorage

@main
struct Main {
  static func main() async {
    ProgramIO.begin()
    let transport = HTTPTransport()
    let surroundings = Surroundings(open: open, transport: transport, clock: now, offset: localOffset)
    let code = await Terminal.run(
      ProgramIO.arguments(), surroundings, console: .standard())
    do {
      try await transport.shutDown()
    } catch {
      // Everything is said and saved; a line that will not close has nothing more to lose.
      exit(code.rawValue)
    }
    exit(code.rawValue)
  }

  /// Opens the copy in a folder. One is made only to be joined: a mistyped folder must not look like an empty board.
  private static func open(home: String?, isToBeMade: Bool) throws -> OpenCopy {
    guard let folder = HomeFolder.path(option: home, environment: try environment()) else { throw Failure.noHome }
    let path = "\(folder)/\(HomeFolder.fileName)"
    guard isToBeMade || access(path, F_OK) == 0 else { throw ClientError.notJoined }
    let store = try SQLiteStore(path: path)
    return OpenCopy(store: store) { kinds in
      try store.setViews(kinds.map { ReadableView(name: $0.key, fields: $0.value) })
    }
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
