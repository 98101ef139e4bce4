// What happens to real computers: folders are copied, old backups come back, hubs are restored, clocks are wrong. It
// is noticed, and nothing is lost by it (G9, G8).

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

/// A hub that takes nothing from anybody.
private struct Nobody: HubPolicy {
  func refusal(of change: Change, by author: Principal?, _ transaction: any StoreTransaction) throws -> RefusalReason? {
    .notAllowed
  }
}

@Suite("Forks, restores and clones")
struct RestoreAndCloneTests {
  let folder: TemporaryFolder

  init() throws {
    folder = try TemporaryFolder()
  }

  private func add(_ title: String, on device: TestDevice) throws -> RecordID {
    try device.copy.add(kind: "event", [.text(field: "title", title)], space: "public").id
  }

  private func titles(_ device: TestDevice) throws -> Set<String> {
    Set(
      try device.copy.list(kind: "event").compactMap {
        if case .text(let title)? = $0.fields["title"] { title } else { nil }
      })
  }

  private func expectEqual(_ devices: [TestDevice], _ hub: TestHub) throws {
    for device in devices {
      #expect(try device.copy.status().unsent == 0)
      for space in ["public", "cab"] { #expect(try device.digest(of: space) == hub.digest(of: space)) }
    }
  }

  @Test("a hub restored to before a member joined takes their unsent work again, with a new code")
  func joinAgain() async throws {
    let hub = try TestHub(folder.file("hub.db"))
    _ = try hub.acts.run(.backup(path: folder.file("backup.db")))
    let carer = try await TestDevice.joined(folder.file("a.db"), as: "carer", at: hub)
    _ = try add("Sent", on: carer)
    try await carer.send()
    _ = try add("Unsent", on: carer)
    try hub.store.close()
    try folder.copy("backup.db", to: "hub2.db")
    let restored = try TestHub(folder.file("hub2.db"))
    try restored.store.write { _ = try HubIdentity.drawNewEpoch(in: $0) }
    carer.line.connect(to: restored)
    #expect(try await carer.send().problem == .transport(.notKnown))
    let code = try restored.code(for: "carer")
    _ = try await carer.copy.join(at: HubEndpoint("test"), code: code, over: carer.line)
    #expect(try await carer.send().problem == nil)
    #expect(try titles(carer) == ["Sent", "Unsent"])
    try expectEqual([carer], restored)
  }

  @Test("a copy from before devices had keys joins anew with a code, and its unsent work goes")
  func joinedWithASecret() async throws {
    let hub = try TestHub(folder.file("hub.db"))
    let carer = try await TestDevice.joined(folder.file("a.db"), as: "carer", at: hub)
    _ = try carer.copy.add(kind: "event", [.text(field: "title", "Tea")], space: "public")
    let membership = try carer.copy.membership()
    var old = CBORWriter()
    old.array(6)
    old.id(membership.member)
    for text in [membership.name, membership.role, membership.place.url, "secret"] { old.text(text) }
    old.id(membership.hub)
    let bytes = old.bytes
    try carer.store.write { transaction in
      try transaction.set("membership", to: bytes)
      try transaction.set("test/key", to: SigningKey().seed)
    }
    let copy = MemberReplica(store: carer.store, key: try deviceKey(in: carer.store), clock: hub.clock.read)
    #expect(try await copy.sync(over: carer.line).problem == .transport(.notKnown))
    _ = try await copy.join(at: HubEndpoint("test"), code: hub.code(for: "carer"), over: carer.line)
    #expect(try await copy.sync(over: carer.line).unsent == 0)
    #expect(try carer.digest(of: "public") == hub.digest(of: "public"))
  }

  @Test("a copy whose hub knows it is not joined again, but follows the hub to a new address without a code")
  func movedHub() async throws {
    let hub = try TestHub(folder.file("hub.db"))
    let carer = try await TestDevice.joined(folder.file("a.db"), as: "carer", at: hub)
    await #expect(throws: ClientError.alreadyJoined(url: "test")) {
      _ = try await carer.copy.join(at: HubEndpoint("test"), code: "none", over: carer.line)
    }
    _ = try await carer.copy.join(at: HubEndpoint("elsewhere"), code: "none", over: carer.line)
    #expect(try carer.copy.membership().place.url == "elsewhere")
    let other = try TestHub(folder.file("other.db"))
    let code = try other.code(for: "carer")
    carer.line.connect(to: other)
    await #expect(throws: SyncProblem.self) {
      _ = try await carer.copy.join(at: HubEndpoint("other"), code: code, over: carer.line)
    }
    #expect(try carer.copy.membership().place.url == "elsewhere")
  }

  @Test("two clones of one folder both write, and both people's work arrives (automerge#536)")
  func clone() async throws {
    let hub = try TestHub(folder.file("hub.db"))
    let original = try await TestDevice.joined(folder.file("a.db"), as: "carer", at: hub)
    let shared = try add("Shared", on: original)
    try await original.send()
    try original.store.close()
    try folder.copy("a.db", to: "b.db")
    let (one, two) = (
      try TestDevice(folder.file("a.db"), line: original.line), try TestDevice(folder.file("b.db"), line: Line(to: hub))
    )
    _ = try add("One", on: one)
    _ = try one.copy.set(shared.description, [.text(field: "title", "Shared by one")])
    let second = try add("Two", on: two)
    _ = try two.copy.set(second.description, [.text(field: "title", "Two, better")])
    _ = try two.copy.set(shared.description, [.text(field: "title", "Shared by two")])
    try await one.send()
    let report = try await two.send()
    #expect(report.outcome.counts.reissued == 3 && report.outcome.counts.refused == 0)
    try await one.send()
    try expectEqual([one, two], hub)
    #expect(try titles(two).isSuperset(of: ["One", "Two, better"]))
    #expect(try two.copy.conflicts().flatMap(\.conflicts).count == 1)
    #expect(try one.copy.status().replica != two.copy.status().replica)
  }

  @Test("a laptop put back from an old copy gets its own lost work from the hub and goes on under a new name")
  func deviceRestored() async throws {
    let hub = try TestHub(folder.file("hub.db"))
    let device = try await TestDevice.joined(folder.file("a.db"), as: "carer", at: hub)
    _ = try add("Before", on: device)
    try await device.send()
    try device.store.close()
    try folder.copy("a.db", to: "old.db")
    let later = try TestDevice(folder.file("a.db"), line: device.line)
    _ = try add("After the backup", on: later)
    try await later.send()
    try later.store.close()

    let restored = try TestDevice(folder.file("old.db"), line: Line(to: hub))
    let oldName = try restored.copy.status().replica
    _ = try add("After the restore", on: restored)
    #expect(try await restored.send().problem == nil)
    #expect(try titles(restored) == ["Before", "After the backup", "After the restore"])
    #expect(try restored.copy.status().replica != oldName)
    try expectEqual([restored], hub)
  }

  @Test("a laptop put back with nothing to send notices its own later changes and takes a new name")
  func deviceRestoredQuiet() async throws {
    let hub = try TestHub(folder.file("hub.db"))
    let device = try await TestDevice.joined(folder.file("a.db"), as: "carer", at: hub)
    _ = try add("Before", on: device)
    try await device.send()
    try device.store.close()
    try folder.copy("a.db", to: "old.db")
    let later = try TestDevice(folder.file("a.db"), line: device.line)
    _ = try add("After", on: later)
    try await later.send()
    let restored = try TestDevice(folder.file("old.db"), line: Line(to: hub))
    let oldName = try restored.copy.status().replica
    try await restored.send()
    #expect(try titles(restored) == ["Before", "After"])
    #expect(try restored.copy.status().replica != oldName)
    _ = try add("Next", on: restored)
    try await restored.send()
    try await later.send()
    try expectEqual([restored, later], hub)
  }

  /// A hub with two members whose work partly came after the backup; the hub then goes back to the backup.
  private func restoredHub() async throws -> (hub: TestHub, carer: TestDevice, chair: TestDevice) {
    let hub = try TestHub(folder.file("hub.db"))
    let carer = try await TestDevice.joined(folder.file("a.db"), as: "carer", at: hub)
    let chair = try await TestDevice.joined(folder.file("b.db"), as: "chair", at: hub)
    _ = try add("Before", on: carer)
    for device in [carer, chair] { try await device.send() }
    _ = try hub.acts.run(.backup(path: folder.file("backup.db")))
    let late = try add("After the backup", on: carer)
    try await carer.send()
    try await chair.send()
    _ = try chair.copy.set(late.description, [.text(field: "title", "After the backup, by the chair")])
    try await chair.send()
    try hub.store.close()
    let restored = try TestHub(folder.file("backup.db"))
    _ = try restored.store.write { try HubIdentity.drawNewEpoch(in: $0) }
    return (restored, carer, chair)
  }

  @Test("what a restored hub lacks comes back from the devices that have it, whoever wrote it (Tamanu restore runbook)")
  func hubRestored() async throws {
    let (hub, carer, chair) = try await restoredHub()
    for device in [carer, chair] { device.line.connect(to: hub) }
    // The chair speaks first: the carer's change comes back by the chair's laptop.
    #expect(try await chair.send().problem == nil)
    #expect(try await carer.send().problem == nil)
    try await chair.send()
    try expectEqual([carer, chair], hub)
    #expect(try titles(carer) == ["Before", "After the backup, by the chair"])
  }

  @Test("what a restored hub judges otherwise than before is so on every copy, whichever way")
  func judgedOtherwise() async throws {
    for (first, second) in [
      (SpaceMembersPolicy() as any HubPolicy, Nobody() as any HubPolicy), (Nobody(), SpaceMembersPolicy()),
    ] {
      let name = "\(type(of: first))"
      let hub = try TestHub(folder.file(name + "hub.db"))
      let carer = try await TestDevice.joined(folder.file(name + "a.db"), as: "carer", at: hub)
      let chair = try await TestDevice.joined(folder.file(name + "b.db"), as: "chair", at: hub)
      for device in [carer, chair] { try await device.send() }
      _ = try hub.acts.run(.backup(path: folder.file(name + "backup.db")))
      try hub.store.close()
      let judging = try TestHub(folder.file(name + "hub.db"), policy: first)
      for device in [carer, chair] { device.line.connect(to: judging) }
      let event = try add("Breakfast", on: carer)
      _ = try carer.copy.set(event.description, [.text(field: "title", "Lunch")])
      // The hub commits its verdicts; the carer does not hear of them, the chair does.
      carer.line.next(.answerLost)
      try await carer.send()
      try await chair.send()
      try judging.store.close()
      let restored = try TestHub(folder.file(name + "backup.db"), policy: second)
      _ = try restored.store.write { try HubIdentity.drawNewEpoch(in: $0) }
      for device in [carer, chair] { device.line.connect(to: restored) }
      for device in [carer, chair, carer, chair] { #expect(try await device.send().problem == nil) }
      try expectEqual([carer, chair], restored)
      let isTaken = second is SpaceMembersPolicy
      #expect(try titles(chair) == (isTaken ? ["Lunch"] : []))
      #expect(try carer.copy.rescued().count == (isTaken ? 0 : 2))
    }
  }

  @Test("members write on while the hub is being restored, and nothing is asked twice or lost")
  func hubRestoredWhileWriting() async throws {
    let (hub, carer, chair) = try await restoredHub()
    for device in [carer, chair] { device.line.connect(to: hub) }
    _ = try add("Written during the restore", on: carer)
    for device in [carer, chair, carer] { #expect(try await device.send().problem == nil) }
    try expectEqual([carer, chair], hub)
    #expect(try titles(chair).contains("Written during the restore"))
  }

  @Test("where a clone wrote on a restored hub, the lost branch comes back under a new name")
  func deepFork() async throws {
    let hub = try TestHub(folder.file("hub.db"))
    let original = try await TestDevice.joined(folder.file("a.db"), as: "carer", at: hub)
    _ = try add("Before", on: original)
    try await original.send()
    try original.store.close()
    try folder.copy("a.db", to: "clone.db")
    _ = try hub.acts.run(.backup(path: folder.file("backup.db")))
    let device = try TestDevice(folder.file("a.db"), line: Line(to: hub))
    for number in 1...3 { _ = try add("Lost \(number)", on: device) }
    try await device.send()
    try hub.store.close()
    let restored = try TestHub(folder.file("backup.db"))
    _ = try restored.store.write { try HubIdentity.drawNewEpoch(in: $0) }
    let clone = try TestDevice(folder.file("clone.db"), line: Line(to: restored))
    _ = try add("By the clone", on: clone)
    try await clone.send()

    device.line.connect(to: restored)
    _ = try add("Later", on: device)
    #expect(try await device.send().problem == nil)
    try await clone.send()
    try expectEqual([device, clone], restored)
    #expect(try titles(clone) == ["Before", "Lost 1", "Lost 2", "Lost 3", "Later", "By the clone"])
  }

  /// A hub that went back to a backup while a clone of the carer's folder wrote on: the branch of `count` records that
  /// the carer's lost laptop had sent stands on the chair's laptop alone.
  private func lostBranch(of count: Int) async throws -> (hub: TestHub, chair: TestDevice) {
    let hub = try TestHub(folder.file("hub.db"))
    let original = try await TestDevice.joined(folder.file("a.db"), as: "carer", at: hub)
    let chair = try await TestDevice.joined(folder.file("c.db"), as: "chair", at: hub)
    try await original.send()
    try original.store.close()
    try folder.copy("a.db", to: "clone.db")
    _ = try hub.acts.run(.backup(path: folder.file("backup.db")))
    let lost = try TestDevice(folder.file("a.db"), line: Line(to: hub))
    for number in 1...count { _ = try add("Lost \(number)", on: lost) }
    try await lost.send()
    try await chair.send()
    try hub.store.close()
    let restored = try TestHub(folder.file("backup.db"))
    _ = try restored.store.write { try HubIdentity.drawNewEpoch(in: $0) }
    let clone = try TestDevice(folder.file("clone.db"), line: Line(to: restored))
    _ = try add("By the clone", on: clone)
    try await clone.send()
    chair.line.connect(to: restored)
    return (restored, chair)
  }

  @Test("another member's copy of a branch the hub gave up goes whole into the rescue box")
  func foreignFork() async throws {
    let (hub, chair) = try await lostBranch(of: 1)
    #expect(try await chair.send().problem == nil)
    #expect(try titles(chair) == ["By the clone"])
    #expect(try chair.copy.rescued().map(\.reason) == [.forked])
    try expectEqual([chair], hub)
  }

  @Test("a copy from which more than 20 records would vanish stops and asks, and goes on when told to")
  func massRemoval() async throws {
    let (hub, chair) = try await lostBranch(of: 21)
    let stopped = try await chair.send()
    guard case .massRemoval(let removal)? = stopped.problem else {
      Issue.record("21 records vanished unasked: \(String(describing: stopped.problem))")
      return
    }
    #expect(removal.vanishing == 21)
    #expect(try titles(chair).count == 21)
    #expect(try await chair.send(removalsAllowed: true).problem == nil)
    #expect(try titles(chair) == ["By the clone"])
    #expect(try chair.copy.rescued().count == 21)
    try expectEqual([chair], hub)
  }

  @Test("the same acts under any clocks end in the same shown records and the same questions (G8, evoluhq/evolu#709)")
  func clocks() async throws {
    var outcomes: Set<[String]> = []
    let now: Int64 = 1_790_000_000_000
    let year: Int64 = 365 * 86_400_000
    for (number, offsets) in [[0, 0], [-20 * year, 10 * year], [10 * year, -20 * year], [300_001, 0]].enumerated() {
      let hub = try TestHub(folder.file("hub\(number).db"), clock: ManualClock(milliseconds: now))
      var devices: [TestDevice] = []
      for (place, offset) in offsets.enumerated() {
        devices.append(
          try await .joined(
            folder.file("\(number)-\(place).db"), as: "member \(place)", at: hub,
            clock: ManualClock(milliseconds: now + offset)))
      }
      let event = try devices[0].copy.add(kind: "event", [.text(field: "title", "First")], space: "public").id
      for device in devices { try await device.send() }
      _ = try devices[0].copy.set(event.description, [.text(field: "audience", "one")])
      _ = try devices[1].copy.set(event.description, [.text(field: "audience", "two")])
      _ = try devices[1].copy.set(event.description, [.text(field: "audience", "three")])
      _ = try devices[1].copy.set(event.description, [.text(field: "title", "Second")])
      for device in devices + devices { #expect(try await device.send().problem == nil) }
      try expectEqual(devices, hub)
      let view = try devices[0].copy.show(event.description)
      outcomes.insert(["\(view.fields["title"]!)", "\(view.fields["audience"]!)", "\(view.conflicts.count)"])
    }
    #expect(outcomes == [["text(\"Second\")", "text(\"three\")", "0"]])
  }
}
