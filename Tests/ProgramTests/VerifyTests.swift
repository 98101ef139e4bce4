// `board-hub verify` on real files: a whole hub is found whole, served or not, and one changed byte is named.

import Foundation
import JSONText
import ProgramKit
import Replication
import Testing

@Suite("Verifying a hub", .serialized, .timeLimit(.minutes(5)))
struct VerifyTests {
  let workshop: Workshop

  init() throws {
    workshop = try Workshop()
  }

  @Test("a hub verifies while it is served, after a restore, and after a kill")
  func whole() async throws {
    var hub = try await workshop.begin("carer", "chair")
    try await workshop.done("carer", "record", "add", "event", "title=Tea")
    for member in ["carer", "chair"] { try await workshop.done(member, "send") }
    try await workshop.hubDone("backup", workshop.file("backup.db"))
    let spaces = try await workshop.hubDone("verify")["spaces"].items
    #expect(spaces.first?["name"].word == "control")
    #expect(spaces.allSatisfy { $0["unproved"].number == 0 } && spaces.contains { $0["records"].number ?? 0 > 2 })
    await hub.crash()
    #expect(try await workshop.hubDone("verify")["spaces"].items == spaces)
    try await workshop.hubDone("restore", workshop.file("backup.db"))
    hub = try await workshop.serve(port: hub.port)
    for member in ["carer", "chair"] { try await workshop.done(member, "send") }
    try await workshop.hubDone("verify")
    await hub.stop()
  }

  @Test("the timeline has what administrators did and members wrote, and nothing else")
  func timeLine() async throws {
    let hub = try await workshop.begin("carer")
    let event = try #require(try await workshop.done("carer", "record", "add", "event", "title=Tea")["id"].word)
    try await workshop.done("carer", "send")
    try await workshop.hubDone("backup", workshop.file("backup.db"))
    await hub.stop()
    try await workshop.hubDone("restore", workshop.file("backup.db"))
    _ = try await workshop.hub("device revoke", "AAAA-AAAA-AAAA-AAAA", "--reason", "lost")
    let line = try await workshop.hubLines("audit")
    let acts = line.compactMap(\.["act"].word)
    // The backup's own entry came after the copy, and went with what the restore took the place of.
    #expect(acts.filter { $0 != "change" } == ["init", "invite", "restore"], "\(acts)")
    #expect(line.contains { $0["records"].items.contains { $0["record"].word == event } })
    #expect(line.last?["verified"] == .bool(true) && line.last?["entries"].number == Int64(line.count - 1))
    #expect(try await workshop.hubLines("audit", "--space", "staff").count == 1)
    try workshop.replace("hub/hub.db", withCopyOf: "backup.db")
    #expect(try await workshop.hubLines("audit").contains { $0["act"].word == "copy noticed" })
  }

  @Test("one changed letter in the hub's file is named by space, row, change and byte, served or not")
  func changedLetter() async throws {
    var hub = try await workshop.begin("carer")
    try await workshop.done("carer", "record", "add", "event", "title=canary-tea-91")
    try await workshop.done("carer", "send")
    await hub.stop()
    let file = URL(fileURLWithPath: workshop.file("hub/hub.db"))
    var data = try Data(contentsOf: file)
    while let place = data.range(of: Data("canary-tea-91".utf8)) { data[place.lowerBound + 7] = UInt8(ascii: "s") }
    try data.write(to: file)
    let alone = try await workshop.hub("verify")
    #expect(alone.end == .exit(65) && alone.errorCode == "damaged", "\(alone.errors)")
    #expect(alone.errors.contains("the body is not the one that was written"), "\(alone.errors)")
    #expect(alone.errors.contains(/row \d+ of the log, change [0-9a-f-]+\/1: .* The first wrong byte is byte \d+,/))
    hub = try await workshop.serve(port: hub.port)
    let served = try await workshop.hub("verify")
    #expect(served.end == .exit(65) && served.errors == alone.errors)
    // What can still be read is told, and that not all can.
    let line = try await workshop.hubLines("audit")
    #expect(line.last?["verified"] == .bool(false) && line.last?["unreadable"].number == 1)
    #expect(line.last?["damage"].word?.contains("the body is not the one that was written") == true)
    #expect(line.contains { $0["act"].word == "invite" })
    await hub.stop()
  }
}
