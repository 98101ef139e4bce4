// Sealed work stays on its device until every backup that may be restored has it: what the hub kept, and a restore takes
// away again, is not lost (audit A5).

import ClientCore
import HubAdministration
import Replication
import SQLiteStorage
import SyncHub
import SyncProtocol
import TestKit
import Testing

@Suite("Sealed work until it is safe")
struct SealedUntilSafeTests {
  private static let day: Int64 = 86_400_000
  let hub: TestHub

  init() throws {
    hub = try TestHub()
  }

  /// A member's device whose one unsent change the hub keeps as a proposal, after a backup without it.
  private func keptAfterBackup(isRevoked: Bool) async throws -> TestDevice {
    let carer = try await hub.joined("carer")
    try hub.backUp()
    try carer.add("Never sent", space: "cab")
    if isRevoked { try hub.revoke(carer) } else { try hub.leave("carer") }
    try await carer.send()
    #expect(try hub.proposals().count == 1)
    return carer
  }

  private func setAside(on device: TestDevice) throws -> Bool {
    try device.store.read { try ControlOutbox.hasSetAside(in: $0) }
  }

  @Test(
    "work that the hub kept, and lost by a restore, is a proposal again after its device's next contact",
    arguments: [true, false])
  func keptRestoredGone(isRevoked: Bool) async throws {
    let carer = try await keptAfterBackup(isRevoked: isRevoked)
    let restored = try hub.restored()
    carer.connect(to: restored)
    try await carer.send()
    #expect(try restored.proposals().map(\.member) == ["carer"])
    _ = try restored.administration.run(.proposalList)
    #expect(try restored.administration.run(.proposalTake("1")).answer == .taken)
    let reader = try await restored.joined("reader")
    #expect(try reader.titles == ["Never sent"])
  }

  @Test("work that a revoked device sent sealed is brought back though the restored hub revokes it at once again")
  func revokedAgain() async throws {
    let carer = try await keptAfterBackup(isRevoked: true)
    let restored = try hub.restored()
    try restored.revoke(carer)
    carer.connect(to: restored)
    let report = try await carer.send()
    #expect(report.outcome.progress.revoked != nil && report.outcome.counts.sealedStored == 1)
    #expect(try restored.proposals().count == 1)
  }

  @Test("kept work is not unsent, is offered no more, and goes from the device once no backup without it may return")
  func safe() async throws {
    let (leaver, lost) = (try await hub.joined("carer"), try await hub.joined("chair"))
    for device in [leaver, lost] { try device.add("Never sent", space: "cab") }
    try hub.leave("carer")
    try hub.revoke(lost)
    for device in [leaver, lost] { try await device.send() }
    #expect(try leaver.copy.status().unsent == 0)
    for days in [0, 29, 1] as [Int64] {
      hub.clock.advance(milliseconds: days * Self.day)
      for device in [leaver, lost] {
        #expect(try setAside(on: device) && device.store.read { try ControlOutbox(from: $0) }.sealedChanges.isEmpty)
        #expect(try await device.send().outcome.counts.sealedStored == 0)
      }
    }
    for device in [leaver, lost] { #expect(try !setAside(on: device)) }
    #expect(try hub.proposals().count == 2)
    #expect(try !lost.copy.keepsSealedWork())
    await #expect(throws: ClientError.self) { try await lost.send() }
  }

  @Test("a decided proposal is no question again in its line of history, and is one after a restore to before that")
  func decided() async throws {
    let carer = try await keptAfterBackup(isRevoked: false)
    try hub.backUp(to: "waiting.db")
    _ = try hub.administration.run(.proposalList)
    _ = try hub.administration.run(.proposalDecline("1"))
    try hub.backUp(to: "declined.db")
    let same = try hub.restored(from: "declined.db")
    carer.connect(to: same)
    try await carer.send()
    #expect(try same.proposals().isEmpty)
    let before = try same.restored(from: "waiting.db")
    carer.connect(to: before)
    try await carer.send()
    #expect(try before.proposals().count == 1)
  }

  @Test("a longer time for backups makes no backup restorable that devices rely on as gone")
  func longer() throws {
    let now = hub.clock.read()
    let before = try hub.administration.run(.backupDays(nil))
    #expect(before.days == 30 && before.safeTime == Timestamp(milliseconds: now.milliseconds - 30 * Self.day))
    #expect(try hub.administration.run(.backupDays(60)).safeTime == before.safeTime)
    #expect(
      try hub.administration.run(.backupDays(7)).safeTime == Timestamp(milliseconds: now.milliseconds - 7 * Self.day))
    for days in [0, 3651] as [UInt64] {
      #expect(throws: AdminError.self) { try hub.administration.run(.backupDays(days)) }
    }
  }
}
