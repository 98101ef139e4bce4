// One enrolled member and one stranger do what they can to keep a hub from everybody else, while an honest member writes and
// sends all the time.

import Foundation
import JSONText
import ProgramKit
import SyncHub
import Testing

@Suite("Rig: attack", .serialized, .timeLimit(.minutes(15)))
struct AttackRig {
  private static let tests = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
  private static let attacker = tests.appendingPathComponent("Rigs/attacker.py").path
  private static let client = tests.appendingPathComponent("WireTests/client.py").path
  private static let seed = tests.appendingPathComponent("Fixtures/seed-records.jsonl").path

  /// How long an honest member's sends took, from the start of the program to its end.
  private struct Waits {
    var durations: [Duration] = []

    /// The wait that so many of a hundred sends did not exceed.
    func percentile(_ percent: Int) -> Duration {
      let sorted = durations.sorted()
      return sorted.isEmpty ? .zero : sorted[min(sorted.count - 1, sorted.count * percent / 100)]
    }

    /// True if an honest member hardly notices.
    var isHeld: Bool { percentile(99) < .seconds(1) }

    var words: String {
      func milliseconds(_ duration: Duration) -> Int64 { Int64(duration / .milliseconds(1)) }
      return "\(durations.count) sends, p50 \(milliseconds(percentile(50))) ms, p99 \(milliseconds(percentile(99))) ms"
    }
  }

  @Test(
    "while a member and a stranger attack a hub, an honest member's work and the Centre's arrive")
  func attack() async throws {
    let workshop = try Workshop()
    let hub = try await workshop.begin()
    try await workshop.join("carer", at: hub, spaces: ["public"])
    try await workshop.join("chair", at: hub)
    let ledger = try await Ledger(in: workshop, of: "carer")
    let calm = try await sends(of: ledger) { $0.durations.count < 10 }
    let control = try await sendsBehind(hub, standingStillFor: .milliseconds(1_500), of: ledger)
    #expect(!control.isHeld, "the control: \(control.words)")

    let before = try workshop.bytes(of: workshop.hubFolder)
    let code = try await workshop.code(for: "attacker", as: "member")
    let seconds = Extent.current.attackSeconds
    let attacker = try workshop.start(
      "/usr/bin/python3", [Self.attacker, Self.client, hub.url, code, String(seconds)], deadlineSeconds: 600)
    let attacked = try await sends(of: ledger) { _ in attacker.isRunning }
    let outcome = await attacker.outcome()
    try #require(outcome.end == .exit(0), "\(outcome.errors)")
    let growth = try workshop.bytes(of: workshop.hubFolder) - before

    for member in ["carer", "chair"] { try await workshop.done(member, "send") }
    try await ledger.judge("chair", holds: ledger.saved, after: "the attack")
    try await workshop.expectEqual("carer", "chair")
    // What A4 wanted to prevent for good.
    _ = try await workshop.code(for: "Joan", as: "chair", spaces: ["cab"])
    try await workshop.hubDone("import", Self.seed)

    let sent = outcome.json
    report(
      "attack", wanted: "\(seconds) s, a member and a stranger",
      got: "\(attacked.words), \(ledger.figures); the attacker: \(sent["requests"].text) requests of "
        + "\((sent["bytes"].number ?? 0) >> 20) MiB answered \(sent["statuses"].text), "
        + "\(sent["connections"].text) connections; the hub's disk grew by \(growth >> 20) MiB",
      control: "a hub that stands still: \(control.words); nobody attacks: \(calm.words)")
    #expect(ledger.isClean)
    for attack in ["A1", "A2", "A3", "A4"] { #expect(sent["turns"][attack].number ?? 0 > 0, "\(attack) was not tried") }
    // What a member may write in a day takes at most twice as much of the disk (`AllowanceTests.disk`); the rest is the
    // store's own log, refused changes and the honest member's work.
    let allowance = Int(HubAllowances().bytesPerDay)
    #expect(growth < 3 * allowance, "the disk grew by \(growth >> 20) MiB")
    let isHeld = attacked.isHeld
    if Extent.current.holdsTimes { #expect(isHeld, "\(attacked.words)") }
  }

  /// One send at a hub that nothing reaches for a while.
  private func sendsBehind(
    _ hub: ServedHub, standingStillFor pause: Duration, of ledger: Ledger
  ) async throws -> Waits {
    hub.program.end(by: SIGSTOP)
    let goingOn = Task {
      // A real process stands still in real time.
      try await Task.sleep(for: pause)
      hub.program.end(by: SIGCONT)
    }
    defer { hub.program.end(by: SIGCONT) }
    let waits = try await sends(of: ledger) { $0.durations.isEmpty }
    try await goingOn.value
    return waits
  }

  /// Adds an event and sends it, again and again; each is told to the hub before the next.
  private func sends(of ledger: Ledger, while isGoingOn: (Waits) -> Bool) async throws -> Waits {
    var waits = Waits()
    while isGoingOn(waits) {
      try await ledger.add()
      var sent: Outcome?
      waits.durations.append(try await ContinuousClock().measure { sent = try await ledger.send() })
      #expect(sent?.end == .exit(0), "\(sent.map { "\($0.end) \($0.output) \($0.errors)" } ?? "")")
    }
    return waits
  }
}

extension Workshop {
  /// The bytes of all files below a folder.
  fileprivate func bytes(of folder: String) throws -> Int64 {
    try FileManager.default.subpathsOfDirectory(atPath: folder).reduce(0) { sum, path in
      let facts = try FileManager.default.attributesOfItem(atPath: folder + "/" + path)
      return sum + (facts[.type] as? FileAttributeType == .typeRegular ? (facts[.size] as? Int64 ?? 0) : 0)
    }
  }
}
