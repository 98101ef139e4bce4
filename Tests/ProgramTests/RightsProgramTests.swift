// Rights as people meet them, through the real programs: the hub's own model, the words on the screen, the rescue box.

import ProgramKit
import Testing

@Suite("Rights through the programs", .serialized, .timeLimit(.minutes(5)))
struct RightsProgramTests {
  let workshop: Workshop

  init() throws {
    workshop = try Workshop()
  }

  @Test("a carer reads, comments and says what she did; what is the chair's to do she is told at once")
  func carer() async throws {
    let hub = try await workshop.begin()
    try await workshop.join("chair", as: "chair", at: hub)
    try await workshop.join("carer", as: "member", at: hub)
    let action = try #require(
      try await workshop.done("chair", "record", "add", "action", "what=Ask about buses")["id"].word)
    try await workshop.done("chair", "send")
    try await workshop.done("carer", "send")

    let meeting = try await workshop.board("carer", "record", "add", "meeting", "title=Spring")
    #expect(meeting.end == .exit(77) && meeting.errorCode == "notAllowed", "\(meeting.errors)")
    let event = try await workshop.board("carer", "record", "add", "event", "title=Tea")
    #expect(event.end == .exit(77) && event.errorCode == "suggestOnly", "\(event.errors)")
    #expect(try await workshop.unsent("carer") == 0)

    try await workshop.done("carer", "record", "add", "view", "text=They stop at six")
    try await workshop.done("carer", "record", "set", action, "status=ended", "how_it_ended=done")
    #expect(try await workshop.done("carer", "send")["refused"].number == 0)
    try await workshop.done("chair", "send")
    try await workshop.expectEqual("carer", "chair")
  }

  @Test("an invitation of a known name asks which person is meant, with the exit code of a wrong command")
  func knownName() async throws {
    _ = try await workshop.begin("John Smith")
    func invite(_ flags: [String]) async throws -> Outcome {
      let words = ["--member", "John Smith", "--role", "centre-staff", "--space", "public"]
      return try await workshop.run(
        "board-hub", ["invite", "--data", workshop.hubFolder, "--json"] + flags + words)
    }
    let asked = try await invite([])
    #expect(asked.end == .exit(64) && asked.errorCode == "memberKnown", "\(asked.errors)")
    #expect(asked.errors.contains("There is a John Smith already, since 20"))
    #expect(asked.errors.contains("--again") && asked.errors.contains("--new-person"))
    for flag in ["--again", "--new-person"] { #expect(try await invite([flag]).end == .exit(0)) }
    #expect(try await invite(["--again"]).errorCode == "manyMembers")
    #expect(try await invite(["--again", "--new-person"]).end == .exit(64))
  }

  @Test("a chair who became a member while away: what she wrote as chair is explained and kept, the rest arrives")
  func lowered() async throws {
    let hub = try await workshop.begin()
    try await workshop.join("chair", as: "chair", at: hub)
    try await workshop.done("chair", "record", "add", "meeting", "title=Autumn", "--space", "cab")
    try await workshop.done("chair", "record", "add", "view", "text=They stop at six", "--space", "cab")
    _ = try await workshop.code(for: "chair", again: true, as: "member")
    #expect(try await workshop.done("chair", "send")["refused"].number == 1)
    let why = try await workshop.done("chair", "why", "1")
    #expect(why["refused"].items.map { $0["reason"].word } == ["notAllowed"])
    #expect("\(why)".contains("Autumn"))
    #expect(try await workshop.done("chair", "record", "list", "meeting")["records"].items.isEmpty)
    try await workshop.expectEqual("chair")
  }

  @Test("nobody is invited where their role may not read")
  func readers() async throws {
    _ = try await workshop.begin()
    let invited = try await workshop.hub("invite", "--member", "York", "--role", "partner", "--space", "cab")
    #expect(invited.end == .exit(64) && invited.errorCode == "notForRole", "\(invited.errors)")
  }
}
