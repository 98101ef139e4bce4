// The road end to end, in one process: words typed offline on real files, sent over a connection that fails, merged by the
// hub, seen and settled by others.

import ClientCore
import JSONText
import RecordModel
import Replication
import SyncProtocol
import TestKit
import Testing

@Suite("End to end")
struct EndToEndSyncTests {
  let hub: TestHub

  init() throws {
    hub = try TestHub()
  }

  @Test("a record typed on one laptop is seen on another, and all three copies are equal")
  func wholeRoad() async throws {
    let (carer, chair) = (try await hub.joined("carer"), try await hub.joined("chair"))
    let event = try carer.copy.add(kind: "event", [.text(field: "title", "Carers' breakfast")], space: nil)
    #expect(try carer.copy.status().unsent == 1)
    let report = try await carer.send()
    #expect(report.problem == nil && report.unsent == 0 && report.outcome.counts.acknowledged == 1)
    try await chair.send()
    #expect(try chair.value(event.id, "title") == .text("Carers' breakfast"))
    for space in ["public", "cab"] {
      // The chair's joining is news to the carer, so the carer reads on first.
      try await carer.send()
      #expect(try carer.digest(of: space) == hub.digest(of: space))
      #expect(try chair.digest(of: space) == hub.digest(of: space))
    }
  }

  @Test("two titles written at once are both kept, both shown as a question, and one settling ends it for all")
  func clash() async throws {
    let (carer, chair) = (try await hub.joined("carer"), try await hub.joined("chair"))
    let event = try carer.copy.add(kind: "event", [.text(field: "title", "Breakfast")], space: nil)
    try await carer.send()
    try await chair.send()
    let id = event.id.description
    _ = try carer.copy.set(id, [.text(field: "title", "Carers' breakfast")])
    _ = try chair.copy.set(id, [.text(field: "title", "Breakfast for carers")])
    for device in [carer, chair, carer] { try await device.send() }
    for device in [carer, chair] {
      let rivals = try device.copy.conflicts().flatMap(\.conflicts).flatMap(\.rivals).map(\.value)
      #expect(Set(rivals) == [.text("Carers' breakfast"), .text("Breakfast for carers")])
    }
    _ = try chair.copy.settle(id, field: "title", "Breakfast for all carers")
    try await chair.send()
    try await carer.send()
    #expect(try carer.copy.conflicts().isEmpty)
    #expect(try carer.value(event.id, "title") == .text("Breakfast for all carers"))
    let replaced = try carer.copy.history(id).last?.edits.flatMap(\.replaced).map(\.value) ?? []
    #expect(Set(replaced) == [.text("Carers' breakfast"), .text("Breakfast for carers")])
  }

  @Test("edits of different fields at once fit together without a question")
  func fit() async throws {
    let (carer, chair) = (try await hub.joined("carer"), try await hub.joined("chair"))
    let event = try carer.copy.add(kind: "event", [.text(field: "title", "Breakfast")], space: nil)
    try await carer.send()
    try await chair.send()
    _ = try carer.copy.set(event.id.description, [.text(field: "audience", "carers")])
    _ = try chair.copy.set(event.id.description, [.json(field: "head_count", .integer(12))])
    for device in [carer, chair, carer] { try await device.send() }
    #expect(try carer.copy.conflicts().isEmpty)
    #expect(try carer.value(event.id, "head_count") == .integer(12))
    #expect(try chair.value(event.id, "audience") == .text("carers"))
  }

  @Test("a change whose answer was lost or cut is there once, never twice", arguments: [Fault.answerLost, .answerCut])
  func answerLost(fault: Fault) async throws {
    let carer = try await hub.joined("carer")
    let event = try carer.copy.add(kind: "event", [.json(field: "head_count", .integer(7))], space: nil)
    carer.transport.next(fault)
    let cut = try await carer.send()
    #expect(cut.problem != nil && cut.unsent == 1)
    let whole = try await carer.send()
    #expect(whole.problem == nil && whole.unsent == 0)
    #expect(try carer.value(event.id, "head_count") == .integer(7))
    #expect(try carer.digest(of: "public") == hub.digest(of: "public"))
  }

  @Test(
    "nothing leaves the outbox on any answer but a verdict (pointfreeco/sqlite-data#432)",
    arguments: [
      Fault.requestLost, .webPage, .status(.notKnown), .status(.notAllowed("no")), .status(.busy(wait: nil)),
      .status(.hubFailed(500)), .status(.notAHub),
    ])
  func onlyVerdicts(fault: Fault) async throws {
    let carer = try await hub.joined("carer")
    _ = try carer.copy.add(kind: "event", [.text(field: "title", "Breakfast")], space: nil)
    carer.transport.next(fault)
    let report = try await carer.send()
    #expect(report.problem != nil && report.unsent == 1)
    #expect(try await carer.send().unsent == 0)
  }

  @Test("downloads arrive though the hub rejects the uploads (simolus3/powersync.dart#307)")
  func downloadsDoNotWait() async throws {
    let (carer, chair) = (try await hub.joined("carer"), try await hub.joined("chair"))
    let event = try chair.copy.add(kind: "event", [.text(field: "title", "Breakfast")], space: nil)
    try await chair.send()
    _ = try carer.copy.add(kind: "event", [.text(field: "title", "Lunch")], space: nil)
    carer.transport.next(.status(.rejected("a poisonous change")))
    let report = try await carer.send()
    #expect(report.unsent == 1)
    #expect(try carer.value(event.id, "title") == .text("Breakfast"))
  }

  @Test("a copy that belongs to one hub takes nothing from another and loses nothing to it")
  func wrongHub() async throws {
    let carer = try await hub.joined("carer")
    _ = try carer.copy.add(kind: "event", [.text(field: "title", "Breakfast")], space: nil)
    let other = try TestHub(in: hub.folder, file: "other.db")
    carer.connect(to: other)
    let report = try await carer.send()
    #expect(report.problem == .transport(.notKnown) && report.unsent == 1)
  }

  @Test("pages of one change at a time bring the same copy as one large page (arul28/ADE#403)")
  func smallPages() async throws {
    let small = try TestHub(in: hub.folder, file: "small.db", responseBytesMax: 1)
    let carer = try await small.joined("carer")
    for number in 1...25 {
      _ = try carer.copy.add(kind: "event", [.text(field: "title", "Breakfast \(number)")], space: nil)
    }
    try await carer.send()
    let chair = try await small.joined("chair")
    #expect(try chair.copy.list(kind: "event").count == 25)
    #expect(try chair.digest(of: "public") == small.digest(of: "public"))
  }

  @Test("a field edited, deleted and created again syncs as it was done (pointfreeco/sqlite-data#418)")
  func deleteAndRestore() async throws {
    let (carer, chair) = (try await hub.joined("carer"), try await hub.joined("chair"))
    let event = try carer.copy.add(kind: "event", [.text(field: "title", "Breakfast")], space: nil)
    _ = try carer.copy.remove(event.id.description)
    _ = try carer.copy.restore(event.id.description)
    _ = try carer.copy.set(event.id.description, [.text(field: "title", "Lunch")])
    try await carer.send()
    try await chair.send()
    #expect(try chair.value(event.id, "title") == .text("Lunch"))
    #expect(try chair.copy.conflicts().isEmpty)
  }

  @Test("an agenda item removed while another wrote on it waits for a person, with the words")
  func holdingList() async throws {
    let (member, chair) = (try await hub.joined("member"), try await hub.joined("chair"))
    let item = try chair.copy.add(kind: "agenda_item", [.text(field: "title", "Buses")], space: "cab")
    try await chair.send()
    try await member.send()
    _ = try chair.copy.remove(item.id.description)
    _ = try member.copy.set(item.id.description, [.text(field: "title", "Buses after six")])
    for device in [chair, member, chair] { try await device.send() }
    for device in [chair, member] {
      let view = try device.copy.show(item.id.description)
      #expect(view.presence == .disputed && view.fields["title"] == .text("Buses after six"))
      #expect(view.conflicts.map(\.field) == [Conflict.removedField])
    }
    _ = try chair.copy.settle(item.id.description, field: Conflict.removedField, "false")
    try await chair.send()
    try await member.send()
    #expect(try member.copy.show(item.id.description).presence == .present)
    #expect(try member.digest(of: "cab") == hub.digest(of: "cab"))
  }
}
