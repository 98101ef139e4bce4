// Hundreds of kills at moments nobody chose: of a member's program while it saves, of one while it sends, and of the hub
// while it is sent to. `ProgramTests/KillTests` aims at one act each; here they follow each other on the same copies,
// so that what one kill leaves is what the next one meets.

import Foundation
import ProgramKit
import Replication
import Testing

@Suite("Rig: kill loop", .serialized, .timeLimit(.minutes(45)))
struct KillRig {
  @Test("whatever is killed, and whenever, what was reported is there, once, and the copies become equal (G2, G3)")
  func loop() async throws {
    let workshop = try Workshop()
    var hub = try await workshop.begin("carer", "chair")
    let ledger = try await Ledger(in: workshop, of: "carer")
    let clock = ContinuousClock()
    let adding = try await clock.measure { try await ledger.add() }
    let sending = try await clock.measure { try await ledger.send() }
    var aims = [Aim(within: adding), Aim(within: sending), Aim(within: sending)]
    var random = Dice(seed: 100)
    var kills = [0, 0, 0]
    while kills.reduce(0, +) < Extent.current.kills {
      // Whichever was killed least: a shot that comes too late is none.
      let target = (0..<3).min { kills[$0] < kills[$1] } ?? 0
      if target != 0 { try await ledger.add() }
      let isHit: Bool
      switch target {
      case 0: isHit = try await killAdding(ledger, at: aims[0].next(using: &random))
      case 1: isHit = try await killSending(ledger, at: aims[1].next(using: &random))
      default:
        isHit = try await kill(hub, with: ledger, at: aims[2].next(using: &random))
        hub = try await workshop.serve(port: hub.port)
      }
      aims[target].correct(wasTooLate: !isHit)
      guard isHit || target == 2 else { continue }
      kills[target] += 1
      let event = "kill \(kills.reduce(0, +))"
      // What the hub itself holds, asked before the carer comes back, who would offer again what is missing.
      if target != 0 {
        try await workshop.done("chair", "send")
        try await ledger.judge("chair", holds: ledger.acknowledged, after: event)
      }
      try await ledger.judge("carer", holds: ledger.saved, after: event)
      try await ledger.settle(with: "chair", after: event)
    }
    report(
      "kill loop",
      "\(kills.reduce(0, +)) kills (\(kills[0]) saving, \(kills[1]) sending, \(kills[2]) of the hub), "
        + "\(ledger.saved.count) changes, \(ledger.lost) lost, \(ledger.doubled) doubled")
    #expect(ledger.lost == 0 && ledger.doubled == 0)
  }

  /// Whether the kill met it before its end.
  private func killAdding(_ ledger: Ledger, at moment: Duration) async throws -> Bool {
    let (title, program) = try ledger.startAdding()
    try await Task.sleep(for: moment)
    program.end(by: SIGKILL)
    let outcome = await program.outcome()
    try ledger.enterReceipt(outcome.output, for: title)
    return outcome.end == .signal(SIGKILL)
  }

  private func killSending(_ ledger: Ledger, at moment: Duration) async throws -> Bool {
    let program = try ledger.startSending()
    try await Task.sleep(for: moment)
    program.end(by: SIGKILL)
    let outcome = await program.outcome()
    try await ledger.enterStanding()
    return outcome.end == .signal(SIGKILL)
  }

  /// Whether the sender was cut off by it.
  private func kill(_ hub: ServedHub, with ledger: Ledger, at moment: Duration) async throws -> Bool {
    let program = try ledger.startSending()
    try await Task.sleep(for: moment)
    await hub.crash()
    let outcome = await program.outcome()
    #expect([0, 69].contains(outcome.code), "\(outcome.errors)")
    try await ledger.enterStanding()
    return outcome.code == 69
  }
}
