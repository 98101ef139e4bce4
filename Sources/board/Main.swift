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
      Array(CommandLine.arguments.dropFirst()), surroundings, console: .standard())
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
    guard let folder = HomeFolder.path(option: home, environment: environment()) else {
      throw StoreError.failed("there is no home folder; name one with --home")
    }
    let path = "\(folder)/\(HomeFolder.fileName)"
    guard isToBeMade || access(path, F_OK) == 0 else { throw ClientError.notJoined }
    let store = try SQLiteStore(path: path)
    return OpenCopy(store: store) { kinds in
      try store.setViews(kinds.map { ReadableView(name: $0.key, fields: $0.value) })
    }
  }

  private static func environment() -> [String: String] {
    let names = ["BOARD_HOME", "XDG_DATA_HOME", "HOME"]
    return Dictionary(
      uniqueKeysWithValues: names.compactMap { name in
        getenv(name).map { (name, String(cString: $0)) }
      })
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
