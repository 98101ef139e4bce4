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

@Suite("Hard cases")
struct ForkResolutionTests {
  let folder: TemporaryFolder

  init() throws {
    folder = try TemporaryFolder()
  }

  private func add(_ title: String, on device: TestDevice, space: String = "public") throws -> RecordID {
    try device.copy.add(kind: "event", [.text(field: "title", title)], space: space).id
  }

  private func titles(_ device: TestDevice) throws -> Set<String> {
    Set(
      try device.copy.list(kind: "event").compactMap {
        if case .text(let title)? = $0.fields["title"] { title } else { nil }
      })
  }

  private func expectEqual(_ devices: [TestDevice], _ hub: TestHub) throws {
    for (place, device) in devices.enumerated() {
      #expect(try device.copy.status().unsent == 0, "device \(place)")
      for space in ["public", "cab"] {
        #expect(try device.digest(of: space) == hub.digest(of: space), "device \(place), \(space)")
      }
    }
  }

  private func restore(_ hub: TestHub, from backup: String) throws -> TestHub {
    try hub.store.close()
    let restored = try TestHub(folder.file(backup))
    _ = try restored.store.write { try HubIdentity.drawNewEpoch(in: $0) }
    return restored
  }

  private func space(_ name: String, _ hub: TestHub) throws -> SpaceID {
    try hub.store.read { try $0.spaces().first { $0.name == name }!.id }
  }

  // MARK: Restored hub

  @Test("what a reader of lost news wrote before it hears of the hub's restore is taken, not refused")
  func unsentAtRestore() async throws {
    let hub = try TestHub(folder.file("hub.db"))
    let carer = try await TestDevice.joined(folder.file("a.db"), as: "carer", at: hub)
    let chair = try await TestDevice.joined(folder.file("b.db"), as: "chair", at: hub)
    _ = try hub.acts.run(.backup(path: folder.file("backup.db")))
    for number in 1...3 { _ = try add("Lost \(number)", on: carer) }
    try await carer.send()
    try await chair.send()
    let restored = try restore(hub, from: "backup.db")
    for device in [carer, chair] { device.line.connect(to: restored) }
    // The chair never wrote before; the first change depends on nothing but Lamport time.
    _ = try add("Written by the chair", on: chair)
    let report = try await chair.send()
    #expect(report.outcome.counts.refused == 0)
    #expect(try chair.copy.rescued().map(\.reason) == [])
    _ = try add("And another", on: chair)
    #expect(try await chair.send().outcome.counts.refused == 0)
    for device in [carer, chair, carer] { try await device.send() }
    try expectEqual([carer, chair], restored)
    #expect(try titles(carer).isSuperset(of: ["Written by the chair", "And another"]))
  }

  @Test("after a refusal for its Lamport time a device's next change is taken")
  func lamportRecovers() async throws {
    let hub = try TestHub(folder.file("hub.db"))
    let carer = try await TestDevice.joined(folder.file("a.db"), as: "carer", at: hub)
    let id = try space("public", hub)
    try carer.store.write { transaction in
      var space = try transaction.space(id)!
      space.lamport = 1_000_000
      try transaction.put(space)
    }
    _ = try add("Far ahead", on: carer)
    #expect(try await carer.send().outcome.counts.refused == 1)
    _ = try add("Honest", on: carer)
    #expect(try await carer.send().outcome.counts.refused == 0)
  }

  @Test("a copy that lost its place before the hub's restore still brings back what the hub lost")
  func restoreWithoutCursor() async throws {
    let hub = try TestHub(folder.file("hub.db"))
    let carer = try await TestDevice.joined(folder.file("a.db"), as: "carer", at: hub)
    _ = try hub.acts.run(.backup(path: folder.file("backup.db")))
    let once = try add("Once", on: carer)
    _ = try carer.copy.set(once.description, [.text(field: "audience", "carers")])
    try await carer.send()
    // A first restore: the carer hears of it, and the line drops before anything was offered again.
    try folder.copy("backup.db", to: "one.db")
    try folder.copy("backup.db", to: "two.db")
    let one = try restore(hub, from: "one.db")
    carer.line.connect(to: one)
    carer.line.next(nil, nil, .answerLost)
    try await carer.send()
    // What was offered arrived; the line dropped with the answer. Then the hub is restored a second time.
    let two = try restore(one, from: "two.db")
    carer.line.connect(to: two)
    try await carer.send()
    try await carer.send()
    try expectEqual([carer], two)
    let id = try space("public", two)
    #expect(try two.store.read { try $0.rows(after: 0, in: id, bytesMax: .max).count } == 3)
  }

  /// A hub that went back to a backup and took a clone's branch where a laptop and its readers hold another.
  private func branches(lost: Int, cloned: Int) async throws -> (
    hub: TestHub, original: TestDevice, clone: TestDevice, chair: TestDevice, shared: RecordID
  ) {
    let hub = try TestHub(folder.file("hub.db"))
    let original = try await TestDevice.joined(folder.file("a.db"), as: "carer", at: hub)
    let chair = try await TestDevice.joined(folder.file("c.db"), as: "chair", at: hub)
    let shared = try add("Shared", on: original)
    for device in [original, chair, original] { try await device.send() }
    try original.store.close()
    try folder.copy("a.db", to: "clone.db")
    _ = try hub.acts.run(.backup(path: folder.file("backup.db")))
    let device = try TestDevice(folder.file("a.db"), line: Line(to: hub))
    for number in 1...lost { _ = try device.copy.set(shared.description, [.text(field: "title", "Lost \(number)")]) }
    try await device.send()
    try await chair.send()
    let restored = try restore(hub, from: "backup.db")
    let clone = try TestDevice(folder.file("clone.db"), line: Line(to: restored))
    for number in 1...cloned {
      _ = try clone.copy.set(shared.description, [.text(field: "title", "Cloned \(number)")])
    }
    try await clone.send()
    device.line.connect(to: restored)
    chair.line.connect(to: restored)
    return (restored, device, clone, chair, shared)
  }

  @Test("what a member wrote on a branch the hub gave up can still be sent")
  func dependsOnForeignFork() async throws {
    let (hub, original, clone, chair, shared) = try await branches(lost: 2, cloned: 1)
    _ = try chair.copy.set(shared.description, [.text(field: "title", "By the chair, over Lost 2")])
    _ = try add("Something else", on: chair)
    for device in [chair, original, clone, chair, original, clone] { try await device.send() }
    try expectEqual([chair, original, clone], hub)
    #expect(try titles(clone).contains("Something else"))
  }

  @Test("what a member wrote on a branch the hub gave up replaces nothing of the branch it took")
  func supersedesUnseenBranch() async throws {
    let (hub, original, clone, chair, shared) = try await branches(lost: 1, cloned: 1)
    _ = try chair.copy.set(shared.description, [.text(field: "title", "By the chair, over Lost 1")])
    for device in [chair, original, clone, chair, original, clone] { try await device.send() }
    // The chair never saw "Cloned 1": it must not have gone without a question.
    let rivals = try clone.copy.conflicts().flatMap(\.conflicts).flatMap(\.rivals).map(\.value)
    #expect(rivals.contains(.text("Cloned 1")))
    try expectEqual([chair, original, clone], hub)
  }

  @Test(
    "what a member added to a record of a branch the hub gave up is taken, and the record is whole again in the end")
  func editsOfLostRecord() async throws {
    let hub = try TestHub(folder.file("hub.db"))
    let original = try await TestDevice.joined(folder.file("a.db"), as: "carer", at: hub)
    let chair = try await TestDevice.joined(folder.file("c.db"), as: "chair", at: hub)
    for device in [original, chair] { try await device.send() }
    try original.store.close()
    try folder.copy("a.db", to: "clone.db")
    _ = try hub.acts.run(.backup(path: folder.file("backup.db")))
    let device = try TestDevice(folder.file("a.db"), line: Line(to: hub))
    let event = try add("Breakfast", on: device)
    try await device.send()
    try await chair.send()
    // Names no dot of the record's making.
    _ = try chair.copy.set(event.description, [.text(field: "audience", "carers")])
    let restored = try restore(hub, from: "backup.db")
    let clone = try TestDevice(folder.file("clone.db"), line: Line(to: restored))
    _ = try add("By the clone", on: clone)
    try await clone.send()
    for device in [device, chair] { device.line.connect(to: restored) }
    #expect(try await chair.send().outcome.counts.refused == 0)
    for device in [device, clone, chair, device] { try await device.send() }
    try expectEqual([device, chair, clone], restored)
    let view = try clone.copy.show(event.description)
    #expect(view.fields["title"] == .text("Breakfast") && view.fields["audience"] == .text("carers"))
  }

  @Test("a page in which a change is missing moves nobody past it: the next contact brings it", arguments: [0, 1])
  func pageWithAGap(missing: Int) async throws {
    let hub = try TestHub(folder.file("hub.db"))
    let carer = try await TestDevice.joined(folder.file("a.db"), as: "carer", at: hub)
    let chair = try await TestDevice.joined(folder.file("b.db"), as: "chair", at: hub)
    try await carer.send()
    for number in 1...3 { _ = try add("Tea \(number)", on: chair) }
    try await chair.send()
    let space = try space("public", hub)
    let page = try hub.store.read { reader in
      let (from, head) = (
        try #require(try carer.store.read { try $0.space(space)?.cursor?.position }),
        try #require(try reader.space(space))
      )
      var rows = try reader.rows(after: from, in: space, bytesMax: .max)
      #expect(rows.count == 3)
      rows.remove(at: missing)
      return Page(
        space: space, epoch: try HubIdentity.identity(in: reader).epoch, from: from, to: head.lastPosition,
        lastPosition: head.lastPosition,
        digest: rows.last?.entry.digest,
        rows: rows.map { Page.Row(position: $0.position, entry: RawEntry($0.entry)) })
    }
    let rules = try carer.copy.model().rules
    let outcome = try carer.store.write {
      try Replica(rules: rules, in: $0).perform([.apply(page)], removalsAllowed: false)
    }
    #expect(outcome.counts.received == missing)
    try await carer.send()
    try expectEqual([carer, chair], hub)
    #expect(try titles(carer) == ["Tea 1", "Tea 2", "Tea 3"])
  }

  @Test("what a restored Centre imported and settled comes back from a member's copy when it is restored again")
  func centreChain() async throws {
    let first = try TestHub(folder.file("hub.db"))
    let carer = try await TestDevice.joined(folder.file("a.db"), as: "carer", at: first)
    for number in 1...2 { _ = try first.acts.run(.backup(path: folder.file("backup\(number).db"))) }
    // The name it writes under from now on is in no backup.
    let hub = try restore(first, from: "backup1.db")
    let line = #"""
      {"type": "institution", "key": "inst/tea", "fields": {"name": ["Tea", "Tea House"], "_review": ["name"], \#
      "scope": "public", "set": "core"}}
      """#
    _ = try hub.acts.run(.importFile(text: line, set: nil))
    _ = try hub.acts.run(.reviewSettle("1", value: "Tea"))
    carer.line.connect(to: hub)
    try await carer.send()
    let again = try restore(hub, from: "backup2.db")
    carer.line.connect(to: again)
    try await carer.send()
    try expectEqual([carer], again)
  }

  @Test("a deep fork whose branch others built on ends in equal digests")
  func deepForkWithReaders() async throws {
    let (hub, original, clone, chair, shared) = try await branches(lost: 3, cloned: 2)
    // A fresh reader builds on the clone's branch before the laptop comes back.
    let taker = try await TestDevice.joined(folder.file("d.db"), as: "note taker", at: hub)
    _ = try taker.copy.set(shared.description, [.text(field: "title", "By the note taker, over Cloned 2")])
    try await taker.send()
    for _ in 1...2 { for device in [original, chair, clone, taker] { try await device.send() } }
    try expectEqual([original, chair, clone, taker], hub)
  }

  @Test("a change acknowledged before a restore that others built on: equal digests after its branch is lost")
  func builtOnLostBranch() async throws {
    let hub = try TestHub(folder.file("hub.db"))
    let original = try await TestDevice.joined(folder.file("a.db"), as: "carer", at: hub)
    let chair = try await TestDevice.joined(folder.file("c.db"), as: "chair", at: hub)
    let shared = try add("Shared", on: original)
    for device in [original, chair, original] { try await device.send() }
    try original.store.close()
    try folder.copy("a.db", to: "clone.db")
    _ = try hub.acts.run(.backup(path: folder.file("backup.db")))
    let device = try TestDevice(folder.file("a.db"), line: Line(to: hub))
    _ = try device.copy.set(shared.description, [.text(field: "title", "Lost")])
    try await device.send()
    try await chair.send()
    _ = try chair.copy.set(shared.description, [.text(field: "title", "By the chair, over Lost")])
    try await chair.send()
    try await device.send()
    let restored = try restore(hub, from: "backup.db")
    let clone = try TestDevice(folder.file("clone.db"), line: Line(to: restored))
    _ = try clone.copy.set(shared.description, [.text(field: "title", "Cloned")])
    try await clone.send()
    for device in [device, chair] { device.line.connect(to: restored) }
    for _ in 1...3 { for device in [chair, device, clone] { try await device.send() } }
    try expectEqual([device, chair, clone], restored)
  }

  @Test("a change behind a forked one, under another name of the same laptop, is taken once")
  func forkThenOtherName() async throws {
    let hub = try TestHub(folder.file("hub.db"))
    let original = try await TestDevice.joined(folder.file("a.db"), as: "carer", at: hub)
    let shared = try add("Shared", on: original)
    try await original.send()
    try original.store.close()
    try folder.copy("a.db", to: "b.db")
    let one = try TestDevice(folder.file("a.db"), line: original.line)
    let two = try TestDevice(folder.file("b.db"), line: Line(to: hub))
    // Both write in `cab` and `public`; the second's public work is written when its name has just changed.
    _ = try add("One", on: one, space: "public")
    _ = try one.copy.set(shared.description, [.text(field: "title", "By one")])
    _ = try two.copy.set(shared.description, [.text(field: "title", "By two")])
    _ = try two.store.write { try ReplicaIdentity.renew(in: $0) }
    _ = try two.copy.set(shared.description, [.json(field: "head_count", .integer(5))])
    try await one.send()
    try await two.send()
    try await one.send()
    #expect(try one.value(shared, "head_count") == .integer(5))
    try expectEqual([one, two], hub)
  }

  @Test("a laptop put back from an old copy takes one new name, not one a row")
  func oneNewName() async throws {
    let hub = try TestHub(folder.file("hub.db"))
    let device = try await TestDevice.joined(folder.file("a.db"), as: "carer", at: hub)
    try device.store.close()
    try folder.copy("a.db", to: "old.db")
    let later = try TestDevice(folder.file("a.db"), line: device.line)
    for number in 1...20 { _ = try add("After \(number)", on: later) }
    try await later.send()
    let restored = try TestDevice(folder.file("old.db"), line: Line(to: hub))
    try await restored.send()
    #expect(try restored.store.read { try LocalState.ownReplicas.rows(in: $0).count } == 2)
  }
}
