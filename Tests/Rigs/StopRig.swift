// Processes that stand still in the middle of a `send`, as on a computer that is put to sleep, and go on later as if
// nothing had been.

import Foundation
import ProgramKit
import Replication
import TestKit
import Testing

@Suite("Rig: suspended processes", .serialized, .timeLimit(.minutes(20)))
struct StopRig {
  @Test("a member's program or a hub that is suspended while sending loses nothing and doubles nothing (G3)")
  func stops() async throws {
    let fault = Fault.takesTwice
    let control = try await fault.mustShow(" doubled ") {
      try await self.stop(40, for: .seconds(1), standIn: fault.programs).ledger
    }
    #expect(control.doubled > 0)
    let (ledger, stops) = try await stop(Extent.current.stops, for: Extent.current.stopped)
    report(
      "standstill", wanted: "\(Extent.current.stops) stops while sending",
      got: "\(stops.devices) devices and \(stops.hubs) hubs stopped while sending, \(ledger.figures)",
      control: "\(fault.rawValue): \(control.doubled) doubled of \(control.saved.count)")
    #expect(ledger.isClean && stops.devices > 0 && stops.hubs > 0)
  }

  /// Stops members and hubs until so many have stood still while something was sent, or something was lost or doubled.
  private func stop(
    _ wanted: Int, for pause: Duration, standIn: [String] = []
  ) async throws -> (ledger: Ledger, stops: (devices: Int, hubs: Int)) {
    let workshop = try Workshop(standIn: standIn)
    let hub = try await workshop.begin("carer", "chair")
    let ledger = try await Ledger(in: workshop, of: "carer")
    try await ledger.add()
    let whole = try await ContinuousClock().measure { try await ledger.send() }
    var aims = [Aim(within: whole), Aim(within: whole)]
    var random = SplitMix64(seed: 6)
    var stops = (devices: 0, hubs: 0)
    var round = 0
    while stops.devices + stops.hubs < wanted && ledger.isClean {
      try await ledger.add()
      let sending = try ledger.startSending()
      // Whichever was met less often.
      let isHub = stops.hubs < stops.devices
      let target = isHub ? 1 : 0
      round += 1
      let stopped = isHub ? hub.program : sending
      // A real process needs its time: the moment falls somewhere in its act.
      try await Task.sleep(for: aims[target].next(using: &random))
      stopped.end(by: SIGSTOP)
      let isStill = try await stopped.standsStill()
      if isStill {
        try await Task.sleep(for: pause)
        // It stood still all the while.
        #expect(stopped.stateLetter == "T")
      }
      // Else the reply had come already, or nothing was left to stop.
      let isMidway = isStill && sending.isRunning
      aims[target].correct(wasTooLate: !isMidway)
      if isMidway { if isHub { stops.hubs += 1 } else { stops.devices += 1 } }
      stopped.end(by: SIGCONT)
      let outcome = await sending.outcome()
      #expect(outcome.end == .exit(0) || [69, 75].contains(outcome.code), "\(outcome.end) \(outcome.errors)")
      try ledger.enterSending(outcome.output)
      try await workshop.done("chair", "send")
      let event = "standstill \(round)"
      try await ledger.judge("chair", holds: ledger.acknowledged, after: event)
      try await ledger.settle(with: "chair", after: event)
    }
    return (ledger, stops)
  }
}

extension Program {
  /// Whether it stands still, once a signal to do so has reached it; `false` where it had ended before.
  fileprivate func standsStill() async throws -> Bool {
    // The kernel stops a process when it next could run; there is nothing to wait on but its state.
    while let letter = stateLetter {
      if letter == "T" { return true }
      if letter == "Z" { return false }
      try await Task.sleep(for: .milliseconds(2))
    }
    return false
  }
}
