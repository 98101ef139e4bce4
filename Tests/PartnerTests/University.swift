// Universities for tests: a hub each, on real files, and connections between them in the same process.

import BoardModel
import ClientCore
import Cryptography
import PartnerExchange
import RecordModel
import Replication
import SQLiteStorage
import SyncHub
import SyncProtocol
import Synchronization
import TestKit
import Testing

/// One university, with its hub.
final class University: Sendable {
  let name: String
  let hub: TestHub
  let transport: PartnerLoopback
  let copies: FolderCopies
  let service: PartnerService

  convenience init(_ name: String, clock: ManualClock = ManualClock(), model: RecordModel = .board) throws {
    self.init(
      name, on: try TestHub(clock: clock, model: model, policy: RightsPolicy(rules: model.rules)),
      over: PartnerLoopback())
  }

  private init(
    _ name: String, on hub: TestHub, over transport: PartnerLoopback, with copies: FolderCopies? = nil
  ) {
    let copies = copies ?? FolderCopies(folder: hub.folder)
    self.name = name
    self.hub = hub
    self.transport = transport
    self.copies = copies
    service = PartnerService(
      hub: hub.hub, model: hub.model, copies: copies, transport: transport,
      clock: hub.clock.read)
  }

  /// The university with its hub put back to a backup. Its copies of partners' spaces are as they were.
  func restored(from file: String = "backup.db") throws -> University {
    University(name, on: try hub.restored(from: file, ledger: hub.ledger), over: transport, with: copies)
  }

  /// Does again what the ledger says and a backup lacks, as the program does when it opens.
  func applyLedger() throws {
    _ = try hub.store.write { try hub.ledger.ledger.apply(rules: hub.model.rules, now: hub.clock.read(), in: $0) }
    try hub.store.scrub()
  }

  var side: AgreementSide {
    get throws {
      try hub.store.read {
        AgreementSide(hub: try HubIdentity.identity(in: $0).hub, key: try HubIdentity.key(in: $0).publicKey)
      }
    }
  }

  func partner(_ name: String) throws -> Partner {
    try #require(try hub.store.read { try Directory($0).partner(called: name) })
  }

  // MARK: The link

  /// Invites another university, which joins.
  func meet(_ other: University) async throws {
    let code = try hub.store.write {
      try Directory.invite(partnerNamed: other.name, now: hub.clock.read(), $0).code
    }
    other.transport.connect(to: self)
    _ = try await other.service.join(at: HubEndpoint(name), code: code, partnerNamed: name)
  }

  @discardableResult
  func exchange(with other: University) async throws -> PartnerReport {
    try await service.exchange(with: partner(other.name))
  }

  /// Takes turns with another university's hub, and nothing else: what this hub gives is not brought up to date before,
  /// as an honest program would.
  func takeTurns(with other: University) async throws {
    let (key, introduction) = try hub.store.read {
      (
        try HubIdentity.key(in: $0),
        Introduction(
          hub: try HubIdentity.identity(in: $0).hub, sealing: try HubIdentity.publicKeys(in: $0).sealing,
          model: hub.model.source)
      )
    }
    let theirs = try other.side.key
    var turn = Turn.begin(introduction, to: try other.side.hub, nonce: [1]).encoded
    while true {
      let bytes = try await other.service.answer(turn: turn, from: key.publicKey)
      let reply = try #require(TurnReply(decoding: bytes, signedBy: theirs, to: turn, from: key.publicKey))
      guard let request = reply.request else { return }
      turn = Turn.answer(try await hub.hub.answer(request, signedBy: theirs)).encoded
    }
  }

  // MARK: Agreements

  func propose(_ text: String, to other: University) throws -> Agreement {
    let agreement = try Agreement(parsing: text, us: side, them: other.side, model: hub.model)
    try propose(agreement, to: other)
    return agreement
  }

  func propose(_ agreement: Agreement, to other: University) throws {
    let partner = try partner(other.name)
    try hub.store.write { transaction in
      try keeper(partner, transaction).propose(agreement)
    }
  }

  func state(of agreement: Agreement, with other: University) throws -> AgreementState {
    try #require(try states(with: other).first { $0.agreement == agreement })
  }

  /// Every version of every agreement with another university.
  func states(with other: University) throws -> [AgreementState] {
    let partner = try partner(other.name)
    return try hub.store.read { try Papers(with: partner, in: $0)?.all(in: $0) ?? [] }
  }

  @discardableResult
  func sign(_ agreement: Agreement, with other: University) throws -> Bool {
    let state = try state(of: agreement, with: other)
    let partner = try partner(other.name)
    return try hub.store.write { try keeper(partner, $0).sign(state) }
  }

  func confirm(_ agreement: Agreement) throws {
    try hub.store.write { try Papers.confirm(agreement, now: hub.clock.read(), in: $0) }
  }

  func end(_ agreement: Agreement, with other: University, reason: String = "no longer needed") throws {
    let state = try state(of: agreement, with: other)
    let partner = try partner(other.name)
    try hub.store.write { transaction in
      let keeper = try keeper(partner, transaction)
      try keeper.end(state, reason: reason)
      try keeper.keep()
    }
  }

  private func keeper(_ partner: Partner, _ transaction: any StoreTransaction) throws -> AgreementKeeper {
    try #require(
      try AgreementKeeper(of: partner, ledger: hub.ledger, now: hub.clock.read(), in: transaction))
  }

  // MARK: Records

  /// Writes a record of the Centre's own.
  @discardableResult
  func add(_ kind: String, _ fields: [String: Value], space: String = "public") throws -> RecordID {
    let record = RecordID.make(at: hub.clock.read())
    try write([.create(record, kind: kind)] + fields.map { .set(record, field: $0, $1) }, space: space)
    return record
  }

  func write(_ drafts: [Draft], space: String = "public") throws {
    let id = try hub.space(space)
    try hub.store.write { transaction in
      _ = try Replica(rules: hub.model.rules, in: transaction).commit(
        drafts, in: id, by: HubIdentity.centre(in: transaction), at: hub.clock.read(), isHome: true)
    }
  }

  /// The shown fields of every present record that this university has of another.
  func received(from other: University) throws -> [[String: Value]] {
    try hub.store.read { reader in
      guard let space = try reader.spaces().first(where: { $0.name == "From \(other.name)" }) else { return [] }
      var records: [[String: Value]] = []
      try reader.forEachRecord(in: space.id, kind: nil) { _, state in
        if !state.isErased { records.append(state.shownFields(by: hub.model.rules)) }
      }
      return records.sorted { "\($0["title"] ?? .null)" < "\($1["title"] ?? .null)" }
    }
  }
}

/// The copies of a hub's partners, in its folder.
final class FolderCopies: PartnerCopies {
  private let folder: TemporaryFolder
  private let stores = Mutex<[HubID: SQLiteStore]>([:])

  init(folder: TemporaryFolder) {
    self.folder = folder
  }

  func open(of hub: HubID) throws -> any ReplicaStore {
    try stores.withLock { stores in
      if let store = stores[hub] { return store }
      let store = try SQLiteStore(path: folder.file("partner-\(hub).db"))
      stores[hub] = store
      return store
    }
  }

  /// Scrubs every open copy, as its next use would.
  func scrub() throws -> Bool {
    try stores.withLock { try $0.values.allSatisfy { try $0.scrub() } }
  }
}

/// Connections to other universities' hubs, by name.
final class PartnerLoopback: PartnerTransport {
  private let others = Mutex<[String: University]>([:])
  /// Every body that travelled, either way.
  private let travelled = Mutex<[[UInt8]]>([])
  /// True while no connection can be made.
  private let isDown = Mutex(false)

  func connect(to other: University) { others.withLock { $0[other.name] = other } }

  func setDown(_ isDown: Bool) { self.isDown.withLock { $0 = isDown } }

  /// The round trips until the connection drops; `nil` for one that holds.
  private let left = Mutex<Int?>(nil)

  /// Drops the connection after so many round trips.
  func drop(after exchanges: Int?) { left.withLock { $0 = exchanges } }

  var bytes: [[UInt8]] { travelled.withLock { $0 } }

  private func reach(_ place: HubEndpoint) throws(TransportError) -> University {
    let isCut = left.withLock { left in
      guard let count = left else { return false }
      left = max(0, count - 1)
      return count == 0
    }
    guard !isDown.withLock({ $0 }), !isCut, let other = others.withLock({ $0[place.url] }) else {
      throw .unreachable("the connection is down")
    }
    return other
  }

  func join(at place: HubEndpoint, code: String, key: SigningKey) async throws(TransportError) -> JoinReply {
    let other = try reach(place)
    do {
      return try await other.hub.hub.reply(toJoiningWith: code, key: key.publicKey, isPartner: true)
    } catch { throw .notAllowed("\(error)") }
  }

  func sync(
    at place: HubEndpoint, key: SigningKey, showing ticket: [UInt8]?, request: [UInt8]
  ) async throws(TransportError) -> [UInt8] {
    let other = try reach(place)
    do {
      let answer = try await other.hub.hub.answer(request, signedBy: key.publicKey, showing: ticket)
      travelled.withLock { $0 += [request, answer] }
      return answer
    } catch { throw .hubFailed(500) }
  }

  func turn(at place: HubEndpoint, key: SigningKey, _ turn: [UInt8]) async throws(TransportError) -> [UInt8] {
    let other = try reach(place)
    do {
      let reply = try await other.service.answer(turn: turn, from: key.publicKey)
      travelled.withLock { $0 += [turn, reply] }
      return reply
    } catch { throw .hubFailed(500) }
  }

  func wait(_ duration: Duration) async {}
}
