// A copy that took in what no hub said, or that a disk damaged, is repaired: nothing unsent is lost, and the next contact
// with the hub makes it equal again. What an older program let in is planted here in the store itself.

import ClientCore
import Cryptography
import Foundation
import GRDB
import HubAdministration
import Replication
import SQLiteStorage
import SyncHub
import SyncProtocol
import TestKit
import Testing

/// Faults of a copy, each planted in its store.
private let faults: [(name: String, plant: @Sendable (RepairTests.Victim) throws -> Void)] = [
  (
    "300 spaces",
    { victim in
      try victim.write { for number in 0..<300 { try $0.put(Space(id: .random(), name: "space \(number)")) } }
    }
  ),
  ("a cursor beyond every log", { try $0.moveCursor(to: 1 << 63) }),
  ("a cursor with another digest", { try $0.moveCursor(to: nil) }),
  ("a row with Lamport time 2^53", { try $0.plant([$0.creation], lamport: 1 << 53) }),
  ("a row with Lamport time 2^53 - 1", { try $0.plant([$0.creation], lamport: 1 << 53 - 1) }),
  (
    "30 erasing rows by nobody",
    { victim in
      for _ in 0..<30 { try victim.plant([Edit(record: victim.tea, kind: "event", operation: .erase)]) }
    }
  ),
  ("a row that the hub never had, at a place in its log", { try $0.plant([$0.creation]) }),
  (
    "an own change that the hub never stored, marked as acknowledged",
    { victim in
      try victim.write { transaction in
        let dots = try transaction.outbox(after: 0, in: victim.space, bytesMax: .max).map(\.entry.dot)
        try transaction.setAcknowledged(true, dots: dots, in: victim.space)
      }
    }
  ),
  (
    "a Lamport time that no row has",
    { victim in
      try victim.write { transaction in
        var row = try #require(try transaction.space(victim.space))
        row.lamport = 1 << 53
        try transaction.put(row)
      }
    }
  ),
]

@Suite("Repair")
struct RepairTests {
  /// A copy with something unsent, on which faults are planted.
  struct Victim: Sendable {
    let device: TestDevice
    let space: SpaceID
    let tea: RecordID

    func write(_ body: (any StoreTransaction) throws -> Void) throws { try device.store.write(body) }

    var creation: Edit { Edit(record: .random(), kind: "event", operation: .makePresent(supersedes: [])) }

    /// Applies a row by somebody unknown, at the next place of a log that no hub has signed.
    func plant(_ edits: [Edit], lamport: UInt64? = nil) throws {
      try write { transaction in
        var row = try #require(try transaction.space(space))
        let entry = LogEntry.change(
          Change(
            edits: edits, space: space, replica: .random(), previous: nil, lamport: lamport ?? row.lamport + 1,
            author: .random(), time: Timestamp(milliseconds: 0), modelVersion: 1))
        let last = try transaction.lastPlace(in: space)
        let place = LogPlace(
          after: last?.position ?? 0, last?.digest ?? LogPlace.start(of: space), of: entry.digest, refusedFor: nil,
          at: Timestamp(milliseconds: 0))
        try Replica(rules: .none, in: transaction).apply(entry, at: place)
        row = try #require(try transaction.space(space))
        row.cursor = row.cursor.map { Cursor(epoch: $0.epoch, position: place.position, digest: place.digest) }
        try transaction.put(row)
      }
    }

    /// Moves the cursor; without a position, only its digest changes.
    func moveCursor(to position: UInt64?) throws {
      try write { transaction in
        var row = try #require(try transaction.space(space))
        row.cursor = row.cursor.map {
          Cursor(epoch: $0.epoch, position: position ?? $0.position, digest: LogPlace.start(of: .random()))
        }
        try transaction.put(row)
      }
    }
  }

  private let hub: TestHub

  init() throws { hub = try TestHub() }

  /// A member with an event that the hub has, an edit of it and another event that it lacks, a change that it refused, and
  /// words that are not saved yet.
  private func victim() async throws -> Victim {
    let device = try await hub.joined("carer")
    let tea = try device.add("Tea")
    let space = try device.space("public")
    try refused(on: device, in: space)
    try await device.send()
    try device.set(tea, "title", "Tea at four")
    try device.add("Cake")
    try device.copy.setNote(MemberReplica.draftNote, "half-written")
    return Victim(device: device, space: space, tea: tea)
  }

  /// Writes a change that no hub accepts.
  private func refused(on device: TestDevice, in space: SpaceID) throws {
    let author = try device.copy.membership().member
    try device.store.write { transaction in
      let name = try #require(try ReplicaIdentity(transaction).current())
      let change = Change(
        edits: [Edit(record: .random(), kind: "nonsense", operation: .makePresent(supersedes: []))], space: space,
        replica: name, previous: try transaction.tip(of: name, in: space),
        lamport: try #require(try transaction.space(space)).lamport + 1, author: author,
        time: Timestamp(milliseconds: 0), modelVersion: 1)
      try Replica(rules: .none, in: transaction).apply(.change(change))
    }
  }

  /// Replaces a copy as `repair` does, and opens its successor.
  private func repaired(_ device: TestDevice) throws -> (device: TestDevice, work: CarriedWork, setAside: String) {
    let key = try device.key
    var work = CarriedWork()
    let path = try device.store.makeWay { successor in
      work = try device.copy.carry(to: successor)
      try successor.write { try $0.set("test/key", to: key.seed) }
    }
    return (try TestDevice("carer.db", at: hub), work, path)
  }

  private func expectWhole(_ device: TestDevice, sourceLocation: SourceLocation = #_sourceLocation) async throws {
    let report = try await device.send()
    #expect(report.problem == nil && report.unsent == 0, sourceLocation: sourceLocation)
    #expect(try device.titles == ["Tea at four", "Cake"], sourceLocation: sourceLocation)
    #expect(try hub.differences(from: [device]).isEmpty, sourceLocation: sourceLocation)
    #expect(try device.copy.check().faults.isEmpty, sourceLocation: sourceLocation)
  }

  @Test(
    "a copy with a planted fault is found wrong, and its successor is whole after one sync", arguments: faults.indices)
  func planted(_ number: Int) async throws {
    let victim = try await victim()
    #expect(try victim.device.copy.check().faults.isEmpty)
    try faults[number].plant(victim)
    #expect(try !victim.device.copy.check().faults.isEmpty, "\(faults[number].name)")
    let (device, work, setAside) = try repaired(victim.device)
    #expect(work == CarriedWork(changes: 2, rescued: 1))
    #expect(try device.copy.status().unsent == 2)
    #expect(try device.copy.note(MemberReplica.draftNote) == "half-written")
    #expect(try device.copy.rescued().count == 1)
    try await expectWhole(device)
    #expect(FileManager.default.fileExists(atPath: setAside))
  }

  @Test("the words of a change made on top of a planted one are sent, without naming it")
  func builtOnPlanted() async throws {
    let victim = try await victim()
    let title = Edit(
      record: victim.tea, kind: "event",
      operation: .assign(field: "title", value: .text("Nonsense"), supersedes: []))
    try victim.plant([title], lamport: 1 << 40)
    try victim.device.set(victim.tea, "title", "Tea at four")
    try await expectWhole(try repaired(victim.device).device)
  }

  @Test("what the hub had recorded before its answer was lost is not sent twice")
  func recorded() async throws {
    let victim = try await victim()
    victim.device.transport.next(.answerLost, .requestLost, .requestLost, .requestLost)
    try await victim.device.send()
    let rows = try hub.store.read { try $0.space(victim.space)?.lastPosition }
    try victim.moveCursor(to: 1 << 63)
    let (device, work, _) = try repaired(victim.device)
    #expect(work.changes == 2)
    try await expectWhole(device)
    #expect(try hub.store.read { try $0.space(victim.space)?.lastPosition } == rows)
  }

  @Test("a copy damaged again before it has sent keeps the same work")
  func twice() async throws {
    let victim = try await victim()
    try victim.moveCursor(to: 1 << 63)
    let first = try repaired(victim.device).device
    try first.store.write { transaction in
      for number in 0..<300 { try transaction.put(Space(id: .random(), name: "space \(number)")) }
    }
    let (second, work, setAside) = try repaired(first)
    #expect(work.changes == 2 && setAside.hasSuffix("damaged-2"))
    try await expectWhole(second)
  }

  @Test("what was kept is sealed for the hub if the member has left the space")
  func left() async throws {
    let victim = try await victim()
    try victim.moveCursor(to: 1 << 63)
    let device = try repaired(victim.device).device
    try hub.leave("carer", "public")
    try await device.send()
    #expect(try hub.proposals().count == 2)
    #expect(try device.copy.rescued().count == 3)
  }

  @Test("wrong records are made anew from the log, without a new copy")
  func records() async throws {
    let victim = try await victim()
    try victim.write { transaction in
      let key = RecordKey(victim.space, victim.tea)
      try transaction.put(
        RecordState(kind: "event"), at: key, projection: RecordProjection(of: RecordState(kind: "event"), by: .none))
      let other = RecordKey(victim.space, .random())
      try transaction.put(
        RecordState(kind: "event"), at: other, projection: RecordProjection(of: RecordState(kind: "event"), by: .none))
    }
    let faults = try victim.device.copy.check().faults
    #expect(faults.compactMap(\.spaceOfRecords) == [victim.space])
    _ = try victim.device.copy.rebuildRecords(of: [victim.space])
    #expect(try victim.device.copy.check().faults.isEmpty)
    #expect(try victim.device.titles == ["Tea at four", "Cake"])
    try await expectWhole(victim.device)
  }

  @Test(
    "a row whose bytes are damaged is fetched again; own work that cannot be read is counted", arguments: [true, false])
  func bytes(isSent: Bool) async throws {
    let victim = try await victim()
    let key = try victim.device.key
    try victim.device.store.close()
    let queue = try DatabaseQueue(path: hub.folder.file("carer.db"))
    let order = isSent ? "ASC" : "DESC"
    try await queue.write { database in
      try database.execute(
        sql: """
          UPDATE engine_log SET body = x'00' WHERE rowid =
            (SELECT rowid FROM engine_log WHERE body IS NOT NULL AND space = ? ORDER BY position \(order) LIMIT 1)
          """, arguments: [Data(victim.space.bytes)])
    }
    try queue.close()
    let damaged = try TestDevice("carer.db", at: hub)
    #expect(try damaged.key.seed == key.seed)
    #expect(try !damaged.copy.check().faults.isEmpty)
    let (device, work, _) = try repaired(damaged)
    // Behind a row that cannot be read, nothing proves that the hub has the first event.
    #expect(
      work
        == (isSent ? CarriedWork(changes: 3, rescued: 1) : CarriedWork(changes: 1, rescued: 1, unreadable: 1)))
    #expect(try await device.send().unsent == 0)
    #expect(try device.titles == (isSent ? ["Tea at four", "Cake"] : ["Tea at four"]))
    #expect(try device.copy.check().faults.isEmpty)
  }
}
