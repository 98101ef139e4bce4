// Words that make no sense, to every act of both programs: a plain answer and an exit code, never a crash.

import Foundation
import ProgramKit
import Replication
import Testing

@Suite("Rubbish", .serialized, .timeLimit(.minutes(5)))
struct RubbishTests {
  let workshop: Workshop

  init() throws {
    workshop = try Workshop()
  }

  static let rubbish: [[String]] = [
    [""], ["\u{1b}[2J"], ["=", "=="], ["-1"], ["--"], ["--no-such-option"], ["🦄", "🦄", "🦄", "🦄"],
    ["99999999999999999999999"], [":=", "title:=1e999"], ["../../etc/passwd"], ["e\u{301}=e\u{301}"],
    [String(repeating: "x", count: 100_000)],
  ]

  static let boardActs: [[String]] = [
    ["record", "add"], ["record", "add", "event"], ["record", "set"], ["record", "remove"], ["record", "restore"],
    ["record", "settle"], ["record", "show"], ["record", "list"], ["record", "history"], ["record", "conflicts"],
    ["record"], ["join"], ["open"], ["keep"], ["why"], ["history"], ["comment"], ["help"], ["status"], ["digest"],
    ["choices"], ["later"], ["discard"], ["more"], ["home"], ["new"], ["meetings"], [],
  ]

  @Test("every command of the board answers rubbish with usage or bad data, and changes nothing")
  func board() async throws {
    try await workshop.join("carer", as: "member", at: workshop.begin())
    let before = try await workshop.done("carer", "digest")
    for act in Self.boardActs {
      // `--` only ends the options: it adds no word, and then a record without fields is one.
      for words in Self.rubbish where words != ["--"] || act != ["record", "add", "event"] {
        let outcome = try await workshop.board("carer", act + words)
        let allowed: [Int32] = words == ["--"] ? [0, 64, 65] : [64, 65]
        let told = "\(act) \(words.map { $0.prefix(20) }): \(outcome.end) \(outcome.output)"
        #expect(outcome.code.map(allowed.contains) == true, "\(told)")
        #expect(outcome.end == .exit(0) || outcome.errorCode != nil, "\(act): \(outcome.errors.prefix(200))")
      }
    }
    #expect(try await workshop.done("carer", "digest") == before)
  }

  static let hubActs: [[String]] = [
    ["import"], ["invite"], ["invite", "--member", "x", "--role", "member", "--space"],
    ["invite", "--member", "x", "--space", "cab", "--role"], ["review", "show"], ["review", "settle"],
    ["review", "settle", "1"], ["restore"], ["digest"], ["status"], ["init"], ["serve"], ["serve", "--port"],
    ["review", "list"],
  ]

  @Test("every command of the hub answers rubbish with usage or bad data, and changes nothing")
  func hub() async throws {
    try await workshop.hubDone("init")
    let before = try await workshop.hubDone("digest")
    for act in Self.hubActs {
      for words in Self.rubbish where words != ["--"] {
        let outcome = try await workshop.run("board-hub", act + words + ["--data", workshop.hubFolder, "--json"])
        let told = "\(act) \(words.map { $0.prefix(20) }): \(outcome.end) \(outcome.errors.prefix(200))"
        #expect([64, 65].contains(outcome.code) && outcome.errorCode != nil, "\(told)")
      }
    }
    #expect(try await workshop.hubDone("digest") == before)
    let long = workshop.file(String(repeating: "long/", count: 2_000))
    for folder in ["", "/dev/null/hub", "/proc/1/nothing", long] {
      for act in ["init", "status"] {
        let outcome = try await workshop.run("board-hub", [act, "--data", folder, "--json"])
        #expect([64, 74].contains(outcome.code), "\(act) \(folder.prefix(20)): \(outcome.end) \(outcome.errors)")
      }
    }
  }

  @Test("the hub without a command prints its help and ends with 64; asked for help, with 0")
  func help() async throws {
    let nothing = try await workshop.run("board-hub", [])
    #expect(nothing.end == .exit(64) && nothing.output.isEmpty && nothing.errorCode == "usage", "\(nothing.errors)")
    for words in [["--help"], ["help"], ["help", "import"], ["review", "settle", "--help"]] {
      let help = try await workshop.run("board-hub", words)
      #expect(help.end == .exit(0) && help.output.contains("USAGE: board-hub") && help.errors.isEmpty, "\(help.errors)")
    }
  }

  @Test("a session takes any line, says something plain, and goes on")
  func session() async throws {
    _ = try await workshop.begin("carer")
    let session = try workshop.start("board", ["--home", workshop.file("carer")], input: .pipe)
    for act in Self.boardActs where act != ["join"] && act != ["comment"] {
      for words in Self.rubbish { try session.write((act + words).joined(separator: " ") + "\n") }
    }
    try session.write("yes\nquit\n")
    let outcome = await session.outcome()
    #expect(outcome.end == .exit(0) && !outcome.isOverdue, "\(outcome.errors.prefix(500))")
    #expect(!outcome.output.contains("\u{1b}"))
  }

  @Test("bytes that are no text, and an output that cannot be written, end with an exit code")
  func bytes() async throws {
    _ = try await workshop.begin("carer")
    let board = try Workshop.program("board")
    let home = workshop.file("carer")
    let lines: [(String, [Int32])] = [
      ("exec \(board) --home \(home) record add event \"title=$(printf '\\xff\\xfe')\"", [65]),
      ("exec \(board) --home \(home) \"$(printf '\\xff')\"", [65]),
      ("exec \(board) --home \(home) status >/dev/full", [74]), ("exec \(board) --home \(home) status >&-", [74]),
      ("printf '\\xff\\x00\\n\\xc3' | \(board) --home \(home)", [0]),
      ("exec \(board) --home /dev/null/x status", [64, 74]), ("exec \(board) --home \"\" status", [64]),
    ]
    for (line, codes) in lines {
      let outcome = try await workshop.run("/bin/bash", ["-c", line])
      #expect(outcome.code.map(codes.contains) == true, "\(line): \(outcome.end) \(outcome.errors)")
    }
  }
}
