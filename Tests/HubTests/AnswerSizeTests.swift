// An answer is bounded in bytes, in all its parts together: whatever a member has filled a space with, everybody else goes
// on reading it.

import ClientCore
import Cryptography
import RecordModel
import Replication
import SQLiteStorage
import SyncHub
import SyncProtocol
import TestKit
import Testing

@Suite("The size of an answer")
struct AnswerSizeTests {
  private static let rowsMax = 128 * 1024
  /// The bytes of an answer beside its rows if nothing was offered: welcome, ticket, checkpoints, its end.
  private static let besides = 8 * 1024

  private func hub(_ allowances: HubAllowances) throws -> TestHub {
    try TestHub(in: TemporaryFolder(), allowances: allowances, responseBytesMax: Self.rowsMax)
  }

  private func answer(
    _ hub: TestHub, to device: TestDevice, after positions: [SpaceID: ReadPosition?], _ messages: [Message] = [],
    knowing proposals: [RecordID] = []
  ) async throws -> (count: Int, messages: [Message]) {
    let asks = positions.sorted { $0.key < $1.key }.map { SpaceRequest(space: $0.key, position: $0.value) }
    let hello = Hello(
      replica: .random(), modelVersion: hub.model.version, hub: nil, spaces: asks, knownProposals: proposals)
    let bytes = try await hub.hub.answer(
      Message.encode([.hello(hello)] + messages), signedBy: device.key.publicKey)
    return (bytes.count, try SignedAnswer(bytes).messages)
  }

  /// Refused changes, each under a replica id of its own.
  private func refused(_ count: Int, in space: SpaceID, by author: MemberID, _ signer: Signer) -> [Change] {
    (0..<count).map { _ in
      Change(
        edits: [Edit(record: .random(), kind: "a", operation: .makePresent(supersedes: []))], space: space,
        replica: signer.newName(), previous: nil, lamport: 1, author: author, time: Timestamp(milliseconds: 0),
        modelVersion: 1)
    }
  }

  @Test("a space that one member has filled with refused changes under ever new replica ids is read by everybody")
  func refusedUnderFreshNames() async throws {
    let hub = try hub(HubAllowances(chainsPerDay: .max, refusalsPerDay: .max))
    let (attacker, reader) = (try await hub.joined("attacker"), try await hub.joined("reader"))
    let (space, author, signer) = (try hub.space("public"), try hub.member("attacker"), try attacker.signer)
    for _ in 0..<4 {
      let outcomes = try await hub.offer(
        refused(500, in: space, by: author, signer), signedBy: signer.key, attestedBy: signer)
      #expect(outcomes == Array(repeating: .refused(.unknownKind), count: 500))
    }
    let page = try await answer(hub, to: reader, after: [space: nil])
    #expect(page.count > Self.rowsMax / 2 && page.count <= Self.rowsMax + Self.besides, "\(page.count)")
    try reader.add("Tea")
    #expect(try await reader.send().unsent == 0)
    let newcomer = try await hub.joined("newcomer")
    try await reader.send()
    let differences = try hub.differences(from: [reader, newcomer])
    #expect(differences == [])
  }

  @Test("as hubs are, such an attack ends with the chains of a day")
  func stoppedEarly() async throws {
    let hub = try TestHub()
    let attacker = try await hub.joined("attacker")
    let (space, author, signer) = (try hub.space("public"), try hub.member("attacker"), try attacker.signer)
    var outcomes: [Judgement] = []
    for _ in 0..<3 {
      let changes = refused(500, in: space, by: author, signer)
      outcomes += try await hub.offer(changes, signedBy: signer.key, attestedBy: signer)
    }
    #expect(outcomes.count { $0 == .refused(.unknownKind) } == Int(HubAllowances().chainsPerDay))
    #expect(outcomes.count { $0 == .later } == 1_500 - Int(HubAllowances().chainsPerDay))
  }

  @Test("changes that name all the dots there can be are not answered with all of them")
  func missingDots() async throws {
    let hub = try hub(HubAllowances())
    let carer = try await hub.joined("carer")
    let (space, author, signer) = (try hub.space("public"), try hub.member("carer"), try carer.signer)
    let changes = (0..<20).map { _ in
      let named = DotSet((0..<9_000).map { _ in Dot(.random(), 1) })
      return Change(
        edits: [
          Edit(
            record: .random(), kind: "event",
            operation: .assign(field: "title", value: .text("x"), supersedes: named))
        ], space: space, replica: signer.newName(), previous: nil, lamport: 1, author: author,
        time: Timestamp(milliseconds: 0), modelVersion: 1)
    }
    let id = try hub.store.read { try HubIdentity.identity(in: $0).hub }
    let offered = try await answer(
      hub, to: carer, after: [:],
      changes.map { .offer(header: $0.headerBytes, body: $0.bodyBytes) }
        + changes.map { .head(signer.head(of: $0, for: id)) })
    let outcomes = offered.messages.compactMap { if case .verdict(let verdict) = $0 { verdict.outcome } else { nil } }
    #expect(outcomes.count == 20 && outcomes.count { $0 == .later } == 18)
    #expect(offered.count < 30 * Limits.missingDotsPerAnswerMax, "\(offered.count)")
  }

  @Test("whole bodies of several spaces come one after the other, in answers of a fair size")
  func bodies() async throws {
    let hub = try hub(HubAllowances())
    let carer = try await hub.joined("carer", role: "chair", spaces: ["public", "cab", "staff"])
    let words = String(repeating: "x", count: 120_000)
    for space in ["public", "cab", "staff"] { try carer.add(words, space: space) }
    while try await carer.send().unsent > 0 {}
    let spaces = try ["public", "cab", "staff"].map(hub.space)
    let ends = try hub.store.write { transaction in
      try spaces.map { space in
        let row = try #require(try transaction.rows(after: 0, in: space, bytesMax: .max).last)
        try BodyRegister.note(row.entry.dot, in: space, transaction)
        return (space, ReadPosition(row.place!.position, row.place!.digest))
      }
    }
    let first = try await answer(hub, to: carer, after: Dictionary(uniqueKeysWithValues: ends))
    let news = first.messages.compactMap { if case .bodies(let news) = $0 { news } else { nil } }
    #expect(news.count == 2 && first.count <= Self.rowsMax + 130_000 + Self.besides, "\(first.count)")
    for device in [carer] { try await device.send() }
    #expect(try hub.differences(from: [carer]).isEmpty)
  }

  @Test("held work takes of what rows may, and rows come all the same")
  func held() async throws {
    let hub = try hub(HubAllowances())
    let (lost, other) = (try await hub.joined("carer"), try await hub.joined("carer", file: "other.db"))
    let chair = try await hub.joined("chair")
    for _ in 0..<12 { try lost.add(String(repeating: "x", count: 100_000)) }
    try hub.revoke(lost)
    try await lost.send()
    for number in 0..<4 { try chair.add("\(number)" + String(repeating: "y", count: 40_000)) }
    try await chair.send()
    let space = try hub.space("public")
    let page = try await answer(hub, to: other, after: [space: nil])
    #expect(page.messages.contains { if case .page(let page) = $0 { page.rows.count == 1 } else { false } })
    #expect(page.count <= Limits.offerBytesMax + 2 * 110_000 + Self.besides, "\(page.count)")
    let report = try await other.send()
    #expect(report.outcome.counts.newProposals == 12)
    #expect(try other.titles.count == 4)
  }

  @Test("an answer that is full in every part at once is one that a member's program takes")
  func whole() async throws {
    let hub = try TestHub()
    let (lost, other) = (try await hub.joined("carer"), try await hub.joined("carer", file: "other.db"))
    let chair = try await hub.joined("chair")
    for _ in 0..<12 { try lost.add(String(repeating: "x", count: 100_000)) }
    try hub.revoke(lost)
    try await lost.send()
    for _ in 0..<40 { try chair.add(String(repeating: "y", count: 120_000)) }
    while try await chair.send().unsent > 0 {}
    let (space, author, signer) = (try hub.space("public"), try hub.member("carer"), try other.signer)
    let lamport = try hub.store.read { try $0.space(space)!.lamport }
    func change(_ dots: Int, _ replica: ReplicaID) -> Change {
      let named = DotSet((0..<dots).map { _ in Dot(.random(), 1) })
      return Change(
        edits: [
          Edit(
            record: .random(), kind: "event",
            operation: .assign(field: "title", value: .text("x"), supersedes: named))
        ], space: space, replica: replica, previous: nil, lamport: lamport + 1, author: author,
        time: Timestamp(milliseconds: 0), modelVersion: 1)
    }
    // As many offers as there may be; most have no proof, and two name as many dots as verdicts may.
    let naming = (0..<2).map { _ in change(9_000, signer.newName()) }
    let plain = (0..<Limits.offersPerRequestMax - 2).map { _ in change(0, .random()) }
    let id = try hub.store.read { try HubIdentity.identity(in: $0).hub }
    let full = try await answer(
      hub, to: other, after: [space: nil],
      (naming + plain).map { .offer(header: $0.headerBytes, body: $0.bodyBytes) }
        + naming.map { .head(signer.head(of: $0, for: id)) })
    let parts = full.messages
    #expect(parts.count { if case .verdict = $0 { true } else { false } } == Limits.offersPerRequestMax)
    #expect(parts.count { if case .notice(.proposal) = $0 { true } else { false } } > 9)
    #expect(parts.contains { if case .page(let page) = $0 { page.rows.count > 20 } else { false } })
    #expect(full.count > Limits.responseBytesMax + Limits.offerBytesMax / 2, "\(full.count)")
    #expect(full.count < Limits.answerBytesMax - Limits.offerBytesMax, "\(full.count)")
  }
}
