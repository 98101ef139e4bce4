// The cases that broke first: restores that meet forks, and readers of a branch the hub gave up. Each is a promise that
// once did not hold.

import ClientCore
import HubAdministration
import JSONText
import RecordModel
import Replication
import SQLiteStorage
import SyncHub
import SyncProtocol
import TestKit
import Testing

@Suite("Resolving forks")
struct ForkResolutionTests {
  let hub: TestHub

  init() throws {
    hub = try TestHub()
  }

  // MARK: Restored hub

  @Test("work written before its author hears of the hub's restore is accepted, not refused")
  func unsentAtRestore() async throws {
    let carer = try await hub.joined("carer")
    let chair = try await hub.joined("chair")
    try hub.backUp()
    for number in 1...3 { try carer.add("Lost \(number)") }
    try await carer.send()
    try await chair.send()
    let restored = try hub.restored()
    for device in [carer, chair] { device.connect(to: restored) }
    // The chair never wrote before; the first change depends on nothing but Lamport time.
    try chair.add("Written by the chair")
    let report = try await chair.send()
    #expect(report.outcome.counts.refused == 0)
    #expect(try chair.copy.rescued().map(\.reason) == [])
    try chair.add("And another")
    #expect(try await chair.send().outcome.counts.refused == 0)
    for device in [carer, chair, carer] { try await device.send() }
    #expect(try restored.differences(from: [carer, chair]).isEmpty)
    #expect(try carer.titles.isSuperset(of: ["Written by the chair", "And another"]))
  }

  @Test("a copy that lost its place before the hub's restore still brings back what the hub lost")
  func restoreWithoutCursor() async throws {
    let carer = try await hub.joined("carer")
    try hub.backUp()
    let once = try carer.add("Once")
    try carer.set(once, "audience", "carers")
    try await carer.send()
    // A first restore: the carer hears of it, and the connection drops before anything was offered again.
    try hub.folder.copy("backup.db", to: "one.db")
    try hub.folder.copy("backup.db", to: "two.db")
    let one = try hub.restored(from: "one.db")
    carer.connect(to: one)
    carer.transport.next(nil, nil, .answerLost)
    try await carer.send()
    // What was offered arrived; the connection dropped with the answer. Then the hub is restored a second time.
    let two = try one.restored(from: "two.db")
    carer.connect(to: two)
    try await carer.send()
    try await carer.send()
    #expect(try two.differences(from: [carer]).isEmpty)
    let id = try two.space("public")
    #expect(try two.store.read { try $0.rows(after: 0, in: id, bytesMax: .max).count } == 3)
  }

  /// A hub that went back to a backup and took a clone's branch where a laptop and its readers hold another.
  private func branches(lost: Int, cloned: Int) async throws -> (
    hub: TestHub, original: TestDevice, clone: TestDevice, chair: TestDevice, shared: RecordID
  ) {
    let original = try await hub.joined("carer")
    let chair = try await hub.joined("chair")
    let shared = try original.add("Shared")
    for device in [original, chair, original] { try await device.send() }
    try original.store.close()
    try hub.folder.copy("carer.db", to: "clone.db")
    try hub.backUp()
    let device = try TestDevice("carer.db", at: hub)
    for number in 1...lost { try device.set(shared, "title", "Lost \(number)") }
    try await device.send()
    try await chair.send()
    let restored = try hub.restored()
    let clone = try TestDevice("clone.db", at: restored)
    for number in 1...cloned {
      try clone.set(shared, "title", "Cloned \(number)")
    }
    try await clone.send()
    device.connect(to: restored)
    chair.connect(to: restored)
    return (restored, device, clone, chair, shared)
  }

  @Test("what a member wrote on a lost branch can still be sent")
  func dependsOnForeignFork() async throws {
    let (hub, original, clone, chair, shared) = try await branches(lost: 2, cloned: 1)
    try chair.set(shared, "title", "By the chair, over Lost 2")
    try chair.add("Something else")
    for device in [chair, original, clone, chair, original, clone] { try await device.send() }
    #expect(try hub.differences(from: [chair, original, clone]).isEmpty)
    #expect(try clone.titles.contains("Something else"))
  }

  @Test("what a member wrote on a lost branch replaces nothing of the branch that the hub accepted")
  func supersedesUnseenBranch() async throws {
    let (hub, original, clone, chair, shared) = try await branches(lost: 1, cloned: 1)
    try chair.set(shared, "title", "By the chair, over Lost 1")
    for device in [chair, original, clone, chair, original, clone] { try await device.send() }
    // The chair never saw "Cloned 1": it must not have gone without a question.
    let rivals = try clone.copy.conflicts().flatMap(\.conflicts).flatMap(\.rivals).map(\.value)
    #expect(rivals.contains(.text("Cloned 1")))
    #expect(try hub.differences(from: [chair, original, clone]).isEmpty)
  }

  @Test(
    "what a member added to a record of a lost branch is accepted, and the record is whole again in the end")
  func editsOfLostRecord() async throws {
    let original = try await hub.joined("carer")
    let chair = try await hub.joined("chair")
    for device in [original, chair] { try await device.send() }
    try original.store.close()
    try hub.folder.copy("carer.db", to: "clone.db")
    try hub.backUp()
    let device = try TestDevice("carer.db", at: hub)
    let event = try device.add("Breakfast")
    try await device.send()
    try await chair.send()
    // Names no dot of the record's making.
    try chair.set(event, "audience", "carers")
    let restored = try hub.restored()
    let clone = try TestDevice("clone.db", at: restored)
    try clone.add("By the clone")
    try await clone.send()
    for device in [device, chair] { device.connect(to: restored) }
    #expect(try await chair.send().outcome.counts.refused == 0)
    for device in [device, clone, chair, device] { try await device.send() }
    #expect(try restored.differences(from: [device, chair, clone]).isEmpty)
    let view = try clone.copy.show(event.description)
    #expect(view.fields["title"] == .text("Breakfast") && view.fields["audience"] == .text("carers"))
  }

  @Test("a page with a gap is refused whole, and the next contact brings every change", arguments: 0..<3)
  func pageWithAGap(missing: Int) async throws {
    let carer = try await hub.joined("carer")
    let chair = try await hub.joined("chair")
    try await carer.send()
    for number in 1...3 { try chair.add("Tea \(number)") }
    try await chair.send()
    let space = try hub.space("public")
    let page = try hub.store.read { reader in
      let (from, head) = (
        try #require(try carer.store.read { try $0.space(space)?.cursor?.position }),
        try #require(try reader.space(space))
      )
      var rows = try reader.rows(after: from, in: space, bytesMax: .max)
      #expect(rows.count == 3)
      rows.remove(at: missing)
      let (hub, epoch) = try HubIdentity.identity(in: reader)
      let checkpoint = Checkpoint(
        hub: hub, epoch: epoch, space: space, position: head.lastPosition,
        digest: try #require(try reader.lastPlace(in: space)).digest)
      return Page(
        space: space, epoch: epoch, from: from, to: head.lastPosition, lastPosition: head.lastPosition,
        digest: checkpoint.digest,
        rows: rows.map { Page.Row(position: $0.position, time: $0.place!.time, entry: RawEntry($0.entry)) },
        checkpoints: [
          Page.SignedPosition(
            position: head.lastPosition, signature: checkpoint.signature(by: try HubIdentity.key(in: reader)))
        ])
    }
    let rules = try carer.copy.model().rules
    #expect(throws: SyncFailure.self) {
      try carer.store.write { try Replica(rules: rules, in: $0).perform([.apply(page)], removalsAllowed: false) }
    }
    try await carer.send()
    #expect(try hub.differences(from: [carer, chair]).isEmpty)
    #expect(try carer.titles == ["Tea 1", "Tea 2", "Tea 3"])
  }

  @Test("what a restored hub imported and settled comes back from a member's copy after another restore")
  func centreChain() async throws {
    let first = hub
    let carer = try await first.joined("carer")
    for number in 1...2 { try first.backUp(to: "backup\(number).db") }
    // The name it writes under from now on is in no backup.
    let hub = try first.restored(from: "backup1.db")
    let line = #"""
      {"type": "institution", "key": "inst/tea", "fields": {"name": ["Tea", "Tea House"], "_review": ["name"], \#
      "scope": "public", "set": "core"}}
      """#
    _ = try hub.administration.load(line)
    _ = try hub.administration.run(.reviewList)
    _ = try hub.administration.run(.reviewSettle("1", value: "Tea"))
    carer.connect(to: hub)
    try await carer.send()
    let again = try hub.restored(from: "backup2.db")
    carer.connect(to: again)
    try await carer.send()
    #expect(try again.differences(from: [carer]).isEmpty)
  }

  @Test("a deep fork that others built on ends in equal digests")
  func deepForkWithReaders() async throws {
    let (hub, original, clone, chair, shared) = try await branches(lost: 3, cloned: 2)
    // A fresh reader builds on the clone's branch before the laptop comes back.
    let taker = try await hub.joined("note taker")
    try taker.set(shared, "title", "By the note taker, over Cloned 2")
    try await taker.send()
    for _ in 1...2 { for device in [original, chair, clone, taker] { try await device.send() } }
    #expect(try hub.differences(from: [original, chair, clone, taker]).isEmpty)
  }

  @Test("a change acknowledged before a restore that others built on: equal digests after its branch is lost")
  func builtOnLostBranch() async throws {
    let original = try await hub.joined("carer")
    let chair = try await hub.joined("chair")
    let shared = try original.add("Shared")
    for device in [original, chair, original] { try await device.send() }
    try original.store.close()
    try hub.folder.copy("carer.db", to: "clone.db")
    try hub.backUp()
    let device = try TestDevice("carer.db", at: hub)
    try device.set(shared, "title", "Lost")
    try await device.send()
    try await chair.send()
    try chair.set(shared, "title", "By the chair, over Lost")
    try await chair.send()
    try await device.send()
    let restored = try hub.restored()
    let clone = try TestDevice("clone.db", at: restored)
    try clone.set(shared, "title", "Cloned")
    try await clone.send()
    for device in [device, chair] { device.connect(to: restored) }
    for _ in 1...3 { for device in [chair, device, clone] { try await device.send() } }
    #expect(try restored.differences(from: [device, chair, clone]).isEmpty)
  }

  @Test("a change behind a forked one, under another replica id of the same laptop, is accepted once")
  func forkThenOtherName() async throws {
    let original = try await hub.joined("carer")
    let shared = try original.add("Shared")
    try await original.send()
    try original.store.close()
    try hub.folder.copy("carer.db", to: "b.db")
    let one = try TestDevice(hub.folder.file("carer.db"), over: original.transport)
    let two = try TestDevice("b.db", at: hub)
    // Both write in `cab` and `public`; the second's public work is written when its name has just changed.
    try one.add("One")
    try one.set(shared, "title", "By one")
    try two.set(shared, "title", "By two")
    _ = try two.store.write { try ReplicaIdentity.renew(in: $0) }
    _ = try two.copy.set(shared.description, [.json(field: "head_count", .integer(5))])
    try await one.send()
    try await two.send()
    try await one.send()
    #expect(try one.value(shared, "head_count") == .integer(5))
    #expect(try hub.differences(from: [one, two]).isEmpty)
  }

  @Test("a laptop put back from an old copy takes one new replica id, not one for each row")
  func oneNewName() async throws {
    let device = try await hub.joined("carer")
    try device.store.close()
    try hub.folder.copy("carer.db", to: "old.db")
    let later = try TestDevice(hub.folder.file("carer.db"), over: device.transport)
    for number in 1...20 { try later.add("After \(number)") }
    try await later.send()
    let restored = try TestDevice("old.db", at: hub)
    try await restored.send()
    #expect(try restored.store.read { try LocalState.ownReplicas.rows(in: $0).count } == 2)
  }
}
