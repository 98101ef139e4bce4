// A disk that is really full, not a limit on files as in `ProgramTests/FullDiskTests`: a member's copy lies on a file
// system of a few hundred KiB, together with everything SQLite wants beside it.

import Foundation
import ProgramKit
import Replication
import Testing

@Suite(
  "Rig: full disk", .serialized, .timeLimit(.minutes(10)), .allowed("full disk", unless: Machine.memoryRefusal))
struct FullDiskRig {
  @Test("a member whose disk fills up is told so in plain words, keeps all that was saved, and goes on with room (G2)")
  func filledUp() async throws {
    let fault = Fault.receiptFirst
    let control = try await fault.mustShow(" lost ") { try await self.fillUp(1, standIn: fault.programs).ledger }
    #expect(control.lost > 0)
    let (ledger, refused) = try await fillUp(Extent.current.fillings)
    report(
      "full disk", wanted: "\(Extent.current.fillings) fillings",
      got: "\(Extent.current.fillings) fillings, \(refused) acts told so, \(ledger.figures)",
      control: "\(fault.rawValue): \(control.lost) lost of \(control.saved.count)")
    #expect(ledger.isClean && refused == Extent.current.fillings * 3, "hardly anything was refused on a full disk")
  }

  /// The size of the disk in KiB: somewhat more than joining takes, which is a copy's tables and views twice.
  private static let roomAtFirst = 1024

  /// Fills the member's disk up and gives it room again.
  ///
  /// - Returns: How many acts were told that there is no room: three a filling.
  private func fillUp(_ fillings: Int, standIn: [String] = []) async throws -> (ledger: Ledger, refused: Int) {
    let workshop = try Workshop(standIn: standIn)
    let disk = try MountedMemory(at: workshop.file("small"), kibibytes: Self.roomAtFirst)
    let hub = try await workshop.begin("chair")
    try await workshop.join("carer", in: "small/carer", at: hub.url)
    let ledger = try await Ledger(in: workshop, of: "small/carer")
    var kibibytes = Self.roomAtFirst
    var refused = 0
    for filling in 1...fillings {
      let event = "filling \(filling)"
      for _ in 0..<8 { try await expectSaved(ledger) }
      let filler = workshop.file("small/filler-\(filling)")
      let filled = try Machine.fill(filler)
      #expect(filled.bytes > 0)
      // A change may still find room inside the file it goes to; soon none does.
      for _ in 0..<20 where refused < filling * 3 { refused += try await isRefused(ledger) ? 1 : 0 }
      #expect(try Machine.fill(filler).isFull, "the disk was not full, so nothing was tried")

      kibibytes += 640
      try disk.resize(kibibytes: kibibytes)
      try await ledger.judge("small/carer", holds: ledger.saved, after: event)
      guard ledger.isClean else { break }
      try await expectSaved(ledger)
      try await ledger.settle(with: "chair", after: event)
    }
    return (ledger, refused)
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
    let workshop = try Workshop()
    let disk = try MountedMemory(at: workshop.file("tmp"), kibibytes: 16)
    _ = try Machine.fill(disk.path + "/filler")
    let environment = ["TMPDIR": disk.path, "SQLITE_TMPDIR": disk.path]
    let control = try await workshop.run("/usr/bin/python3", ["-c", Self.spilling], environment: environment)
    #expect(control.errors.contains("full"), "whoever needs temporary files got them: \(control.errors)")
    let hub = try await workshop.begin("carer", "chair", environment: environment)
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
    report(
      "full TMPDIR", wanted: "\(acts.count + 1) acts and a served hub", got: "all done",
      control: "a query that needs temporary files fails")
  }

  /// The control: SQLite has to put this table into a temporary file.
  private static let spilling = """
    import sqlite3
    database = sqlite3.connect("")
    database.execute("PRAGMA cache_size = 1")
    database.execute("CREATE TABLE page AS SELECT zeroblob(1000000) AS zeros")
    """
}
