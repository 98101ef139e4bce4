// A member leaves while offline, and a computer that is not one's own.

import Foundation
import ProgramKit
import Replication
import Testing

@Suite("Leaving, through the programs", .serialized, .timeLimit(.minutes(5)))
struct LeavingProgramTests {
  let workshop: Workshop

  init() throws {
    workshop = try Workshop()
  }

  @Test(
    "a member who left while offline: the papers go, her words become proposals, and she is told so kindly"
  )
  func leavesWhileOffline() async throws {
    let hub = try await workshop.begin("chair")
    try await workshop.join("carer", at: hub)
    try await workshop.done("chair", "record", "add", "action", "what=Papers for the board", "--space", "cab")
    try await workshop.done("chair", "send")
    try await workshop.done("carer", "send")
    for number in 1...3 {
      try await workshop.done("carer", "record", "add", "action", "what=Before \(number)", "--space", "cab")
    }
    let preview = try await workshop.hubDone("leave", "--member", "carer", "--space", "cab", "--preview")
    #expect(preview["devices"].number == 1 && preview["recordsLeaving"].number ?? 0 > 0)
    try await workshop.hubDone("leave", "--member", "carer", "--space", "cab")
    try await workshop.done("chair", "record", "add", "action", "what=After she left", "--space", "cab")
    try await workshop.done("chair", "send")

    let sent = try await workshop.run("board", ["--home", workshop.file("carer"), "send"])
    #expect(sent.end == .exit(0), "\(sent.errors)")
    #expect(
      sent.output.contains("You have left") && sent.output.contains("3 changes had not been sent"), "\(sent.output)")
    #expect(sent.output.contains("why") && !sent.output.contains("denied"))
    // Not in the database, nor in its free pages, nor in its log; her own words are.
    #expect(try workshop.files("carer", holding: "Papers for the board") == [])
    #expect(try workshop.files("carer", holding: "Before 1") != [])
    #expect(try workshop.files("chair", holding: "Papers for the board") != [])
    let shown = "\(try await workshop.done("carer", "record", "list", "action"))"
    #expect(!shown.contains("Papers") && !shown.contains("After she left"))
    let why = try await workshop.run("board", ["--home", workshop.file("carer"), "why", "1"])
    #expect(why.output.contains("Before 1"), "\(why.output)")

    let proposals = try await workshop.hubDone("proposal list")["proposals"].items
    #expect(proposals.count == 3 && proposals.allSatisfy { $0["member"].word == "carer" && $0["written"].word != nil })
    try await workshop.hubDone("proposal take", "1")
    try await workshop.done("chair", "send")
    let there = "\(try await workshop.done("chair", "record", "list", "action"))"
    #expect(there.contains("Before 1") && !there.contains("Before 2"))
    #expect(try await workshop.unsent("carer") == 0)

    // She comes back: a new beginning, with an invitation of its own.
    _ = try await workshop.code(for: "carer", again: true)
    try await workshop.done("carer", "send")
    #expect("\(try await workshop.done("carer", "record", "list", "action"))".contains("After she left"))
    try await workshop.expectEqual("carer", "chair")
  }

  @Test("on a borrowed computer nothing is kept outside the stick, and she is told so")
  func borrowedComputer() async throws {
    let hub = try await workshop.begin("chair")
    try await workshop.done("chair", "record", "add", "action", "what=CANARY-paper", "--space", "cab")
    try await workshop.done("chair", "send")
    for folder in ["home", "temporary"] {
      try FileManager.default.createDirectory(atPath: workshop.file(folder), withIntermediateDirectories: true)
    }
    try await workshop.done("stick", "join", hub.url, workshop.code(for: "carer"))
    let computer = ["TMPDIR": workshop.file("temporary"), "XDG_CACHE_HOME": workshop.file("home/cache")]
    let session = try workshop.start(
      "board", ["--home", workshop.file("stick")], environment: computer, input: .pipe)
    try session.write("find CANARY-searched\n")
    try session.write("record add action what=CANARY-written --space cab\nsend\nquit\n")
    let outcome = await session.outcome()
    #expect(outcome.end == .exit(0), "\(outcome.errors)")
    #expect(outcome.output.contains("nothing is kept on it outside that folder"))
    #expect(outcome.output.contains("nothing of it anywhere else on this computer"))
    #expect(try workshop.files("stick", holding: "CANARY") != [])
    for folder in ["home", "temporary"] {
      #expect(try FileManager.default.subpathsOfDirectory(atPath: workshop.file(folder)) == [], "\(folder)")
    }
    // The next person sits down at once, and there is nothing of hers.
    let next = try await workshop.run("board", ["home"], environment: computer)
    #expect(next.end == .exit(64) && !(next.output + next.errors).contains("CANARY"), "\(next.errors)")
  }
}
