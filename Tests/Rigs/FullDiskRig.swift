// A disk that is really full, not a limit on files as in `ProgramTests/FullDiskTests`: a member's copy lies on a file
// system of a few hundred KiB, together with everything SQLite wants beside it.

import Foundation
import ProgramKit
import Replication
import Testing

@Suite(
  "Rig: full disk", .serialized, .timeLimit(.minutes(10)), .allowed("full disk", unless: Machine.memoryRefusal))
struct FullDiskRig {
  let workshop: Workshop

  init() throws {
    workshop = try Workshop()
  }

  @Test("a member whose disk fills up is told so in plain words, keeps all that was saved, and goes on with room (G2)")
  func filledUp() async throws {
    let disk = try MountedMemory(at: workshop.file("small"), kibibytes: 640)
    let hub = try await workshop.begin("chair")
    try await workshop.join("carer", in: "small/carer", at: hub.url)
    let ledger = try await Ledger(in: workshop, of: "small/carer")
    var kibibytes = 640
    var refused = 0
    for filling in 1...Extent.current.fillings {
      let event = "filling \(filling)"
      for _ in 0..<8 { try await expectSaved(ledger) }
      let filler = workshop.file("small/filler-\(filling)")
      let filled = try Machine.fill(filler)
      #expect(filled.bytes > 0)
      // A change may still find room inside the file it goes to; soon none does.
      for _ in 0..<20 where refused < filling * 3 { refused += try await isRefused(ledger) ? 1 : 0 }
      #expect(refused == filling * 3, "nothing was refused on a full disk")
      #expect(try Machine.fill(filler).isFull, "the disk was not full, so nothing was tried")

      kibibytes += 640
      try disk.resize(kibibytes: kibibytes)
      try await ledger.judge("small/carer", holds: ledger.saved, after: event)
      try await expectSaved(ledger)
      try await ledger.settle(with: "chair", after: event)
    }
    report(
      "full disk",
      "\(Extent.current.fillings) fillings, \(refused) acts told so, \(ledger.saved.count) changes, "
        + "\(ledger.lost) lost, \(ledger.doubled) doubled")
    #expect(ledger.lost == 0 && ledger.doubled == 0)
  }

  private func expectSaved(_ ledger: Ledger) async throws {
    let outcome = try await ledger.add()
    #expect(outcome.end == .exit(0), "\(outcome.errors)")
  }

  /// Adds once more: either it is saved, or the disk is said to be full.
  private func isRefused(_ ledger: Ledger) async throws -> Bool {
    let outcome = try await ledger.add()
    if outcome.end == .exit(0) { return false }
    #expect(outcome.end == .exit(74) && outcome.errorCode == "full", "\(outcome.end) \(outcome.errors)")
    #expect(outcome.output.isEmpty, "\(outcome.output)")
    return true
  }

  @Test("no room for temporary files is nothing to a member or the hub")
  func temporaryFilesOnly() async throws {
    let disk = try MountedMemory(at: workshop.file("tmp"), kibibytes: 16)
    _ = try Machine.fill(disk.path + "/filler")
    let environment = ["TMPDIR": disk.path, "SQLITE_TMPDIR": disk.path]
    let hub = try await workshop.begin("carer", "chair")
    let acts = [["record", "add", "event", "title=Tea"], ["send"], ["record", "list", "event"], ["digest"]]
    for words in acts {
      let outcome = try await workshop.run(
        "board", ["--home", workshop.file("carer"), "--json"] + words, environment: environment)
      #expect(outcome.end == .exit(0), "\(words): \(outcome.errors)")
    }
    await hub.stop()
    let digest = try await workshop.run(
      "board-hub", ["digest", "--data", workshop.hubFolder, "--json"], environment: environment)
    #expect(digest.end == .exit(0), "\(digest.errors)")
    #expect(try Machine.fill(disk.path + "/filler").isFull, "the disk was not full, so nothing was tried")
    _ = try await workshop.serve(port: hub.port)
    try await workshop.done("chair", "send")
    try await workshop.expectEqual("carer", "chair")
    report("full TMPDIR", "\(acts.count + 1) acts, all done")
  }
}
