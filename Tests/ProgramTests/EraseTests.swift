// A record is erased by the Centre, through the real programs: its words are in no file of the hub afterwards, nor of a
// member's computer once it has joined up, and everybody is told in plain words.

import Foundation
import JSONText
import ProgramKit
import Replication
import Testing

@Suite("Erasing", .serialized, .timeLimit(.minutes(5)))
struct EraseTests {
  let workshop: Workshop
  /// Words that a file either has or has not.
  private let canary = "CANARY-7d04"

  init() throws {
    workshop = try Workshop()
  }

  private func files(_ folder: String, holding words: String) throws -> [String] {
    try workshop.files(folder, holding: words)
  }

  private func words(_ member: String, _ act: String...) async throws -> String {
    let outcome = try await workshop.run("board", ["--home", workshop.file(member)] + act)
    try #require(outcome.end == .exit(0), "\(outcome.errors)")
    return outcome.output
  }

  @Test("the words are in no file of the hub, nor of a computer that has joined up since", arguments: [true, false])
  func noFile(isServed: Bool) async throws {
    let hub = try await workshop.begin("carer", "chair")
    let event = try #require(
      try await workshop.done("carer", "record", "add", "event", "title=\(canary)")["id"].word)
    try await workshop.done("carer", "record", "set", event, "title=\(canary) again")
    try await workshop.done("carer", "record", "add", "event", "title=Breakfast")
    try await workshop.done("carer", "send")
    try await workshop.done("chair", "send")
    #expect("\(try await workshop.done("chair", "find", canary))".contains(event))
    for folder in ["hub", "carer", "chair"] { #expect(try files(folder, holding: canary) != []) }

    if !isServed { await hub.stop() }
    let receipt = try await workshop.hubDone("erase", event, "--reason", "asked")
    #expect(receipt["erased"].word == event && receipt["changes"].number == 2 && receipt["reason"].word == "asked")
    #expect(receipt["dot"]["sequence"].number != nil)
    try FileManager.default.createDirectory(atPath: workshop.file("backups"), withIntermediateDirectories: false)
    try await workshop.hubDone("backup", workshop.file("backups/after.db"))
    #expect(try files("hub", holding: canary) == [])
    #expect(try files("backups", holding: canary) == [])
    #expect(try files("chair", holding: canary) != [], "a computer that has not joined up still holds it")
    if !isServed { _ = try await workshop.serve(port: hub.port) }

    for member in ["carer", "chair"] {
      try await workshop.done(member, "send")
      #expect(try files(member, holding: canary) == [])
      let shown = try await workshop.done(member, "record", "show", event)
      #expect(shown["erased"] == .bool(true) && shown["fields"].keys.isEmpty)
      #expect("\(try await workshop.done(member, "record", "list", "event"))".contains("Breakfast"))
      #expect(!"\(try await workshop.done(member, "record", "list", "event"))".contains(event))
      #expect(!"\(try await workshop.done(member, "find", canary))".contains(event))
    }
    #expect(try files("hub", holding: canary) == [])
    try await workshop.expectEqual("carer", "chair")
    let again = try await workshop.hub("erase", event, "--reason", "asked")
    #expect(again.end == .exit(65) && again.errorCode == "erasedAlready", "\(again.errors)")
  }

  @Test("a member reads that the Centre erased the record, and why what they wrote meanwhile was refused")
  func words() async throws {
    _ = try await workshop.begin("carer")
    let event = try #require(try await workshop.done("carer", "record", "add", "event", "title=Tea")["id"].word)
    try await workshop.done("carer", "send")
    try await workshop.done("carer", "record", "set", event, "title=Coffee")
    try await workshop.hubDone("erase", event, "--reason", "asked")
    try await workshop.done("carer", "send")
    let page = try await words("carer", "record", "show", event)
    #expect(page.contains("The Centre erased this at ") && page.contains("Its words are gone from this computer."))
    let history = try await words("carer", "record", "history", event)
    #expect(history.contains("1 change.") && history.contains("by the Centre. The Centre got it at "))
    #expect(history.contains("Erased"))
    #expect(!history.contains("Tea"))
    let why = try await words("carer", "why", "1")
    #expect(why.contains("The Centre has erased this record.") && why.contains("Coffee"))
    let edit = try await workshop.board("carer", "record", "set", event, "title=Milk")
    #expect(edit.end == .exit(65) && edit.errors.contains("erased"), "\(edit.errors)")
  }

  @Test("only a record that is there can be erased, and only with a reason")
  func nothing() async throws {
    try await workshop.hubDone("init")
    let none = try await workshop.hub("erase", "event/none", "--reason", "asked")
    #expect(none.end == .exit(65) && none.errorCode == "noSuchRecord", "\(none.errors)")
    let silent = try await workshop.hub("erase", "event/none", "--reason", " ")
    #expect(silent.end == .exit(64) && silent.errorCode == "badReason", "\(silent.errors)")
  }
}
