// What an administrator took away stays away after a restore: the ledger is asked for every body and every device, before
// anything of it is written into the restored data (rules 32 and 33).

import ClientCore
import Cryptography
import HubAdministration
import RecordModel
import Replication
import SQLiteStorage
import SyncHub
import SyncProtocol
import TestKit
import Testing

@Suite("The ledger")
struct LedgerTests {
  let hub: TestHub

  init() throws {
    hub = try TestHub()
  }

  /// Everything that a hub keeps of words: its records, its log and its proposals.
  private func words(in hub: TestHub) throws -> String {
    try hub.store.read { reader in
      var words = ""
      for space in try reader.spaces() {
        try reader.forEachRecord(in: space.id, kind: nil) { words += String(decoding: $1.encoded, as: UTF8.self) }
        for row in try reader.rows(after: 0, in: space.id, bytesMax: .max) {
          if let change = row.entry.remainder { words += String(decoding: change.bodyBytes, as: UTF8.self) }
        }
      }
      return words
    }
  }

  @Test("a restored hub stores no erased words that copies bring back, and erases them there once it may write")
  func vouchedBodies() async throws {
    let (carer, chair) = (try await hub.joined("carer"), try await hub.joined("chair"))
    try hub.backUp()
    let (event, other) = (try carer.add("CANARY"), try carer.add("Breakfast"))
    for device in [carer, chair] { try await device.send() }
    _ = try hub.administration.run(.erase(event.description, reason: "asked"))
    let restored = try hub.restored(ledger: hub.ledger)
    for device in [carer, chair] {
      device.connect(to: restored)
      try await device.send()
    }
    #expect(try !words(in: restored).contains("CANARY"))
    #expect(try chair.value(other, "title") == .text("Breakfast"))

    let now = restored.clock.read()
    let ledger = restored.ledger.ledger
    #expect(
      try restored.store.write { try ledger.applyErasures(rules: restored.model.rules, now: now, in: $0) } == 1)
    #expect(
      try restored.store.write { try ledger.applyErasures(rules: restored.model.rules, now: now, in: $0) } == 0)
    for device in [carer, chair] {
      try await device.send()
      #expect(try device.copy.list(kind: "event").map(\.id) == [other])
    }
    #expect(try restored.differences(from: [carer, chair]).isEmpty)
  }

  @Test(
    "new words into an erased record are refused for their author to keep, though the restored hub lacks the erasing")
  func newWords() async throws {
    let carer = try await hub.joined("carer")
    let event = try carer.add("Open day")
    try await carer.send()
    try hub.backUp()
    try carer.set(event, "title", "CANARY")
    _ = try hub.administration.run(.erase(event.description, reason: "asked"))
    let restored = try hub.restored(ledger: hub.ledger)
    carer.connect(to: restored)
    try await carer.send()
    try await carer.send()
    #expect(try carer.copy.rescued().map(\.reason) == [.erased])
    #expect(try !words(in: restored).contains("CANARY"))
  }

  @Test("sealed words about an erased record are no proposal")
  func sealed() async throws {
    let carer = try await hub.joined("carer")
    let event = try carer.add("Open day", space: "cab")
    try await carer.send()
    try hub.backUp()
    try carer.set(event, "title", "CANARY")
    _ = try hub.administration.run(.erase(event.description, reason: "asked"))
    let restored = try hub.restored(ledger: hub.ledger)
    try restored.leave("carer")
    carer.connect(to: restored)
    try await carer.send()
    #expect(try !words(in: restored).contains("CANARY"))
    #expect(try carer.store.read { try ControlOutbox.isEmpty(in: $0) })
  }

  @Test("a device that was revoked is revoked in the restored hub, and cannot join one that never knew it")
  func revoked() async throws {
    try hub.backUp(to: "before.db")
    let carer = try await hub.joined("carer")
    try hub.backUp()
    try hub.revoke(carer)
    let restored = try hub.restored(ledger: hub.ledger)
    let ledger = restored.ledger.ledger
    let applied = try restored.store.write { try ledger.applyToDirectory(now: restored.clock.read(), in: $0) }
    #expect(applied == (1, 0))
    carer.connect(to: restored)
    #expect(try await carer.send().outcome.progress.revoked == hub.clock.read())

    let older = try restored.restored(from: "before.db", ledger: restored.ledger)
    let code = try older.code(for: "carer")
    await #expect(throws: DirectoryError.deviceRevoked) {
      try await older.hub.join(code: code, key: carer.key.publicKey)
    }
  }

  @Test("a member who left has left the restored hub, unless they were invited again: the last word counts")
  func left() async throws {
    _ = try await hub.joined("carer")
    _ = try await hub.joined("chair")
    try hub.backUp()
    for member in ["carer", "chair"] { try hub.leave(member) }
    _ = try hub.code(for: "chair")
    let (carer, chair, cab) = (try hub.member("carer"), try hub.member("chair"), try hub.space("cab"))
    let restored = try hub.restored(ledger: hub.ledger)
    let ledger = restored.ledger.ledger
    let applied = try restored.store.write { try ledger.applyToDirectory(now: restored.clock.read(), in: $0) }
    #expect(applied == (0, 1))
    let (left, stayed, lacking) = try restored.store.read { reader in
      (
        try Directory(reader).principal(carer), try Directory(reader).principal(chair),
        try ledger.lacking(isNew: true, now: restored.clock.read(), in: reader)
      )
    }
    #expect(left?.spaces.contains(cab) == false && left?.left == [cab])
    #expect(stayed?.spaces.contains(cab) == true && lacking.isEmpty)
  }

  @Test("a ledger that was lost has again what the data still knows, and what copies bring back")
  func lost() async throws {
    let (carer, chair) = (try await hub.joined("carer"), try await hub.joined("chair"))
    let (first, second) = (try carer.add("First"), try carer.add("Second"))
    for device in [carer, chair] { try await device.send() }
    _ = try hub.administration.run(.erase(first.description, reason: "asked"))
    try hub.leave("carer")
    try hub.backUp()
    _ = try hub.administration.run(.erase(second.description, reason: "asked"))
    try await chair.send()
    let restored = try hub.restored()
    let lacking = try restored.store.read {
      try Ledger().lacking(isNew: true, now: restored.clock.read(), in: $0)
    }
    #expect(Ledger(lacking).erased.keys.map(\.record) == [first] && Ledger(lacking).left.count == 1)
    try restored.store.write { try restored.ledger.enter(lacking, in: $0) }
    chair.connect(to: restored)
    try await chair.send()
    #expect(Set(restored.ledger.ledger.erased.keys.map(\.record)) == [first, second])
  }

  /// The hub after a restore to before an erasing, with its ledger lost; the carer's copy knows of the erasing.
  private func withoutLedger() async throws -> (hub: TestHub, carer: TestDevice, chair: TestDevice) {
    let (carer, chair) = (try await hub.joined("carer"), try await hub.joined("chair"))
    let (first, second) = (try carer.add("First"), try carer.add("CANARY"))
    try await carer.send()
    _ = try hub.administration.run(.erase(first.description, reason: "asked"))
    try hub.backUp()
    _ = try hub.administration.run(.erase(second.description, reason: "asked"))
    try await carer.send()
    let restored = try hub.restored()
    _ = try restored.store.write { try restored.ledger.ledger.check(in: $0) }
    for device in [carer, chair] { device.connect(to: restored) }
    return (restored, carer, chair)
  }

  @Test("while the ledger is missing nobody is given what was erased, and what they send is taken")
  func withheld() async throws {
    let (hub, carer, chair) = try await withoutLedger()
    let own = try chair.add("By the chair")
    let report = try await chair.send()
    #expect(report.problem == .restoring && report.unsent == 1)
    #expect(try chair.titles == ["By the chair"])
    #expect(try words(in: hub).contains("By the chair"))
    let newcomer = try await hub.joined("taker")
    #expect(try newcomer.titles.isEmpty)
    // Brings the erasing back, which the hub enters in its new ledger.
    #expect(try await carer.send().problem == .restoring)
    #expect(try !words(in: hub).contains("CANARY"))

    _ = try hub.administration.run(.ledgerAccept)
    for device in [chair, carer, newcomer] {
      let report = try await device.send()
      #expect(report.problem == nil && report.unsent == 0)
      #expect(try device.copy.list(kind: "event").map(\.id) == [own])
    }
    #expect(try hub.differences(from: [carer, chair, newcomer]).isEmpty)
    #expect(throws: AdminError.self) { try hub.administration.run(.ledgerAccept) }
  }

  @Test("a hub that gives nothing is asked no more often than it takes to send, and is told the same again later")
  func withheldRequests() async throws {
    let (hub, _, chair) = try await withoutLedger()
    for number in 1...3 {
      try chair.add("By the chair \(number)")
      let sent = chair.transport.sent.count
      #expect(try await chair.send().problem == .restoring)
      #expect(chair.transport.sent.count <= sent + 3)
    }
    #expect(try await chair.send().unsent == 3)
    _ = try hub.administration.run(.ledgerAccept)
    #expect(try await chair.send().unsent == 0)
  }
}
