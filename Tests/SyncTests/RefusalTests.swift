// What the hub does not take: it is a void for everybody, the words stay with their writer, and the rest goes on.

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

@Suite("Refusals")
struct RefusalTests {
  let hub: TestHub

  init() throws {
    hub = try TestHub(policy: WordPolicy())
  }

  @Test("a private note is never made in a shared space, not even by a program that does not check")
  func privateNote() async throws {
    let carer = try await hub.joined("carer", spaces: ["public", "cab", "private"])
    let words: [FieldInput] = [.text(field: "text", "My own")]
    #expect(throws: ClientError.refused(.wrongSpace, field: "")) {
      try carer.copy.add(kind: "private_note", words, space: "cab")
    }
    #expect(try carer.copy.add(kind: "private_note", words, space: "private").space == "private:carer")
    #expect(try carer.copy.add(kind: "private_note", words, space: nil).space == "private:carer")
    let membership = try carer.copy.membership()
    let cab = try carer.space("cab")
    let unasked = RuleBook(version: hub.model.rules.version, kinds: hub.model.rules.kinds)
    try carer.store.write { transaction in
      let note = RecordID.make(at: Timestamp(milliseconds: 0))
      _ = try Replica(rules: unasked, in: transaction).commit(
        [.create(note, kind: "private_note"), .set(note, field: "text", .text("Slipped"))], in: cab,
        by: membership.member, at: Timestamp(milliseconds: 0), isHome: false)
    }
    #expect(try await carer.send().outcome.counts.refused == 1)
    #expect(try carer.copy.rescued().map(\.reason) == [.wrongSpace])
    #expect(try carer.digest(of: "cab") == hub.digest(of: "cab"))
  }

  @Test("a refused edit leaves its words in the rescue box, and what it replaced comes back (medic/cht-core#11306)")
  func refusedEdit() async throws {
    let (carer, chair) = (try await hub.joined("carer"), try await hub.joined("chair"))
    let event = try carer.add("Breakfast")
    try await carer.send()
    try carer.set(event, "title", "forbidden words")
    try carer.set(event, "audience", "carers")
    let report = try await carer.send()
    #expect(report.outcome.counts.refused == 1 && report.unsent == 0 && report.problem == nil)
    #expect(try carer.value(event, "title") == .text("Breakfast"))
    #expect(try carer.value(event, "audience") == .text("carers"))
    let rescued = try carer.copy.rescued()
    #expect(rescued.map(\.reason) == [.notAllowed])
    #expect(rescued.first?.change.edits.first?.operation.field == "title")
    try await chair.send()
    for device in [carer, chair] { #expect(try device.digest(of: "public") == hub.digest(of: "public")) }
  }

  @Test("a refused edit between two others leaves no false question")
  func refusedInBetween() async throws {
    let (carer, chair) = (try await hub.joined("carer"), try await hub.joined("chair"))
    let event = try carer.add("Breakfast")
    try await carer.send()
    for title in ["forbidden words", "Lunch"] {
      try carer.set(event, "title", title)
    }
    try await carer.send()
    try await chair.send()
    for device in [carer, chair] {
      #expect(try device.value(event, "title") == .text("Lunch"))
      #expect(try device.copy.conflicts().isEmpty)
    }
  }

  @Test("edits of a record whose creation was refused are refused too, and the rest of the queue goes on")
  func dependants() async throws {
    let carer = try await hub.joined("carer")
    let refused = try carer.add("forbidden words")
    try carer.set(refused, "audience", "carers")
    let good = try carer.add("Breakfast")
    let report = try await carer.send()
    #expect(report.outcome.counts.refused == 2 && report.outcome.counts.acknowledged == 1 && report.unsent == 0)
    #expect(Set(try carer.copy.rescued().map(\.reason)) == [.notAllowed, .dependsOnRefused])
    #expect(throws: ClientError.noSuchRecord(refused.description)) { try carer.copy.show(refused.description) }
    #expect(try carer.value(good, "title") == .text("Breakfast"))
    #expect(try carer.digest(of: "public") == hub.digest(of: "public"))
  }

  @Test("a copy on which many changes of one record are refused reads the record's history once, not each time")
  func manyRefusals() throws {
    let (store, space, member) = (InMemoryStore(), SpaceID.random(), MemberID.random())
    let (record, rules) = (RecordID.random(), hub.model.rules)
    try store.write { transaction in
      try transaction.put(Space(id: space, name: "public"))
      let replica = Replica(rules: rules, in: transaction)
      func commit(_ drafts: Draft...) throws {
        _ = try replica.commit(drafts, in: space, by: member, at: Timestamp(milliseconds: 0), isHome: false)
      }
      try commit(.create(record, kind: "event"), .set(record, field: "title", .text("Tea")))
      for number in 1...200 { try commit(.count(record, field: "head_count", Int64(number))) }
    }
    let before = store.historiesRead
    let (key, hub, epoch) = (SigningKey(), HubID.random(), EpochID.random())
    let outcome = try store.write { transaction in
      // Every other one is taken, as between the refusals of an honest queue.
      let entries = try transaction.rows(after: 0, in: space, bytesMax: .max).map(\.entry).enumerated().map {
        !$0.isMultiple(of: 2) ? .void(VoidEntry(of: $1, reason: .notAllowed)) : $1
      }
      var place = LogPlace(position: 0, time: Timestamp(milliseconds: 0), digest: LogPlace.start(of: space))
      let rows = entries.map { entry in
        place = LogPlace(
          after: place.position, place.digest, of: entry.digest, refusedFor: entry.refusal, at: place.time)
        return Page.Row(position: place.position, time: place.time, entry: RawEntry(entry))
      }
      let checkpoint = Checkpoint(
        hub: hub, epoch: epoch, space: space, position: place.position, digest: place.digest)
      let signed = Page.SignedPosition(position: place.position, signature: checkpoint.signature(by: key))
      let page = Page(
        space: space, epoch: epoch, from: 0, to: place.position, lastPosition: place.position, digest: place.digest,
        rows: rows, checkpoints: [signed])
      try Contact.pin(HubKeys(signing: key.publicKey, sealing: SealingKey().publicKey), in: transaction)
      let welcome = Welcome(hub: hub, epoch: epoch, time: place.time, modelVersion: 1)
      return try Replica(rules: rules, in: transaction).perform(
        [.remember(welcome), .apply(page)], removalsAllowed: false)
    }
    #expect(outcome.counts.refused == 100 && outcome.counts.acknowledged == 101)
    #expect(store.historiesRead - before == 1)
    let state = try #require(try store.read { try $0.record(RecordKey(space, record)) })
    #expect(state.shownFields(by: rules)["head_count"] == .integer((1...100).reduce(0) { $0 + 2 * $1 }))
  }

  @Test("a refusal whose answer was lost is repeated with the same reason")
  func sameVerdictTwice() async throws {
    let carer = try await hub.joined("carer")
    try carer.add("forbidden words")
    carer.transport.next(.answerLost)
    #expect(try await carer.send().unsent == 1)
    let report = try await carer.send()
    #expect(report.outcome.counts.refused == 1 && report.unsent == 0)
    #expect(try carer.copy.rescued().map(\.reason) == [.notAllowed])
  }

  @Test("nobody can write in another member's name, nor under the hub's own")
  func notAuthor() async throws {
    let strict = try TestHub()
    let carer = try await strict.joined("carer")
    let chair = try await strict.joined("chair")
    let (space, chairID) = (
      try chair.space("public"), try chair.copy.membership().member
    )
    try carer.store.write { transaction in
      _ = try Replica(rules: strict.model.rules, in: transaction).commit(
        [.create(RecordID.make(at: Timestamp(milliseconds: 0)), kind: "event")], in: space, by: chairID,
        at: Timestamp(milliseconds: 0), isHome: false)
    }
    let head = try strict.store.read { try $0.space(space)!.lastPosition }
    let report = try await carer.send()
    // No verdict at all: one would take the dot from whoever it belongs to.
    #expect(report.outcome.counts.refused == 0 && report.outcome.counts.acknowledged == 0 && report.unsent == 1)
    #expect(try strict.store.read { try $0.space(space)!.lastPosition } == head)
  }

  @Test("a change that waits for ever delays nobody else's (simolus3/powersync.dart#307)")
  func oneChainWaits() async throws {
    let strict = try TestHub()
    let carer = try await strict.joined("carer")
    let space = try carer.space("public")
    let stranger = ReplicaID.random()
    try carer.store.write { transaction in
      let edit = Edit(
        record: .make(at: Timestamp(milliseconds: 0)), kind: "event", operation: .makePresent(supersedes: []))
      let change = Change(
        edits: [edit], space: space, replica: stranger, previous: nil, lamport: 1, author: .random(),
        time: Timestamp(milliseconds: 0), modelVersion: 1)
      try Replica(rules: strict.model.rules, in: transaction).apply(.change(change))
    }
    let event = try carer.add("Breakfast")
    #expect(try await carer.send().unsent == 1)
    #expect(try strict.store.read { try $0.record(RecordKey(space, event)) } != nil)
  }

  /// Brings a chain of somebody whom the hub does not know onto a device, as work that is to be sent.
  private func bringStranger(_ operations: [[Operation]], to device: TestDevice) throws -> RecordID {
    let (space, replica, record) = (try device.space("public"), ReplicaID.random(), RecordID.random())
    try device.store.write { transaction in
      for operations in operations {
        let tip = try transaction.tip(of: replica, in: space)
        let change = Change(
          edits: operations.map { Edit(record: record, kind: "event", operation: $0) }, space: space, replica: replica,
          previous: tip, lamport: (tip?.lamport ?? 0) + 1, author: .random(), time: Timestamp(milliseconds: 0),
          modelVersion: 1)
        try Replica(rules: hub.model.rules, in: transaction).apply(.change(change))
      }
    }
    return record
  }

  @Test("a member's work behind more of another's than one request holds, which nobody can take, still arrives")
  func muchWaits() async throws {
    let strict = try TestHub()
    let carer = try await strict.joined("carer")
    for number in 1...20 { try carer.add("Event \(number)") }
    try await carer.send()
    let words = Value.text(String(repeating: "a", count: 100_000))
    let texts = (1...12).map { _ in [Operation.assign(field: "summary", value: words, supersedes: [])] }
    _ = try bringStranger([[.makePresent(supersedes: [])]] + texts, to: carer)
    let event = try carer.add("Breakfast")
    #expect(try await carer.send().unsent == 13)
    let space = try carer.space("public")
    #expect(try strict.store.read { try $0.record(RecordKey(space, event)) } != nil)
  }

  @Test("a change on a record that waits is offered once in a sync, not again with every request")
  func dependantWaits() async throws {
    let strict = try TestHub()
    let carer = try await strict.joined("carer")
    let record = try bringStranger(
      [[.makePresent(supersedes: []), .assign(field: "title", value: .text("Strange"), supersedes: [])]], to: carer)
    try carer.set(record, "title", "Breakfast")
    let before = carer.transport.sent.count
    #expect(try await carer.send().unsent == 2)
    #expect(carer.transport.sent.count == before + 1)
  }

  @Test("offered voids and unreadable bodies do not raise a space's Lamport time beyond honest changes")
  func lamportOfVoids() async throws {
    let strict = try TestHub()
    let carer = try await strict.joined("carer")
    let (space, author) = (
      try carer.space("public"), try carer.copy.membership().member
    )
    let signer = try carer.signer
    let body: [UInt8] = [0x80]
    let header = Header(
      space: space, replica: signer.newName(), sequence: 1, lamport: Limits.counterMax, author: author,
      time: Timestamp(milliseconds: 0), modelVersion: 1, previous: nil, bodyDigest: Digest(tag: "board.body", body)
    ).encoded
    #expect(try await strict.offer([(header, body)], signedBy: signer.key, attestedBy: signer) == [.later])
    #expect(try strict.store.read { try $0.space(space)!.lamport } < 10)
    try carer.add("Breakfast")
    #expect(try await carer.send().unsent == 0)
    #expect(try carer.digest(of: "public") == strict.digest(of: "public"))
  }

  @Test("nobody takes the id of a record that the Centre is to import, or of a member it is to invite")
  func foreseeableIDs() async throws {
    let strict = try TestHub()
    let carer = try await strict.joined("carer")
    let (space, author) = (try carer.space("public"), try carer.copy.membership().member)
    let id = try strict.store.read { try HubIdentity.identity(in: $0).hub }
    let taken = [
      RecordID.fixed(kind: "event", key: "event/2027-spring"), RecordID.fixed(kind: "member", key: "\(id)/1/Bob"),
    ]
    for record in taken {
      #expect(throws: CommitError.refused(.notAllowed, field: "")) {
        try carer.store.write {
          try Replica(rules: strict.model.rules, in: $0).commit(
            [.create(record, kind: "event")], in: space, by: author, at: Timestamp(milliseconds: 0),
            isHome: false)
        }
      }
    }
    let signer = try carer.signer
    let offered = taken.map { record in
      let edit = Edit(record: record, kind: "event", operation: .makePresent(supersedes: []))
      return Change(
        edits: [edit], space: space, replica: signer.newName(), previous: nil, lamport: 1, author: author,
        time: Timestamp(milliseconds: 0), modelVersion: 1)
    }
    let outcomes = try await strict.offer(offered, signedBy: signer.key, attestedBy: signer)
    #expect(outcomes == [.refused(.notAllowed), .refused(.notAllowed)])
    let line =
      #"{"type": "event", "key": "event/2027-spring", "fields": {"title": "Spring", "scope": "public", "set": "core"}}"#
    #expect(try strict.administration.load(line).added == 1)
    #expect(throws: Never.self) { try strict.code(for: "Bob") }
  }

  @Test("a computer whose clock stands before 1970 makes records that the Centre takes")
  func clockBefore1970() async throws {
    for clock in [-1 << 53, -1, 0, 1 << 48] as [Int64] {
      let strict = try TestHub()
      let carer = try await strict.joined("carer", clock: ManualClock(milliseconds: clock))
      try carer.add("Tea")
      #expect(try await carer.send().outcome.counts.acknowledged == 1)
    }
  }

  @Test("one change cannot make a record of two kinds")
  func twoKinds() async throws {
    let strict = try TestHub()
    let carer = try await strict.joined("carer")
    let (space, author) = (
      try carer.space("public"), try carer.copy.membership().member
    )
    try carer.store.write { transaction in
      let record = RecordID.random()
      let edits = [
        Edit(record: record, kind: "event", operation: .makePresent(supersedes: [])),
        Edit(record: record, kind: "action", operation: .assign(field: "what", value: .text("x"), supersedes: [])),
      ]
      let replica = try ReplicaIdentity(transaction).current()!
      let change = Change(
        edits: edits, space: space, replica: replica, previous: try transaction.tip(of: replica, in: space),
        lamport: try transaction.space(space)!.lamport + 1, author: author, time: Timestamp(milliseconds: 0),
        modelVersion: 1)
      try Replica(rules: strict.model.rules, in: transaction).apply(.change(change))
    }
    #expect(try await carer.send().outcome.counts.refused == 1)
    #expect(try carer.copy.rescued().map(\.reason) == [.wrongKind])
  }

  @Test("a change at a time that nobody has reached waits whole, and delays nobody else (evoluhq/evolu#709)")
  func lamport() async throws {
    let (carer, chair) = (try await hub.joined("carer"), try await hub.joined("chair"))
    let id = try carer.space("public")
    try carer.store.write { transaction in
      var space = try transaction.space(id)!
      space.lamport = 1_000_000
      try transaction.put(space)
    }
    try carer.add("Far ahead")
    let report = try await carer.send()
    #expect(report.outcome.counts.refused == 0 && report.unsent == 1)
    #expect(try carer.copy.rescued().isEmpty && carer.titles == ["Far ahead"])
    #expect(try hub.store.read { try $0.space(id)!.lamport } < 10)
    try chair.add("Honest")
    #expect(try await chair.send().unsent == 0)
  }

  @Test("a change that is no later than its chain's last is refused by name")
  func chainRunsBack() async throws {
    let carer = try await hub.joined("carer")
    let id = try carer.space("public")
    try carer.add("One")
    try carer.store.write { transaction in
      var space = try transaction.space(id)!
      space.lamport = 0
      try transaction.put(space)
    }
    try carer.add("Two")
    #expect(try await carer.send().outcome.counts.refused == 1)
    #expect(try carer.copy.rescued().map(\.reason) == [.lamport])
  }
}
