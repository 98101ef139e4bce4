// Changes of membership: a new role reaches its member, and a preview says what a change would do without doing it.

import BoardModel
import ClientCore
import Cryptography
import Foundation
import HubAdministration
import RecordModel
import Replication
import SQLiteStorage
import SyncHub
import SyncProtocol
import TestKit
import Testing

@Suite("Changes of membership")
struct MembershipTests {
  let hub: TestHub

  init() throws {
    hub = try TestHub()
  }

  @Test("a member hears of a new role at the next contact")
  func role() async throws {
    let carer = try await hub.joined("carer")
    _ = try hub.administration.run(.invite(member: "carer", role: "chair", spaces: ["cab"]))
    #expect(try await carer.send().outcome.progress.role == "chair")
    #expect(try carer.copy.membership().role == "chair")
    #expect(try await carer.send().outcome.progress.role == nil)
  }

  @Test("a preview says whom a change of membership reaches and what of theirs has not arrived, and changes nothing")
  func preview() async throws {
    let carer = try await hub.joined("carer")
    _ = try await hub.joined("carer", file: "other.db")
    try carer.add("Sent", space: "cab")
    try await carer.send()
    // The line drops with the answer, so that the hub has heard of what waits and the change is refused a place.
    try carer.store.write { transaction in
      let space = try transaction.spaces().first { $0.name == "cab" }!.id
      let edit = Edit(record: .random(), kind: "event", operation: .makePresent(supersedes: []))
      let change = Change(
        edits: [edit], space: space, replica: .random(), previous: nil, lamport: 99, author: .random(),
        time: Timestamp(milliseconds: 0), modelVersion: 1)
      try Replica(rules: hub.model.rules, in: transaction).apply(.change(change))
    }
    #expect(try await carer.send().unsent == 1)
    let records = try hub.store.read { reader in
      var count = 0
      let space = try reader.spaces().first { $0.name == "cab" }!.id
      try reader.forEachRecord(in: space, kind: nil) { _, _ in count += 1 }
      return count
    }
    let leaving = try hub.administration.run(.leave(member: "carer", space: "cab", isPreview: true)).impact
    #expect(leaving.devices == 2 && leaving.withUnsentWork == 1)
    #expect(leaving.recordsLeaving == records && leaving.recordsArriving == 0)
    let off = try hub.administration.run(
      .deviceRevoke(carer.key.publicKey.fingerprint, reason: "lost", isPreview: true)
    ).impact
    #expect(off.devices == 1 && off.withUnsentWork == 1)
    let arriving = try hub.administration.run(
      .invite(member: "chair", role: "chair", spaces: ["cab"], isPreview: true)
    ).impact
    #expect(arriving.recordsArriving == records)
    #expect(
      try await carer.send().outcome.progress.left.isEmpty && hub.store.read { try Directory($0).members().count } == 1)
  }
}
