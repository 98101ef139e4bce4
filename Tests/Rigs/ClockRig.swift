// Members whose computers are twenty years slow and ten years fast work with one whose clock is right, over a hub whose
// clock leaps between the two: every copy becomes the same, what people settle stays settled, and the wrong times are
// shown as what they are, the times their authors' computers had.

import Foundation
import JSONText
import ProgramKit
import Testing

@Suite(
  "Rig: wrong clocks", .serialized, .timeLimit(.minutes(10)),
  .allowed("wrong clocks", unless: Machine.compilerRefusal))
struct ClockRig {
  @Test("clocks decades apart change no outcome: the same commands, the same copies (G8)")
  func clocks() async throws {
    let fault = Fault.clockDecides
    let control = try await fault.mustShow("the clock decided") {
      try await WrongClocks(standIn: fault.programs).work(rounds: 1)
    }
    #expect(control.wrong > 0)
    let (rounds, wrong, years) = try await WrongClocks().work(rounds: Extent.current.clockRounds)
    report(
      "wrong clocks", wanted: "\(Extent.current.clockRounds) rounds",
      got: "\(rounds) rounds by members and a hub in the years \(years), \(wrong) outcomes decided by clocks",
      control: "\(fault.rawValue): \(control.wrong) outcomes decided by clocks")
    #expect(wrong == 0)
  }
}

/// Three members and a hub, each by a clock of their own.
private final class WrongClocks {
  /// By how many years each member's clock is wrong.
  private static let shifts = ["slow": -20, "fast": 10, "right": 0]
  private static let members = ["slow", "fast", "right"]
  /// The same of the hub, in one round after the other.
  private static let hubShifts = [-20, 10]

  private let workshop: Workshop
  private let library: String
  private var wrong = 0

  init(standIn: [String] = []) throws {
    workshop = try Workshop(standIn: standIn)
    let source = URL(fileURLWithPath: #filePath).deletingLastPathComponent().appendingPathComponent("shifted-clock.c")
    library = workshop.file("shifted-clock.so")
    try Machine.run(try #require(Machine.compiler), "-shared", "-fPIC", "-O1", "-o", library, source.path, "-ldl")
  }

  /// Works for some rounds, or until a clock has decided something.
  ///
  /// - Returns: How many rounds there were, how many outcomes were not what the acts themselves decide, and the years
  ///   in the history.
  func work(rounds: Int) async throws -> (rounds: Int, wrong: Int, years: String) {
    // Members join by a hub whose clock is right: a code is rightly too old after ten years.
    var hub = try await workshop.begin("slow", "fast", "right")
    let shared = try await act("right", ["record", "add", "event", "title=Tea"])["id"].word
    let id = try #require(shared)
    for member in ["right"] + Self.members { try await act(member, ["send"]) }

    var round = 0
    while round < rounds && wrong == 0 {
      let hubClock = clock(Self.hubShifts[round % Self.hubShifts.count])
      await hub.stop()
      hub = try await workshop.serve(port: hub.port, environment: hubClock)
      // Everybody writes before anybody hears of the others; the next round begins with another member.
      let order = (0..<3).map { Self.members[($0 + round) % 3] }
      for member in order {
        try await act(member, ["record", "add", "event", "title=\(member) \(round)"])
        try await act(member, ["record", "set", id, "title=\(member) says \(round)"])
      }
      for member in order + order { try await act(member, ["send"]) }
      try await workshop.expectEqual("slow", "fast", "right")
      let asked = try await act("right", ["record", "conflicts"])
      expectUndecided(asked["conflicts"][0]["values"].items.count == 3, asked)
      for member in Self.members { #expect(try await act(member, ["record", "conflicts"]) == asked) }

      // Whoever settles does it by a clock before which the others wrote.
      let chosen = "\(order[2]) says \(round)"
      if round.isMultiple(of: 2) {
        let words = ["review", "settle", "--data", workshop.hubFolder, "--json", "\(id)/title", chosen]
        let outcome = try await workshop.run("board-hub", words, environment: hubClock)
        try #require(outcome.end == .exit(0), "\(outcome.errors)")
      } else {
        try await act("slow", ["record", "settle", id, "title", chosen])
      }
      for member in order + order { try await act(member, ["send"]) }
      try await workshop.expectEqual("slow", "fast", "right")
      let shown = try await act("right", ["record", "show", id])
      expectUndecided(shown["fields"]["title"].word == chosen && shown["conflicts"].keys.isEmpty, shown)
      round += 1
    }
    return (round, wrong, try await expectShiftsSeen(id))
  }

  /// Counts and tells an outcome that is not what people's acts alone decide.
  private func expectUndecided(_ isRight: Bool, _ outcome: JSON) {
    guard !isRight else { return }
    wrong += 1
    Issue.record("the clock decided: \(outcome.text)")
  }

  private func clock(_ years: Int) -> [String: String] {
    ["LD_PRELOAD": library, "CLOCK_SHIFT_SECONDS": String(years * 365 * 86_400)]
  }

  /// One act of a member by the clock of their computer.
  @discardableResult
  private func act(_ member: String, _ words: [String]) async throws -> JSON {
    let outcome = try await workshop.run(
      "board", ["--home", workshop.file(member), "--json"] + words,
      environment: clock(try #require(Self.shifts[member])))
    try #require(outcome.end == .exit(0), "\(member) \(words): \(outcome.end) \(outcome.errors)")
    return outcome.json
  }

  /// The shifts did take effect: the history, as everybody sees it, bears the years of the wrong clocks.
  private func expectShiftsSeen(_ id: String) async throws -> String {
    let history = try await act("right", ["record", "history", id])["history"].items
    let now = Calendar(identifier: .gregorian).component(.year, from: Date())
    // The hub settles where its clock is slow.
    for (author, shift) in Self.shifts.merging(["the Centre": Self.hubShifts[0]], uniquingKeysWith: { $1 }) {
      let times = history.filter { $0["author"].word == author }.compactMap(\.["time"].word)
      #expect(!times.isEmpty, "\(author): \(history)")
      // Leap days move the end of a shifted year by days.
      for time in times {
        let year = try #require(Int(time.prefix(4)))
        #expect(abs(year - now - shift) <= 1 && (shift == 0 || year != now), "\(author): \(time)")
      }
    }
    return Set(history.compactMap { $0["time"].word?.prefix(4) }).sorted().joined(separator: ", ")
  }
}
