// After a restore, what a hub ever acknowledged comes back from any copy that saw it, as it was: the same rows, in the same
// order, with the same outcomes and times, whatever the backup knows. Nobody can bring anything else that way.

import ClientCore
import Cryptography
import RecordModel
import Replication
import SQLiteStorage
import SyncHub
import SyncProtocol
import TestKit
import Testing

@Suite("Replay")
struct ReplayTests {
  let hub: TestHub
  let space: SpaceID

  init() throws {
    hub = try TestHub()
    space = try hub.space("public")
  }

  private func log(_ store: some ReplicaStore) throws -> [LogPlace] {
    try store.read { try $0.rows(placedAfter: 0, in: space, bytesMax: .max).compactMap(\.place) }
      .map { LogPlace(position: $0.position, time: $0.time, digest: $0.digest) }
  }

  private func segments(_ device: TestDevice) throws -> [LogSegment] {
    try device.store.read {
      try LogSegment.read(after: ReadPosition(0, LogPlace.start(of: space)), in: space, bytesMax: .max, $0)
    }
  }

  @Test("every row comes back at the position and with the time that it had, so copies that read it need not notice")
  func samePlaces() async throws {
    let (carer, chair) = (try await hub.joined("carer"), try await hub.joined("chair"))
    try hub.backUp()
    for title in ["Breakfast", "Tea"] { try carer.add(title) }
    try await carer.send()
    try await chair.send()
    let (before, cursor) = (try log(hub.store), try chair.store.read { try $0.space(space)?.cursor })
    let restored = try hub.restored()
    for device in [carer, chair] { device.connect(to: restored) }
    #expect(try await carer.send().outcome.counts.received == 0)
    #expect(try log(restored.store) == before)
    #expect(try await chair.send().outcome.counts.received == 0)
    let after = try chair.store.read { try $0.space(space)?.cursor }
    #expect(after?.position == cursor?.position && after?.digest == cursor?.digest)
    #expect(try restored.differences(from: [carer, chair]).isEmpty)
  }

  @Test("rows that the hub took before they came back are late: they follow in order, and no word of either is lost")
  func late() async throws {
    let (carer, chair) = (try await hub.joined("carer"), try await hub.joined("chair"))
    let helper = try await hub.joined("helper")
    try await helper.send()
    try hub.backUp()
    let event = try carer.add("Breakfast")
    try await carer.send()
    try await chair.send()
    try chair.set(event, "title", "Lunch")
    try await chair.send()
    let restored = try hub.restored()
    for device in [carer, chair, helper] { device.connect(to: restored) }
    try helper.add("Written meanwhile")
    for device in [helper, chair, carer, helper] { #expect(try await device.send().problem == nil) }
    for device in [carer, chair, helper] {
      #expect(try device.titles == ["Lunch", "Written meanwhile"])
      #expect(try device.copy.status().unsent == 0 && device.copy.rescued().isEmpty)
    }
    #expect(try restored.differences(from: [carer, chair, helper]).isEmpty)
  }

  @Test("a refusal comes back as a refusal, though the rules of the restored hub would take the change")
  func refusals() async throws {
    let strict = try TestHub(policy: WordPolicy())
    let carer = try await strict.joined("carer")
    try strict.backUp()
    try carer.add("forbidden words")
    #expect(try await carer.send().outcome.counts.refused == 1)
    let lenient = try strict.restored(policy: SpaceMembersPolicy())
    carer.connect(to: lenient)
    #expect(try await carer.send().unsent == 0)
    #expect(try lenient.differences(from: [carer]).isEmpty)
    #expect(try carer.copy.rescued().map(\.reason) == [.notAllowed])
  }

  @Test("what was taken comes back as taken, though the rules of the restored hub would refuse it")
  func taken() async throws {
    let carer = try await hub.joined("carer")
    try hub.backUp()
    try carer.add("forbidden words")
    try await carer.send()
    let strict = try hub.restored(policy: WordPolicy())
    carer.connect(to: strict)
    #expect(try await carer.send().outcome.counts.refused == 0)
    #expect(try carer.titles == ["forbidden words"] && strict.differences(from: [carer]).isEmpty)
  }

  @Test("of a hub put back with its whole folder, nothing is lost, and it notices by its own word")
  func folderPutBack() async throws {
    let (carer, chair) = (try await hub.joined("carer"), try await hub.joined("chair"))
    try hub.store.close()
    try hub.folder.copy("hub.db", to: "snapshot.db")
    let later = try TestHub(in: hub.folder)
    for device in [carer, chair] { device.connect(to: later) }
    try carer.add("Breakfast")
    for device in [carer, chair] { try await device.send() }
    let epoch = try later.store.read { try HubIdentity.identity(in: $0).epoch }
    try later.store.close()
    try hub.folder.copy("snapshot.db", to: "hub.db")
    let back = try TestHub(in: hub.folder)
    for device in [carer, chair] { device.connect(to: back) }
    for device in [carer, chair, carer] { #expect(try await device.send().problem == nil) }
    #expect(try back.differences(from: [carer, chair]).isEmpty)
    #expect(try back.store.read { try HubIdentity.identity(in: $0).epoch } != epoch)
    try carer.add("Tea")
    for device in [carer, chair] { #expect(try await device.send().unsent == 0) }
    #expect(try chair.titles == ["Breakfast", "Tea"])
  }

  @Test(
    "a copy that stepped back between two checkpoints can still bring everything back, in segments of a fair length")
  func betweenCheckpoints() async throws {
    let (carer, chair) = (try await hub.joined("carer"), try await hub.joined("chair"))
    let helper = try await hub.joined("helper")
    try hub.backUp(to: "first.db")
    for number in 1...280 { try carer.add("Event \(number)") }
    for device in [carer, helper] { try await device.send() }
    try hub.backUp(to: "second.db")
    for number in 1...20 { try carer.add("Later \(number)") }
    for device in [carer, chair] { try await device.send() }
    // The chair has read 300 rows; the hub has 280 of them, and then others.
    let second = try hub.restored(from: "second.db")
    for device in [carer, chair, helper] { device.connect(to: second) }
    for number in 1...250 { try helper.add("Meanwhile \(number)") }
    for device in [helper, chair] { try await device.send() }
    let segments = try segments(chair)
    #expect(segments.allSatisfy { $0.rows.count <= LogSegment.rowsMax })
    #expect(
      segments.reduce(0) { $0 + $1.rows.count } == Int(try second.store.read { try $0.space(space)!.lastPosition }))
    let first = try second.restored(from: "first.db")
    chair.connect(to: first)
    #expect(try await chair.send().problem == nil)
    #expect(try first.differences(from: [chair]).isEmpty)
  }

  @Test("bodies that a hub lacks go to it in requests of a fair size, however many they are")
  func manyBodies() async throws {
    let (carer, chair) = (try await hub.joined("carer"), try await hub.joined("chair"))
    try hub.backUp()
    for number in 1...40 { try carer.add("Event \(number) " + String(repeating: "a", count: 60_000)) }
    for device in [carer, chair] { try await device.send() }
    let restored = try hub.restored()
    let emptied = try segments(chair).map { segment in
      LogSegment(
        space: space, epoch: segment.epoch, from: segment.from, start: segment.start,
        rows: segment.rows.map { row in
          guard case .entry(let entry) = row.content else { return row }
          let rest = RawEntry(headerBytes: entry.headerBytes, content: .redactedBody([0x80]))
          return LogSegment.Row(time: row.time, content: .entry(rest))
        }, signature: segment.signature)
    }
    try await restored.offer([], signedBy: try chair.key, attestedBy: nil, bringing: emptied)
    for device in [carer, chair] { device.connect(to: restored) }
    #expect(try await carer.send().problem == nil)
    #expect(carer.transport.sent.allSatisfy { $0.count <= 1_200_000 })
    try await chair.send()
    #expect(try restored.differences(from: [carer, chair]).isEmpty)
    #expect(try carer.titles.count == 40)
  }

  /// What a dishonest device may do to a segment of its hub's log.
  enum Forgery: CaseIterable {
    case rowLeftOut, rowTwice, rowsSwapped, otherTime, refusedThoughTaken, otherStart, otherPosition, otherEpoch
    case shorter, rubbish, otherWords
  }

  @Test(
    "a segment that is not the hub's own log changes nothing, and the true one comes after it",
    arguments: Forgery.allCases)
  func forged(_ forgery: Forgery) async throws {
    let (carer, chair) = (try await hub.joined("carer"), try await hub.joined("chair"))
    try hub.backUp()
    for title in ["Breakfast", "Lunch", "Tea"] { try carer.add(title) }
    try await carer.send()
    try await chair.send()
    let restored = try hub.restored()
    let before = try log(restored.store)
    let whole = try #require(try segments(chair).last)
    try #require(whole.rows.count >= 3)
    try await restored.offer([], signedBy: try chair.key, attestedBy: nil, bringing: [whole.forged(forgery)])
    #expect(try log(restored.store) == before)
    carer.connect(to: restored)
    #expect(try await carer.send().unsent == 0)
    #expect(try restored.differences(from: [carer]).isEmpty)
  }

  @Test("a segment of another hub or another space is no word of this one")
  func others() async throws {
    let other = try TestHub()
    let (carer, stranger) = (try await hub.joined("carer"), try await other.joined("carer"))
    try stranger.add("Elsewhere")
    try await stranger.send()
    let before = try log(hub.store)
    let foreignSpace = try other.space("public")
    let foreign = try stranger.store.read {
      try LogSegment.read(
        after: ReadPosition(0, LogPlace.start(of: foreignSpace)), in: foreignSpace, bytesMax: .max, $0)
    }
    try #require(!foreign.isEmpty)
    let renamed = foreign.map {
      LogSegment(
        space: space, epoch: $0.epoch, from: $0.from, start: $0.start, rows: $0.rows, signature: $0.signature)
    }
    try await hub.offer([], signedBy: try carer.key, attestedBy: nil, bringing: foreign + renamed)
    #expect(try log(hub.store) == before)
  }

  @Test("two copies that bring what the hub lost at the same time end with one log, whoever comes first")
  func bothAtOnce() async throws {
    let (carer, chair) = (try await hub.joined("carer"), try await hub.joined("chair"))
    try hub.backUp()
    for number in 1...20 {
      try carer.add("Carer \(number)")
      try await carer.send()
      try chair.add("Chair \(number)")
      try await chair.send()
    }
    let before = try log(hub.store)
    let restored = try hub.restored()
    for device in [carer, chair] { device.connect(to: restored) }
    async let one = carer.send()
    async let two = chair.send()
    let reports = try await [one, two]
    #expect(reports.allSatisfy { $0.problem == nil && $0.outcome.counts.refused == 0 })
    for device in [carer, chair] { try await device.send() }
    #expect(try log(restored.store).prefix(before.count) == before[...])
    #expect(try restored.differences(from: [carer, chair]).isEmpty)
  }

  @Test("a connection that breaks after each request brings back a long log bit by bit")
  func brokenConnection() async throws {
    let (carer, chair) = (try await hub.joined("carer"), try await hub.joined("chair"))
    try hub.backUp()
    for number in 1...600 { try carer.add("Event \(number)") }
    try await carer.send()
    try await chair.send()
    let restored = try hub.restored()
    chair.connect(to: restored)
    for _ in 1...6 {
      chair.transport.next(nil, nil, .answerLost)
      _ = try await chair.send()
    }
    #expect(try await chair.send().problem == nil)
    #expect(try restored.differences(from: [chair]).isEmpty)
  }
}

extension LogSegment {
  fileprivate func forged(_ forgery: ReplayTests.Forgery) throws -> LogSegment {
    var (epoch, from, start, rows, signature) = (epoch, from, start, rows, signature)
    switch forgery {
    case .rowLeftOut: rows.remove(at: 1)
    case .rowTwice: rows[1] = rows[0]
    case .rowsSwapped: rows.swapAt(0, 1)
    case .otherTime:
      rows[0] = Row(time: Timestamp(milliseconds: rows[0].time.milliseconds + 1), content: rows[0].content)
    case .refusedThoughTaken:
      guard case .entry(let entry) = rows[0].content else { break }
      let void = RawEntry(headerBytes: entry.headerBytes, content: .void(.notAllowed))
      rows[0] = Row(time: rows[0].time, content: .entry(void))
    case .otherStart: start = Digest(tag: "test", [])
    case .otherPosition: from += 1
    case .otherEpoch: epoch = .random()
    case .shorter: rows.removeLast()
    case .rubbish: signature = [UInt8](repeating: 0, count: 64)
    case .otherWords:
      guard case .entry(let entry) = rows[0].content else { break }
      let other = RawEntry(headerBytes: entry.headerBytes, content: .body([0x80]))
      rows[0] = Row(time: rows[0].time, content: .entry(other))
    }
    return LogSegment(space: space, epoch: epoch, from: from, start: start, rows: rows, signature: signature)
  }
}
