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
    for file in [workshop.file("binary"), workshop.file("nothing"), workshop.path, "/dev/zero"] {
      let outcome = try await workshop.hub("import", file)
      #expect(outcome.end == .exit(65) && outcome.errorCode != nil, "\(file): \(outcome.end) \(outcome.errors)")
    }
    #expect(try await workshop.hubDone("digest") == before)
  }
}
