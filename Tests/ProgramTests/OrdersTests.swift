// Three members who were long away come home in any order: the same copies, and the same questions.

import Foundation
import ProgramKit
import Replication
import TestKit
import Testing

@Suite("Any order of coming home", .serialized, .timeLimit(.minutes(5)))
struct OrdersTests {
  static let members = ["carer", "chair", "notes"]

  @Test("three folders with 20 random offline edits each, sent in three orders, end equal, questions too (G1)")
  func orders() async throws {
    let workshop = try Workshop()
    let hub = try await workshop.begin("carer", "chair", "notes")
    var shared: [String] = []
    for number in 1...4 {
      shared.append(
        try #require(try await workshop.done("carer", "record", "add", "event", "title=Event \(number)")["id"].word))
    }
    for member in Self.members { try await workshop.done(member, "send") }
    await hub.stop()
    for (place, member) in Self.members.enumerated() {
      var random = SplitMix64(seed: UInt64(place) + 11)
      for number in 0..<20 { try await edit(member, shared, number, &random, in: workshop) }
    }
    for folder in Self.members + ["hub"] { try workshop.replace(folder + ".before", withCopyOf: folder) }

    for order in [[0, 1, 2], [1, 2, 0], [2, 1, 0]] {
      for folder in Self.members + ["hub"] { try workshop.replace(folder, withCopyOf: folder + ".before") }
      let hub = try await workshop.serve(port: hub.port)
      for place in order + order { try await workshop.done(Self.members[place], "send") }
      try await workshop.expectEqual("carer", "chair", "notes")
      let questions = try await workshop.done("carer", "record", "conflicts")
      #expect(!questions["conflicts"].items.isEmpty)
      for member in Self.members {
        #expect(try await workshop.unsent(member) == 0)
        #expect(try await workshop.done(member, "record", "conflicts") == questions)
      }
      await hub.stop()
    }
  }

  private func edit(
    _ member: String, _ shared: [String], _ number: Int, _ random: inout SplitMix64, in workshop: Workshop
  ) async throws {
    let id = shared.randomElement(using: &random)!
    let other = shared.randomElement(using: &random)!
    let words: [String] =
      switch Int.random(in: 0..<8, using: &random) {
      case 0: ["record", "add", "event", "title=New \(number) by \(member)"]
      case 1, 2: ["record", "set", id, "title=Title \(random.next() % 4)"]
      case 3: ["record", "set", id, "audience=Audience \(random.next() % 4)"]
      case 4: ["record", "set", id, "head_count:=1"]
      case 5: ["record", "set", id, "partner_refs=\(other)"]
      case 6: ["record", "set", id, Bool.random(using: &random) ? "status=planned" : "status=held"]
      default: ["record", Bool.random(using: &random) ? "remove" : "restore", id]
      }
    let outcome = try await workshop.board(member, words)
    // What the rules refuse on the spot is no edit: a removed record, a status that would go back.
    #expect(outcome.end == .exit(0) || outcome.errorCode == "refused", "\(words): \(outcome.errors)")
  }
}
