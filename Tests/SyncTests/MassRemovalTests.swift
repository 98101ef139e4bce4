// Records that vanish although nobody removed them: a few may; about more, a person is asked first, and what is asked about
// one space holds up no other.

import ClientCore
import RecordModel
import Replication
import SQLiteStorage
import SyncHub
import SyncProtocol
import TestKit
import Testing

@Suite("Mass removal")
struct MassRemovalTests {
  /// A hub that went back to a backup, and refused then what it had taken: `count` records of the carer's in "cab", which
  /// the chair has read. Since then it took one more in "public".
  private func refused(_ count: Int) async throws -> (hub: TestHub, chair: TestDevice) {
    let hub = try TestHub()
    let (carer, chair) = (try await hub.joined("carer"), try await hub.joined("chair"))
    try hub.backUp()
    for number in 1...count { try carer.add("Refused \(number)", space: "cab") }
    try await carer.send()
    try await chair.send()
    let (cab, replica) = (try hub.space("cab"), try #require(try carer.copy.status().replica))
    let taken = try carer.store.read { try $0.rows(of: replica, from: 1, in: cab) }
    let restored = try hub.restored()
    try restored.store.write { transaction in
      let replica = Replica(rules: restored.model.rules, in: transaction)
      for row in taken {
        try replica.take(.void(VoidEntry(of: row.entry, reason: .notAllowed)), at: restored.clock.read())
      }
    }
    let taker = try await restored.joined("taker")
    try taker.add("News")
    try await taker.send()
    chair.connect(to: restored)
    return (restored, chair)
  }

  @Test("records that a restored hub refuses after it had taken them vanish only once a person has agreed")
  func refusals() async throws {
    let (hub, chair) = try await refused(21)
    let report = try await chair.send()
    guard case .massRemoval(let removals)? = report.problem, let removal = removals.first else {
      Issue.record("21 records vanished unasked: \(String(describing: report.problem))")
      return
    }
    #expect(removal.space == (try hub.space("cab")) && removal.vanishing == 21)
    #expect(try chair.titles.filter { $0.hasPrefix("Refused") }.count == 21)
    #expect(try chair.copy.rescued().isEmpty)
    #expect(try await chair.send(removalsAllowed: true).problem == nil)
    #expect(try chair.titles == ["News"])
    #expect(try chair.copy.rescued().count == 21)
    #expect(try hub.differences(from: [chair]).isEmpty)
  }

  @Test("while a person is asked about one space, the news of the others arrives and work in them is sent")
  func otherSpaces() async throws {
    let (hub, chair) = try await refused(21)
    let cab = try hub.space("cab")
    for number in 1...3 { try chair.add("By the chair \(number)") }
    let report = try await chair.send()
    guard case .massRemoval? = report.problem else {
      Issue.record("nobody was asked: \(String(describing: report.problem))")
      return
    }
    #expect(try chair.titles.contains("News"))
    #expect(report.outcome.counts.acknowledged == 3)
    #expect(try chair.digest(of: "public") == hub.digest(of: "public"))
    // Asked again, in the same place, and not a request more than it takes.
    let waiting = try chair.store.read { try $0.space(cab)?.cursor }
    let sent = chair.transport.sent.count
    #expect(try await chair.send().problem == report.problem)
    #expect(chair.transport.sent.count <= sent + 3)
    #expect(try chair.store.read { try $0.space(cab)?.cursor } == waiting)
  }

  @Test("a few records that a restored hub refuses vanish, and their words are kept")
  func few() async throws {
    let (hub, chair) = try await refused(20)
    #expect(try await chair.send().problem == nil)
    #expect(try chair.titles == ["News"] && chair.copy.rescued().count == 20)
    #expect(try hub.differences(from: [chair]).isEmpty)
  }

  @Test("records that vanish in page after page of one sync are counted together")
  func pages() async throws {
    let (hub, chair) = try await refused(60)
    let slow = SyncHub(
      store: hub.store, rules: hub.model.rules, modelText: hub.model.source, policy: SpaceMembersPolicy(),
      clock: hub.clock.read, responseBytesMax: 2_000)
    chair.transport.connect(to: slow)
    let report = try await chair.send()
    guard case .massRemoval(let removals)? = report.problem, let removal = removals.first else {
      Issue.record("60 records vanished unasked: \(String(describing: report.problem))")
      return
    }
    #expect(removal.vanishing > 20 && removal.vanishing < 60)
  }
}
