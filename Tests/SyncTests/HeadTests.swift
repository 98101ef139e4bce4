// Who made a change is proved by the author's key, whoever carries it; what the hub took in and lost comes back by its
// own word.

import BoardModel
import ClientCore
import Cryptography
import HubAdministration
import RecordModel
import Replication
import SQLiteStorage
import SyncHub
import SyncProtocol
import TestKit
import Testing

@Suite("Signed heads")
struct HeadTests {
  let hub: TestHub

  init() throws {
    hub = try TestHub()
  }

  /// The outbox of a device, as it lies there.
  private func outbox(_ device: TestDevice) throws -> [Change] {
    let space = try device.space("public")
    return try device.store.read { try $0.outbox(after: 0, in: space, bytesMax: .max) }.compactMap(\.entry.remainder)
  }

  /// What a device has read of its hub's log of the public space.
  private func segments(_ device: TestDevice) throws -> [LogSegment] {
    let space = try device.space("public")
    return try device.store.read {
      try LogSegment.read(after: ReadPosition(0, LogPlace.start(of: space)), in: space, bytesMax: .max, $0)
    }
  }

  @Test("a change waits unsigned or signed by another member, and is accepted with its author's signature")
  func whoStandsForIt() async throws {
    let (carer, chair) = (try await hub.joined("carer"), try await hub.joined("chair"))
    try carer.add("Breakfast")
    let offered = try outbox(carer)
    let (own, others) = (try carer.signer, try chair.signer)
    #expect(try await hub.offer(offered, signedBy: own.key, attestedBy: nil) == [.later])
    #expect(try await hub.offer(offered, signedBy: own.key, attestedBy: others) == [.later])
    #expect(try await hub.offer(offered, signedBy: own.key, attestedBy: Signer()) == [.later])
    // Whoever carries it.
    #expect(try await hub.offer(offered, signedBy: others.key, attestedBy: own) == [.taken])
  }

  @Test("a signed head attests all that leads up to it, and nothing beyond")
  func reach() async throws {
    let carer = try await hub.joined("carer")
    for number in 1...3 { try carer.add("Event \(number)") }
    let offered = try outbox(carer)
    let signer = try carer.signer
    let id = try hub.store.read { try HubIdentity.identity(in: $0).hub }
    let messages: [Message] =
      [.hello(Hello(replica: .random(), modelVersion: 1, hub: nil, spaces: []))]
      + offered.map { .offer(header: $0.headerBytes, body: $0.bodyBytes) }
      + [.head(signer.head(of: offered[1], for: id))]
    let answer = try SignedAnswer(await hub.hub.answer(Message.encode(messages), signedBy: signer.key.publicKey))
      .messages
    let outcomes = answer.compactMap { if case .verdict(let verdict) = $0 { verdict.outcome } else { nil } }
    #expect(outcomes == [.recorded, .recorded, .later])
  }

  @Test("a head signed for another hub attests nothing here")
  func otherHub() async throws {
    let carer = try await hub.joined("carer")
    try carer.add("Breakfast")
    let offered = try outbox(carer)
    let signer = try carer.signer
    let elsewhere = signer.head(of: offered[0], for: .random())
    let hello = Message.hello(Hello(replica: .random(), modelVersion: 1, hub: nil, spaces: []))
    let answer = try await hub.hub.answer(
      Message.encode([hello, .offer(header: offered[0].headerBytes, body: offered[0].bodyBytes), .head(elsewhere)]),
      signedBy: signer.key.publicKey)
    #expect(
      try SignedAnswer(answer).messages.contains {
        if case .verdict(let verdict) = $0 { verdict.outcome == .later } else { false }
      })
  }

  @Test("a hub keeps the latest head of each chain, as evidence of who wrote")
  func kept() async throws {
    let carer = try await hub.joined("carer")
    for title in ["Breakfast", "Lunch"] {
      try carer.add(title)
      try await carer.send()
    }
    let (space, replica) = (try carer.space("public"), try #require(try carer.copy.status().replica))
    let (head, id) = try hub.store.read {
      (try $0.head(of: replica, in: space), try HubIdentity.identity(in: $0).hub)
    }
    #expect(try head?.key == carer.key.publicKey && head?.dot.sequence == 2 && head?.isValid(for: id) == true)
  }

  @Test("what a hub lost with its disk comes back from any copy, though its author was enrolled after the backup")
  func broughtBack() async throws {
    let chair = try await hub.joined("chair")
    try hub.backUp()
    let carer = try await hub.joined("carer")
    for number in 1...5 { try carer.add("Event \(number)") }
    try await carer.send()
    try await chair.send()
    let restored = try hub.restored()
    chair.connect(to: restored)
    try await chair.send()
    #expect(try chair.copy.status().unsent == 0)
    #expect(try restored.digest(of: "public") == chair.digest(of: "public"))
  }

  @Test("nobody voids another's work by bringing it to a restored hub as refused")
  func forgedVoid() async throws {
    let (carer, chair) = (try await hub.joined("carer"), try await hub.joined("chair"))
    try hub.backUp()
    try carer.add("Breakfast")
    try await carer.send()
    try await chair.send()
    let restored = try hub.restored()
    let segment = try #require(try segments(chair).last)
    let forged = segment.rows.map { row in
      guard case .entry(let entry) = row.content else { return row }
      let void = RawEntry(headerBytes: entry.headerBytes, content: .void(.notAllowed))
      return LogSegment.Row(time: row.time, content: .entry(void))
    }
    try await restored.offer(
      [], signedBy: try chair.key, attestedBy: nil, bringing: [segment.with(rows: forged)])
    carer.connect(to: restored)
    try await carer.send()
    #expect(try carer.copy.rescued().isEmpty)
    #expect(try restored.digest(of: "public") == carer.digest(of: "public"))
  }

  @Test("a refusal that a hub lost with its disk is still its refusal when a copy brings it back")
  func voidBroughtBack() async throws {
    let carer = try await hub.joined("carer")
    try hub.backUp()
    try carer.store.write { transaction in
      let (id, replica) = (
        try transaction.spaces().first { $0.name == "public" }!.id, try ReplicaIdentity(transaction).current()!
      )
      let edit = Edit(record: .random(), kind: "nonsense", operation: .makePresent(supersedes: []))
      let change = Change(
        edits: [edit], space: id, replica: replica, previous: nil,
        lamport: try transaction.space(id)!.lamport + 1, author: try carer.copy.membership().member,
        time: Timestamp(milliseconds: 0), modelVersion: 1)
      try Replica(rules: hub.model.rules, in: transaction).apply(.change(change))
    }
    #expect(try await carer.send().outcome.counts.refused == 1)
    let restored = try hub.restored()
    carer.connect(to: restored)
    try await carer.send()
    #expect(try carer.copy.status().unsent == 0)
    #expect(try restored.digest(of: "public") == carer.digest(of: "public"))
  }

  @Test("a change taken under a role that a restore forgot comes back as it was")
  func roleForgotten() async throws {
    let rights = try TestHub(model: .board, policy: RightsPolicy(rules: RecordModel.board.rules))
    let chair = try await rights.joined("chair")
    try rights.backUp()
    _ = try rights.administration.run(.invite(member: "chair", as: .known, role: "chair", spaces: ["cab"]))
    try await chair.send()
    _ = try chair.copy.add(kind: "meeting", [.text(field: "title", "Spring")], space: "cab")
    #expect(try await chair.send().outcome.counts.acknowledged == 1)
    try await chair.send()
    let restored = try rights.restored()
    chair.connect(to: restored)
    try await chair.send()
    #expect(try chair.copy.rescued().isEmpty && chair.copy.status().unsent == 0)
    #expect(try restored.digest(of: "cab") == chair.digest(of: "cab"))
  }

  @Test("the work of somebody that a restore forgot comes back by another's copy, and what was written above it")
  func memberForgotten() async throws {
    let rights = try TestHub(model: .board, policy: RightsPolicy(rules: RecordModel.board.rules))
    let ann = try await rights.joined("Ann")
    func write(_ words: String, on device: TestDevice) throws {
      _ = try device.copy.add(kind: "view", [.text(field: "text", words)], space: "cab")
    }
    try rights.backUp()
    let mal = try await rights.joined("Mal")
    try write("By Mal", on: mal)
    try await mal.send()
    try await ann.send()
    for number in 1...2 { try write("After Mal \(number)", on: ann) }
    #expect(try await ann.send().unsent == 0)
    try await ann.send()
    let restored = try rights.restored()
    ann.connect(to: restored)
    #expect(try await ann.send().outcome.counts.refused == 0)
    try write("Later", on: ann)
    #expect(try await ann.send().outcome.counts.refused == 0)
    #expect(try ann.copy.rescued().isEmpty && ann.copy.list(kind: "view").count == 4)
    #expect(try ann.copy.status().unsent == 0)
    #expect(try restored.digest(of: "cab") == ann.digest(of: "cab"))
  }

  @Test(
    "nobody empties another's change at a restored hub by bringing a part of it, or unreadable bytes",
    arguments: [[0x80], [0xff]])
  func forgedRest(rest: [UInt8]) async throws {
    let (carer, chair) = (try await hub.joined("carer"), try await hub.joined("chair"))
    let reader = try await hub.joined("reader")
    try hub.backUp()
    let event = try carer.add("Breakfast")
    try await carer.send()
    for device in [chair, reader] { try await device.send() }
    let restored = try hub.restored()
    let segment = try #require(try segments(chair).last)
    let forged = segment.rows.map { row in
      guard case .entry(let entry) = row.content else { return row }
      let redacted = RawEntry(headerBytes: entry.headerBytes, content: .redactedBody(rest))
      return LogSegment.Row(time: row.time, content: .entry(redacted))
    }
    try await restored.offer(
      [], signedBy: try chair.key, attestedBy: nil, bringing: [segment.with(rows: forged)])
    reader.connect(to: restored)
    carer.connect(to: restored)
    for device in [reader, carer, reader] { try await device.send() }
    for device in [reader, carer] {
      #expect(try device.value(event, "title") == .text("Breakfast"))
      #expect(try device.copy.rescued().isEmpty)
      #expect(try device.digest(of: "public") == restored.digest(of: "public"))
    }
  }

  @Test("what 110 computers wrote comes back by one copy after a restore, in its order, and nothing of it is refused")
  func manyChains() async throws {
    let chair = try await hub.joined("chair")
    try hub.backUp()
    let carer = try await hub.joined("carer")
    let signer = try carer.signer
    let (space, author) = (try carer.space("public"), try carer.copy.membership().member)
    var lamport = try hub.store.read { try $0.space(space)!.lamport }
    var tips: [ReplicaID: Tip] = [:]
    func change(by replica: ReplicaID) -> Change {
      lamport += 1
      let edit = Edit(record: .random(), kind: "event", operation: .makePresent(supersedes: []))
      let change = Change(
        edits: [edit], space: space, replica: replica, previous: tips[replica], lamport: lamport, author: author,
        time: Timestamp(milliseconds: 0), modelVersion: 1)
      tips[replica] = Tip(sequence: change.dot.sequence, digest: change.digest, lamport: lamport)
      return change
    }
    let replicas = (1...110).map { _ in signer.newName() }
    try await hub.offer((replicas + replicas.prefix(2)).map(change), signedBy: signer.key, attestedBy: signer)
    try await chair.send()
    try chair.add("Honest")
    #expect(try await chair.send().unsent == 0)
    let restored = try hub.restored()
    chair.connect(to: restored)
    #expect(try await chair.send().outcome.counts.refused == 0)
    #expect(try chair.copy.status().unsent == 0)
    #expect(try restored.digest(of: "public") == chair.digest(of: "public"))
  }

  @Test("a flood of replica ids keeps nobody from bringing back what a hub lost")
  func manyNames() async throws {
    let chair = try await hub.joined("chair")
    try hub.backUp()
    let carer = try await hub.joined("carer")
    let signer = try carer.signer
    let (space, author) = (try carer.space("public"), try carer.copy.membership().member)
    for _ in 0..<4 {
      let flood = (1...150).map { _ in
        let edit = Edit(record: .random(), kind: "event", operation: .makePresent(supersedes: []))
        return Change(
          edits: [edit], space: space, replica: signer.newName(), previous: nil, lamport: 1, author: author,
          time: Timestamp(milliseconds: 0), modelVersion: 1)
      }
      try await hub.offer(flood, signedBy: signer.key, attestedBy: signer)
    }
    try await chair.send()
    try chair.add("Honest")
    let restored = try hub.restored()
    chair.connect(to: restored)
    try await chair.send()
    #expect(try chair.copy.status().unsent == 0)
    #expect(try restored.digest(of: "public") == chair.digest(of: "public"))
  }
}

extension LogSegment {
  fileprivate func with(rows: [Row]) -> LogSegment {
    LogSegment(space: space, epoch: epoch, from: from, start: start, rows: rows, signature: signature)
  }
}
