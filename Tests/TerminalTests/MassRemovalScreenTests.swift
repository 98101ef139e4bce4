// Whoever is asked whether many records may go is told from which parts of the copy, before they agree to all of it.

import BoardTerminal
import ClientCore
import RecordModel
import Replication
import SQLiteStorage
import SyncProtocol
import TestKit
import Testing

@Suite("Mass removal on the screen")
struct MassRemovalScreenTests {
  @Test("each part of the copy from which too much would go is named, with the numbers")
  func parts() async throws {
    let table = try Table()
    let hub = table.hub
    let carer = try await hub.joined("carer")
    let (chair, transport) = try await table.member("chair")
    try hub.backUp()
    for number in 1...21 {
      for space in ["public", "cab"] { try carer.add("Refused \(number)", space: space) }
    }
    try await carer.send()
    await chair.board("send")
    let replica = try #require(try carer.copy.status().replica)
    let taken = try ["public", "cab"].flatMap { name in
      let space = try hub.space(name)
      return try carer.store.read { try $0.rows(of: replica, from: 1, in: space) }
    }
    let restored = try hub.restored()
    try restored.store.write { transaction in
      let replica = Replica(rules: restored.model.rules, in: transaction)
      for row in taken {
        try replica.take(.void(VoidEntry(of: row.entry, reason: .notAllowed)), at: restored.clock.read())
      }
    }
    transport.connect(to: restored.hub)
    let stopped = await chair.board("send")
    #expect(stopped.exit == .tryAgain)
    for name in ["public", "cab"] {
      let label = try #require(hub.model.space(named: name)?.label)
      #expect(stopped.errors.contains("\(label): 21 of "), "\(stopped.errors)")
    }
    #expect(try chair.copy.list(kind: "event").count == 42)
    await chair.board("send", "--agree")
    #expect(try chair.copy.list(kind: "event").isEmpty)
  }
}
