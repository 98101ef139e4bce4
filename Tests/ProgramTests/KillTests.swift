// Processes that end as if the power had gone, at moments nobody chose.

import Foundation
import JSONText
import ProgramKit
import Replication
import TestKit
import Testing

@Suite("Killed at any moment", .serialized, .timeLimit(.minutes(10)))
struct KillTests {
  let workshop: Workshop

  init() throws {
    workshop = try Workshop()
  }

  @Test("a hub killed during 40 pushes has every change it acknowledged, and none twice (G3)")
  func hubKilled() async throws {
    let pushes = 40
    var hub = try await workshop.begin("carer", "chair")
    let id = try #require(try await workshop.done("carer", "record", "add", "event", "title=Count")["id"].word)
    let whole = try await timed { try await workshop.done("carer", "send") }
    var random = SplitMix64(seed: 40)
    var made: Set<String> = []
    var acknowledged: Set<String> = []
    var cut = 0
    var aim = Aim(within: whole)
    let base = try await head() - 1
    for _ in 0..<pushes {
      made.insert(try await workshop.done("carer", "record", "set", id, "head_count:=1")["dot"].text)
      let push = try workshop.start("board", ["--home", workshop.file("carer"), "--json", "send"])
      try await Task.sleep(for: aim.next(using: &random))
      await hub.crash()
      let outcome = await push.outcome()
      #expect([0, 69].contains(outcome.code), "\(outcome.errors)")
      let isWhole = try await workshop.unsent("carer") == 0
      aim.correct(wasTooLate: isWhole)
      if isWhole { acknowledged = made } else { cut += 1 }
      hub = try await workshop.serve(port: hub.port)
      // Asked before the carer comes back, who would offer again what is missing.
      #expect(try await head() >= base + Int64(1 + acknowledged.count))
    }
    // The chair's copy learns what the hub itself holds.
    try await workshop.done("chair", "send")
    let present = try await dots(of: id, at: "chair")
    #expect(acknowledged.isSubset(of: present))
    #expect(cut > 0, "no kill met a push half-way")

    for member in ["carer", "chair"] { try await workshop.done(member, "send") }
    #expect(try await dots(of: id, at: "chair").intersection(made) == made)
    #expect(try await workshop.done("chair", "record", "show", id)["fields"]["head_count"].number == Int64(pushes))
    try await workshop.expectEqual("carer", "chair")
  }

  /// How many changes the hub holds where the events are.
  private func head() async throws -> Int64 {
    let spaces = try await workshop.hubDone("status")["spaces"].items
    return try #require(spaces.first { $0["name"].word == "public" }?["head"].number)
  }

  private func dots(of id: String, at member: String) async throws -> Set<String> {
    let history = try await workshop.done(member, "record", "history", id)["history"].items.map(\.["dot"].text)
    #expect(Set(history).count == history.count, "a change stands there twice")
    return Set(history)
  }

  @Test("a board killed while it saves has every change it gave a receipt for, and goes on (G2)")
  func boardKilled() async throws {
    _ = try await workshop.begin("carer", "chair")
    let whole = try await timed { try await workshop.done("carer", "record", "add", "event", "title=First") }
    var random = SplitMix64(seed: 30)
    var receipts: Set<String> = []
    var aim = Aim(within: whole)
    for number in 0..<30 {
      let words = ["--home", workshop.file("carer"), "--json", "record", "add", "event", "title=Event \(number)"]
      let adding = try workshop.start("board", words)
      try await Task.sleep(for: aim.next(using: &random))
      adding.end(by: SIGKILL)
      let outcome = await adding.outcome()
      aim.correct(wasTooLate: outcome.output.hasSuffix("\n"))
      if outcome.output.hasSuffix("\n") { receipts.insert(try #require(outcome.json["id"].word)) }
    }
    #expect(!receipts.isEmpty && receipts.count < 30, "the kills met nothing half-way")
    let present = try await ids(at: "carer")
    #expect(receipts.isSubset(of: present))
    for member in ["carer", "chair"] { try await workshop.done(member, "send") }
    #expect(try await ids(at: "chair") == present)
    try await workshop.expectEqual("carer", "chair")
  }

  private func ids(at member: String) async throws -> Set<String> {
    Set(try await workshop.done(member, "record", "list", "event")["records"].items.compactMap(\.["id"].word))
  }

  private func timed(_ body: () async throws -> Void) async rethrows -> Duration {
    try await ContinuousClock().measure { try await body() }
  }
}
