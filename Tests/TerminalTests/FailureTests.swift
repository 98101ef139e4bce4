// Every way a command can fail has a code, words and an exit code, and they stay as they are: scripts depend on them.

import BoardTerminal
import ClientCore
import Cryptography
import JSONText
import Replication
import SafeText
import SyncProtocol
import TestKit
import Testing

@Suite("Failures")
struct FailureTests {
  @Test(
    "every failure of the connection or the hub has its code, exit code and plain words, and keeps the work",
    arguments: [
      (.unreachable("there is no connection to that address just now"), "unreachable", .hubAway),
      (.silent("nobody answered in time"), "unreachable", .hubAway),
      (.notKnown, "notKnown", .notAllowed), (.notAllowed("not today"), "notAllowed", .notAllowed),
      (.busy(wait: nil), "busy", .tryAgain), (.rejected("a bad digest"), "rejected", .badData),
      (.hubFailed(500), "hubFailed", .tryAgain), (.notAHub, "notAHub", .hubAway),
    ] as [(TransportError, String, ExitCode)])
  func transport(error: TransportError, code: String, exit: ExitCode) async throws {
    let hub = ScriptedHub(clock: ManualClock())
    let desk = Desk(hub, clock: hub.clock)
    await desk.board("join", "hub.example.org", "code")
    await desk.board("record", "add", "paper", "title=Plan")

    hub.fail(error)
    let script = await desk.board("send", "--json")
    #expect(script.exit == exit)
    #expect(try script.errorJSON["error"] == .string(code))
    #expect(try script.errorJSON["message"]?.string?.isEmpty == false)
    #expect(try script.json["unsent"] == .integer(1))

    hub.fail(error)
    let person = await desk.session("send", "status")
    #expect(person.screen.contains("safe on this computer"))
    #expect(person.screen.contains("1 change is waiting to be sent."))
    #expect(!person.screen.contains("Done"))

    #expect(await desk.board("send").exit == .done)
  }

  @Test("a busy hub is waited for; a person is told for how long and that they may stop, a script is not")
  func busy() async throws {
    let hub = ScriptedHub(clock: ManualClock())
    let desk = Desk(hub, clock: hub.clock)
    await desk.board("join", "hub.example.org", "code")
    await desk.board("record", "add", "paper", "title=Plan")
    hub.fail(.busy(wait: .seconds(12)))
    let person = await desk.session("send")
    let told = try #require(
      person.screen.firstMatch(of: /The Centre is busy. Waiting (1[2-5]) seconds, then going on./))
    #expect(person.screen[told.range.upperBound...].contains("Ctrl-C") && person.screen.contains("Done"))
    await desk.board("record", "add", "paper", "title=Budget")
    hub.fail(.busy(wait: .seconds(1)), .busy(wait: .seconds(2)))
    let script = await desk.board("send", "--json")
    #expect(script.exit == .done && script.errors.isEmpty)
    #expect(try script.json["sent"] == .integer(1))
  }

  @Test(
    "joining fails with the same codes and leaves nothing behind",
    arguments: [
      (.unreachable("no line"), .hubAway), (.notAllowed("This code was used already."), .notAllowed),
      (.notAHub, .hubAway),
      (.rejected("'ftp://x' is not the address of a hub"), .badData),
    ] as [(TransportError, ExitCode)])
  func joining(error: TransportError, exit: ExitCode) async throws {
    let hub = ScriptedHub(clock: ManualClock())
    let desk = Desk(hub, clock: hub.clock)
    hub.fail(error)
    #expect(await desk.board("join", "hub.example.org", "code").exit == exit)
    #expect(await desk.board("status").exit == .usage)
    #expect(await desk.board("join", "hub.example.org", "code").exit == .done)
  }

  @Test(
    "trouble with the disk ends with 74, and another window with 75",
    arguments: [
      (.full, "full", .disk), (.failed("I/O error"), "failed", .disk), (.corrupt("page 3"), "corrupt", .disk),
      (.unreadable("a newer program's"), "unreadable", .disk), (.inUse, "inUse", .tryAgain),
    ] as [(StoreError, String, ExitCode)])
  func store(error: StoreError, code: String, exit: ExitCode) {
    #expect(Failure(error as any Error).code == code)
    #expect(Failure(error as any Error).exit == exit)
  }

  @Test(
    "an unusable answer has its code",
    arguments: [
      (.session(.cut), "cut", .hubAway), (.session(.notAHub), "notAHub", .hubAway),
      (.session(.wrongHub(.random())), "wrongHub", .hubAway), (.session(.programTooOld), "programTooOld", .badData),
      (.session(.nonsense("a page out of place")), "nonsense", .badData),
    ] as [(SyncProblem, String, ExitCode)])
  func session(problem: SyncProblem, code: String, exit: ExitCode) {
    #expect(Failure(problem as any Error).code == code)
    #expect(Failure(problem as any Error).exit == exit)
  }

  @Test(
    "unknown commands end with 64, and bad data with 65",
    arguments: [
      (["flurble"], "unknownWord", .usage), (["record", "fly"], "usage", .usage), (["open"], "usage", .usage),
      (["open", "7"], "noSuchItem", .usage), (["join", "x"], "usage", .usage), (["keep", "A"], "usage", .usage),
      (["record", "set", "x"], "usage", .usage), (["record", "add", "paper", "title"], "usage", .usage),
      (["record", "show", "nonsense"], "noSuchRecord", .badData),
      (["record", "list", "horse"], "noSuchKind", .badData),
      (["record", "add", "horse", "a=b"], "noSuchKind", .badData),
      (["record", "add", "paper", "colour=red"], "noSuchField", .badData),
      (["record", "add", "paper", "reading_age=ten"], "badValue", .badData),
      (["record", "add", "paper", "reading_age:=ten"], "badValue", .badData),
      (["record", "add", "paper", "title=x", "--space", "moon"], "noSuchSpace", .badData),
      (["record", "add", "meeting", "date=2027-02-30"], "badValue", .badData),
      (["record", "add", "meeting", "date=2026-13-01"], "badValue", .badData),
      (["join", "hub.example.org", "code"], "alreadyJoined", .usage),
    ] as [([String], String, ExitCode)])
  func typed(words: [String], code: String, exit: ExitCode) async throws {
    let hub = ScriptedHub(clock: ManualClock())
    let desk = Desk(hub, clock: hub.clock)
    await desk.board("join", "hub.example.org", "code")
    let answer = await desk.command(words + ["--json"])
    #expect(answer.exit == exit && answer.screen.isEmpty)
    #expect(try answer.errorJSON["error"] == .string(code))
    let plain = await desk.command(words)
    #expect(plain.exit == exit && plain.screen.isEmpty && !plain.errors.isEmpty)
  }

  @Test(
    "before joining every command says how to begin and ends with 64", arguments: ["home", "send", "status", "digest"])
  func notJoined(word: String) async throws {
    let hub = ScriptedHub(clock: ManualClock())
    let answer = await Desk(hub, clock: hub.clock).board(word)
    #expect(answer.exit == .usage && answer.errors.contains("Type 'join'"))
  }

  @Test("what the rules refuse is not saved, says why, and ends with 65")
  func refused() async throws {
    let (carer, _) = try await Table().member("the carer")
    let made = await carer.board("record", "add", "meeting", "title=Board meeting", "--json")
    let id = try #require(try made.json["id"]?.string)
    let answer = await carer.board("record", "remove", id)
    #expect(answer.exit == .badData)
    #expect(answer.errors.contains("never taken away"))
    #expect(try await carer.board("record", "show", id, "--json").json["removed"] == .bool(false))
  }

  @Test("changes the hub cannot judge yet stay, and send ends with 75")
  func later() async throws {
    let hub = ScriptedHub(clock: ManualClock())
    let desk = Desk(hub, clock: hub.clock)
    await desk.board("join", "hub.example.org", "code")
    await desk.board("record", "add", "paper", "title=Plan")
    hub.judge(.later)
    let answer = await desk.board("send", "--json")
    #expect(answer.exit == .tryAgain)
    #expect(try answer.json["unsent"] == .integer(1) && answer.errorJSON["error"] == .string("unsent"))
  }

  @Test("a screen that went away ends the program with 74 and loses nothing")
  func brokenPipe() async throws {
    let hub = ScriptedHub(clock: ManualClock())
    let desk = Desk(hub, clock: hub.clock)
    await desk.board("join", "hub.example.org", "code")
    let store = desk.store
    let console = Console(isInteractive: false, read: { nil }, write: { _ in false }, complain: { _ in })
    let environment = TerminalEnvironment(
      open: { _, _ in OpenedReplica(store: store, key: SigningKey(), forgetKey: {}, replace: Desk.noFile) },
      transport: hub,
      text: { _ in nil },
      clock: hub.clock.read,
      offset: { _ in 0 })
    let exit = await Terminal.run(["record", "add", "paper", "title=Plan"], environment, console: console)
    #expect(exit == .disk)
    #expect(try desk.copy.list(kind: "paper").count == 1)
  }
}
