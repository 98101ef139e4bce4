// Outputs that nobody can read, and words that are no text: what was done is done once, what was not is not, and both
// are said in plain words wherever anybody listens.

import Foundation
import JSONText
import ProgramKit
import Replication
import Testing

@Suite("Streams and words", .serialized, .timeLimit(.minutes(5)))
struct StreamTests {
  let workshop: Workshop

  init() throws {
    workshop = try Workshop()
  }

  /// Lines of bash that take a program's output away: a full disk under it, none at all, a reader that has gone.
  static let lostOutputs = ["exec >/dev/full", "exec >&-", "exec > >(:); wait $!"]
  static let lostErrors = ["exec 2>/dev/full", "exec 2>&-", "exec 2> >(:); wait $!"]

  // MARK: Output

  @Test("an administrator whose answer is lost learns that the command is done", arguments: lostOutputs)
  func lostAnswer(lost: String) async throws {
    try await workshop.hubDone("init")
    let words = ["import", "--data", workshop.hubFolder, Fixtures.seed]
    let outcome = try await workshop.run("board-hub", words, under: lost)
    #expect(outcome.end == .exit(74) && outcome.errorCode == "notShown", "\(outcome.end) \(outcome.errors)")
    #expect(try await workshop.hubDone("import", Fixtures.seed)["unchanged"].number == 214)
    let help = try await workshop.run("board-hub", ["--help"], under: lost)
    #expect(help.end == .exit(74) && help.errorCode == "notShown", "\(help.end) \(help.errors)")
  }

  @Test("a hub whose ready line is lost ends, and leaves no socket", arguments: lostOutputs)
  func lostReadyLine(lost: String) async throws {
    try await workshop.hubDone("init")
    let words = ["serve", "--data", workshop.hubFolder, "--port", "0"]
    let outcome = try await workshop.run("board-hub", words, under: lost)
    #expect(outcome.end == .exit(74) && outcome.errorCode == "notShown", "\(outcome.end) \(outcome.errors)")
    #expect(!FileManager.default.fileExists(atPath: workshop.file("hub/admin.sock")))
  }

  @Test("an error or a note that is lost changes neither the command nor its exit code", arguments: lostErrors)
  func lostError(lost: String) async throws {
    try await workshop.hubDone("init")
    let none = try await workshop.run("board-hub", ["status", "--data", workshop.file("none")], under: lost)
    #expect(none.end == .exit(64))
    let usage = try await workshop.run("board-hub", ["no such act"], under: lost)
    #expect(usage.end == .exit(64))
    // Without it the data looks like a copy that was put back, which is told beside the answer.
    try FileManager.default.removeItem(atPath: workshop.file("hub/hub.epoch"))
    let noted = try await workshop.run("board-hub", ["status", "--data", workshop.hubFolder], under: lost)
    #expect(noted.end == .exit(0) && noted.json["epoch"].word != nil)
  }

  @Test(
    "a member whose answer is lost learns that the work is saved, and need not write it twice", arguments: lostOutputs)
  func lostReceipt(lost: String) async throws {
    _ = try await workshop.begin("carer")
    let home = ["--home", workshop.file("carer")]
    let added = try await workshop.run("board", home + ["record", "add", "event", "title=Tea"], under: lost)
    #expect(added.end == .exit(74) && added.errors.contains("saved on this computer"), "\(added.end) \(added.errors)")
    let scripted = try await workshop.run("board", home + ["--json", "record", "add", "event", "title=T"], under: lost)
    #expect(scripted.end == .exit(74) && scripted.errorCode == "savedNotShown", "\(scripted.errors)")
    #expect(try await workshop.unsent("carer") == 2)
    let looked = try await workshop.run("board", home + ["status"], under: lost)
    #expect(looked.end == .exit(74) && !looked.errors.isEmpty && !looked.errors.contains("saved"), "\(looked.errors)")
    for lost in Self.lostErrors {
      let unknown = try await workshop.run("board", home + ["no such act"], under: lost)
      #expect(unknown.end == .exit(64), "\(unknown.end)")
    }
    // A stream that is closed must not lend its number to a file of the copy's.
    #expect(FileManager.default.contents(atPath: workshop.file("carer/replica.db.lock")) == Data())
  }

  // MARK: Words

  @Test("words that are no text are turned away, and nothing else is saved in their place")
  func words() async throws {
    _ = try await workshop.begin("carer")
    let carer = ["--home", workshop.file("carer"), "--json"]
    let added = try await workshop.run(
      "board", carer + ["record", "add", "event"], under: #"set -- "$@" $'title=Caf\xe9'"#)
    #expect(added.end == .exit(65) && added.errorCode == "notText", "\(added.end) \(added.errors)")
    #expect(try await workshop.unsent("carer") == 0)
    let folder = try await workshop.run(
      "board", ["join", "http://127.0.0.1:1", "CODE"],
      under: #"cd "# + workshop.path + #"; set -- "$@" --home $'c\xe9'"#)
    #expect(folder.end == .exit(65) && folder.errors.hasSuffix(".\n"), "\(folder.end) \(folder.errors)")
    let named = try await workshop.run(
      "board", ["status"], under: #"export BOARD_HOME=$'"# + workshop.path + #"/c\xe9'"#)
    #expect(named.end == .exit(65) && named.errors.hasSuffix(".\n"), "\(named.end) \(named.errors)")
    let invited = try await workshop.run(
      "board-hub", ["invite", "--data", workshop.hubFolder, "--role", "member", "--space", "cab"],
      under: #"set -- "$@" --member $'Ren\xe9'"#)
    #expect(invited.end == .exit(65) && invited.errorCode == "notText", "\(invited.end) \(invited.errors)")
    let made = try FileManager.default.contentsOfDirectory(atPath: workshop.path)
    #expect(Set(made) == ["out", "hub", "carer"], "\(made)")
  }

  @Test("a comment with a line that is no text is not saved, and what was half-written before stands as it was")
  func comment() async throws {
    try await workshop.join("carer", as: "member", at: workshop.begin())
    let comment = ["--home", workshop.file("carer"), "--json", "comment"]
    for input in ["One\nCaf\u{e9}\nThree\n", "One\nTw\u{0}o\n"] {
      let file = workshop.file("words")
      try #require(input.data(using: .isoLatin1)).write(to: URL(fileURLWithPath: file))
      let outcome = try await workshop.run("board", comment, under: "exec <" + file)
      #expect(outcome.end == .exit(65) && outcome.errorCode != nil, "\(outcome.end) \(outcome.errors)")
      #expect(try await workshop.done("carer", "home")["halfWritten"] == .bool(false))
    }
    #expect(try await workshop.unsent("carer") == 0)

    let session = try workshop.start("board", ["--home", workshop.file("carer")], input: .pipe)
    try session.write("comment\nBefore\n")
    try session.closeInput()
    _ = await session.outcome()
    let again = try await workshop.run("board", comment, under: "exec <" + workshop.file("words"))
    #expect(again.end == .exit(65))
    #expect(try await workshop.done("carer", "discard")["discarded"].word == "Before")
  }

  @Test("a session says which line is no text, saves nothing of it, and goes on")
  func session() async throws {
    try await workshop.join("carer", as: "member", at: workshop.begin())
    let input = "record add action what=Caf\u{e9}\r\nrecord add action what=Tea\r\ncomment\nCaf\u{e9}\nCake\n.\n"
    let file = workshop.file("words")
    try #require(input.data(using: .isoLatin1)).write(to: URL(fileURLWithPath: file))
    let outcome = try await workshop.run("board", ["--home", workshop.file("carer")], under: "exec <" + file)
    #expect(outcome.end == .exit(0))
    #expect(outcome.output.components(separatedBy: "It was not kept.").count == 3, "\(outcome.output)")
    #expect(try await workshop.unsent("carer") == 2)
    let actions = try await workshop.done("carer", "record", "list", "action")
    #expect(actions["records"].items.map { $0["fields"]["what"].word } == ["Tea"])
    let views = try await workshop.done("carer", "record", "list", "view")
    #expect(views["records"].items.map { $0["fields"]["text"].word } == ["Cake"])
  }

  // MARK: Folders

  @Test("a copy never lands in a folder that nobody named")
  func home() async throws {
    let hub = try await workshop.begin("carer")
    let code = try await workshop.code(for: "chair")
    for words in [["--home", ""], ["--home="], ["--home"]] {
      let outcome = try await workshop.run("board", ["--json", "join", hub.url, code] + words)
      #expect(outcome.end == .exit(64) && outcome.errorCode == "usage", "\(words): \(outcome.end) \(outcome.errors)")
    }
    let nowhere = "unset HOME BOARD_HOME XDG_DATA_HOME"
    for act in [["join", hub.url, code], ["status"], []] {
      let plain = try await workshop.run("board", act, under: nowhere)
      #expect(plain.end == .exit(64) && plain.errors.contains("--home"), "\(act): \(plain.end) \(plain.errors)")
      let json = try await workshop.run("board", act + ["--json"], under: nowhere)
      #expect(json.end == .exit(64) && json.errorCode == "noHome", "\(act): \(json.end) \(json.errors)")
    }
    // The code is still good.
    let joined = try await workshop.run("board", ["--json", "--home=" + workshop.file("chair"), "join", hub.url, code])
    #expect(joined.end == .exit(0) && joined.json["member"].word == "chair", "\(joined.errors)")
    #expect(try await workshop.done("chair", "status")["unsent"].number == 0)
  }
}
