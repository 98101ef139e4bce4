// A request may offer thousands of changes. The hub takes them in parts, so that nobody else waits for all of them.

import Replication
import SQLiteStorage
import SyncHub
import SyncProtocol
import Synchronization
import TestKit
import Testing

@Suite("Long requests")
struct LongRequestTests {
  private func changes(_ count: Int, in space: SpaceID, by author: MemberID, _ signer: Signer) -> [Change] {
    let replica = signer.newName()
    var tip: Tip?
    return (1...count).map { number in
      let edit = Edit(record: .random(), kind: "event", operation: .makePresent(supersedes: []))
      let change = Change(
        edits: [edit], space: space, replica: replica, previous: tip, lamport: UInt64(number), author: author,
        time: Timestamp(milliseconds: 0), modelVersion: 1)
      tip = Tip(sequence: change.dot.sequence, digest: change.digest, lamport: change.header.lamport)
      return change
    }
  }

  @Test("one visitor's thousands of changes hold no commit for more than 500 of them")
  func bounded() async throws {
    let hub = try TestHub()
    let carer = try await hub.joined("carer")
    let (space, author, signer) = (try hub.space("public"), try hub.member("carer"), try carer.signer)
    let told = Mutex<[ClosedRange<UInt64>]>([])
    let observation = hub.store.observers.observe { note in
      if let positions = note.spaces[space]?.positions { told.withLock { $0.append(positions) } }
    }
    let offered = changes(1_201, in: space, by: author, signer)
    let outcomes = try await hub.offer(offered, signedBy: signer.key, attestedBy: signer)
    withExtendedLifetime(observation) {}
    #expect(outcomes == Array(repeating: .taken, count: 1_201))
    let sizes = told.withLock { $0 }.map { Int($0.upperBound - $0.lowerBound) + 1 }
    #expect(sizes.reduce(0, +) == 1_201)
    #expect(sizes.allSatisfy { $0 <= SyncHub.changesPerCommitMax })
  }

  @Test("many changes of one large record hold no commit for longer than a few of them")
  func largeRecord() async throws {
    let hub = try TestHub()
    let carer = try await hub.joined("carer")
    let (space, author, signer) = (try hub.space("cab"), try hub.member("carer"), try carer.signer)
    let (replica, record) = (signer.newName(), RecordID.random())
    let words = Value.text(String(repeating: "a", count: 100 * 1024))
    var (offered, tip): ([Change], Tip?) = ([], nil)
    func write(_ operations: Operation...) {
      let change = Change(
        edits: operations.map { Edit(record: record, kind: "agenda_item", operation: $0) }, space: space,
        replica: replica,
        previous: tip, lamport: UInt64(offered.count + 1), author: author, time: Timestamp(milliseconds: 0),
        modelVersion: 1)
      tip = Tip(sequence: change.dot.sequence, digest: change.digest, lamport: change.header.lamport)
      offered.append(change)
    }
    write(.makePresent(supersedes: []))
    for _ in 0..<10 { write(.append(field: "questions", entry: words)) }
    for number in 0..<30 { write(.append(field: "questions", entry: .text("question \(number)"))) }
    let told = Mutex<[Int]>([])
    let observation = hub.store.observers.observe { note in
      if let positions = note.spaces[space]?.positions { told.withLock { $0.append(positions.count) } }
    }
    let outcomes = try await hub.offer(offered, signedBy: signer.key, attestedBy: signer)
    withExtendedLifetime(observation) {}
    #expect(outcomes == Array(repeating: .taken, count: offered.count))
    let megabyte = 1024 * 1024
    #expect(told.withLock { $0.max()! } <= 12 + Limits.commitBytesMax / megabyte)
    #expect(told.withLock { $0.reduce(0, +) } == offered.count)
  }

  @Test("a long request with one change that cannot be read changes nothing, wherever it stands")
  func unreadable() async throws {
    let hub = try TestHub()
    let carer = try await hub.joined("carer")
    let (space, author, signer) = (try hub.space("public"), try hub.member("carer"), try carer.signer)
    let head = try hub.store.read { try $0.space(space)!.lastPosition }
    let offered = changes(600, in: space, by: author, signer).map { (header: $0.headerBytes, body: $0.bodyBytes) }
    let broken: (header: [UInt8], body: [UInt8]) = ([0x80], [0x80])
    await #expect(throws: RequestError.unreadable("not a sequence of messages: type")) {
      try await hub.offer(offered + [broken], signedBy: signer.key, attestedBy: signer)
    }
    #expect(try hub.store.read { try $0.space(space)!.lastPosition } == head)
  }

  @Test("after a fork in a long request, nothing of its space is judged in any later part")
  func forked() async throws {
    let hub = try TestHub()
    let carer = try await hub.joined("carer")
    let (space, author, signer) = (try hub.space("public"), try hub.member("carer"), try carer.signer)
    let own = changes(600, in: space, by: author, signer)
    try await hub.offer([own[0]], signedBy: signer.key, attestedBy: signer)
    let other = Change(
      edits: [Edit(record: .random(), kind: "event", operation: .makePresent(supersedes: []))], space: space,
      replica: own[0].dot.replica, previous: nil, lamport: 1, author: author, time: Timestamp(milliseconds: 0),
      modelVersion: 1)
    #expect(
      try await hub.offer([other] + own.dropFirst(), signedBy: signer.key, attestedBy: signer) == [.forked(at: 1)])
  }
}
