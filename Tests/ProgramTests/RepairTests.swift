// A member's damaged copy, repaired by the program itself.

import Foundation
import JSONText
import ProgramKit
import TestKit
import Testing

@Suite("Repair", .serialized, .timeLimit(.minutes(5)))
struct RepairTests {
  let workshop: Workshop

  init() throws {
    workshop = try Workshop()
  }

  /// A member whose copy has a sent event, with some of its bytes damaged, and an unsent one.
  private func damaged() async throws -> ServedHub {
    let hub = try await workshop.begin("carer")
    try await workshop.done("carer", "record", "add", "event", "title=canary-tea-91")
    try await workshop.done("carer", "send")
    try await workshop.done("carer", "record", "add", "event", "title=Cake")
    let whole = try await workshop.done("carer", "repair")
    #expect(whole["result"].word == "sound" && whole["records"].number ?? 0 >= 2)
    let file = URL(fileURLWithPath: workshop.file("carer/replica.db"))
    var data = try Data(contentsOf: file)
    while let place = data.range(of: Data("canary-tea-91".utf8)) { data[place.lowerBound + 7] = UInt8(ascii: "s") }
    try data.write(to: file)
    return hub
  }

  private func expectWhole(_ hub: ServedHub) async throws {
    try await workshop.done("carer", "send")
    try await workshop.expectEqual("carer")
    #expect(try await workshop.done("carer", "find", "canary-tea-91")["records"].items.count == 1)
    #expect(try await workshop.done("carer", "find", "Cake")["records"].items.count == 1)
    #expect(try await workshop.done("carer", "repair")["result"].word == "sound")
    await hub.stop()
  }

  @Test("a copy with damaged bytes is replaced, keeps what is unsent, and its old file stays")
  func replaced() async throws {
    let hub = try await damaged()
    let answer = try await workshop.done("carer", "repair")
    #expect(answer["result"].word == "replaced" && answer["kept"].number == 1 && answer["unreadable"].number == 0)
    let setAside = try #require(answer["setAside"].word)
    #expect(setAside == workshop.file("carer/replica.db.damaged-1"))
    #expect(try workshop.files("carer", holding: "canary-sea-91") == ["replica.db.damaged-1"])
    let mode = try FileManager.default.attributesOfItem(atPath: setAside)[.posixPermissions] as? Int
    #expect(mode == 0o600)
    #expect(try await workshop.unsent("carer") == 1)
    try await expectWhole(hub)
  }

  @Test("a repair killed at any moment leaves a whole copy with everything unsent")
  func killed() async throws {
    let hub = try await damaged()
    let (file, old) = ("carer/replica.db", "damaged.db")
    try workshop.replace(old, withCopyOf: file)
    var random = SplitMix64(seed: 36)
    let whole = try await ContinuousClock().measure { _ = try await workshop.done("carer", "repair") }
    var aim = Aim(within: whole)
    var cut = 0
    for _ in 0..<20 {
      try workshop.replace(file, withCopyOf: old)
      let repair = try workshop.start("board", ["--home", workshop.file("carer"), "--json", "repair"])
      try await Task.sleep(for: aim.next(using: &random))
      repair.end(by: SIGKILL)
      let isDone = await repair.outcome().end == .exit(0)
      aim.correct(wasTooLate: isDone)
      if !isDone { cut += 1 }
      #expect(try await workshop.unsent("carer") == 1)
    }
    #expect(cut > 0, "no kill met a repair half-way")
    let result = try await workshop.done("carer", "repair")["result"].word
    #expect(["sound", "replaced"].contains(result))
    let left = try FileManager.default.contentsOfDirectory(atPath: workshop.file("carer"))
    #expect(!left.contains { $0.hasSuffix(".leaving") || $0.contains(".successor") }, "\(left)")
    try await expectWhole(hub)
  }
}
