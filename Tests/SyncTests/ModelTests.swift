// The model changes while members are away: a newer one reaches them by sync, an older copy keeps what it does not
// know, and no record is written anew for it (G12, Fly.io Corrosion).

import ClientCore
import HubAdministration
import RecordModel
import Replication
import SQLiteStorage
import SyncProtocol
import TestKit
import Testing

@Suite("A changing model")
struct ModelTests {
  let folder: TemporaryFolder
  let older = RecordModel.withoutRights
  let newer: RecordModel

  init() throws {
    folder = try TemporaryFolder()
    let text = older.source
      .replacing("\nversion: 2\n", with: "\nversion: 3\n")
      .replacing(
        "      audience: ", with: "      ramp: {policy: review, type: boolean, label: Step-free}\n      audience: ")
    newer = try RecordModel(parsing: text)
    try #require(newer.rules.kinds["event"]?.fields["ramp"] != nil)
  }

  /// A hub that ran on the older model and now runs on the newer; the carer was away meanwhile.
  private func changedHub() async throws -> (hub: TestHub, carer: TestDevice, event: RecordID, head: UInt64) {
    let first = try TestHub(in: folder, model: older)
    let carer = try await first.joined("carer")
    let event = try carer.add("Breakfast")
    try await carer.send()
    let head = try first.store.read { try $0.spaces().first { $0.name == "public" }!.lastPosition }
    try first.store.close()
    let hub = try TestHub(in: folder, model: newer)
    carer.connect(to: hub)
    return (hub, carer, event, head)
  }

  @Test("a newer model reaches a laptop with its next sync, and adding a field writes nothing per record")
  func newerModel() async throws {
    let (hub, carer, event, head) = try await changedHub()
    try await carer.send()
    #expect(try carer.copy.model().version == 3)
    #expect(carer.copy.modelParseCount == 2)
    #expect(try hub.store.read { try $0.spaces().first { $0.name == "public" }!.lastPosition } == head)
    try carer.set(event, "ramp", "yes")
    #expect(try await carer.send().outcome.counts.refused == 0)
    #expect(try carer.digest(of: "public") == hub.digest(of: "public"))
  }

  @Test("an older copy takes in fields its model does not name, shows them, and sends its own work all the same")
  func olderCopy() async throws {
    let (hub, carer, event, _) = try await changedHub()
    let chair = try await hub.joined("chair")
    try chair.set(event, "ramp", "yes")
    try await chair.send()
    // A program that cannot read the newer model: it is told of it, and keeps the one it has.
    try carer.set(event, "title", "Carers' breakfast")
    try await carer.send()
    try await chair.send()
    #expect(try carer.value(event, "ramp") == .bool(true))
    #expect(try chair.value(event, "title") == .text("Carers' breakfast"))
    for device in [carer, chair] { #expect(try device.digest(of: "public") == hub.digest(of: "public")) }
  }

  @Test("work written by a model that the hub does not have waits, and is sent when the model is back")
  func modelAhead() async throws {
    let (hub, carer, event, _) = try await changedHub()
    try await carer.send()
    try carer.set(event, "ramp", "yes")
    try hub.store.close()
    let behind = try TestHub(in: folder, model: older)
    carer.connect(to: behind)
    let waiting = try await carer.send()
    #expect(waiting.unsent == 1 && waiting.outcome.counts.refused == 0)
    try behind.store.close()
    let back = try TestHub(in: folder, model: newer)
    carer.connect(to: back)
    #expect(try await carer.send().unsent == 0)
    #expect(try carer.value(event, "ramp") == .bool(true))
  }
}
