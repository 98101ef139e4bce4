// A whole store is held against itself: what is right is found right, and whatever byte is changed in the file, the place of
// it is named.

import ClientCore
import Cryptography
import Foundation
import GRDB
import HubAdministration
import RecordModel
import Replication
import SQLiteStorage
import SyncHub
import SyncProtocol
import TestKit
import Testing

@Suite("Verification")
struct VerificationTests {
  let folder: TemporaryFolder
  let path: String
  /// The carer's copy, which wrote changes 1 to 3 into "cab": two events, and between them one that was refused.
  let replica: ReplicaID
  let cab: SpaceID
  let event: RecordID

  init() async throws {
    folder = try TemporaryFolder()
    path = folder.file("hub.db")
    let hub = try TestHub(in: folder)
    let carer = try await hub.joined("carer")
    cab = try carer.space("cab")
    event = try carer.add("Tea", space: "cab")
    let (space, author) = (cab, try carer.copy.membership().member)
    try carer.store.write { transaction in
      let name = try #require(try ReplicaIdentity(transaction).current())
      let edit = Edit(record: .random(), kind: "nonsense", operation: .makePresent(supersedes: []))
      let nonsense = Change(
        edits: [edit], space: space, replica: name, previous: try transaction.tip(of: name, in: space),
        lamport: try #require(try transaction.space(space)).lamport + 1, author: author,
        time: Timestamp(milliseconds: 0), modelVersion: 1)
      try Replica(rules: .none, in: transaction).apply(.change(nonsense))
    }
    try carer.add("Cake", space: "cab")
    #expect(try await carer.send().outcome.counts.refused == 1)
    replica = try #require(try carer.copy.status().replica)
    try hub.store.close()
  }

  /// What is found in the file, once a statement has changed it.
  private func found(after sql: String? = nil, _ arguments: StatementArguments = []) throws -> IntegrityFailure? {
    if let sql {
      let queue = try DatabaseQueue(path: path)
      let count = try queue.write { database in
        try database.execute(sql: sql, arguments: arguments)
        return database.changesCount
      }
      try queue.close()
      #expect(count == 1, "\(sql)")
    }
    let store = try SQLiteStore(path: path)
    defer { #expect(throws: Never.self) { try store.close() } }
    do {
      _ = try Verification(of: store)
      return nil
    } catch let damage as IntegrityFailure { return damage }
  }

  private func damage(_ place: IntegrityFailure.Place, _ fault: IntegrityFailure.Kind, byte: Int? = nil)
    -> IntegrityFailure
  {
    IntegrityFailure(space: cab, spaceName: "cab", place: place, kind: fault, byte: byte)
  }

  @Test("a hub whose disk has changed a row says so itself, and gives nobody a page with it")
  func rottenPage() async throws {
    let queue = try DatabaseQueue(path: path)
    try await queue.write { database in
      try database.execute(
        sql: "UPDATE engine_log SET header = CAST(header || x'00' AS BLOB) WHERE replica = ? AND sequence = 1",
        arguments: [Data(replica.bytes)])
    }
    try queue.close()
    let hub = try TestHub(in: folder)
    let report = try await hub.joined("chair").send()
    guard case .transport(.hubFailed)? = report.problem else {
      Issue.record("\(String(describing: report.problem))")
      return
    }
  }

  /// The bytes of one column of the carer's rows.
  private func bytes(_ column: String, of sequence: Int) throws -> [UInt8] {
    let queue = try DatabaseQueue(path: path)
    defer { #expect(throws: Never.self) { try queue.close() } }
    let sql = "SELECT \(column) FROM engine_log WHERE replica = ? AND sequence = ? AND space = ?"
    let data = try queue.read {
      try Data.fetchOne($0, sql: sql, arguments: [Data(replica.bytes), sequence, Data(cab.bytes)])
    }
    return Array(try #require(data))
  }

  private func put(_ bytes: [UInt8], into column: String, of sequence: Int) throws -> IntegrityFailure? {
    try found(
      after: "UPDATE engine_log SET \(column) = ? WHERE replica = ? AND sequence = ? AND space = ?",
      [Data(bytes), Data(replica.bytes), sequence, Data(cab.bytes)])
  }

  private func row(_ sequence: UInt64) throws -> IntegrityFailure.Place {
    .row(try position(sequence), Dot(replica, sequence))
  }

  private func position(_ sequence: UInt64) throws -> UInt64 {
    let queue = try DatabaseQueue(path: path)
    defer { #expect(throws: Never.self) { try queue.close() } }
    let sql = "SELECT position FROM engine_log WHERE replica = ? AND sequence = ? AND space = ?"
    let position = try queue.read {
      try Int64.fetchOne($0, sql: sql, arguments: [Data(replica.bytes), Int64(sequence), Data(cab.bytes)])
    }
    return UInt64(try #require(position))
  }

  @Test("an undamaged store verifies, and its report says how far signatures of authors reach")
  func whole() throws {
    #expect(try found() == nil)
    let store = try SQLiteStore(path: path)
    let spaces = try Verification(of: store).spaces
    #expect(spaces.first?.name == "control" && spaces.contains { $0.changes == 0 })
    let cab = try #require(spaces.first { $0.id == self.cab })
    // The Centre's record of the carer, by the hub; two events, by the carer.
    #expect((cab.changes, cab.voids, cab.chains, cab.records, cab.unproved) == (3, 1, 2, 3, 0))
    try store.close()
    let ids: StatementArguments = [Data(replica.bytes), Data(self.cab.bytes)]
    #expect(try found(after: "DELETE FROM engine_head WHERE replica = ? AND space = ?", ids) == nil)
    let headless = try SQLiteStore(path: path)
    #expect(try Verification(of: headless).spaces.first { $0.id == self.cab }?.unproved == 3)
    try headless.close()
  }

  @Test("a changed byte of a header, a body or a digest is named, whichever it is")
  func everyByte() throws {
    for (column, fault) in [("header", IntegrityFailure.Kind.header), ("body", .body), ("digest", .digest)] {
      let written = try bytes(column, of: 1)
      for place in stride(from: 0, to: written.count, by: 5) {
        var changed = written
        changed[place] ^= 0x40
        #expect(try put(changed, into: column, of: 1) == damage(row(1), fault, byte: place), "\(column) \(place)")
      }
      #expect(try put(written, into: column, of: 1) == nil)
    }
  }

  @Test("damage of more than one byte is placed where the bytes stop making sense, or nowhere")
  func manyBytes() throws {
    let body = try bytes("body", of: 1)
    #expect(try put([0xff, 0xff] + body.dropFirst(2), into: "body", of: 1) == damage(row(1), .body, byte: 0))
    #expect(try put(Array(body.dropLast(2)), into: "body", of: 1)?.kind == .body)
    #expect(try put(body, into: "body", of: 1) == nil)
    // Another change, whole in itself: nobody can say which of its bytes are wrong.
    let other = try (header: bytes("header", of: 3), digest: bytes("digest", of: 3))
    #expect(try put(other.header, into: "header", of: 1) == damage(row(1), .header))
    #expect(try put(other.digest, into: "digest", of: 1) == damage(.row(position(1), Dot(replica, 3)), .body))
  }

  @Test("a row that is missing, moved, or filed under another name is named")
  func rows() throws {
    let ids: StatementArguments = [Data(replica.bytes), Data(cab.bytes)]
    let (second, third) = (try position(2), try position(3))
    let (own, kept) = ("WHERE replica = ? AND space = ?", try kept("kept.db"))
    #expect(
      try found(after: "UPDATE engine_log SET sequence = 9 \(own) AND sequence = 3", ids)
        == damage(.row(third, Dot(replica, 3)), .name))
    try kept()
    #expect(
      try found(after: "UPDATE engine_log SET position = 99 \(own) AND sequence = 3", ids)
        == damage(.row(third, nil), .gap))
    try kept()
    #expect(
      try found(after: "DELETE FROM engine_log \(own) AND sequence = 2", ids) == damage(.row(second, nil), .gap))
  }

  @Test("a row removed without a gap is missed in its chain")
  func closedUp() throws {
    let third = try position(3)
    let ids: StatementArguments = [Data(replica.bytes), Data(cab.bytes)]
    _ = try found(after: "DELETE FROM engine_log WHERE replica = ? AND space = ? AND sequence = 2", ids)
    let moved = try found(
      after: "UPDATE engine_log SET position = position - 1 WHERE replica = ? AND space = ? AND sequence = 3", ids)
    #expect(moved == damage(.row(third - 1, Dot(replica, 3)), .chain))
  }

  @Test("a place in the log, or a refusal, that is not what the hub signed is named")
  func places() throws {
    let ids: StatementArguments = [Data(replica.bytes), Data(cab.bytes)]
    let own = "WHERE replica = ? AND space = ? AND sequence = 2"
    let kept = try kept("kept.db")
    let place = try row(2)
    for assignment in [
      "reason = 'notAllowed'", "hub_position = 99", "hub_time = hub_time + 1", "hub_digest = zeroblob(32)",
      "hub_position = NULL, hub_time = NULL, hub_digest = NULL",
    ] {
      #expect(
        try found(after: "UPDATE engine_log SET \(assignment) \(own)", ids) == damage(place, .log), "\(assignment)")
      try kept()
    }
  }

  @Test("a head whose signature is invalid, or that signs what is not there, is named")
  func heads() throws {
    let ids: StatementArguments = [Data(replica.bytes), Data(cab.bytes)]
    let own = "WHERE replica = ? AND space = ?"
    let wrong = "UPDATE engine_head SET signature = zeroblob(64) \(own)"
    #expect(try found(after: wrong, ids) == damage(.head(Dot(replica, 3)), .signature))
  }

  @Test("a key of no device proves nothing, however well it signs")
  func strangersHead() throws {
    let store = try SQLiteStore(path: path)
    let stranger = Signer()
    var dot: Dot?
    try store.write { transaction in
      let carers = try #require(try transaction.row(of: Dot(replica, 3), in: cab)).entry.header
      let edit = Edit(record: .random(), kind: "event", operation: .makePresent(supersedes: []))
      let change = Change(
        edits: [edit], space: cab, replica: stranger.newName(), previous: nil,
        lamport: try #require(try transaction.space(cab)).lamport + 1, author: carers.author, time: carers.time,
        modelVersion: 1)
      dot = change.dot
      try Replica(rules: .none, in: transaction).take(.change(change), at: carers.time)
      try transaction.put(stranger.head(of: change, for: HubIdentity.identity(in: transaction).hub))
    }
    try store.close()
    #expect(try found() == damage(.head(#require(dot)), .signer))
  }

  @Test("the hub's notes about a log are checked against the log")
  func notes() throws {
    let ids: StatementArguments = [Data(replica.bytes), Data(cab.bytes)]
    for (column, value) in [("sequence", "sequence + 1"), ("lamport", "lamport + 1"), ("digest", "zeroblob(32)")] {
      let kept = try kept("engine_tip")
      let sql = "UPDATE engine_tip SET \(column) = \(value) WHERE replica = ? AND space = ?"
      #expect(try found(after: sql, ids) == damage(.tip(replica), .end), "\(column)")
      try kept()
    }
    for column in ["head", "lamport"] {
      let sql = "UPDATE engine_space SET \(column) = \(column) + 1 WHERE id = ?"
      #expect(try found(after: sql, [Data(cab.bytes)]) == damage(.space, .counts), "\(column)")
    }
  }

  @Test("a row that is not found at a record which it edits is named")
  func index() throws {
    let ids: StatementArguments = [Data(event.bytes), Data(cab.bytes)]
    #expect(
      try found(after: "DELETE FROM engine_touch WHERE record = ? AND space = ?", ids) == damage(row(1), .index))
  }

  /// Keeps the file as it is, to be put back.
  private func kept(_ name: String) throws -> () throws -> Void {
    try folder.copy("hub.db", to: name)
    return { try folder.copy(name, to: "hub.db") }
  }

  @Test("a record that differs from what its changes make is named, with its first wrong byte")
  func records() throws {
    let ids: StatementArguments = [Data(event.bytes), Data(cab.bytes)]
    let kept = try kept("kept.db")
    let queue = try DatabaseQueue(path: path)
    let state = try queue.read {
      try Data.fetchOne($0, sql: "SELECT state FROM engine_record WHERE record = ? AND space = ?", arguments: ids)
    }
    try queue.close()
    var changed = try #require(state)
    let title = try #require(changed.range(of: Data("Tea".utf8))).lowerBound
    changed[title + 1] = UInt8(ascii: "o")
    let sql = "UPDATE engine_record SET state = ? WHERE record = ? AND space = ?"
    #expect(try found(after: sql, [changed] + ids) == damage(.record(event), .record, byte: title + 1))
    try kept()
    let gone = "DELETE FROM engine_record WHERE record = ? AND space = ?"
    #expect(try found(after: gone, ids) == damage(.record(event), .recordMissing))
    try kept()
    let unmade = RecordID(bytes: [UInt8](repeating: 0xee, count: 16))!
    let copy = """
      INSERT INTO engine_record
      SELECT NULL, space, ?, kind, presence, listed, contested, date, news, display_json, state FROM engine_record
      WHERE record = ? AND space = ?
      """
    #expect(try found(after: copy, [Data(unmade.bytes)] + ids) == damage(.record(unmade), .recordUnmade))
    try kept()
  }
}
