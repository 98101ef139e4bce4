// What a hub says of its log is believed only where it is whole and signed: nobody in the middle, and no hub in another
// state, can leave something out, change a decision or put rows in another order unseen.

import ClientCore
import Cryptography
import RecordModel
import Replication
import SQLiteStorage
import SyncHub
import SyncProtocol
import TestKit
import Testing

@Suite("The signed log")
struct SignedLogTests {
  /// A hub's answer to somebody who reads its public space from the beginning, with what was done to it on the way.
  enum Forgery: CaseIterable {
    case rowLeftOut, remainderErases, rowTwice, rowsSwapped, rowAsHeld, otherTime, refusedThoughTaken,
      takenThoughRefused, otherReason
    case shorter, otherDigest, otherEpochsCheckpoint, otherSpacesCheckpoint, otherHubsCheckpoint,
      otherPositionsCheckpoint
    case otherKeysCheckpoint, rubbish
  }

  private let hub: TestHub
  private let carer: TestDevice
  private let space: SpaceID

  /// The hub has taken two changes and refused a third, and the carer has read none of them.
  init() async throws {
    hub = try TestHub(policy: WordPolicy())
    carer = try await hub.joined("carer")
    let chair = try await hub.joined("chair")
    space = try hub.space("public")
    for title in ["Breakfast", "Tea", "forbidden"] { try chair.add(title) }
    try await chair.send()
  }

  private func page() throws -> Page {
    try hub.store.read { reader in
      let last = try #require(try reader.lastPlace(in: space))
      let (hub, epoch) = try HubIdentity.identity(in: reader)
      let checkpoint = Checkpoint(hub: hub, epoch: epoch, space: space, position: last.position, digest: last.digest)
      let rows = try reader.rows(after: 0, in: space, bytesMax: .max)
      return Page(
        space: space, epoch: epoch, from: 0, to: last.position, lastPosition: last.position, digest: last.digest,
        rows: try rows.map {
          Page.Row(position: $0.position, time: try #require($0.place).time, entry: RawEntry($0.entry))
        },
        checkpoints: [
          Page.SignedPosition(
            position: last.position, signature: checkpoint.signature(by: try HubIdentity.key(in: reader)))
        ])
    }
  }

  private func receive(_ page: Page) throws {
    let rules = try carer.copy.model().rules
    try carer.store.write { transaction in
      var row = try #require(try transaction.space(space))
      row.cursor = nil
      try transaction.put(row)
      _ = try Replica(rules: rules, in: transaction).perform([.apply(page)], removalsAllowed: true)
    }
  }

  @Test("a page as the hub sent it is read, and every row has its place and time")
  func whole() throws {
    let page = try page()
    try receive(page)
    let places = try carer.store.read { try $0.rows(after: 0, in: space, bytesMax: .max).map(\.place) }
    #expect(places.map { $0?.position } == page.rows.map(\.position))
    #expect(places.map { $0?.time } == page.rows.map(\.time))
    #expect(places.last??.digest == page.digest)
  }

  @Test("a forged page is ignored whole, so nothing is lost by it and nothing believed", arguments: Forgery.allCases)
  func forged(_ forgery: Forgery) throws {
    let before = try carer.store.read { try $0.rows(after: 0, in: space, bytesMax: .max) }
    let (id, key) = try hub.store.read { (try HubIdentity.identity(in: $0).hub, try HubIdentity.key(in: $0)) }
    let forged = try page().forged(forgery, of: id, by: key)
    #expect(throws: SyncFailure.self) { try receive(forged) }
    #expect(try carer.store.read { try $0.rows(after: 0, in: space, bytesMax: .max) } == before)
  }

  @Test("what a request offers is named in its answer, not sent back, and gets its place")
  func held() async throws {
    try await carer.send()
    for title in ["Lunch", "Supper"] { try carer.add(title) }
    let sent = try await carer.send()
    #expect(sent.outcome.counts.acknowledged == 2 && sent.outcome.counts.received == 0)
    let places = try hub.store.read { try $0.rows(after: 0, in: space, bytesMax: .max).map(\.place?.position) }
    #expect(try carer.store.read { try $0.rows(after: 0, in: space, bytesMax: .max).map(\.place?.position) } == places)
  }

  @Test("what a hub under the same id, with another key, says of its log is not believed")
  func otherKey() async throws {
    try carer.add("Unsent")
    try hub.store.write { transaction in
      // As somebody might who has the hub's data but not its key.
      try transaction.set("hub/key", to: SigningKey().seed)
    }
    let report = try await carer.send()
    #expect(report.problem == .session(.nonsense("an answer that the hub did not sign")))
    #expect(throws: SyncFailure.nonsense("a page without the hub's signature")) { try receive(page()) }
    #expect(try carer.titles == ["Unsent"])
  }

  @Test("a reason that the hub gives anew reaches a copy that has an older one")
  func reason() async throws {
    try await carer.send()
    let void = try #require(try carer.store.read { try $0.voids(in: space) }.first)
    try carer.store.write { transaction in
      try transaction.replaceRow(
        with: .void(try VoidEntry(headerBytes: void.headerBytes, reason: .dependsOnRefused)))
    }
    #expect(try carer.digest(of: "public") != hub.digest(of: "public"))
    try receive(try page())
    #expect(try carer.digest(of: "public") == hub.digest(of: "public"))
  }
}

extension Page {
  /// - Parameters:
  ///   - id: The hub's.
  ///   - key: The hub's, which somebody has got to sign other checkpoints.
  fileprivate func forged(_ forgery: SignedLogTests.Forgery, of id: HubID, by key: SigningKey) throws -> Page {
    var (rows, held, to, digest, signature) = (rows, held, to, digest, checkpoints.last?.signature)
    let last = rows.count - 1
    func checkpoint(hub: HubID = id, epoch: EpochID? = nil, space: SpaceID? = nil, at position: UInt64? = nil)
      -> Checkpoint
    {
      Checkpoint(
        hub: hub, epoch: epoch ?? self.epoch, space: space ?? self.space, position: position ?? to, digest: digest)
    }
    switch forgery {
    case .rowLeftOut: rows.remove(at: 1)
    case .rowTwice: rows[1] = Page.Row(position: rows[1].position, time: rows[1].time, entry: rows[0].entry)
    case .rowsSwapped:
      (rows[0], rows[1]) = (
        Page.Row(position: rows[0].position, time: rows[0].time, entry: rows[1].entry),
        Page.Row(position: rows[1].position, time: rows[1].time, entry: rows[0].entry)
      )
    case .rowAsHeld:
      let row = rows.remove(at: last - 1)
      held = [
        HeldRun(position: row.position, time: row.time, count: 1, first: try row.entry.decoded().dot)
      ]
    case .otherTime:
      rows[0] = Page.Row(
        position: 1, time: Timestamp(milliseconds: rows[0].time.milliseconds + 1), entry: rows[0].entry)
    case .refusedThoughTaken:
      let void = RawEntry(headerBytes: rows[0].entry.headerBytes, content: .void(.notAllowed))
      rows[0] = Page.Row(position: 1, time: rows[0].time, entry: void)
    case .takenThoughRefused:
      let rest = RawEntry(headerBytes: rows[last].entry.headerBytes, content: .redactedBody([0x80]))
      rows[last] = Page.Row(position: rows[last].position, time: rows[last].time, entry: rest)
    case .otherReason:
      let void = RawEntry(headerBytes: rows[last].entry.headerBytes, content: .void(.tooLarge))
      rows[last] = Page.Row(position: rows[last].position, time: rows[last].time, entry: void)
    case .shorter:
      rows.removeLast()
      to -= 1
    case .otherDigest: digest = Digest(tag: "test", [])
    case .otherEpochsCheckpoint: signature = checkpoint(epoch: .random()).signature(by: key)
    case .otherSpacesCheckpoint: signature = checkpoint(space: .random()).signature(by: key)
    case .otherHubsCheckpoint: signature = checkpoint(hub: .random()).signature(by: key)
    case .otherPositionsCheckpoint: signature = checkpoint(at: to + 1).signature(by: key)
    case .otherKeysCheckpoint: signature = checkpoint().signature(by: SigningKey())
    case .remainderErases:
      let taken = try rows[last - 1].entry.decoded()
      let erasure = Edit(record: taken.edits[0].record, kind: taken.edits[0].kind, operation: .erase)
      var body = CBORWriter()
      body.array(1)
      erasure.encode(into: &body)
      rows[last - 1] = Page.Row(
        position: rows[last - 1].position, time: rows[last - 1].time,
        entry: RawEntry(headerBytes: taken.headerBytes, content: .redactedBody(body.bytes)))
    case .rubbish: signature = [UInt8](repeating: 0, count: 64)
    }
    return Page(
      space: space, epoch: epoch, from: from, to: to, lastPosition: lastPosition, digest: digest, rows: rows,
      held: held, checkpoints: signature.map { [SignedPosition(position: to, signature: $0)] } ?? [])
  }
}
