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

    let reading = try await client(workshop, hub, [])
    #expect(reading["spaces"] == (try await shared(workshop)))
    let writing = try await client(workshop, hub, ["--add", "event", "public", "title", "Grüße"])
    #expect(writing["spaces"] == (try await shared(workshop)))
    #expect(writing["spaces"] != reading["spaces"])

    try await workshop.done("carer", "send")
    let theirs = try #require(writing["record"].word)
    #expect(try await workshop.done("carer", "record", "show", theirs)["fields"]["title"].word == "Grüße")
    try await workshop.expectEqual("carer")
  }

  private func client(_ workshop: Workshop, _ hub: ServedHub, _ words: [String]) async throws -> JSON {
    let code = try await workshop.code(for: "stranger", again: !words.isEmpty)
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
