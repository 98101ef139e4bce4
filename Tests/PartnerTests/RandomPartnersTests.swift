// The promises between universities in random worlds: whatever they agree, write, lose and end, nothing is at a partner
// that was not allowed, everything arrives that is, and nothing is left after the end. A failing world is named by its
// seed; to run it alone, leave nothing else in `seeds`.

import Foundation
import Replication
import TestKit
import Testing

@Suite("Random universities")
struct RandomPartnersTests {
  private static let seeds: ClosedRange<UInt64> =
    1...(ProcessInfo.processInfo.environment["BOARD_PARTNER_SEEDS"].flatMap { UInt64($0) } ?? 20)
  private static let steps = 30

  @Test(
    "nothing is at a partner beyond what was allowed, all of that arrives, and nothing stays after the end",
    .serialized, arguments: seeds)
  func anything(seed: UInt64) async throws {
    let world = try await RandomPartners(seed: seed)
    try await world.run(steps: Self.steps)
    expectNone(try world.strayWords(), seed)
    try await world.heal()
    expectNone(try world.differences(), seed)
    try world.endAll()
    for _ in 0..<3 { for link in world.links.indices { await world.exchange(link) } }
    expectNone(try world.remains(), seed)
    withKnownIssue("one world in some forty keeps a word in a file; why is not known yet", isIntermittent: true) {
      expectNone(try world.remainingWords(), seed)
    }
    expectNone(try world.strayWords(), seed)
    expectNone(world.problems, seed)
  }

  // MARK: Controls

  /// A world after some steps in which something has come to both of its first universities.
  private func world() async throws -> RandomPartners {
    for seed in UInt64(1)...20 {
      let world = try await RandomPartners(seed: seed)
      try await world.run(steps: 10)
      try await world.heal()
      if try world.differences().isEmpty,
        try world.received(world.sides[0]).contains(where: { $0.state.fields["title"] != nil })
      {
        return world
      }
    }
    throw WorldError.nothingCrossed
  }

  private enum WorldError: Error { case nothingCrossed }

  @Test("control: a field that no rule named is found at a partner")
  func fieldBeyondTheRules() async throws {
    let world = try await world()
    #expect(try world.excess().isEmpty)
    let found = try world.excess { side, giver in (side.allowed[giver] ?? []).filter { !$0.contains(".title ") } }
    #expect(!found.isEmpty && found.allSatisfy { $0.contains(".title ") })
  }

  @Test("control: a word of another university is found in a third's files")
  func wordOfAnother() async throws {
    let world = try await world()
    #expect(try world.strayWords().isEmpty)
    try world.sides[1].university.add("topic", ["name": .text(try #require(world.secret(of: world.sides[0])))])
    #expect(try world.strayWords().count == 1)
  }

  @Test("control: what a rule gives and a partner lacks is found, and what it does not give and a partner has")
  func otherThanTheRules() async throws {
    let world = try await world()
    let narrower = try world.differences { version in
      version.rules = version.rules.map { rule in
        var rule = rule
        rule.fields.removeAll { $0 == "title" }
        return rule
      }
    }
    #expect(!narrower.isEmpty)
    try world.sides[1].university.add("topic", ["name": .text("Unsent")])
    let wider = try world.differences { version in
      version.rules.append(
        WorldRule(giver: 1, kind: "topic", space: "public", fields: ["name"], freeText: [], suggested: []))
      version.rules.removeAll { $0.giver == 1 && $0.kind == "topic" && $0.fields.isEmpty }
    }
    #expect(!wider.isEmpty)
  }

  @Test("control: what is left after an end is found until both hubs have cleared it")
  func leftAfterTheEnd() async throws {
    let world = try await world()
    try world.endAll()
    let left = try world.remains() + world.remainingWords()
    #expect(left.contains { $0.contains("keeps event") } && left.contains { $0.contains("in its files") })
    #expect(left.contains { $0.contains("not certified") })
  }

  private func expectNone(_ problems: [String], _ seed: UInt64, sourceLocation: SourceLocation = #_sourceLocation) {
    #expect(
      problems.isEmpty, "seed \(seed): \(problems.joined(separator: "; ").prefix(2_000))",
      sourceLocation: sourceLocation)
  }
}
