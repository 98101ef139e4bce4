// Hundreds of kills at moments nobody chose: of a member's program while it saves, of one while it sends, and of the hub
// while it is sent to. `ProgramTests/KillTests` aims at one act each; here they follow each other on the same copies,
// so that what one kill leaves is what the next one meets.

import Foundation
import ProgramKit
import Replication
import TestKit
import Testing

@Suite("Rig: kill loop", .serialized, .timeLimit(.minutes(45)))
struct KillRig {
  @Test("whatever is killed, and whenever, what was reported is there, once, and the copies become equal (G2, G3)")
  func loop() async throws {
    var control: [String] = []
    for fault in [Fault.receiptFirst, .answerFirst] {
      let (ledger, kills) = try await fault.mustShow(" lost ") { try await self.kill(60, standIn: fault.programs) }
      #expect(ledger.lost > 0)
      control.append("\(fault.rawValue): \(ledger.lost) lost by kill \(kills.reduce(0, +))")
    }
    let (ledger, kills) = try await kill(Extent.current.kills)
    report(
      "kill loop", wanted: "\(Extent.current.kills) kills half-way",
      got: "\(kills.reduce(0, +)) kills (\(kills[0]) saving, \(kills[1]) sending, \(kills[2]) of the hub), "
        + ledger.figures, control: control.joined(separator: "; "))
    #expect(ledger.isClean)
  }

  /// Kills until so many kills have met an act half-way, or something was lost or doubled.
  ///
  /// - Returns: How many met a member saving, one sending, and a hub.
  private func kill(_ wanted: Int, standIn: [String] = []) async throws -> (ledger: Ledger, kills: [Int]) {
    let workshop = try Workshop(standIn: standIn)
    var hub = try await workshop.begin("carer", "chair")
    let ledger = try await Ledger(in: workshop, of: "carer")
    let clock = ContinuousClock()
    let adding = try await clock.measure { try await ledger.add() }
    let sending = try await clock.measure { try await ledger.send() }
    // The last counts from when a connection stands, and most of a sending is over by then.
    var aims = [Aim(within: adding), Aim(within: sending), Aim(within: sending * 0.1)]
    var random = SplitMix64(seed: 100)
    var kills = [0, 0, 0]
    while kills.reduce(0, +) < wanted && ledger.isClean {
      // Whichever was killed least: a shot that comes too late is none. A hub is hard to meet, and its share is a fifth.
      let shares = [kills[0], kills[1], 2 * kills[2]]
      let target = (0..<3).min { shares[$0] < shares[$1] } ?? 0
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
      if isHit { kills[target] += 1 }
      // A hub that was killed when nobody waited for it any more may still have lost something.
      guard isHit || target == 2 else { continue }
      let event = "kill \(kills.reduce(0, +))"
      // What the hub itself holds, asked before the carer comes back, who would offer again what is missing.
      if target != 0 {
        try await workshop.done("chair", "send")
        try await ledger.judge("chair", holds: ledger.acknowledged, after: event)
      }
      guard isHit else { continue }
      try await ledger.judge("carer", holds: ledger.saved, after: event)
      if ledger.isClean { try await ledger.settle(with: "chair", after: event) }
    }
    return (ledger, kills)
  }

  /// Whether the kill met it before its end. Waiting is what these three are for: a moment in a real program's life is
  /// a time on a real clock.
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

  /// Whether the sender was cut off by it: one that came when the hub was gone already met no kill.
  private func kill(_ hub: ServedHub, with ledger: Ledger, at moment: Duration) async throws -> Bool {
    let program = try ledger.startSending()
    // A program takes longer to start than to send; the moment counts from when its connection to the hub stands.
    while program.isRunning && !Machine.isConnected(to: hub.port) { try await Task.sleep(for: .microseconds(200)) }
    try await Task.sleep(for: moment)
    await hub.crash()
    let outcome = await program.outcome()
    #expect([0, 69].contains(outcome.code), "\(outcome.errors)")
    try await ledger.enterStanding()
    return outcome.code == 69
  }
}
