// The power goes while a hub and a member's program write to one disk: what was reported before is there when the disk is
// mounted again. A writer that acknowledges commits before they are on the disk runs beside them, and must lose some:
// else the rig would be blind.

import Foundation
import ProgramKit
import Replication
import Synchronization
import TestKit
import Testing

@Suite(
  "Rig: power cut", .serialized, .timeLimit(.minutes(30)), .allowed("power cut", unless: Machine.imageRefusal))
struct PowerCutRig {
  private static let writer =
    URL(fileURLWithPath: #filePath).deletingLastPathComponent().appendingPathComponent("control-writer.py").path

  @Test("what a member or the hub reported before the power went is on the disk, once (G2, G3)")
  func cuts() async throws {
    let workshop = try Workshop(hub: "disk/hub")
    let disk = try MountedImage(at: workshop.file("disk"), mebibytes: 128)
    var hub = try await workshop.begin("chair")
    try await workshop.join("carer", in: "disk/carer", at: hub.url)
    let ledger = try await Ledger(in: workshop, of: "disk/carer")
    var random = SplitMix64(seed: 5)
    var control = Control()
    for cut in 1...Extent.current.cuts {
      var writers: [String: Program] = [:]
      for mode in ["NORMAL", "FULL"] {
        let words = [Self.writer, "write", workshop.file("disk/\(mode)-\(cut).db"), mode]
        let writer = try workshop.start("/usr/bin/python3", words)
        _ = try await writer.firstLine()
        writers[mode] = writer
      }
      let moment = Duration.milliseconds(Int.random(in: 300..<2_500, using: &random))
      let said = try await work(ledger, beside: writers, until: disk, losesPowerAfter: moment)
      await hub.crash()
      for writer in writers.values {
        writer.end(by: SIGKILL)
        _ = await writer.outcome()
      }
      try disk.restorePower()

      for (mode, number) in said {
        let file = workshop.file("disk/\(mode)-\(cut).db")
        let held = try await workshop.run("/usr/bin/python3", [Self.writer, "count", file]).json.number
        control.enter(mode, acknowledged: number, held: Int(try #require(held)))
      }
      hub = try await workshop.serve(port: hub.port)
      let event = "cut \(cut)"
      // What the hub itself holds, asked before the carer comes back, who would offer again what is missing.
      try await workshop.done("chair", "send")
      try await ledger.judge("chair", holds: ledger.acknowledged, after: event)
      try await ledger.judge("disk/carer", holds: ledger.saved, after: event)
      try await ledger.settle(with: "chair", after: event)
    }
    await hub.stop()
    report(
      "power cut", wanted: "\(Extent.current.cuts) cuts", got: "\(Extent.current.cuts) cuts, \(ledger.figures)",
      control: "NORMAL lost \(control.lost["NORMAL", default: 0]) of \(control.acknowledged["NORMAL", default: 0]) "
        + "commits, FULL \(control.lost["FULL", default: 0]) of \(control.acknowledged["FULL", default: 0])")
    #expect(ledger.isClean)
    #expect(control.lost["NORMAL", default: 0] > 0, "a writer that does not wait for the disk lost nothing: blind")
    #expect(control.lost["FULL", default: 0] == 0, "a writer that waits for the disk lost something: the rig lies")
  }

  /// Adds and sends without a pause until the power is gone, which happens somewhere in an act.
  ///
  /// What counts as reported is what had been said when the power went: an act under way may get a kernel's answer that
  /// on a real computer nobody would have lived to see.
  ///
  /// - Returns: The last commit each writer had acknowledged by then.
  private func work(
    _ ledger: Ledger, beside writers: [String: Program], until disk: MountedImage, losesPowerAfter moment: Duration
  ) async throws -> [String: Int] {
    let act = Mutex(Act())
    async let said: (act: String, writers: [String: Int]) = {
      // Real processes need real time to get anywhere.
      try await Task.sleep(for: moment)
      return try act.withLock { act in
        act.isPowerOff = true
        let said = writers.mapValues { Int($0.output.split(separator: "\n").last ?? "") ?? 0 }
        let last = act.program?.output ?? ""
        try disk.cutPower()
        return (last, said)
      }
    }()
    var isPowerOff = false
    var number = 0
    while !isPowerOff {
      number += 1
      let isSending = number % 3 == 0
      let (title, program) = isSending ? ("", try ledger.startSending()) : try ledger.startAdding()
      act.withLock { $0.program = program }
      let outcome = await program.outcome()
      isPowerOff = act.withLock { act in
        act.program = nil
        return act.isPowerOff
      }
      let reported = isPowerOff ? try await said.act : outcome.output
      if isSending { try ledger.enterSending(reported) } else { try ledger.enterReceipt(reported, for: title) }
      #expect(isPowerOff || outcome.end == .exit(0), "\(outcome.end) \(outcome.errors)")
    }
    let late = try await ledger.add()
    #expect(late.end != .exit(0), "a member's program saved something without power")
    return try await said.writers
  }
}

/// What is under way while the power may go.
private struct Act {
  var program: Program?
  var isPowerOff = false
}

/// What the control's writers were told and what was left of it, by SQLite's `synchronous`.
private struct Control {
  private(set) var acknowledged: [String: Int] = [:]
  private(set) var lost: [String: Int] = [:]

  mutating func enter(_ mode: String, acknowledged number: Int, held: Int) {
    acknowledged[mode, default: 0] += number
    lost[mode, default: 0] += max(0, number - held)
  }
}
