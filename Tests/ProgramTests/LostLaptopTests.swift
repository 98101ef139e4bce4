// A laptop that was lost (AS-03): its hub has nothing more to do with it, nobody else notices, and nothing that was unsent
// on it is thrown away.

import Foundation
import ProgramKit
import Testing

@Suite("A lost laptop", .serialized, .timeLimit(.minutes(5)))
struct LostLaptopTests {
  let workshop: Workshop

  init() throws {
    workshop = try Workshop()
  }

  private func marks() async throws -> [String: String] {
    let devices = try await workshop.hubDone("device list")["devices"].items
    return Dictionary(
      devices.compactMap { device in
        device["fingerprint"].word.map { ($0, device["revoked"].word.map { _ in "off" } ?? "on") }
      }, uniquingKeysWith: { $1 })
  }

  @Test(
    "the laptop of a carer is taken off, and her new one gets everything the Centre had of her",
    arguments: [true, false])
  func lost(isServed: Bool) async throws {
    let hub = try await workshop.begin("chair")
    let old = try #require(try await workshop.join("carer", at: hub)["fingerprint"].word)
    try await workshop.done("carer", "record", "add", "event", "title=Tea")
    try await workshop.done("carer", "send")
    try await workshop.done("carer", "record", "add", "event", "title=Never sent")
    if !isServed { await hub.stop() }
    let answer = try await workshop.hubDone("device revoke", old, "--reason", "lost")
    #expect(answer["member"].word == "carer" && answer["reason"].word == "lost" && answer["revoked"].word != nil)
    if !isServed { _ = try await workshop.serve(port: hub.port) }

    try await workshop.done("chair", "record", "add", "event", "title=After the loss")
    try await workshop.done("chair", "send")
    for _ in 1...2 {
      let sent = try await workshop.board("carer", "send")
      #expect(sent.end == .exit(77) && sent.errorCode == "revoked", "\(sent.errors)")
    }
    #expect(try await workshop.unsent("carer") == 1)
    let code = try await workshop.code(for: "carer")
    let again = try await workshop.board("carer", "join", hub.url, code)
    #expect(again.end == .exit(77) && again.errorCode == "revoked", "\(again.errors)")
    let shown = try await workshop.done("carer", "record", "list", "event")
    #expect(!"\(shown)".contains("After the loss"))

    let new = try #require(try await workshop.done("new", "join", hub.url, code)["fingerprint"].word)
    let titles = try await workshop.done("new", "record", "list", "event")
    #expect("\(titles)".contains("Tea") && "\(titles)".contains("After the loss"))
    let marks = try await marks()
    #expect(marks.count == 3 && marks[old] == "off" && marks[new] == "on")
    try await workshop.expectEqual("new", "chair")

    // It is found again, and the Centre agrees.
    #expect(again.errors.contains("device.key"))
    try FileManager.default.removeItem(atPath: workshop.file("carer/device.key"))
    try await workshop.done("carer", "join", hub.url, workshop.code(for: "carer"))
    #expect(try await workshop.unsent("carer") == 0)
    try await workshop.done("new", "send")
    #expect("\(try await workshop.done("new", "record", "list", "event"))".contains("Never sent"))
  }

  @Test("a mark that is nobody's takes nobody off")
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
