// A member leaves a space: what they may not read any more goes from their copy, and nothing they had not sent is lost.

import ClientCore
import Cryptography
import Foundation
import HubAdministration
import JSONText
import RecordModel
import Replication
import SQLiteStorage
import SyncHub
import SyncProtocol
import TestKit
import Testing

@Suite("Leaving a space")
struct LeavingTests {
  let hub: TestHub

  init() throws {
    hub = try TestHub()
  }

  @Test(
    "a member who leaves a space keeps the other spaces and their own unsent words, and the hub hears of the clearing")
  func leaves() async throws {
    let (carer, chair) = (try await hub.joined("carer"), try await hub.joined("chair"))
    try carer.add("Sent", space: "cab")
    try carer.add("Public", space: "public")
    for device in [carer, chair] { try await device.send() }
    try carer.add("Never sent", space: "cab")
    try hub.leave("carer")
    #expect(try hub.summary(of: carer).pendingWipes == ["cab"])
    let report = try await carer.send()
    #expect(
      report.outcome.progress.left.count == 1 && report.outcome.counts.sealed == 1
        && report.outcome.counts.sealedStored == 1)
    #expect(try carer.titles == ["Public"])
    #expect(try carer.copy.spaces().map(\.name) == ["public"])
    #expect(try carer.copy.rescued().map(\.reason) == [.left])
    #expect(try hub.summary(of: carer).pendingWipes.isEmpty)
    #expect(try hub.proposals().map { $0.member } == ["carer"])
    #expect(try await chair.send().problem == nil)
    #expect(try chair.titles == ["Sent", "Public"])
  }

  @Test("a member who returns to a space gets its records again, and nothing they had not sent is sent by itself")
  func returns() async throws {
    let carer = try await hub.joined("carer")
    try carer.add("Sent", space: "cab")
    try await carer.send()
    try carer.add("Never sent", space: "cab")
    try hub.leave("carer")
    try await carer.send()
    _ = try hub.code(for: "carer")
    try await carer.send()
    #expect(try carer.titles == ["Sent"])
    #expect(try carer.copy.status().unsent == 0)
    try carer.add("Afterwards", space: "cab")
    #expect(try await carer.send().outcome.counts.acknowledged == 1)
    #expect(try carer.digest(of: "cab") == hub.digest(of: "cab"))
  }

  @Test("wherever the connection drops while a copy clears a space, the unsent words arrive once and the space is gone")
  func dropped() async throws {
    for place in 0..<4 {
      for fault in [Fault.requestLost, .answerLost, .answerCut] {
        let hub = try TestHub()
        let carer = try await hub.joined("carer")
        try carer.add("Never sent", space: "cab")
        try hub.leave("carer")
        let quiet: [Fault?] = Array(repeating: nil, count: place)
        for step in quiet + [fault] { carer.transport.next(step) }
        for _ in 0..<3 { try await carer.send() }
        #expect(try hub.proposals().count == 1, "\(fault) at \(place)")
        #expect(try carer.copy.spaces().map(\.name) == ["public"], "\(fault) at \(place)")
        #expect(try hub.summary(of: carer).pendingWipes.isEmpty, "\(fault) at \(place)")
      }
    }
  }

  @Test("work that arrived, and whose answer was lost before its writer left, counts once")
  func notTwice() async throws {
    let (carer, chair) = (try await hub.joined("carer"), try await hub.joined("chair"))
    let shared = try carer.add("Shared", space: "cab")
    for device in [carer, chair] { try await device.send() }
    _ = try carer.copy.set(shared.description, [.json(field: "head_count", .integer(3))])
    carer.transport.next(.answerLost)
    try await carer.send()
    try hub.leave("carer")
    try await carer.send()
    #expect(try hub.proposals().isEmpty && carer.store.read { try ControlOutbox.isEmpty(in: $0) })
    try await chair.send()
    #expect(try chair.value(shared, "head_count") == .integer(3))
  }

  @Test("what the hub accepted is no proposal besides, though its writer left before the answer arrived")
  func takenInUnheard() async throws {
    let (carer, chair) = (try await hub.joined("carer"), try await hub.joined("chair"))
    try carer.add("Sent", space: "cab")
    carer.transport.next(.answerLost)
    try await carer.send()
    try hub.leave("carer")
    try await carer.send()
    #expect(try hub.proposals().isEmpty)
    #expect(try await carer.send().outcome.counts.sealedStored == 0, "it is done with")
    try await chair.send()
    #expect(try chair.titles == ["Sent"])
  }

  @Test("a space is cleared even where something else in the answer must wait for a person")
  func clearsAllTheSame() async throws {
    let carer = try await hub.joined("carer")
    try carer.add("Papers", space: "cab")
    try await carer.send()
    // Twenty-five records of the other space hang on a chain that the hub holds otherwise.
    let space = try carer.space("public")
    let (stranger, centre) = (ReplicaID.random(), try hub.store.read { try HubIdentity.centre(in: $0) })
    try carer.store.write { transaction in
      var tip: Tip?
      for _ in 0..<25 {
        let edit = Edit(record: .random(), kind: "event", operation: .makePresent(supersedes: []))
        let change = Change(
          edits: [edit], space: space, replica: stranger, previous: tip,
          lamport: try transaction.space(space)!.lamport + 1, author: centre, time: Timestamp(milliseconds: 0),
          modelVersion: 1)
        try Replica(rules: hub.model.rules, in: transaction).take(.change(change), at: Timestamp(milliseconds: 0))
        tip = try transaction.tip(of: stranger, in: space)
      }
    }
    try hub.store.write { transaction in
      let edit = Edit(record: .random(), kind: "event", operation: .makePresent(supersedes: []))
      let change = Change(
        edits: [edit], space: space, replica: stranger, previous: nil,
        lamport: try transaction.space(space)!.lamport + 1, author: centre, time: Timestamp(milliseconds: 0),
        modelVersion: 1)
      try Replica(rules: hub.model.rules, in: transaction).take(.change(change), at: Timestamp(milliseconds: 0))
    }
    try hub.leave("carer")
    let report = try await carer.send()
    guard case .massRemoval? = report.problem else {
      Issue.record("no person was asked: \(String(describing: report.problem))")
      return
    }
    #expect(try carer.copy.spaces().map(\.name) == ["public"])
  }

  @Test("a device that must clear a space brings first what the hub lost of it, and keeps none of it")
  func othersWork() async throws {
    let (carer, chair) = (try await hub.joined("carer"), try await hub.joined("chair"))
    try hub.backUp()
    try carer.add("By the carer", space: "cab")
    try await carer.send()
    try await chair.send()
    let restored = try hub.restored()
    chair.connect(to: restored)
    // It hears of the new epoch, and the connection drops before it has offered what the hub lost.
    chair.transport.next(nil, .requestLost)
    try await chair.send()
    try restored.leave("chair")
    try await chair.send()
    #expect(try chair.copy.rescued().isEmpty && chair.copy.spaces().map(\.name) == ["public"])
    #expect(try restored.proposals().isEmpty)
    carer.connect(to: restored)
    #expect(try await carer.send().unsent == 0)
    #expect(try restored.differences(from: [carer]).isEmpty)
  }

  @Test("others' lost branches in the rescue box are sealed for the hub and go with the space")
  func othersBranch() async throws {
    let (carer, chair) = (try await hub.joined("carer"), try await hub.joined("chair"))
    try carer.add("By the carer", space: "cab")
    for device in [carer, chair] { try await device.send() }
    let replica = try #require(try carer.copy.status().replica)
    try chair.store.write { transaction in
      let space = try transaction.spaces().first { $0.name == "cab" }!.id
      let change = try transaction.row(of: Dot(replica, 1), in: space)!.entry.remainder!
      let twin = Change(
        edits: change.edits, space: space, replica: replica, previous: nil, lamport: 7, author: change.header.author,
        time: Timestamp(milliseconds: 0), modelVersion: 1)
      try transaction.rescue(twin, reason: .forked)
    }
    try hub.leave("chair")
    try await chair.send()
    #expect(try chair.copy.rescued().isEmpty)
    #expect(try hub.proposals().map { $0.author } == ["carer"])
  }

  @Test("a hub that forgot a joining in a restore takes nothing from the copy that still has what it lost")
  func forgotten() async throws {
    let chair = try await hub.joined("chair")
    try hub.backUp()
    _ = try hub.code(for: "chair", spaces: ["cab-reserved"])
    try await chair.send()
    try chair.add("Reserved", space: "cab-reserved")
    try await chair.send()
    let restored = try hub.restored()
    chair.connect(to: restored)
    #expect(try await chair.send().outcome.progress.left.isEmpty)
    #expect(try chair.titles == ["Reserved"])
  }

  @Test("what a hub lost and only its writer still has is kept when the hub ends their reading before they hear of it")
  func leavesARestoredHub() async throws {
    let carer = try await hub.joined("carer")
    try hub.backUp()
    try carer.add("Sent", space: "cab")
    try await carer.send()
    let restored = try hub.restored()
    carer.connect(to: restored)
    try restored.leave("carer")
    try await carer.send()
    #expect(try carer.copy.spaces().map(\.name) == ["public"])
    #expect(try carer.copy.rescued().isEmpty, "it was sent once")
    let proposals = try restored.proposals()
    #expect(proposals.map { $0.author } == ["carer"])
  }
}
