// Members whose computers are twenty years slow and ten years fast work with one whose clock is right: every copy becomes
// the same, and the wrong times are shown as what they are, the times their authors' computers had.

import Foundation
import ProgramKit
import Replication
import Testing

@Suite(
  "Rig: wrong clocks", .serialized, .timeLimit(.minutes(10)),
  .allowed("wrong clocks", unless: Machine.compilerRefusal))
struct ClockRig {
  /// By how many years each member's clock is wrong.
  private static let shifts = ["slow": -20, "fast": 10, "right": 0]
  private static let members = ["slow", "fast", "right"]

  private let workshop: Workshop

  init() throws {
    workshop = try Workshop()
  }

  @Test("clocks decades apart change no outcome: the same acts, the same copies (G8)")
  func clocks() async throws {
    let source = URL(fileURLWithPath: #filePath).deletingLastPathComponent().appendingPathComponent("shifted-clock.c")
    let library = workshop.file("shifted-clock.so")
    try Machine.run(try #require(Machine.compiler), "-shared", "-fPIC", "-O1", "-o", library, source.path, "-ldl")
    _ = try await workshop.begin("slow", "fast", "right")
    let shared = try await act(library, "right", ["record", "add", "event", "title=Tea"])["id"].word
    let id = try #require(shared)
    for member in ["right"] + Self.members { try await act(library, member, ["send"]) }

    for round in 0..<Extent.current.clockRounds {
      // Everybody writes before anybody hears of the others; the next round begins with another member.
      let order = (0..<3).map { Self.members[($0 + round) % 3] }
      for member in order {
        try await act(library, member, ["record", "add", "event", "title=\(member) \(round)"])
        try await act(library, member, ["record", "set", id, "title=\(member) says \(round)"])
      }
      for member in order + order { try await act(library, member, ["send"]) }
      try await workshop.expectEqual("slow", "fast", "right")
      let asked = try await act(library, "right", ["record", "conflicts"])
      #expect(asked["conflicts"][0]["values"].items.count == 3, "\(asked.text)")
      for member in Self.members { #expect(try await act(library, member, ["record", "conflicts"]) == asked) }
      try await act(library, order[0], ["record", "settle", id, "title", "\(order[2]) says \(round)"])
      for member in order + order { try await act(library, member, ["send"]) }
      try await workshop.expectEqual("slow", "fast", "right")
      let shown = try await act(library, "right", ["record", "show", id])
      #expect(shown["fields"]["title"].word == "\(order[2]) says \(round)" && shown["conflicts"].items.isEmpty)
    }
    let years = try await expectShiftsSeen(library, id)
    report(
      "wrong clocks",
      "\(Extent.current.clockRounds) rounds by members in the years \(years), all copies equal after each")
  }

  /// One act of a member by the clock of their computer.
  @discardableResult
  private func act(_ library: String, _ member: String, _ words: [String]) async throws -> JSON {
    let seconds = try #require(Self.shifts[member]) * 365 * 86_400
    let outcome = try await workshop.run(
      "board", ["--home", workshop.file(member), "--json"] + words,
      environment: ["LD_PRELOAD": library, "CLOCK_SHIFT_SECONDS": String(seconds)])
    try #require(outcome.end == .exit(0), "\(member) \(words): \(outcome.end) \(outcome.errors)")
    return outcome.json
  }

  /// The control: the history, as everybody sees it, bears the years of the wrong clocks.
  private func expectShiftsSeen(_ library: String, _ id: String) async throws -> String {
    let history = try await act(library, "right", ["record", "history", id])["history"].items
    let now = Calendar(identifier: .gregorian).component(.year, from: Date())
    for (member, shift) in Self.shifts {
      let times = history.filter { $0["author"].word == member }.compactMap(\.["time"].word)
      #expect(!times.isEmpty)
      // Leap days move the end of a shifted year by days.
      for time in times {
        let year = try #require(Int(time.prefix(4)))
        #expect(abs(year - now - shift) <= 1 && (shift == 0 || year != now), "\(member): \(time)")
      }
    }
    return Set(history.compactMap { $0["time"].word?.prefix(4) }).sorted().joined(separator: ", ")
  }
}
