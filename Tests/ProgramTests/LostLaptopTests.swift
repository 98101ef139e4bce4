// A laptop that was lost: nothing is taken from it live, it clears itself when it next joins up, and nothing that was
// unsent on it is thrown away.

import Foundation
import JSONText
import ProgramKit
import Testing

@Suite("A lost laptop", .serialized, .timeLimit(.minutes(5)))
struct LostLaptopTests {
  let workshop: Workshop

  init() throws {
    workshop = try Workshop()
  }

  private func listed(_ fingerprint: String) async throws -> JSON {
    let devices = try await workshop.hubDone("device list")["devices"].items
    return try #require(devices.first { $0["fingerprint"].word == fingerprint })
  }

  @Test(
    "a carer's revoked laptop clears itself at its next contact, and its unsent work waits for her yes",
    arguments: [true, false])
  func lost(isServed: Bool) async throws {
    let hub = try await workshop.begin("chair")
    let key = workshop.file("carer/device.key")
    let old = try #require(try await workshop.join("carer", at: hub)["fingerprint"].word)
    try await workshop.done("carer", "record", "add", "event", "title=Tea")
    try await workshop.done("carer", "send")
    for title in ["First unsent", "Second unsent"] {
      try await workshop.done("carer", "record", "add", "event", "title=\(title)")
    }
    if !isServed { await hub.stop() }
    let preview = try await workshop.hubDone("device revoke", old, "--reason", "lost", "--preview")
    #expect(preview["devices"].number == 1 && preview["recordsLeaving"].number ?? 0 > 0)
    #expect(try await listed(old)["revoked"] == .null)
    let answer = try await workshop.hubDone("device revoke", old, "--reason", "lost")
    #expect(answer["member"].word == "carer" && answer["reason"].word == "lost" && answer["revoked"].word != nil)
    #expect(answer["cleared"] == .null)
    let list = try await workshop.run("board-hub", ["device", "list", "--data", workshop.hubFolder])
    #expect(
      list.output.contains(old) && (!list.output.contains("not yet") || list.output.contains("copy may still be on it"))
    )
    if !isServed { _ = try await workshop.serve(port: hub.port) }

    // Her new one gets everything the Centre had of her; the old one is not yet cleared.
    let new = try #require(
      try await workshop.done("new", "join", hub.url, workshop.code(for: "carer", again: true))["fingerprint"].word)
    #expect("\(try await workshop.done("new", "record", "list", "event"))".contains("Tea"))
    #expect(try await listed(old)["cleared"] == .null)

    // A thief opens it and it joins up.
    let sent = try await workshop.board("carer", "send")
    #expect(sent.end == .exit(77) && sent.errorCode == "revoked", "\(sent.errors)")
    #expect(sent.errors.contains("taken off this computer"))
    #expect(try await listed(old)["cleared"].word != nil)
    #expect(try await listed(new)["revoked"] == .null)
    for words in ["Tea", "First unsent"] { #expect(try workshop.files("carer", holding: words) == []) }
    // It keeps what it sealed, which nobody can read there, and the key to bring it again.
    #expect(sent.errors.contains("stays here, locked") && FileManager.default.fileExists(atPath: key))
    let again = try await workshop.board("carer", "record", "list", "event")
    #expect(again.end == .exit(77) && again.errorCode == "revoked", "\(again.errors)")

    // Nothing of it was taken live; she is asked, and says yes to one.
    try await workshop.done("chair", "send")
    #expect(!"\(try await workshop.done("chair", "record", "list", "event"))".contains("unsent"))
    #expect(
      try await workshop.hubDone("proposal list")["proposals"].items.map { $0["member"].word } == ["carer", "carer"])
    let told = try await workshop.run("board", ["--home", workshop.file("new"), "send"])
    #expect(told.output.contains("2 things you had not sent came from a computer of yours"), "\(told.output)")
    // Nothing was listed yet, so a number names nothing.
    #expect(try await workshop.board("new", "held", "1", "yes").errorCode == "noSuchItem")
    let proposals = try await workshop.done("new", "held")["held"].items
    let first = try #require(proposals.firstIndex { "\($0)".contains("First unsent") })
    try await workshop.done("new", "held", "\(first + 1)", "yes")
    try await workshop.done("new", "held", "\(2 - first)", "no")
    try await workshop.done("new", "send")
    let titles = "\(try await workshop.done("new", "record", "list", "event"))"
    #expect(titles.contains("First unsent") && !titles.contains("Second unsent"))
    #expect(try await workshop.hubDone("proposal list")["proposals"].items.isEmpty)
    try await workshop.done("chair", "send")
    try await workshop.expectEqual("new", "chair")

    // It is found again, and the Centre agrees: it is a new computer to the Centre.
    let revokedKey = FileManager.default.contents(atPath: key)
    try await workshop.done("carer", "join", hub.url, workshop.code(for: "carer", again: true))
    #expect(FileManager.default.contents(atPath: key) != revokedKey)
    #expect("\(try await workshop.done("carer", "record", "list", "event"))".contains("First unsent"))
    #expect(try await workshop.hubDone("device list")["devices"].items.count == 4)
  }

  @Test("an unknown fingerprint revokes nobody")
  func nobody() async throws {
    let hub = try await workshop.begin("carer")
    let none = try await workshop.hub("device revoke", "AAAA-AAAA-AAAA-AAAA", "--reason", "lost")
    #expect(none.end == .exit(65) && none.errorCode == "noSuchDevice", "\(none.errors)")
    let silent = try await workshop.hub("device revoke", "AAAA-AAAA-AAAA-AAAA")
    #expect(silent.end == .exit(64) && silent.errorCode == "usage", "\(silent.errors)")
    #expect(try await workshop.done("carer", "send")["unsent"].number == 0)
    await hub.stop()
  }
}
