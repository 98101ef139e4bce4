// A member leaves a space, or a computer is taken off: what may not be read any more goes from the copy, and what had not
// been sent is lost by neither.

import ClientCore
import Cryptography
import Foundation
import HubAdministration
import JSONText
import RecordModel
import Replication
import SQLiteStorage
import SyncHub
import SyncProtocol
import TestKit
import Testing

@Suite("Leaving, and being taken off")
struct LeavingTests {
  let folder: TemporaryFolder
  let hub: TestHub

  init() throws {
    folder = try TemporaryFolder()
    hub = try TestHub(folder.file("hub.db"))
  }

  private func joined(_ member: String, file: String? = nil) async throws -> TestDevice {
    try await TestDevice.joined(folder.file(file ?? member + ".db"), as: member, at: hub)
  }

  @discardableResult
  private func add(_ title: String, on device: TestDevice, space: String = "cab") throws -> RecordID {
    try device.copy.add(kind: "event", [.text(field: "title", title)], space: space).id
  }

  private func titles(_ device: TestDevice) throws -> Set<String> {
    Set(try device.copy.list(kind: "event").compactMap { $0.fields["title"]?.plainText })
  }

  private func leave(_ member: String, _ space: String = "cab") throws {
    _ = try hub.acts.run(.leave(member: member, space: space))
  }

  private func proposals() throws -> [ProposalSummary] { try hub.acts.run(.proposalList).proposals }

  private func mark(of device: TestDevice) throws -> String { try deviceKey(in: device.store).publicKey.fingerprint }

  private func revoke(_ device: TestDevice) throws {
    _ = try hub.acts.run(.deviceRevoke(mark(of: device), reason: "lost"))
  }

  private func listed(_ device: TestDevice) throws -> DeviceSummary {
    let mark = try mark(of: device)
    return try #require(try hub.acts.run(.deviceList).devices.first { $0.fingerprint == mark })
  }

  // MARK: Leaving

  @Test(
    "who leaves keeps the other spaces and their own unsent words; the space goes, and the Centre hears that it has")
  func leaves() async throws {
    let (carer, chair) = (try await joined("carer"), try await joined("chair"))
    try add("Sent", on: carer)
    try add("Public", on: carer, space: "public")
    for device in [carer, chair] { try await device.send() }
    try add("Never sent", on: carer)
    try leave("carer")
    #expect(try listed(carer).stillHolds == ["cab"])
    let report = try await carer.send()
    #expect(
      report.outcome.progress.left.count == 1 && report.outcome.counts.sealed == 1
        && report.outcome.counts.sealedStored == 1)
    #expect(try titles(carer) == ["Public"])
    #expect(try carer.copy.spaces().map(\.name) == ["public"])
    #expect(try carer.copy.rescued().map(\.reason) == [.left])
    #expect(try listed(carer).stillHolds.isEmpty)
    #expect(try proposals().map { $0.member } == ["carer"])
    #expect(try await chair.send().problem == nil)
    #expect(try titles(chair) == ["Sent", "Public"])
  }

  @Test(
    "a proposal is taken in its writer's name, and everybody has it; what others wrote meanwhile is not overwritten")
  func taken() async throws {
    let (carer, chair) = (try await joined("carer"), try await joined("chair"))
    let shared = try add("First", on: carer)
    for device in [carer, chair] { try await device.send() }
    _ = try carer.copy.set(shared.description, [.text(field: "title", "By the carer")])
    try leave("carer")
    _ = try chair.copy.set(shared.description, [.text(field: "title", "By the chair")])
    try await chair.send()
    try await carer.send()
    #expect(try hub.acts.run(.proposalTake("1")).answer == .taken)
    try await chair.send()
    let view = try chair.copy.show(shared.description)
    #expect(view.conflicts.first?.rivals.map(\.value.plainText).sorted() == ["By the carer", "By the chair"])
    let author = try #require(view.conflicts.first?.rivals.first { $0.value.plainText == "By the carer" }).stamp.author
    #expect(try chair.copy.authorName(author) == "carer")
    #expect(try proposals().isEmpty)
    #expect(throws: AdminError.self) { try hub.acts.run(.proposalTake("1")) }
    #expect(try chair.digest(of: "cab") == hub.digest(of: "cab"))
  }

  @Test(
    "of several proposals one can be taken without the one before it, and one after it",
    arguments: [[1, 2], [2, 1], [2]])
  func someTaken(order: [Int]) async throws {
    let (carer, chair) = (try await joined("carer"), try await joined("chair"))
    let shared = try add("First", on: carer)
    for device in [carer, chair] { try await device.send() }
    _ = try carer.copy.set(shared.description, [.text(field: "title", "Second")])
    _ = try carer.copy.set(shared.description, [.text(field: "title", "Third")])
    try leave("carer")
    try await carer.send()
    let ids = try proposals().map(\.id.description)
    for number in order { _ = try hub.acts.run(.proposalTake(ids[number - 1])) }
    try await chair.send()
    let view = try chair.copy.show(shared.description)
    // The later one, taken alone, stands for what its writer had seen before either; the earlier, taken after it, is its rival.
    let rivals = view.conflicts.first?.rivals.map(\.value.plainText).sorted()
    if order == [2, 1] { #expect(rivals == ["Second", "Third"]) } else { #expect(rivals == nil) }
    if order != [2, 1] { #expect(view.fields["title"] == .text("Third")) }
    #expect(try chair.digest(of: "cab") == hub.digest(of: "cab"))
  }

  @Test("a declined proposal is nowhere to be read, and not lost")
  func declined() async throws {
    let (carer, chair) = (try await joined("carer"), try await joined("chair"))
    try add("Never sent", on: carer)
    try leave("carer")
    try await carer.send()
    _ = try hub.acts.run(.proposalDecline("1"))
    try await chair.send()
    #expect(try titles(chair).isEmpty && proposals().isEmpty)
    #expect(try hub.store.read { try Directory($0).proposals().map(\.answer) } == ["declined"])
  }

  @Test("return after leaving is a new beginning: the records come again, and nothing unsent by itself")
  func returns() async throws {
    let carer = try await joined("carer")
    try add("Sent", on: carer)
    try await carer.send()
    try add("Never sent", on: carer)
    try leave("carer")
    try await carer.send()
    _ = try hub.code(for: "carer")
    try await carer.send()
    #expect(try titles(carer) == ["Sent"])
    #expect(try carer.copy.status().unsent == 0)
    try add("Afterwards", on: carer)
    #expect(try await carer.send().outcome.counts.acknowledged == 1)
    #expect(try carer.digest(of: "cab") == hub.digest(of: "cab"))
  }

  @Test("wherever the line drops while a copy clears a space, the words arrive once, and the space is gone")
  func dropped() async throws {
    for place in 0..<4 {
      for fault in [Fault.requestLost, .answerLost, .answerCut] {
        let world = try LeavingTests()
        let carer = try await world.joined("carer")
        try world.add("Never sent", on: carer)
        try world.leave("carer")
        let quiet: [Fault?] = Array(repeating: nil, count: place)
        for step in quiet + [fault] { carer.line.next(step) }
        for _ in 0..<3 { try await carer.send() }
        #expect(try world.proposals().count == 1, "\(fault) at \(place)")
        #expect(try carer.copy.spaces().map(\.name) == ["public"], "\(fault) at \(place)")
        #expect(try world.listed(carer).stillHolds.isEmpty, "\(fault) at \(place)")
      }
    }
  }

  @Test("a hub that only forgot a joining takes nothing from the copy that still has what it lost")
  func forgotten() async throws {
    let chair = try await joined("chair")
    _ = try hub.acts.run(.backup(path: folder.file("backup.db")))
    _ = try hub.code(for: "chair", spaces: ["cab-reserved"])
    try await chair.send()
    try add("Reserved", on: chair, space: "cab-reserved")
    try await chair.send()
    try hub.store.close()
    let restored = try TestHub(folder.file("backup.db"), clock: hub.clock)
    try restored.store.write { _ = try HubIdentity.drawNewEpoch(in: $0) }
    chair.line.connect(to: restored)
    #expect(try await chair.send().outcome.progress.left.isEmpty)
    #expect(try titles(chair) == ["Reserved"])
  }

  @Test("a device that carried others' lost work seals it for the Centre when it must go, and keeps none of it")
  func othersWork() async throws {
    let (carer, chair) = (try await joined("carer"), try await joined("chair"))
    _ = try hub.acts.run(.backup(path: folder.file("backup.db")))
    try add("By the carer", on: carer)
    try await carer.send()
    try await chair.send()
    try hub.store.close()
    let restored = try TestHub(folder.file("backup.db"), clock: hub.clock)
    try restored.store.write { _ = try HubIdentity.drawNewEpoch(in: $0) }
    chair.line.connect(to: restored)
    // It hears of the new epoch, and the line drops before it has offered what the hub lost.
    chair.line.next(nil, .requestLost)
    try await chair.send()
    _ = try restored.acts.run(.leave(member: "chair", space: "cab"))
    try await chair.send()
    #expect(try chair.copy.rescued().isEmpty)
    let held = try restored.acts.run(.proposalList).proposals
    #expect(held.map { $0.author } == ["carer"])
    #expect(held.map { $0.member } == ["chair"])
  }

  @Test("work that arrived, and whose answer was lost before its writer left, counts once")
  func notTwice() async throws {
    let (carer, chair) = (try await joined("carer"), try await joined("chair"))
    let shared = try add("Shared", on: carer)
    for device in [carer, chair] { try await device.send() }
    _ = try carer.copy.set(shared.description, [.json(field: "head_count", .integer(3))])
    carer.line.next(.answerLost)
    try await carer.send()
    try leave("carer")
    try await carer.send()
    #expect(try proposals().isEmpty && carer.store.read { try ControlOutbox.isEmpty(in: $0) })
    try await chair.send()
    #expect(try chair.value(shared, "head_count") == .integer(3))
  }

  @Test("a space is cleared even where something else in the answer must wait for a person")
  func clearsAllTheSame() async throws {
    let carer = try await joined("carer")
    try add("Papers", on: carer)
    try await carer.send()
    // Twenty-five records of the other space hang on a chain that the hub holds otherwise.
    let space = try carer.copy.spaces().first { $0.name == "public" }!.id
    let stranger = ReplicaID.random()
    try carer.store.write { transaction in
      var tip: Tip?
      for _ in 0..<25 {
        let edit = Edit(record: .random(), kind: "event", operation: .makePresent(supersedes: []))
        let change = Change(
          edits: [edit], space: space, replica: stranger, previous: tip,
          lamport: try transaction.space(space)!.lamport + 1, author: .hub, time: Timestamp(milliseconds: 0),
          modelVersion: 1)
        try Replica(rules: hub.model.rules, in: transaction).apply(.change(change), isAcknowledged: true)
        tip = try transaction.tip(of: stranger, in: space)
      }
    }
    try hub.store.write { transaction in
      let edit = Edit(record: .random(), kind: "event", operation: .makePresent(supersedes: []))
      let change = Change(
        edits: [edit], space: space, replica: stranger, previous: nil,
        lamport: try transaction.space(space)!.lamport + 1, author: .hub, time: Timestamp(milliseconds: 0),
        modelVersion: 1)
      try Replica(rules: hub.model.rules, in: transaction).apply(.change(change), isAcknowledged: true)
    }
    try leave("carer")
    let report = try await carer.send()
    guard case .massRemoval? = report.problem else {
      Issue.record("no person was asked: \(String(describing: report.problem))")
      return
    }
    #expect(try carer.copy.spaces().map(\.name) == ["public"])
  }

  @Test("a sealed change in another's name is not taken by a yes; that person is to be asked")
  func notInAnothersName() async throws {
    let (carer, chair) = (try await joined("carer"), try await joined("chair"))
    let space = try carer.copy.spaces().first { $0.name == "cab" }!.id
    let edit = Edit(record: .random(), kind: "event", operation: .makePresent(supersedes: []))
    let forged = Change(
      edits: [edit], space: space, replica: .random(), previous: nil, lamport: 1,
      author: try chair.copy.membership().member, time: Timestamp(milliseconds: .min), modelVersion: 1)
    try await seal(forged, by: carer)
    #expect(try proposals().isEmpty, "a time that no clock shows is no header")
    let plain = Change(
      edits: [edit], space: space, replica: .random(), previous: nil, lamport: 1,
      author: try chair.copy.membership().member, time: Timestamp(milliseconds: 0), modelVersion: 1)
    try await seal(plain, by: carer)
    #expect(throws: AdminError.self) { try hub.acts.run(.proposalTake("1")) }
    #expect(try hub.store.read { try $0.record(RecordKey(space, edit.record)) } == nil)
  }

  @Test("a sealed change that names itself, or a hundred of its kind, brings no hub down")
  func namesItself() async throws {
    let carer = try await joined("carer")
    let shared = try add("Shared", on: carer)
    try await carer.send()
    let (space, author) = (
      try carer.copy.spaces().first { $0.name == "cab" }!.id, try carer.copy.membership().member
    )
    let replica = ReplicaID.random()
    let ring = (1...40).map { Dot(replica, UInt64($0)) }
    var tip: Tip?
    for _ in ring {
      let edit = Edit(
        record: shared, kind: "event",
        operation: .assign(field: "title", value: .text("x"), supersedes: ring))
      let change = Change(
        edits: [edit], space: space, replica: replica, previous: tip, lamport: 9, author: author,
        time: Timestamp(milliseconds: 0), modelVersion: 1)
      tip = Tip(sequence: change.dot.sequence, digest: change.digest, lamport: 9)
      try await seal(change, by: carer)
    }
    #expect(try proposals().count == ring.count)
    #expect(try hub.acts.run(.proposalTake("1")).answer == .taken)
  }

  /// Sends a sealed change as a program would that is not ours.
  private func seal(_ change: Change, by device: TestDevice) async throws {
    let key = try hub.store.read { try HubIdentity.sealingKey(in: $0).publicKey }
    let sealed = try #require(key.seal(SealedChange(change, .left).encoded))
    let hello = Message.hello(Hello(replica: .random(), modelVersion: 1, hub: nil, spaces: []))
    _ = try await hub.hub.answer(
      Message.encode([hello, .sealedChange(sealed)]), signedBy: deviceKey(in: device.store).publicKey)
  }

  /// The hub, gone back to its backup.
  private func restoredHub() throws -> TestHub {
    try hub.store.close()
    let restored = try TestHub(folder.file("backup.db"), clock: hub.clock)
    try restored.store.write { _ = try HubIdentity.drawNewEpoch(in: $0) }
    return restored
  }

  @Test("what the hub took in, and could not say so before its writer left, is no proposal besides")
  func takenInUnheard() async throws {
    let (carer, chair) = (try await joined("carer"), try await joined("chair"))
    try add("Sent", on: carer)
    carer.line.next(.answerLost)
    try await carer.send()
    try leave("carer")
    try await carer.send()
    #expect(try proposals().isEmpty)
    #expect(try await carer.send().outcome.counts.sealedStored == 0, "it is done with")
    try await chair.send()
    #expect(try titles(chair) == ["Sent"])
  }

  @Test(
    "what a hub lost, and its writer alone still has, is not lost when the Centre ends their reading before they hear")
  func leavesARestoredHub() async throws {
    let carer = try await joined("carer")
    _ = try hub.acts.run(.backup(path: folder.file("backup.db")))
    try add("Sent", on: carer)
    try await carer.send()
    let restored = try restoredHub()
    carer.line.connect(to: restored)
    _ = try restored.acts.run(.leave(member: "carer", space: "cab"))
    try await carer.send()
    #expect(try carer.copy.spaces().map(\.name) == ["public"])
    #expect(try carer.copy.rescued().isEmpty, "it was sent once")
    let held = try restored.acts.run(.proposalList).proposals
    #expect(held.map { $0.author } == ["carer"])
  }

  @Test("work that two computers bring is taken once, though a person says yes to both")
  func broughtByTwo() async throws {
    let (carer, chair) = (try await joined("carer"), try await joined("chair"))
    _ = try hub.acts.run(.backup(path: folder.file("backup.db")))
    try add("Sent", on: carer)
    for device in [carer, chair] { try await device.send() }
    let restored = try restoredHub()
    for device in [carer, chair] {
      device.line.connect(to: restored)
      let name = try device.copy.membership().name
      _ = try restored.acts.run(.leave(member: name, space: "cab"))
      try await device.send()
    }
    for _ in 0..<2 { _ = try restored.acts.run(.proposalTake("1", isUnproved: true)) }
    let reader = try await TestDevice.joined(folder.file("reader.db"), as: "reader", at: restored)
    #expect(try reader.copy.list(kind: "event").count == 1)
    let space = try #require(try reader.copy.spaces().first { $0.name == "cab" }).id
    let written = try reader.store.read { try $0.rows(after: 0, in: space, bytesMax: .max) }.flatMap(\.entry.edits)
    #expect(written.count { $0.operation.field == "title" } == 1)
  }

  @Test("others' lost branches in the rescue box go with the space, sealed")
  func othersBranch() async throws {
    let (carer, chair) = (try await joined("carer"), try await joined("chair"))
    try add("By the carer", on: carer)
    for device in [carer, chair] { try await device.send() }
    let replica = try #require(try carer.copy.status().replica)
    try chair.store.write { transaction in
      let space = try transaction.spaces().first { $0.name == "cab" }!.id
      let change = try transaction.row(of: Dot(replica, 1), in: space)!.entry.remainder!
      let twin = Change(
        edits: change.edits, space: space, replica: replica, previous: nil, lamport: 7, author: change.header.author,
        time: Timestamp(milliseconds: 0), modelVersion: 1)
      try transaction.rescue(twin, reason: .forked)
    }
    try leave("chair")
    try await chair.send()
    #expect(try chair.copy.rescued().isEmpty)
    #expect(try proposals().map { $0.author } == ["carer"])
  }

  // MARK: Taken off

  @Test("a computer taken off after its member had left every space keeps no word of the rescue box in its files")
  func nothingButTheBox() async throws {
    let carer = try await joined("carer")
    try add("Never sent at all", on: carer)
    for space in ["cab", "public"] { try leave("carer", space) }
    try await carer.send()
    #expect(try carer.copy.rescued().count == 1)
    try revoke(carer)
    try await carer.send()
    for ending in ["", "-wal"] {
      let bytes = try #require(FileManager.default.contents(atPath: folder.file("carer.db") + ending))
      #expect(bytes.range(of: Data("Never sent at all".utf8)) == nil, "in carer.db\(ending)")
    }
  }

  @Test(
    "a computer that a restored hub let in again, having forgotten that it took it off, is cleared the second time too")
  func takenOffTwice() async throws {
    let (carer, chair) = (try await joined("carer"), try await joined("chair"))
    try add("Sent", on: chair)
    try await chair.send()
    try await carer.send()
    _ = try hub.acts.run(.backup(path: folder.file("backup.db")))
    try revoke(carer)
    // It has put everything away, and its report is lost.
    carer.line.next(nil, .requestLost)
    try await carer.send()
    let restored = try restoredHub()
    carer.line.connect(to: restored)
    try await carer.send()
    #expect(try titles(carer) == ["Sent"])
    _ = try restored.acts.run(.deviceRevoke(mark(of: carer), reason: "lost"))
    try await carer.send()
    #expect(try carer.store.read { try $0.spaces().isEmpty })
  }

  @Test("a computer that was taken off clears itself at its next contact and says so; its unsent work waits for a yes")
  func takenOff() async throws {
    let (old, chair) = (try await joined("carer"), try await joined("chair"))
    try add("Sent", on: old)
    try await old.send()
    try add("Never sent", on: old)
    try old.copy.setNote(MemberReplica.draftNote, "half a sentence")
    try revoke(old)
    #expect(try listed(old).cleared == nil)
    let report = try await old.send()
    #expect(report.outcome.progress.revoked != nil && report.outcome.counts.sealed == 1)
    #expect(try old.store.read { try $0.spaces().isEmpty && $0.rescued().isEmpty })
    #expect(try old.store.read { try $0.localRows(of: [], in: "note", limit: .max).isEmpty })
    #expect(throws: ClientError.revoked(hub.clock.read())) { try old.copy.membership() }
    #expect(try listed(old).cleared != nil)
    #expect(try proposals().compactMap { $0.words } == ["half a sentence"])
    #expect(try proposals().count == 2)
    try await chair.send()
    #expect(try titles(chair) == ["Sent"], "nothing of it is taken without a person")

    let new = try await joined("carer", file: "new.db")
    let work = try #require(try proposals().first { $0.words == nil }?.id.description)
    _ = try hub.acts.run(.proposalTake(work))
    try await new.send()
    #expect(try titles(new) == ["Sent", "Never sent"])
  }

  @Test(
    "of a computer that was taken off its owner is asked on another of theirs; yes puts it in its place, no does not")
  func ownersAnswer() async throws {
    let (old, other) = (try await joined("carer"), try await joined("carer", file: "other.db"))
    let chair = try await joined("chair")
    try add("Mine", on: old)
    try add("Not mine", on: old)
    try old.copy.setNote(MemberReplica.draftNote, "half a sentence")
    try revoke(old)
    try await old.send()
    try await chair.send()
    #expect(try chair.copy.ownProposals().isEmpty)
    #expect(try await other.send().outcome.counts.newProposals == 3)
    #expect(try await other.send().outcome.counts.newProposals == 0, "asked once")
    for held in try other.copy.ownProposals() {
      guard case .change(let header, let body, _) = held.sealedChange else {
        #expect(held.sealedChange == .words("half a sentence"))
        continue
      }
      let change = try Change(headerBytes: header, bodyBytes: body)
      let isMine = change.edits.contains {
        $0.operation == .assign(field: "title", value: .text("Mine"), supersedes: [])
      }
      try other.copy.answer(held, isMine)
    }
    // The answer is lost on the way, and told again.
    other.line.next(.answerLost)
    try await other.send()
    try await other.send()
    #expect(try titles(other) == ["Mine"])
    #expect(try other.copy.ownProposals().map(\.sealedChange) == [.words("half a sentence")])
    #expect(try proposals().compactMap { $0.words } == ["half a sentence"])
    try await chair.send()
    #expect(try titles(chair) == ["Mine"])
  }

  @Test("what its owner's yes alone cannot put in its place waits for an administrator, with that yes beside it")
  func ownersYesIsNotEnough() async throws {
    let (old, other) = (try await joined("carer"), try await joined("carer", file: "other.db"))
    try add("Never sent", on: old)
    try revoke(old)
    try await old.send()
    try await other.send()
    try other.copy.answer(#require(try other.copy.ownProposals().first), true)
    try leave("carer")
    try await other.send()
    #expect(try other.copy.ownProposals().isEmpty)
    #expect(try proposals().map(\.hasOwnersYes) == [true])
    #expect(try hub.acts.run(.proposalTake("1")).answer == .taken)
  }

  @Test("nobody answers for another")
  func answersForAnother() async throws {
    let (old, chair) = (try await joined("carer"), try await joined("chair"))
    try add("Never sent", on: old)
    try revoke(old)
    try await old.send()
    let id = try #require(proposals().first?.id)
    let hello = Message.hello(Hello(replica: .random(), modelVersion: 1, hub: nil, spaces: []))
    for isYes in [true, false] {
      _ = try await hub.hub.answer(
        Message.encode([hello, .proposalAnswer(id, isYes)]), signedBy: deviceKey(in: chair.store).publicKey)
    }
    try await chair.send()
    #expect(try titles(chair).isEmpty && proposals().count == 1)
  }

  @Test("only the one computer is taken off: another of the same member's goes on")
  func onlyTheOne() async throws {
    let (old, other) = (try await joined("carer"), try await joined("carer", file: "other.db"))
    try revoke(old)
    try await old.send()
    try add("Still here", on: other)
    #expect(try await other.send().outcome.counts.acknowledged == 1)
    #expect(try titles(other) == ["Still here"])
  }

  @Test("wherever the line drops while a computer is cleared, its work arrives once and the Centre hears of it")
  func droppedWhileTakenOff() async throws {
    for place in 0..<3 {
      for fault in [Fault.requestLost, .answerLost, .answerCut] {
        let world = try LeavingTests()
        let carer = try await world.joined("carer")
        try world.add("Never sent", on: carer)
        try world.revoke(carer)
        let quiet: [Fault?] = Array(repeating: nil, count: place)
        for step in quiet + [fault] { carer.line.next(step) }
        for _ in 0..<4 {
          do { try await carer.send() } catch ClientError.revoked { break }
        }
        #expect(try world.proposals().count == 1, "\(fault) at \(place)")
        #expect(try world.listed(carer).cleared != nil, "\(fault) at \(place)")
      }
    }
  }

  @Test("what is offered live by a computer that was taken off is not taken, whatever it says of itself")
  func nothingLive() async throws {
    let carer = try await joined("carer")
    try add("Never sent", on: carer)
    let space = try carer.copy.spaces().first { $0.name == "cab" }!.id
    let offered = try carer.store.read { try $0.outbox(after: 0, in: space, bytesMax: .max) }
      .map { RawEntry($0.entry) }
    try revoke(carer)
    let key = try deviceKey(in: carer.store)
    let head = try hub.store.read { try $0.space(space)!.lastPosition }
    #expect(try await hub.offer(offered, signedBy: key, standingFor: key).isEmpty)
    #expect(try hub.store.read { try $0.space(space)!.lastPosition } == head)
  }

  // MARK: Roles and previews

  @Test("a change of role is told at the next contact")
  func role() async throws {
    let carer = try await joined("carer")
    _ = try hub.acts.run(.invite(member: "carer", role: "chair", spaces: ["cab"]))
    #expect(try await carer.send().outcome.progress.role == "chair")
    #expect(try carer.copy.membership().role == "chair")
    #expect(try await carer.send().outcome.progress.role == nil)
  }

  @Test("a preview says whom a change of membership reaches and what of theirs has not arrived, and changes nothing")
  func preview() async throws {
    let carer = try await joined("carer")
    _ = try await joined("carer", file: "other.db")
    try add("Sent", on: carer)
    try await carer.send()
    // The line drops with the answer, so that the hub has heard of what waits and the change is refused a place.
    try carer.store.write { transaction in
      let space = try transaction.spaces().first { $0.name == "cab" }!.id
      let edit = Edit(record: .random(), kind: "event", operation: .makePresent(supersedes: []))
      let change = Change(
        edits: [edit], space: space, replica: .random(), previous: nil, lamport: 99, author: .random(),
        time: Timestamp(milliseconds: 0), modelVersion: 1)
      try Replica(rules: hub.model.rules, in: transaction).apply(.change(change), isAcknowledged: false)
    }
    #expect(try await carer.send().unsent == 1)
    let records = try hub.store.read { reader in
      var count = 0
      let space = try reader.spaces().first { $0.name == "cab" }!.id
      try reader.forEachRecord(in: space, kind: nil) { _, _ in count += 1 }
      return count
    }
    let leaving = try hub.acts.run(.leave(member: "carer", space: "cab", isPreview: true)).impact
    #expect(leaving.devices == 2 && leaving.holdingUnsent == 1)
    #expect(leaving.recordsLeaving == records && leaving.recordsArriving == 0)
    let off = try hub.acts.run(.deviceRevoke(mark(of: carer), reason: "lost", isPreview: true)).impact
    #expect(off.devices == 1 && off.holdingUnsent == 1)
    let arriving = try hub.acts.run(
      .invite(member: "chair", role: "chair", spaces: ["cab"], isPreview: true)
    ).impact
    #expect(arriving.recordsArriving == records)
    #expect(
      try await carer.send().outcome.progress.left.isEmpty && hub.store.read { try Directory($0).members().count } == 1)
  }
}

extension Value {
  fileprivate var plainText: String { if case .text(let text) = self { text } else { "" } }
}
