// A hub as a state machine, by way of whole requests and by way of its judgement alone.

internal import Cryptography
internal import RecordModel
internal import Replication
internal import SyncHub
internal import SyncProtocol
internal import TestKit

extension FuzzTarget {
  /// An enrolled device sends what it likes. The hub holds to itself, and another member's work goes on.
  static let session = FuzzTarget(name: "session") { bytes in
    let world = try await FuzzWorld.shared
    let store = world.hubStore()
    let hub = FuzzWorld.hub(on: store)
    var mischief = Mischief(world, ByteSource(bytes), store)
    while let request = try mischief.nextRequest() {
      do {
        _ = try await hub.answer(request, signedBy: world.intruderKey.publicKey)
        FuzzReach.note("session", "answered")
      } catch is RequestError { FuzzReach.note("session", "refused") }
    }
    try await world.checkGoesOn(store)
  }

  /// A hub that has changed another member's record. It shows that the checks of `session` can fail.
  package static let control = FuzzTarget(name: "control") { _ in
    let world = try await FuzzWorld.shared
    let store = world.hubStore()
    try store.write { transaction in
      let edit = Edit(
        record: world.ownRecord, kind: "event",
        operation: .assign(field: "title", value: .text("not mine"), supersedes: []))
      let change = Change(
        edits: [edit], space: world.ownSpace, replica: .random(), previous: nil, lamport: 1,
        author: world.intruder.member, time: Timestamp(milliseconds: 0), modelVersion: 1)
      try Replica(rules: FuzzWorld.model.rules, in: transaction).take(.change(change), at: Timestamp(milliseconds: 0))
    }
    try await world.checkGoesOn(store)
  }

  /// What is recorded reads as the bytes that were offered, and what it makes of the records holds.
  static let acceptance = FuzzTarget(name: "acceptance") { bytes in
    let world = try await FuzzWorld.shared
    let store = world.hubStore()
    var mischief = Mischief(world, ByteSource(bytes), store)
    var rounds = 0
    while !mischief.source.isAtEnd, rounds < 8 {
      rounds += 1
      let offers = try (0...mischief.source.below(8)).map { _ in try mischief.offer() }
      let heads = mischief.heads(of: offers)
      try store.write { try judge(offers, heads, in: world, $0) }
    }
    try world.checkVerifies(store)
  }

  private static func judge(
    _ offers: [Mischief.Offer], _ heads: [SignedHead], in world: FuzzWorld, _ transaction: any StoreTransaction
  ) throws {
    let proofs = HeadVerifier(heads, over: offers.map(\.header), at: world.hub)
    var acceptance = try Acceptance(
      rules: FuzzWorld.model.rules, policy: SpaceMembersPolicy(), principal: world.intruder, proofs: proofs,
      now: Timestamp(milliseconds: 0), transaction)
    for offer in offers {
      let offered: OfferedChange
      do throws(RequestError) {
        offered = try OfferedChange(headerBytes: offer.header, bodyBytes: offer.body)
      } catch { continue }
      guard let verdict = try acceptance.judge(offered) else { continue }
      let row = try transaction.row(of: verdict.dot, in: verdict.space)
      FuzzReach.note("acceptance", Self.word(for: verdict.outcome, row?.entry))
      guard verdict.outcome == .recorded else { continue }
      try FuzzFinding.unless(row?.entry.headerBytes == offer.header, "recorded with another header")
      guard case .change(let change)? = row?.entry else { continue }
      try FuzzFinding.unless(change.bodyBytes == offer.body, "recorded with another body")
      let again = try Change(headerBytes: change.header.encoded, bodyBytes: change.bodyBytes)
      try FuzzFinding.unless(again == change, "a recorded change that reads as another")
    }
  }

  private static func word(for outcome: Verdict.Outcome, _ entry: LogEntry?) -> String {
    switch outcome {
    case .recorded: entry?.refusal.map { "refused as \($0.rawValue)" } ?? "taken"
    case .missing: "missing"
    case .forked: "forked"
    case .later: "later"
    }
  }
}
