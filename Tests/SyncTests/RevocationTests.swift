// A device is revoked: it clears itself at its next contact, and its unsent work is neither lost nor accepted by itself.

import BoardModel
import ClientCore
import Cryptography
import Foundation
import HubAdministration
import Replication
import SQLiteStorage
import SyncHub
import SyncProtocol
import TestKit
import Testing

@Suite("Revoked devices")
struct RevocationTests {
  let hub: TestHub

  init() throws {
    hub = try TestHub()
  }

  @Test("a revoked device clears itself at its next contact and says so; its unsent work waits for a yes")
  func takenOff() async throws {
    let (old, chair) = (try await hub.joined("carer"), try await hub.joined("chair"))
    try old.add("Sent", space: "cab")
    try await old.send()
    try old.add("Never sent", space: "cab")
    try old.copy.setNote(MemberReplica.draftNote, "half a sentence")
    try hub.revoke(old)
    #expect(try hub.summary(of: old).cleared == nil)
    let report = try await old.send()
    #expect(report.outcome.progress.revoked != nil && report.outcome.counts.sealed == 1)
    #expect(try old.store.read { try $0.spaces().isEmpty && $0.rescued().isEmpty })
    #expect(try old.store.read { try $0.localRows(of: [], in: "note", limit: .max).isEmpty })
    #expect(throws: ClientError.revoked(hub.clock.read())) { try old.copy.membership() }
    #expect(try hub.summary(of: old).cleared != nil)
    #expect(try hub.proposals().compactMap { $0.words } == ["half a sentence"])
    #expect(try hub.proposals().count == 2)
    try await chair.send()
    #expect(try chair.titles == ["Sent"], "nothing of it is taken without a person")

    let new = try await hub.joined("carer", file: "new.db")
    let work = try #require(try hub.proposals().first { $0.words == nil }?.id.description)
    _ = try hub.administration.run(.proposalTake(work))
    try await new.send()
    #expect(try new.titles == ["Sent", "Never sent"])
  }

  @Test("a device that a restored hub let in again is cleared by the second revocation, too")
  func takenOffTwice() async throws {
    let (carer, chair) = (try await hub.joined("carer"), try await hub.joined("chair"))
    try chair.add("Sent", space: "cab")
    try await chair.send()
    try await carer.send()
    try hub.backUp()
    try hub.revoke(carer)
    // It has put everything away, and its report is lost.
    carer.transport.next(nil, .requestLost)
    try await carer.send()
    let restored = try hub.restored()
    carer.connect(to: restored)
    try await carer.send()
    #expect(try carer.titles == ["Sent"])
    try restored.revoke(carer)
    try await carer.send()
    #expect(try carer.store.read { try $0.spaces().isEmpty })
  }

  @Test("a device revoked after its member left every space keeps no word of the rescue box in its files")
  func nothingButTheBox() async throws {
    let carer = try await hub.joined("carer")
    try carer.add("Never sent at all", space: "cab")
    for space in ["cab", "public"] { try hub.leave("carer", space) }
    try await carer.send()
    #expect(try carer.copy.rescued().count == 1)
    try hub.revoke(carer)
    try await carer.send()
    for ending in ["", "-wal"] {
      let bytes = try #require(FileManager.default.contents(atPath: hub.folder.file("carer.db") + ending))
      #expect(bytes.range(of: Data("Never sent at all".utf8)) == nil, "in carer.db\(ending)")
    }
  }

  @Test("revoking one device leaves the same member's other device at work")
  func onlyTheOne() async throws {
    let (old, other) = (try await hub.joined("carer"), try await hub.joined("carer", file: "other.db"))
    try hub.revoke(old)
    try await old.send()
    try other.add("Still here", space: "cab")
    #expect(try await other.send().outcome.counts.acknowledged == 1)
    #expect(try other.titles == ["Still here"])
  }

  @Test(
    "wherever the connection drops while a revoked device is cleared, its work arrives once and the hub hears of it")
  func droppedWhileTakenOff() async throws {
    for place in 0..<3 {
      for fault in [Fault.requestLost, .answerLost, .answerCut] {
        let hub = try TestHub()
        let carer = try await hub.joined("carer")
        try carer.add("Never sent", space: "cab")
        try hub.revoke(carer)
        let quiet: [Fault?] = Array(repeating: nil, count: place)
        for step in quiet + [fault] { carer.transport.next(step) }
        for _ in 0..<4 {
          do { try await carer.send() } catch ClientError.revoked { break }
        }
        #expect(try hub.proposals().count == 1, "\(fault) at \(place)")
        #expect(try hub.summary(of: carer).cleared != nil, "\(fault) at \(place)")
      }
    }
  }

  @Test("a hub accepts nothing that a revoked device offers as its live work")
  func nothingLive() async throws {
    let carer = try await hub.joined("carer")
    try carer.add("Never sent", space: "cab")
    let space = try carer.space("cab")
    let offered = try carer.store.read { try $0.outbox(after: 0, in: space, bytesMax: .max) }
      .compactMap(\.entry.remainder)
    try hub.revoke(carer)
    let signer = try carer.signer
    let head = try hub.store.read { try $0.space(space)!.lastPosition }
    #expect(try await hub.offer(offered, signedBy: signer.key, attestedBy: signer).isEmpty)
    #expect(try hub.store.read { try $0.space(space)!.lastPosition } == head)
  }
}
