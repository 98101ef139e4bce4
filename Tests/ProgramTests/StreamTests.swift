// Outputs that nobody can read, and words that are no text: what was done is done once, what was not is not, and both
// are said in plain words wherever anybody listens.

import Foundation
import Replication
import Testing

@Suite("Streams and words", .serialized, .timeLimit(.minutes(2)))
struct StreamTests {
  let workshop: Workshop

  init() throws {
    workshop = try Workshop()
  }

  /// Lines of bash that take a program's output away: a full disk under it, none at all, a reader that has gone.
  static let lostOutputs = ["exec >/dev/full", "exec >&-", "exec > >(:); wait $!"]
  static let lostErrors = ["exec 2>/dev/full", "exec 2>&-", "exec 2> >(:); wait $!"]

  // MARK: Output

  @Test("an administrator whose answer is lost learns that the act is done", arguments: lostOutputs)
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

  @Test("an error or a note that is lost changes neither the act nor its exit code", arguments: lostErrors)
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
}
