// A client in another language, written from the wire's page alone, is a member like any other.

import Foundation
import JSONText
import ProgramKit
import Testing

@Suite("A stranger's client", .serialized, .timeLimit(.minutes(5)))
struct StrangerTests {
  @Test("a client written from the page alone reads every space to the hub's digests, and its writes arrive")
  func stranger() async throws {
    let workshop = try Workshop()
    let hub = try await workshop.begin("carer")
    try await workshop.hubDone("import", Fixtures.seed)
    let made = try await workshop.done("carer", "record", "add", "event", "title=Tea", "head_count:=2")
    let id = try #require(made["id"].word)
    try await workshop.done("carer", "record", "set", id, "title=Coffee", "head_count:=-1")
    let gone = try #require(try await workshop.done("carer", "record", "add", "event", "title=Gone")["id"].word)
    try await workshop.done("carer", "send")
    try await workshop.hubDone("erase", gone, "--reason", "asked")

    let reading = try await client(workshop, hub, isNew: true)
    #expect(reading["spaces"] == (try await shared(workshop)))
    let writing = try await client(workshop, hub, ["--add", "event", "public", "title", "Grüße"])
    #expect(writing["spaces"] == (try await shared(workshop)))
    #expect(writing["spaces"] != reading["spaces"])

    try await workshop.done("carer", "send")
    let theirs = try #require(writing["record"].word)
    #expect(try await workshop.done("carer", "record", "show", theirs)["fields"]["title"].word == "Grüße")
    try await workshop.expectEqual("carer")
  }

  @Test("a client written from the page alone brings back what a restored hub lost, in place and late")
  func bringsBack() async throws {
    let workshop = try Workshop()
    var hub = try await workshop.begin("carer")
    try await workshop.done("carer", "record", "add", "event", "title=Before")
    try await workshop.done("carer", "send")
    let copy = ["--copy", workshop.file("stranger.copy")]
    _ = try await client(workshop, hub, copy, isNew: true)
    let backup = workshop.file("backup.db")
    try await workshop.hubDone("backup", backup)
    try await workshop.done("carer", "record", "add", "event", "title=After")
    try await workshop.done("carer", "send")
    let before = try await client(workshop, hub, copy + ["--add", "event", "public", "title", "Late"])
    #expect(before["spaces"] == (try await shared(workshop)))

    // The hub's log is the beginning of the copy's: everything comes back where it was.
    await hub.stop()
    try await workshop.hubDone("restore", backup)
    hub = try await workshop.serve(port: hub.port)
    #expect(try await shared(workshop) != before["spaces"])
    let again = try await client(workshop, hub, copy)
    #expect(again["spaces"] == before["spaces"])
    #expect(again["spaces"] == (try await shared(workshop)))

    // The hub goes on otherwise before the copy comes: what it lost comes back behind that.
    await hub.stop()
    try await workshop.hubDone("restore", backup)
    hub = try await workshop.serve(port: hub.port)
    _ = try await client(workshop, hub, ["--add", "event", "public", "title", "Meanwhile"])
    let late = try await client(workshop, hub, copy)
    #expect(late["spaces"] == (try await shared(workshop)))
    #expect(late["spaces"] != before["spaces"])
    try await workshop.hubDone("verify")
    try await workshop.done("carer", "send")
    try await workshop.expectEqual("carer")
    try await workshop.done("carer", "record", "show", try #require(before["record"].word))
  }

  @Test("a client written from the page alone brings back what it read to a hub whose backup does not know it")
  func bringsBackForgotten() async throws {
    let workshop = try Workshop()
    var hub = try await workshop.begin("carer")
    let backup = workshop.file("backup.db")
    try await workshop.hubDone("backup", backup)
    let copy = ["--copy", workshop.file("stranger.copy")]
    let before = try await client(
      workshop, hub, copy + ["--add", "event", "public", "title", "Only here"], isNew: true)
    await hub.stop()
    try await workshop.hubDone("restore", backup)
    hub = try await workshop.serve(port: hub.port)
    let run = try await workshop.run("/usr/bin/python3", [Fixtures.stranger, hub.url, "no code"] + copy)
    try #require(run.end == .exit(0), "\(run.errors)")
    #expect(run.json["forgotten"] == .bool(true))
    try await workshop.done("carer", "send")
    try await workshop.done("carer", "record", "show", try #require(before["record"].word))
    let mark = try await workshop.hubDone("device list")["forgotten"].items[0]["fingerprint"].word
    try await workshop.hubDone("device confirm", try #require(mark))
    let again = try await workshop.run("/usr/bin/python3", [Fixtures.stranger, hub.url, "no code"] + copy)
    try #require(again.end == .exit(0), "\(again.errors)")
    #expect(again.json["forgotten"] == .bool(false))
    #expect(again.json["spaces"] == (try await shared(workshop)))
  }

  private func client(_ workshop: Workshop, _ hub: ServedHub, _ words: [String] = [], isNew: Bool = false) async throws
    -> JSON
  {
    let code = try await workshop.code(for: "stranger", again: !isNew)
    let outcome = try await workshop.run("/usr/bin/python3", [Fixtures.stranger, hub.url, code] + words)
    try #require(outcome.end == .exit(0), "\(outcome.errors)")
    return outcome.json
  }

  /// The hub's digests of the spaces the stranger may read.
  private func shared(_ workshop: Workshop) async throws -> JSON {
    guard case .object(let spaces) = try await workshop.hubDone("digest")["spaces"] else { return .null }
    return .object(spaces.filter { ["public", "cab"].contains($0.key) })
  }
}
