// A hub that went back to a backup gets back as it was whatever it lost, and nothing else: its own signature decides, not
// the rights, names and rules of now.

import ClientCore
import Cryptography
import RecordModel
import Replication
import SQLiteStorage
import SyncHub
import SyncProtocol
import Synchronization
import TestKit
import Testing

@Suite("A log that comes back")
struct LogReplayTests {
  /// The hub as its backup has it.
  private let hub: TestHub
  private let carer: TestDevice
  private let space: SpaceID
  /// What the hub had written after the backup: two changes, and between them one that it had refused.
  private let lost: [LogRow]
  /// The epoch in which it had.
  private let epoch: EpochID

  init() async throws {
    let first = try TestHub(policy: WordPolicy())
    carer = try await first.joined("carer")
    let space = try first.space("public")
    self.space = space
    try carer.add("Before")
    try await carer.send()
    try first.backUp()
    let start = try first.store.read { try $0.space(space)!.lastPosition }
    first.clock.advance(milliseconds: 60_000)
    for title in ["Tea", "forbidden", "Cake"] { try carer.add(title) }
    try await carer.send()
    lost = try first.store.read { try $0.rows(after: start, in: space, bytesMax: .max) }
    epoch = try first.store.read { try HubIdentity.identity(in: $0).epoch }
    #expect(lost.count == 3 && lost[1].entry.refusal == .notAllowed)
    // From now on nobody may write anything new.
    hub = try first.restored(policy: RefuseAll())
  }

  private struct RefuseAll: HubPolicy {
    func refusal(of: Change, by: Principal?, _: any StoreTransaction) throws -> RefusalReason? { .suggestOnly }
  }

  /// The lost rows as a segment. The hub's restored database has its key.
  ///
  /// - Parameters:
  ///   - signer: The key that signs the checkpoint; the hub's own if not given.
  ///   - left: The numbers of the rows that are left out.
  private func segment(by signer: SigningKey? = nil, leavingOut left: Set<Int> = []) throws -> LogSegment {
    let (id, key) = try hub.store.read { (try HubIdentity.identity(in: $0).hub, try HubIdentity.key(in: $0)) }
    let (start, end) = (lost[0].position - 1, try #require(lost[2].place))
    let begin = try #require(try hub.store.read { try $0.place(at: start, in: space) })
    let checkpoint = Checkpoint(hub: id, epoch: epoch, space: space, position: end.position, digest: end.digest)
    let rows = try lost.enumerated().map { number, row in
      LogSegment.Row(
        time: try #require(row.place).time,
        content: left.contains(number)
          ? .stub(row.entry.digest, refusedFor: row.entry.refusal) : .entry(RawEntry(row.entry)))
    }
    return LogSegment(
      space: space, epoch: epoch, from: start, start: begin.digest, rows: rows,
      signature: checkpoint.signature(by: signer ?? key))
  }

  private func bring(_ segments: LogSegment...) async throws {
    try await hub.offer([], signedBy: carer.key, attestedBy: nil, bringing: segments)
  }

  private func rows() throws -> [LogRow] {
    try hub.store.read { try $0.rows(after: lost[0].position - 1, in: space, bytesMax: .max) }
  }

  /// A change that the hub does not have, the next of a replica's chain.
  private func newChange(of replica: ReplicaID = .random()) throws -> Change {
    let author = try hub.member("carer")
    return try hub.store.read { reader in
      Change(
        edits: [Edit(record: .random(), kind: "event", operation: .makePresent(supersedes: []))], space: space,
        replica: replica, previous: try reader.tip(of: replica, in: space),
        lamport: try #require(try reader.space(space)).lamport + 1, author: author, time: Timestamp(milliseconds: 5),
        modelVersion: 1)
    }
  }

  /// Goes on with the log otherwise than it once went.
  private func write(_ change: Change) throws {
    try hub.store.write { transaction in
      try Replica(rules: hub.model.rules, in: transaction).take(.change(change), at: hub.clock.read())
    }
  }

  @Test("rows that extend the log come back to their positions with their times and outcomes, and are not judged again")
  func inPlace() async throws {
    try await bring(try segment())
    #expect(try rows() == lost)
    _ = try Verification(of: hub.store)
    carer.connect(to: hub)
    let report = try await carer.send()
    #expect(report.problem == nil && report.outcome.counts.received == 0)
    #expect(try hub.digest(of: "public") == carer.digest(of: "public"))
  }

  @Test("rows are late where the log went on: they keep order, time and outcome, and get new positions")
  func late() async throws {
    let meanwhile = try newChange()
    try write(meanwhile)
    try await bring(try segment())
    let rows = try rows()
    #expect(rows.map(\.entry) == [.change(meanwhile)] + lost.map(\.entry))
    #expect(rows.dropFirst().map { $0.place?.time } == lost.map { $0.place?.time })
    #expect(rows.map { $0.place?.position } == rows.map(\.position))
    _ = try Verification(of: hub.store)
  }

  @Test("brought twice, rows are there once")
  func twice() async throws {
    try await bring(try segment(), try segment())
    try await bring(try segment())
    #expect(try rows() == lost)
  }

  @Test("a segment whose rows all work on one large record holds no commit for longer than a few of them")
  func largeRecord() async throws {
    let first = try TestHub()
    let writer = try await first.joined("writer")
    let space = try first.space("cab")
    let item = try writer.copy.add(kind: "agenda_item", [.text(field: "title", "Tea")], space: "cab").id
    let words = String(repeating: "a", count: 100 * 1024)
    for _ in 0..<10 { try writer.set(item, "questions", words) }
    try await writer.send()
    try first.backUp()
    for number in 0..<60 { try writer.set(item, "questions", "question \(number)") }
    try await writer.send()
    let second = try first.restored()
    let told = Mutex<[Int]>([])
    let observation = second.store.observers.observe { note in
      if let positions = note.spaces[space]?.positions { told.withLock { $0.append(positions.count) } }
    }
    writer.connect(to: second)
    #expect(try await writer.send().problem == nil)
    withExtendedLifetime(observation) {}
    #expect(told.withLock { $0.reduce(0, +) } == 60)
    #expect(told.withLock { $0.max() ?? 0 } <= 1 + Limits.commitBytesMax / (1024 * 1024))
    #expect(try second.digest(of: "cab") == writer.digest(of: "cab"))
  }

  @Test("rows that are left out are no loss where the hub has them, and hold up the others where it lacks them")
  func leftOut() async throws {
    try await bring(try segment(leavingOut: [1]))
    #expect(try rows() == Array(lost.prefix(1)), "what follows the missing row waits")
    try await bring(try segment(leavingOut: [0]))
    #expect(try rows() == lost)
  }

  @Test("nobody but the hub makes rows that are taken without judging")
  func strangersSignature() async throws {
    try await bring(try segment(by: carer.key))
    #expect(try rows().isEmpty)
  }

  @Test("a space that the hub does not have, or that is its own, takes no segment and holds up no other's")
  func otherSpaces() async throws {
    let genuine = try segment()
    let control = try #require(try hub.store.read { try HubSpaces.control(in: $0) })
    for space in [SpaceID.random(), control] {
      let moved = LogSegment(
        space: space, epoch: genuine.epoch, from: genuine.from, start: genuine.start, rows: genuine.rows,
        signature: genuine.signature)
      let before = try hub.store.read { try $0.space(control)?.lastPosition }
      try await bring(moved, genuine)
      #expect(try hub.store.read { try $0.space(control)?.lastPosition } == before)
    }
    #expect(try rows() == lost)
  }

  @Test("a dot that means another change by now is passed over, with what follows in its chain")
  func takenDot() async throws {
    let change = try newChange(of: lost[0].entry.dot.replica)
    #expect(change.dot == lost[0].entry.dot)
    try write(change)
    let before = try rows()
    try await bring(try segment())
    #expect(try rows() == before)
  }

  @Test(
    "a hub that forgot its own word of this epoch begins another, though it has written since",
    arguments: [false, true])
  func provenRollback(hasWritten: Bool) async throws {
    if hasWritten { try write(newChange()) }
    // The file of the backup was put back by hand, so that nothing drew an epoch.
    try hub.store.write { try $0.set("hub/epoch", to: epoch.bytes) }
    try await bring(try segment())
    #expect(try rows().suffix(3).map(\.entry) == lost.map(\.entry))
    #expect(try hub.store.read { try HubIdentity.identity(in: $0).epoch } != epoch)
  }
}
