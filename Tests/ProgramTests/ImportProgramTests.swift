// The Centre's real records, through the program; and files that are none.

import Foundation
import JSONText
import ProgramKit
import Testing

@Suite("Importing", .serialized, .timeLimit(.minutes(5)))
struct ImportProgramTests {
  let workshop: Workshop

  init() throws {
    workshop = try Workshop()
  }

  @Test("all 214 records load once; loading again writes nothing; 12 questions wait and can be settled")
  func whole() async throws {
    try await workshop.hubDone("init")
    let first = try await workshop.hubDone("import", Fixtures.seed)
    #expect(first["added"].number == 214 && first["questions"].number == 12)
    let digest = try await workshop.hubDone("digest")
    let second = try await workshop.hubDone("import", Fixtures.seed)
    #expect(second["added"].number == 0 && second["changed"].number == 0 && second["unchanged"].number == 214)
    #expect(try await workshop.hubDone("digest") == digest)
    let questions = try await workshop.hubDone("review list")["questions"].items
    let webinar = try #require(questions.first { $0["values"].items.contains { $0["value"].word == "webinar" } })
    let id = try #require(webinar["id"].word)
    #expect(try await workshop.hubDone("review show", id) == webinar)
    #expect(try await workshop.hubDone("review settle", id, "webinar")["questions"].number == 11)
  }

  @Test("the sets load one by one, in any order, to the same records")
  func sets() async throws {
    try await workshop.hubDone("init")
    var added: Int64 = 0
    for set in ["names", "leeds", "core"] {
      added += try #require(try await workshop.hubDone("import", Fixtures.seed, "--set", set)["added"].number)
    }
    #expect(added == 214)
    let unknown = try await workshop.hub("import", Fixtures.seed, "--set", "moon")
    #expect(unknown.end == .exit(64) && unknown.errorCode == "noSuchSet")
  }

  @Test("a file that is broken in any place loads nothing at all, served or not")
  func badFiles() async throws {
    let hub = try await workshop.begin()
    let before = try await workshop.hubDone("digest")
    try await expectRefused(before)
    await hub.stop()
    try await expectRefused(before)
  }

  private func expectRefused(_ before: JSON) async throws {
    let seed = try String(contentsOfFile: Fixtures.seed, encoding: .utf8)
    let good = #"{"type":"institution","key":"inst/x","fields":{"name":"X","scope":"public","set":"core"}}"#
    let bad = [
      "cut": String(seed.dropLast(seed.count / 3)),
      "duplicate": good.replacingOccurrences(of: #""name":"X""#, with: #""name":"X","name":"Y""#),
      "deep": good.replacingOccurrences(of: #""X""#, with: String(repeating: "[", count: 100_000)),
      "types": good.replacingOccurrences(of: #""X""#, with: "{}"), "list": "[]\n" + good, "number": "7",
      "kind": good.replacingOccurrences(of: "institution", with: "dragon"),
      "field": good.replacingOccurrences(of: #""name""#, with: #""wings""#), "page": "<html></html>",
      "control": good.replacingOccurrences(of: #""X""#, with: "\"\u{1}\""),
      "nul": good.replacingOccurrences(of: #""X""#, with: #""\u0000""#),
      "twice": good + "\n" + good.replacingOccurrences(of: #""X""#, with: #""Y""#),
    ]
    for (name, text) in bad {
      // A good line comes first: not even that may be loaded.
      let file = try workshop.write(good.replacing("inst/x", with: "inst/y") + "\n" + text, to: name)
      let outcome = try await workshop.hub("import", file)
      #expect(outcome.end == .exit(65) && outcome.errorCode == "badFile", "\(name): \(outcome.end) \(outcome.errors)")
    }
    for (name, text) in ["empty": "", "white": "\n \r\n"] {
      let outcome = try await workshop.hub("import", workshop.write(text, to: name))
      #expect(outcome.end == .exit(65) && outcome.errorCode == "badFile", "\(name): \(outcome.end) \(outcome.errors)")
    }
    try Data([0xff, 0xfe, 0x00]).write(to: URL(fileURLWithPath: workshop.file("binary")))
    // 300 GB of zeros that take no room, and a pipe that nobody writes to.
    try Data().write(to: URL(fileURLWithPath: workshop.file("endless")))
    #expect(truncate(workshop.file("endless"), 300_000_000_000) == 0)
    unlink(workshop.file("pipe"))
    #expect(mkfifo(workshop.file("pipe"), 0o600) == 0)
    let names = ["binary", "nothing", "endless", "pipe"]
    for file in names.map(workshop.file) + [workshop.path, "/dev/zero"] {
      let outcome = try await workshop.hub("import", file)
      #expect(outcome.end == .exit(65) && outcome.errorCode != nil, "\(file): \(outcome.end) \(outcome.errors)")
    }
    #expect(try await workshop.hubDone("digest") == before)
  }

  /// The most memory of a program that imports, in KiB. It had about 64 MiB when this was written; the file has 66, and
  /// whoever holds all of it needs it several times over.
  private static let peakKibibytesMax = 110 * 1024

  @Test("a file of 64 MiB is imported in a bounded memory, and members sync meanwhile; a kill leaves a beginning")
  func large() async throws {
    let hub = try await workshop.begin("carer")
    // Long lines and short ones, since short ones alone would take a test too long.
    let file = try FileHandle(forWritingTo: URL(fileURLWithPath: workshop.write("", to: "large")))
    let count = 8_000
    for number in 0..<count {
      let room = String(repeating: " ", count: number % 10 == 0 ? 80 * 1024 : 100)
      let line =
        #"{"type": "unit", "key": "unit/\#(number)", \#(room) "fields": {"name": "Unit \#(number)", "#
        + #""scope": "public", "set": "core"}}"# + "\n"
      try file.write(contentsOf: Data(line.utf8))
    }
    try file.close()
    let words = ["import", workshop.file("large"), "--data", workshop.hubFolder, "--json"]

    // Killed in the middle, which ends the hub's loading, too. The carer's own record is there already.
    let before = try await records()
    let killed = try workshop.start("board-hub", words)
    try await waitForRecords(over: before)
    killed.end(by: SIGKILL)
    _ = await killed.outcome()
    let begun = try await records()
    #expect(begun < before + count)

    let importing = try workshop.start("board-hub", words, deadlineSeconds: 240)
    try await waitForRecords(over: begun)
    try await workshop.done("carer", "record", "add", "event", "title=Tea")
    #expect(try await workshop.done("carer", "send")["sent"].number == 1)
    #expect(importing.isRunning, "the import was over before the sync")
    let peak = await Self.peak(of: importing)
    let outcome = await importing.outcome()
    #expect(outcome.end == .exit(0) && outcome.errors.isEmpty, "\(outcome.errors)")
    let (added, unchanged) = (outcome.json["added"].number ?? 0, outcome.json["unchanged"].number ?? 0)
    #expect(added + unchanged == count && added > 0 && unchanged > 0 && outcome.lines.count == 1)
    let served = try #require(hub.program.peakKibibytes)
    #expect(peak < Self.peakKibibytesMax && served < Self.peakKibibytesMax, "\(peak) and \(served) KiB")

    await hub.stop()
    let alone = try workshop.start("board-hub", words, deadlineSeconds: 240)
    let most = await Self.peak(of: alone)
    #expect(await alone.outcome().json["unchanged"].number == Int64(count))
    #expect(most < Self.peakKibibytesMax, "\(most) KiB")
    let imports = try await workshop.hubLines("audit").filter { $0["act"].word == "import" }
    #expect(imports.map { $0["counts"]["unfinished"].number } == [1, nil])
  }

  /// Watches a program until it ends.
  ///
  /// - Returns: Its greatest memory, in KiB, as last seen.
  private static func peak(of program: Program) async -> Int {
    var peak = 0
    while let now = program.peakKibibytes {
      peak = max(peak, now)
      do { try await Task.sleep(for: .milliseconds(20)) } catch { return peak }
    }
    return peak
  }

  private func records() async throws -> Int {
    let spaces = try await workshop.hubDone("status")["spaces"].items
    return Int(spaces.first { $0["name"].word == "public" }?["records"].number ?? 0)
  }

  private func waitForRecords(over count: Int) async throws {
    while try await records() <= count { try await Task.sleep(for: .milliseconds(20)) }
  }
}
