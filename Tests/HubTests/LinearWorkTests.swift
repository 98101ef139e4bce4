// The hub has one writer, so whatever a request makes it do keeps everybody waiting. No request may make it do more than in
// proportion to the request itself, whatever anybody has stored before.

import BoardModel
import Cryptography
import RecordModel
import Replication
import SQLiteStorage
import SyncHub
import SyncProtocol
import TestKit
import Testing

private let record = RecordID.random()
private let absent = RecordID.random()

private func edit(_ operation: Operation, of record: RecordID = record) -> Edit {
  Edit(record: record, kind: "agenda_item", operation: operation)
}

private func title(_ record: RecordID, _ number: Int) -> [Edit] {
  [edit(.assign(field: "title", value: .text("\(number)"), supersedes: []), of: record)]
}

private func question(_ number: Int) -> [Edit] {
  [edit(.append(field: "questions", entry: .text("question \(number)")))]
}

private func leads(_ number: Int, from first: Int = 0) -> [Edit] {
  (0..<3).map { place in
    let lead = RecordID.fixed(kind: "member", key: "\(first + number * 10 + place)")
    return edit(.add(field: "lead_refs", element: .link(lead), supersedes: []))
  }
}

private func helpers(_ number: Int) -> [Edit] {
  let add = Operation.add(field: "helpers", element: .text("helper \(number)"), supersedes: [])
  return [Edit(record: record, kind: "action", operation: add)]
}

/// One way to make a hub's writer work: what is stored, and what a member's program sends then. Each is told by the edits
/// of a change, from its number.
private struct Attack: Sendable, CustomTestStringConvertible {
  let testDescription: String
  /// The kind of the record that is written into.
  var kind = "agenda_item"
  var isStoredRefused = false
  var isOfNewReplicas = false
  let stored: @Sendable (Int) -> [Edit]
  let sent: @Sendable (Int) -> [Edit]

  static let all = [
    Attack(
      testDescription: "edits of an absent record, behind many refused changes", isStoredRefused: true,
      stored: { title(absent, $0) }, sent: { title(absent, $0) }),
    Attack(
      testDescription: "refused changes, each under a new replica id", isStoredRefused: true, isOfNewReplicas: true,
      stored: { title(absent, $0) }, sent: { title(absent, $0) }),
    Attack(
      testDescription: "new chains", isOfNewReplicas: true,
      stored: { _ in [edit(.makePresent(supersedes: []), of: .random())] },
      sent: { _ in [edit(.makePresent(supersedes: []), of: .random())] }),
    Attack(
      testDescription: "one entry a change, to a long list", stored: { question($0) }, sent: { question($0) }),
    Attack(
      testDescription: "elements, to a large set", stored: { leads($0) }, sent: { leads($0, from: 100_000) }),
    Attack(
      testDescription: "one entry a change, to a record with a large set", stored: { leads($0) },
      sent: { question($0) }),
    Attack(
      testDescription: "edits of a record with a long history, by the right of its maker", kind: "action",
      stored: { helpers($0) }, sent: { helpers(100_000 + $0) }),
    Attack(
      testDescription: "new records, in a space with many",
      stored: { _ in [edit(.makePresent(supersedes: []), of: .random())] },
      sent: { _ in (0..<20).map { _ in edit(.makePresent(supersedes: []), of: .random()) } }),
    Attack(
      testDescription: "deletes and restores of a record with many entries", stored: { question($0) },
      sent: {
        [edit($0.isMultiple(of: 2) ? .delete(supersedes: [], seen: []) : .makePresent(supersedes: []))]
      }),
  ]
}

@Suite("The writer's work", .serialized, .timeLimit(.minutes(10)))
struct LinearWorkTests {
  private static let (few, many) = (60, 600)
  private static let sent = 40

  /// A hub whose writer is counted, and a member who may write records of their own.
  private struct World {
    let hub: TestHub
    let space: SpaceID
    let member: MemberID
    let signer: Signer
    private var chain: (replica: ReplicaID, tip: Tip?)
    private var lamport: UInt64 = 0

    init() throws {
      hub = try TestHub(model: .board, policy: RightsPolicy(rules: RecordModel.board.rules))
      let space = try hub.space("cab")
      let (principal, signer) = try hub.store.write { try enrol("carer", as: "chair", spaces: [space], in: $0) }
      (self.space, member, self.signer) = (space, principal.member, signer)
      chain = (signer.newName(), nil)
    }

    /// What the writer has done so far.
    var count: StatementCount { .of(hub.folder.file("hub.db")) }

    mutating func next(_ edits: [Edit], isOfNewReplica: Bool = false) -> Change {
      if isOfNewReplica { chain = (signer.newName(), nil) }
      lamport += 1
      let change = Change(
        edits: edits, space: space, replica: chain.replica, previous: chain.tip, lamport: lamport, author: member,
        time: Timestamp(milliseconds: 0), modelVersion: 1)
      chain.tip = Tip(sequence: change.dot.sequence, digest: change.digest, lamport: lamport)
      return change
    }

    /// Stores what an attack needs, without judging it.
    mutating func store(_ count: Int, of attack: Attack) throws {
      let made = next([Edit(record: record, kind: attack.kind, operation: .makePresent(supersedes: []))])
      let changes = (0..<count).map { next(attack.stored($0), isOfNewReplica: attack.isOfNewReplicas) }
      try hub.store.write { transaction in
        let replica = Replica(rules: hub.model.rules, in: transaction)
        try replica.take(.change(made), at: hub.clock.read())
        for change in changes {
          let void = VoidEntry(of: change, reason: .unknownRecord)
          try replica.take(attack.isStoredRefused ? .void(void) : .change(change), at: hub.clock.read())
        }
      }
    }

    /// What the writer does for a request of an attack.
    mutating func cost(of sent: Int, of attack: Attack) async throws -> StatementCount {
      let changes = (0..<sent).map { next(attack.sent($0), isOfNewReplica: attack.isOfNewReplicas) }
      let before = count
      let outcomes = try await hub.offer(changes, signedBy: signer.key, attestedBy: signer)
      #expect(outcomes.count == sent && !outcomes.contains(.later))
      return count - before
    }
  }

  @Test(
    "whatever a hub holds, a request makes its writer do no more for it, and twice as much for twice the request",
    arguments: Attack.all)
  fileprivate func linear(attack: Attack) async throws {
    try await StatementCount.counting { () async throws in
      func cost(of sent: Int, behind stored: Int) async throws -> StatementCount {
        var world = try World()
        try world.store(stored, of: attack)
        return try await world.cost(of: sent, of: attack)
      }
      let small = try await cost(of: Self.sent, behind: Self.few)
      let large = try await cost(of: Self.sent, behind: Self.many)
      let twice = try await cost(of: 2 * Self.sent, behind: Self.many)
      #expect(small.statements > Self.sent, "nothing was counted")
      #expect(large.isAtMost(1.1, times: small), "ten times as much stored: \(large), after \(small)")
      #expect(twice.isAtMost(2.1, times: large), "twice the request: \(twice), after \(large)")
    }
  }

  @Test("large entries to one record cost a commit more for each few of them, and nothing more in it")
  func largeEntries() async throws {
    let words = Value.text(String(repeating: "a", count: 100 * 1024))
    let attack = Attack(
      testDescription: "large entries", stored: { _ in [edit(.append(field: "questions", entry: words))] },
      sent: { question($0) })
    try await StatementCount.counting { () async throws in
      func cost(behind stored: Int) async throws -> StatementCount {
        var world = try World()
        try world.store(stored, of: attack)
        return try await world.cost(of: Self.sent, of: attack)
      }
      let (small, large) = (try await cost(behind: 1), try await cost(behind: 15))
      let perCommit = Limits.commitBytesMax / (15 * 100 * 1024)
      let commits = Self.sent / perCommit + 1
      #expect(large.statements <= small.statements + 50 * commits, "\(large), after \(small)")
    }
  }

  @Test("a change that is offered again, whole, where an erasure has left a part of it costs no look at its records")
  func offeredAgain() async throws {
    let attack = Attack(testDescription: "a long history", stored: { question($0) }, sent: { question($0) })
    try await StatementCount.counting { () async throws in
      func cost(behind stored: Int) async throws -> StatementCount {
        var world = try World()
        try world.store(stored, of: attack)
        let erased = RecordID.random()
        let change = world.next([edit(.makePresent(supersedes: []), of: erased)] + question(stored))
        #expect(try await world.hub.offer([change], signedBy: world.signer.key, attestedBy: world.signer) == [.taken])
        try world.hub.store.write { transaction in
          _ = try Replica(rules: world.hub.model.rules, in: transaction).commit(
            [.erase(erased)], in: world.space, by: HubIdentity.centre(in: transaction), at: world.hub.clock.read(),
            isHome: true)
        }
        let before = world.count
        let again = Array(repeating: change, count: Self.sent)
        let outcomes = try await world.hub.offer(again, signedBy: world.signer.key, attestedBy: world.signer)
        #expect(outcomes == Array(repeating: .taken, count: Self.sent))
        return world.count - before
      }
      let (small, large) = (try await cost(behind: Self.few), try await cost(behind: Self.many))
      #expect(large.isAtMost(1.1, times: small), "\(large), after \(small)")
    }
  }

  @Test("rescues, and a member's answers about them, cost no look at what was brought before")
  func proposals() async throws {
    try await StatementCount.counting { () async throws in
      let (small, large) = (try await proposalCosts(behind: Self.few), try await proposalCosts(behind: Self.many))
      #expect(small.rescues.statements > Self.sent && small.answers.statements > Self.sent, "nothing was counted")
      #expect(large.rescues.isAtMost(1.1, times: small.rescues), "\(large.rescues), after \(small.rescues)")
      // The ids of all of one device's proposals are read, and nothing of them.
      #expect(
        Double(large.answers.statements) <= 1.1 * Double(small.answers.statements),
        "\(large.answers), after \(small.answers)")
    }
  }

  /// What the writer does for rescues of a revoked device, and for its owner's answers about these.
  private func proposalCosts(behind stored: Int) async throws -> (rescues: StatementCount, answers: StatementCount) {
    var world = try World()
    let hub = world.hub
    let (owner, sealing) = try hub.store.write { transaction in
      let other = try enrol("carer", as: "chair", spaces: [world.space], in: transaction).signer
      let device = try #require(
        try Directory(transaction).devices().first { $0.key == world.signer.key.publicKey })
      _ = try Directory.revoke(device, reason: "lost", now: hub.clock.read(), transaction)
      return (other, try HubIdentity.publicKeys(in: transaction).sealing)
    }
    func send(_ messages: [Message], from signer: Signer) async throws {
      let hello = Hello(replica: .random(), modelVersion: hub.model.version, hub: nil, spaces: [])
      _ = try await hub.hub.answer(Message.encode([.hello(hello)] + messages), signedBy: signer.key.publicKey)
    }
    var changes: [Change] = []
    for _ in 0..<(stored + Self.sent) {
      changes.append(world.next([edit(.makePresent(supersedes: []), of: .random())]))
    }
    let rescues = try changes.map { Message.sealedChange(try #require(sealing.seal(SealedChange($0, .left).encoded))) }
    for start in stride(from: 0, to: stored, by: 200) {
      try await send(Array(rescues[start..<min(start + 200, stored)]), from: world.signer)
    }
    var before = world.count
    try await send(Array(rescues[stored...]), from: world.signer)
    let cost = world.count - before
    let asked = try hub.store.read { try Directory($0).proposals() }.suffix(Self.sent)
    before = world.count
    try await send(asked.map { .proposalAnswer($0.id, true) }, from: owner)
    #expect(try hub.store.read { try $0.recordCount(in: world.space) } == Self.sent)
    return (cost, world.count - before)
  }
}
