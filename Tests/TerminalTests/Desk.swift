// A member at their desk, for tests: a terminal over a copy in memory, lines typed in, the screen read back. The connection
// goes to a real hub in the same process, or to whatever a test puts in its place.

import BoardTerminal
import ClientCore
import Cryptography
import JSONText
import RecordModel
import Replication
import SafeText
import SyncHub
import Synchronization
import TestKit

/// What one run of the board left behind.
struct Transcript {
  let screen: String
  let errors: String
  let exit: ExitCode

  var lines: [String] { screen.split(separator: "\n").map(String.init) }

  /// The one JSON object on the output.
  var json: JSON {
    get throws { try JSON(parsing: Array(screen.utf8)) }
  }

  /// The one JSON object beside the output.
  var errorJSON: JSON {
    get throws { try JSON(parsing: Array(errors.utf8)) }
  }
}

/// A terminal on a desk. The copy outlives the runs, as a disk would.
struct Desk {
  let store = CountingStore()
  let key = SigningKey()
  let clock: ManualClock
  let transport: any HubTransport
  /// Whether a person sits there.
  var isInteractive = false
  /// Whether what is printed arrives.
  var isReadable = true

  init(_ transport: any HubTransport, clock: ManualClock) {
    self.transport = transport
    self.clock = clock
  }

  /// A store in memory has no file to put aside.
  static let noFile: @Sendable ((any ReplicaStore) throws -> Void) throws -> String = { _ in
    throw StoreError.failed("a copy without a file")
  }

  var copy: MemberReplica {
    let key = key
    return MemberReplica(store: store, key: key, clock: clock.read)
  }

  /// A single command: the words a script would type after `board`.
  @discardableResult
  func board(_ words: String..., typing lines: [String] = []) async -> Transcript {
    await run(words, lines)
  }

  /// A session: the lines a person types, until they are used up.
  @discardableResult
  func session(_ lines: String...) async -> Transcript {
    await run([], lines)
  }

  func run(_ words: [String], _ lines: [String]) async -> Transcript {
    let typed = Mutex(lines.flatMap(input)[...])
    let screen = Mutex<[UInt8]>([])
    let errors = Mutex<[UInt8]>([])
    let (store, key, isReadable) = (store, key, isReadable)
    let environment = TerminalEnvironment(
      open: { _, _ in OpenedReplica(store: store, key: key, forgetKey: {}, replace: Desk.noFile) },
      transport: transport, text: { _ in nil },
      clock: clock.read,
      offset: { _ in 0 })
    let console = Console(
      isInteractive: isInteractive, read: { typed.withLock { $0.popFirst() } },
      discard: { typed.withLock { while $0.popFirst()?.isFollowed == true {} } },
      write: { bytes in
        if isReadable { screen.withLock { $0 += bytes } }
        return isReadable
      },
      complain: { bytes in errors.withLock { $0 += bytes } })
    let exit = await Terminal.run(words, environment, console: console)
    return Transcript(
      screen: String(decoding: screen.withLock { $0 }, as: UTF8.self),
      errors: String(decoding: errors.withLock { $0 }, as: UTF8.self), exit: exit)
  }
}

extension Desk {
  /// The lines of one entry, as a terminal gives them to a person's program: what was typed is one line, what was pasted
  /// has line breaks.
  private func input(_ entry: String) -> [InputLine] {
    guard isInteractive else { return [InputLine(Array(entry.utf8))] }
    let lines = entry.split(separator: "\n", omittingEmptySubsequences: false)
    return lines.enumerated().map { place, line in
      InputLine(Array(line.utf8), isFollowed: place + 1 < lines.count, isCut: line.utf8.count >= 4_095)
    }
  }
}

extension Desk {
  /// Writes what no command of the program would, as another program might.
  func write(_ draft: Draft) throws {
    let member = try copy.membership().member
    let rules = try copy.reading { $0.model.rules }
    try store.write { transaction in
      guard let space = try transaction.spaces().first(where: { $0.name == "cab" }) else { return }
      _ = try Replica(rules: rules, in: transaction).commit(
        [draft], in: space.id, by: member, at: clock.read(), isHome: false)
    }
  }
}

/// A hub and the members around it.
final class Table {
  let hub: TestHub
  let clock: ManualClock

  init(
    model: RecordModel = .withoutRights, policy: any HubPolicy = SpaceMembersPolicy(),
    allowances: HubAllowances = HubAllowances()
  ) throws {
    // Tuesday 24 November 2026, 10:42 in the morning, in Greenwich.
    clock = ManualClock(milliseconds: 1_795_516_920_000)
    hub = try TestHub(clock: clock, model: model, policy: policy, allowances: allowances)
  }

  /// A member who has joined and fetched everything.
  func member(
    _ name: String, role: String = "member", spaces: [String] = ["public", "cab"]
  ) async throws -> (Desk, LoopbackTransport) {
    let transport = LoopbackTransport(to: hub.hub)
    let desk = Desk(transport, clock: clock)
    let code = try hub.code(for: name, role: role, spaces: spaces)
    await desk.board("join", "hub.example.org", code)
    await desk.board("send")
    await desk.board("new")
    return (desk, transport)
  }
}
