// Changes as nobody should have made them, and honest ones at the edge of the rules: what the hub and the copies make of
// each.

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

@Suite("Forged and extreme changes")
struct ForgedChangeTests {
  let hub: TestHub

  init() throws {
    hub = try TestHub()
  }

  /// Offers changes from a member's device, attested by its key.
  private func offer(_ changes: [Change], by signer: Signer) async throws -> [Judgement] {
    try await hub.offer(changes, signedBy: signer.key, attestedBy: signer)
  }

  private func change(
    _ space: SpaceID, _ replica: ReplicaID, after previous: Tip?, lamport: UInt64, author: MemberID,
    title: String = "Forged"
  ) -> Change {
    let record = RecordID.make(at: Timestamp(milliseconds: 0))
    return Change(
      edits: [
        Edit(record: record, kind: "event", operation: .makePresent(supersedes: [])),
        Edit(
          record: record, kind: "event",
          operation: .assign(field: "title", value: .text(title), supersedes: [])),
      ], space: space, replica: replica, previous: previous, lamport: lamport, author: author,
      time: Timestamp(milliseconds: 0), modelVersion: 1)
  }

  @Test("nobody takes the next dot of another member's laptop, whatever they offer", arguments: [0, 1])
  func othersDots(way: Int) async throws {
    let carer = try await hub.joined("carer")
    let chair = try await hub.joined("chair")
    try carer.add("Breakfast")
    try await carer.send()
    let id = try hub.space("public")
    let replica = try #require(try carer.copy.status().replica)
    let (tip, lamport) = try hub.store.read { (try $0.tip(of: replica, in: id), try $0.space(id)!.lamport) }
    let author = try hub.member(way == 0 ? "carer" : "chair")
    let forged = change(id, replica, after: tip, lamport: lamport + 1, author: author)
    #expect(try await offer([forged], by: chair.signer) == [.later])
    #expect(try hub.store.read { try $0.tip(of: replica, in: id) } == tip)
    try carer.add("Lunch")
    #expect(try await carer.send().outcome.counts.reissued == 0)
  }

  @Test("nobody writes into the hub's own chain")
  func hubsChain() async throws {
    let chair = try await hub.joined("chair")
    let id = try hub.space("public")
    let replica = try #require(try hub.store.read { try ReplicaIdentity($0).current() })
    let (tip, lamport) = try hub.store.read { (try $0.tip(of: replica, in: id), try $0.space(id)!.lamport) }
    let forged = change(id, replica, after: tip, lamport: lamport + 1, author: try hub.member("chair"))
    #expect(try await offer([forged], by: chair.signer) == [.later])
    #expect(try hub.store.read { try $0.tip(of: replica, in: id) } == tip)
  }

  @Test("two additions to one counter in one change both count; a second entry is refused by name")
  func twiceInOneChange() async throws {
    let carer = try await hub.joined("carer")
    let event = try carer.add("Breakfast")
    _ = try carer.copy.set(
      event.description, [.json(field: "head_count", .integer(2)), .json(field: "head_count", .integer(3))])
    #expect(try carer.value(event, "head_count") == .integer(5))
    #expect(throws: ClientError.refused(.wrongOperation, field: "views_against")) {
      try carer.copy.add(
        kind: "decision", [.text(field: "views_against", "one"), .text(field: "views_against", "two")], space: "cab")
    }
  }

  @Test("settling a group with one of its rivals shows that rival, not a mixture of both")
  func settleGroup() async throws {
    let carer = try await hub.joined("carer")
    let chair = try await hub.joined("chair")
    let event = try carer.add("Breakfast")
    try await carer.send()
    try await chair.send()
    _ = try carer.copy.set(
      event.description, [.text(field: "date", "2026-12"), .text(field: "date_precision", "month")])
    try chair.set(event, "date", "2026-12-10")
    for device in [carer, chair, carer] { try await device.send() }
    let conflict = try #require(try carer.copy.show(event.description).conflicts.first)
    for rival in conflict.rivals {
      let key = try carer.copy.show(event.description).key
      _ = try carer.copy.settle(key, field: "date", with: rival.value)
      let current = try carer.store.read { try $0.record(key)!.fields["date"]!.siblings.map(\.value) }
      #expect(current == [rival.value])
    }
  }

  @Test("a space at the limit of its Lamport time accepts no change, and blocks no other space")
  func onePoison() async throws {
    let carer = try await hub.joined("carer")
    let id = try hub.space("cab")
    try carer.store.write { transaction in
      var space = try transaction.space(id)!
      space.lamport = Limits.counterMax
      try transaction.put(space)
    }
    #expect(throws: ClientError.refused(.tooLarge, field: "")) { try carer.add("Poison", space: "cab") }
    try carer.add("Breakfast")
    #expect(try await carer.send().outcome.counts.acknowledged == 1)
  }

  @Test("adding one element a thousand times, or making a record present, does not grow a record without end")
  func growth() async throws {
    let chair = try await hub.joined("chair")
    let (id, author, signer) = (try hub.space("public"), try hub.member("chair"), try chair.signer)
    let replica = signer.newName()
    let record = RecordID.make(at: Timestamp(milliseconds: 0))
    var tip: Tip?
    var changes: [Change] = []
    for number in 1...1_000 {
      let change = Change(
        edits: [Edit(record: record, kind: "event", operation: .makePresent(supersedes: []))], space: id,
        replica: replica, previous: tip, lamport: UInt64(number), author: author, time: Timestamp(milliseconds: 0),
        modelVersion: 1)
      tip = Tip(sequence: UInt64(number), digest: change.digest, lamport: UInt64(number))
      changes.append(change)
    }
    _ = try await offer(changes, by: signer)
    let current = try hub.store.read { try $0.record(RecordKey(id, record))!.existence.count }
    #expect(current <= Limits.siblingsMax)
  }

  @Test("a change of the largest size is accepted, and one byte more is refused by name")
  func bytes() async throws {
    let chair = try await hub.joined("chair")
    let (id, author, signer) = (try hub.space("public"), try hub.member("chair"), try chair.signer)
    func change(_ count: Int) -> Change {
      let texts = [("title", Limits.textBytesMax), ("summary", count)]
      let record = RecordID.make(at: Timestamp(milliseconds: 0))
      let edits = texts.map { field, count in
        Operation.assign(field: field, value: .text(String(repeating: "a", count: count)), supersedes: [])
      }
      return Change(
        edits: ([.makePresent(supersedes: [])] + edits).map { Edit(record: record, kind: "event", operation: $0) },
        space: id, replica: signer.newName(), previous: nil, lamport: 1, author: author,
        time: Timestamp(milliseconds: 0),
        modelVersion: 1)
    }
    let some = change(100_000)
    let most = 100_000 + Limits.changeBytesMax - some.headerBytes.count - some.bodyBytes.count
    let changes = [change(most), change(most + 1)]
    #expect(try await offer(changes, by: signer) == [.taken, .refused(.tooLarge)])
  }
}
