// A replica id proves its device's key, so a hub that has forgotten a device still takes nobody else's work under it; and a
// device that has lost its key writes its unsent work anew.

import ClientCore
import Cryptography
import Replication
import SQLiteStorage
import SyncHub
import SyncProtocol
import TestKit
import Testing

@Suite("Replica names")
struct ReplicaNameTests {
  let hub: TestHub

  init() throws {
    hub = try TestHub()
  }

  /// The first change under a replica id, as anybody can write one.
  private func change(in space: SpaceID, as replica: ReplicaID, by author: MemberID, lamport: UInt64) -> Change {
    Change(
      edits: [Edit(record: .random(), kind: "event", operation: .makePresent(supersedes: []))], space: space,
      replica: replica, previous: nil, lamport: lamport, author: author, time: Timestamp(milliseconds: 0),
      modelVersion: 1)
  }

  @Test("nobody takes a copy's name from a hub that was restored to before its owner joined; she loses nothing")
  func nameOfTheForgotten() async throws {
    let eve = try await hub.joined("eve")
    try hub.backUp()
    let ann = try await hub.joined("ann")
    try ann.add("Sent")
    try await ann.send()
    try ann.add("Unsent")
    let restored = try hub.restored()
    let (space, name) = (try restored.space("public"), try #require(try ann.copy.status().replica))
    let (evesKey, anns) = (try eve.key, try ann.signer)
    let lamport = try restored.store.read { try $0.space(space)!.lamport } + 1
    let forged = change(in: space, as: name, by: try eve.copy.membership().member, lamport: lamport)
    // With a salt of her own, with Ann's, and with Ann's key, which did not sign.
    for signer in [Signer(evesKey), Signer(evesKey, salts: anns.allSalts)] {
      #expect(try await restored.offer([forged], signedBy: evesKey, attestedBy: signer) == [.later])
    }
    let id = try restored.store.read { try HubIdentity.identity(in: $0).hub }
    let signed = Signer(evesKey).head(of: forged, for: id)
    let head = SignedHead(
      space: space, dot: forged.dot, digest: forged.digest, key: anns.key.publicKey,
      salt: try #require(anns.allSalts[name]), signature: signed.signature)
    let hello = Message.hello(Hello(replica: name, modelVersion: 1, hub: nil, spaces: []))
    let request: [Message] = [hello, .offer(header: forged.headerBytes, body: forged.bodyBytes), .head(head)]
    _ = try await restored.hub.answer(Message.encode(request), signedBy: evesKey.publicKey)
    #expect(try restored.store.read { try $0.tip(of: name, in: space) } == nil)

    ann.connect(to: restored)
    let code = try restored.code(for: "ann")
    _ = try await ann.copy.join(at: HubEndpoint("test"), code: code, over: ann.transport)
    #expect(try await ann.send().problem == nil)
    #expect(try ann.copy.status().replica == name)
    #expect(try restored.store.read { try $0.tip(of: name, in: space) }?.sequence == 2)
    eve.connect(to: restored)
    try await eve.send()
    #expect(try eve.titles == ["Sent", "Unsent"])
    #expect(try restored.differences(from: [ann, eve]).isEmpty)
  }

  /// Opens a device's file again, with another key.
  private func opened(_ device: TestDevice, with key: SigningKey?) throws -> TestDevice {
    try device.store.write { try $0.set("test/key", to: key?.seed) }
    try device.store.close()
    return try TestDevice(hub.folder.file("carer.db"), over: device.transport)
  }

  private func rejoin(_ device: TestDevice) async throws {
    let code = try hub.code(for: "carer")
    _ = try await device.copy.join(at: HubEndpoint("test"), code: code, over: device.transport)
  }

  @Test("a lost key file loses no unsent work, and what the hub had recorded is not there twice")
  func lostKey() async throws {
    let chair = try await hub.joined("chair")
    let carer = try await hub.joined("carer")
    let event = try carer.add("Sent")
    try await carer.send()
    try carer.add("Recorded")
    carer.transport.next(.answerLost, .requestLost)
    try await carer.send()
    let title = try carer.add("Unsent")
    try carer.set(title, "title", "Unsent, better")
    try carer.set(event, "audience", "carers")
    try carer.add("Beside", space: "cab")
    let before = try carer.copy.status().replica

    let again = try opened(carer, with: nil)
    again.transport.heal()
    try again.add("Before the Centre knew")
    #expect(try await again.send().problem == .transport(.notKnown))
    try again.add("Before the code came")
    try await rejoin(again)
    #expect(try await again.send().problem == nil)
    #expect(try again.copy.status().unsent == 0 && again.copy.rescued().isEmpty)
    #expect(try again.copy.status().replica != before)
    try await chair.send()
    let titles = try chair.copy.list(kind: "event").compactMap { $0.fields["title"] }
    let all = ["Sent", "Recorded", "Unsent, better", "Beside", "Before the Centre knew", "Before the code came"]
    #expect(titles.count == all.count && Set(titles) == Set(all.map { .text($0) }))
    #expect(try chair.value(event, "audience") == .text("carers"))
    #expect(try hub.differences(from: [again, chair]).isEmpty)
    #expect(try chair.copy.conflicts().isEmpty)
  }

  @Test("a lost key and a restored hub together lose nothing")
  func lostKeyAndRestore() async throws {
    let chair = try await hub.joined("chair")
    try hub.backUp()
    let carer = try await hub.joined("carer")
    try carer.add("Sent")
    try await carer.send()
    try carer.add("Unsent")
    let restored = try hub.restored()
    for device in [carer, chair] { device.connect(to: restored) }
    let again = try opened(carer, with: nil)
    let code = try restored.code(for: "carer")
    _ = try await again.copy.join(at: HubEndpoint("test"), code: code, over: again.transport)
    #expect(try await again.send().problem == nil)
    try await chair.send()
    #expect(try chair.titles == ["Sent", "Unsent"])
    #expect(try restored.differences(from: [again, chair]).isEmpty)
  }

  @Test("a copy put back from before its key was lost goes on under the new key, without a code")
  func oldCopy() async throws {
    let carer = try await hub.joined("carer")
    try carer.add("Before")
    try carer.store.close()
    try hub.folder.copy("carer.db", to: "old.db")
    let renewed = try opened(try TestDevice(hub.folder.file("carer.db"), over: carer.transport), with: nil)
    try await rejoin(renewed)
    let key = try renewed.key
    try renewed.store.close()

    try hub.folder.copy("old.db", to: "carer.db")
    let old = try opened(try TestDevice(hub.folder.file("carer.db"), over: carer.transport), with: key)
    #expect(try await old.send().unsent == 0)
    #expect(try hub.differences(from: [old]).isEmpty)
    #expect(try old.titles == ["Before"])
  }
}
