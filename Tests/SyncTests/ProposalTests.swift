// The unsent work of somebody who left, or whose device was revoked: it is sealed for the hub, and becomes everybody's
// only by the yes of whoever may give it.

import BoardModel
import ClientCore
import Cryptography
import HubAdministration
import Replication
import SQLiteStorage
import SyncHub
import SyncProtocol
import TestKit
import Testing

@Suite("Proposals")
struct ProposalTests {
  let hub: TestHub

  init() throws {
    hub = try TestHub()
  }

  @Test("an accepted proposal is everybody's, in its writer's name, and overwrites nothing that others wrote meanwhile")
  func taken() async throws {
    let (carer, chair) = (try await hub.joined("carer"), try await hub.joined("chair"))
    let shared = try carer.add("First", space: "cab")
    for device in [carer, chair] { try await device.send() }
    try carer.set(shared, "title", "By the carer")
    try hub.leave("carer")
    try chair.set(shared, "title", "By the chair")
    try await chair.send()
    try await carer.send()
    _ = try hub.administration.run(.proposalList)
    #expect(try hub.administration.run(.proposalTake("1")).answer == .taken)
    try await chair.send()
    let view = try chair.copy.show(shared.description)
    #expect(view.conflicts.first?.rivals.map(\.value.plainText).sorted() == ["By the carer", "By the chair"])
    let author = try #require(view.conflicts.first?.rivals.first { $0.value.plainText == "By the carer" }).stamp.author
    #expect(try chair.copy.reading { try $0.authorName(author) } == "carer")
    #expect(try hub.proposals().isEmpty)
    _ = try hub.administration.run(.proposalList)
    #expect(throws: AdminError.self) { try hub.administration.run(.proposalTake("1")) }
    #expect(try chair.digest(of: "cab") == hub.digest(of: "cab"))
  }

  @Test(
    "of several proposals one can be accepted without the one before it, and that one after it",
    arguments: [[1, 2], [2, 1], [2]])
  func someTaken(order: [Int]) async throws {
    let (carer, chair) = (try await hub.joined("carer"), try await hub.joined("chair"))
    let shared = try carer.add("First", space: "cab")
    for device in [carer, chair] { try await device.send() }
    try carer.set(shared, "title", "Second")
    try carer.set(shared, "title", "Third")
    try hub.leave("carer")
    try await carer.send()
    let ids = try hub.proposals().map(\.id.description)
    for number in order { _ = try hub.administration.run(.proposalTake(ids[number - 1])) }
    try await chair.send()
    let view = try chair.copy.show(shared.description)
    // The later one, accepted alone, supersedes what its writer had seen before either; the earlier is then its rival.
    let rivals = view.conflicts.first?.rivals.map(\.value.plainText).sorted()
    if order == [2, 1] { #expect(rivals == ["Second", "Third"]) } else { #expect(rivals == nil) }
    if order != [2, 1] { #expect(view.fields["title"] == .text("Third")) }
    #expect(try chair.digest(of: "cab") == hub.digest(of: "cab"))
  }

  @Test("a declined proposal can be read by nobody, and is not lost")
  func declined() async throws {
    let (carer, chair) = (try await hub.joined("carer"), try await hub.joined("chair"))
    try carer.add("Never sent", space: "cab")
    try hub.leave("carer")
    try await carer.send()
    _ = try hub.administration.run(.proposalList)
    _ = try hub.administration.run(.proposalDecline("1"))
    try await chair.send()
    #expect(try chair.titles.isEmpty && hub.proposals().isEmpty)
    #expect(try hub.store.read { try Directory($0).proposals().map(\.answer) } == ["declined"])
  }

  @Test("work that two devices bring is accepted once, though a person says yes to both")
  func broughtByTwo() async throws {
    let (carer, chair) = (try await hub.joined("carer"), try await hub.joined("chair"))
    try hub.backUp()
    try carer.add("Sent", space: "cab")
    for device in [carer, chair] { try await device.send() }
    let restored = try hub.restored()
    for device in [carer, chair] {
      device.connect(to: restored)
      let name = try device.copy.membership().name
      try restored.leave(name)
      try await device.send()
    }
    _ = try restored.administration.run(.proposalList)
    for number in 1...2 { _ = try restored.administration.run(.proposalTake("\(number)", isUnproved: true)) }
    let reader = try await restored.joined("reader")
    #expect(try reader.copy.list(kind: "event").count == 1)
    let space = try reader.space("cab")
    let written = try reader.store.read { try $0.rows(after: 0, in: space, bytesMax: .max) }.flatMap(\.entry.edits)
    #expect(written.count { $0.operation.field == "title" } == 1)
  }

  @Test("a sealed change in another's name is not accepted by a yes; that person must be asked")
  func notInAnothersName() async throws {
    let (carer, chair) = (try await hub.joined("carer"), try await hub.joined("chair"))
    let space = try carer.space("cab")
    try hub.leave("carer")
    let edit = Edit(record: .random(), kind: "event", operation: .makePresent(supersedes: []))
    let forged = Change(
      edits: [edit], space: space, replica: .random(), previous: nil, lamport: 1,
      author: try chair.copy.membership().member, time: Timestamp(milliseconds: .min), modelVersion: 1)
    try await seal(forged, by: carer)
    #expect(try hub.proposals().isEmpty, "a time that no clock shows is no header")
    let plain = Change(
      edits: [edit], space: space, replica: .random(), previous: nil, lamport: 1,
      author: try chair.copy.membership().member, time: Timestamp(milliseconds: 0), modelVersion: 1)
    try await seal(plain, by: carer)
    _ = try hub.administration.run(.proposalList)
    #expect(throws: AdminError.self) { try hub.administration.run(.proposalTake("1")) }
    #expect(try hub.store.read { try $0.record(RecordKey(space, edit.record)) } == nil)
  }

  @Test("a sealed change that refers to itself, or a hundred such changes, bring no hub down")
  func namesItself() async throws {
    let carer = try await hub.joined("carer")
    let shared = try carer.add("Shared", space: "cab")
    try await carer.send()
    let (space, author) = (try carer.space("cab"), try carer.copy.membership().member)
    try hub.leave("carer")
    let replica = ReplicaID.random()
    let ring = (1...40).map { Dot(replica, UInt64($0)) }
    var tip: Tip?
    for _ in ring {
      let edit = Edit(
        record: shared, kind: "event",
        operation: .assign(field: "title", value: .text("x"), supersedes: DotSet(ring)))
      let change = Change(
        edits: [edit], space: space, replica: replica, previous: tip, lamport: 9, author: author,
        time: Timestamp(milliseconds: 0), modelVersion: 1)
      tip = Tip(sequence: change.dot.sequence, digest: change.digest, lamport: 9)
      try await seal(change, by: carer)
    }
    #expect(try hub.proposals().count == ring.count)
    _ = try hub.administration.run(.proposalList)
    #expect(try hub.administration.run(.proposalTake("1")).answer == .taken)
  }

  /// Sends a sealed change as a program would that is not ours.
  private func seal(_ change: Change, by device: TestDevice) async throws {
    try await seal([SealedChange(change, .left)], by: device)
  }

  /// - Returns: The number of them that the hub keeps.
  @discardableResult
  private func seal(_ changes: [SealedChange], by device: TestDevice) async throws -> Int {
    let key = try hub.store.read { try HubIdentity.sealingKey(in: $0).publicKey }
    let sealed = try changes.map { Message.sealedChange(try #require(key.seal($0.encoded))) }
    let hello = Message.hello(Hello(replica: .random(), modelVersion: 1, hub: nil, spaces: []))
    let answer = try await hub.hub.answer(Message.encode([hello] + sealed), signedBy: device.key.publicKey)
    return try SignedAnswer(answer).messages.count { if case .sealedChangeStored = $0 { true } else { false } }
  }

  @Test("sealed work is kept of those who left or whose device was revoked, and of nobody else")
  func fromWhom() async throws {
    let (carer, chair) = (try await hub.joined("carer"), try await hub.joined("chair"))
    let other = try await hub.joined("carer", file: "other.db")
    #expect(try await seal([.words("a")], by: carer) == 0)
    try hub.leave("chair")
    #expect(try await seal([.words("b")], by: chair) == 1)
    try hub.revoke(other)
    #expect(try await seal([.words("c")], by: carer) == 1, "it may have been sealed by the other computer")
  }

  @Test("sealed work is limited by number, and its owner is asked about no more than their computer can name")
  func byNumber() async throws {
    let (lost, other) = (try await hub.joined("carer"), try await hub.joined("carer", file: "other.db"))
    try hub.revoke(lost)
    var kept = 0
    for batch in 0..<8 {
      kept += try await seal((0..<256).map { .words("\(batch)/\($0)") }, by: lost)
    }
    #expect(kept == Limits.proposalsPerDeviceMax)
    #expect(try await other.send().outcome.counts.newProposals == Limits.proposalsPerRequestMax)
    #expect(try await other.send().outcome.counts.newProposals == 0)
    for proposal in try other.copy.ownProposals().prefix(10) { try other.copy.answer(proposal, false) }
    try await other.send()
    #expect(try other.copy.ownProposals().count { $0.answer == nil } == Limits.proposalsPerRequestMax)
  }

  @Test("a revoked device's unsent work is applied only after its owner accepts it on another device")
  func ownersAnswer() async throws {
    let (old, other) = (try await hub.joined("carer"), try await hub.joined("carer", file: "other.db"))
    let chair = try await hub.joined("chair")
    try old.add("Mine", space: "cab")
    try old.add("Not mine", space: "cab")
    try old.copy.setNote(MemberReplica.draftNote, "half a sentence")
    try hub.revoke(old)
    try await old.send()
    try await chair.send()
    #expect(try chair.copy.ownProposals().isEmpty)
    #expect(try await other.send().outcome.counts.newProposals == 3)
    #expect(try await other.send().outcome.counts.newProposals == 0, "asked once")
    for proposal in try other.copy.ownProposals() {
      guard case .change(let header, let body, _) = proposal.sealedChange else {
        #expect(proposal.sealedChange == .words("half a sentence"))
        continue
      }
      let change = try Change(headerBytes: header, bodyBytes: body)
      let isMine = change.edits.contains {
        $0.operation == .assign(field: "title", value: .text("Mine"), supersedes: [])
      }
      try other.copy.answer(proposal, isMine)
    }
    // The answer is lost on the way, and told again.
    other.transport.next(.answerLost)
    try await other.send()
    try await other.send()
    #expect(try other.titles == ["Mine"])
    #expect(try other.copy.ownProposals().map(\.sealedChange) == [.words("half a sentence")])
    #expect(try hub.proposals().compactMap { $0.words } == ["half a sentence"])
    try await chair.send()
    #expect(try chair.titles == ["Mine"])
  }

  @Test("work that its owner's yes alone cannot apply waits for an administrator, with that yes beside it")
  func ownersYesIsNotEnough() async throws {
    let (old, other) = (try await hub.joined("carer"), try await hub.joined("carer", file: "other.db"))
    try old.add("Never sent", space: "cab")
    try hub.revoke(old)
    try await old.send()
    try await other.send()
    try other.copy.answer(#require(try other.copy.ownProposals().first), true)
    try hub.leave("carer")
    try await other.send()
    #expect(try other.copy.ownProposals().isEmpty)
    #expect(try hub.proposals().map(\.hasOwnersYes) == [true])
    _ = try hub.administration.run(.proposalList)
    #expect(try hub.administration.run(.proposalTake("1")).answer == .taken)
  }

  @Test("nobody answers for another member's work")
  func answersForAnother() async throws {
    let (old, chair) = (try await hub.joined("carer"), try await hub.joined("chair"))
    try old.add("Never sent", space: "cab")
    try hub.revoke(old)
    try await old.send()
    let id = try #require(hub.proposals().first?.id)
    let hello = Message.hello(Hello(replica: .random(), modelVersion: 1, hub: nil, spaces: []))
    for isYes in [true, false] {
      _ = try await hub.hub.answer(
        Message.encode([hello, .proposalAnswer(id, isYes)]), signedBy: chair.key.publicKey)
    }
    try await chair.send()
    #expect(try chair.titles.isEmpty && hub.proposals().count == 1)
  }
}

extension Value {
  fileprivate var plainText: String { if case .text(let text) = self { text } else { "" } }
}
