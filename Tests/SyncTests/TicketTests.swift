// A hub that went back to a backup may have forgotten a device, a member or a right. A ticket lets the device bring back
// what it has read; what it says of rights waits for an administrator, and no new work is judged meanwhile.

import BoardModel
import ClientCore
import Cryptography
import HubAdministration
import JSONText
import RecordModel
import Replication
import SQLiteStorage
import SyncHub
import SyncProtocol
import TestKit
import Testing

@Suite("Tickets")
struct TicketTests {
  let hub: TestHub

  init() throws {
    hub = try TestHub()
  }

  private func titles(_ hub: TestHub, in space: String = "public") throws -> [Value] {
    try hub.store.read { reader in
      let id = try #require(try reader.spaces().first { $0.name == space }?.id)
      var titles: [Value] = []
      try reader.forEachRecord(in: id, kind: "event") { _, state in
        titles += [state.shownFields(by: hub.model.rules)["title"]].compactMap { $0 }
      }
      return titles
    }
  }

  private func ticket(_ device: TestDevice) throws -> Ticket {
    try Ticket(decoding: #require(try device.store.read { try Contact.ticket(in: $0) }))
  }

  private func mark(_ device: TestDevice) throws -> String { try device.key.publicKey.fingerprint }

  @Test(
    "what a computer had sent that the backup does not know comes back without a code; new work waits")
  func broughtBack() async throws {
    try hub.backUp()
    let carer = try await hub.joined("carer")
    try carer.add("Sent")
    try await carer.send()
    try carer.add("Unsent")
    let restored = try hub.restored()
    carer.connect(to: restored)
    for _ in 1...2 {
      let report = try await carer.send()
      #expect(report.problem == .forgotten && report.unsent == 1)
      #expect(try titles(restored) == [.text("Sent")])
    }
    let asked = try restored.administration.run(.deviceList)
    #expect(asked.devices.isEmpty && asked.forgotten.map(\.member) == ["carer"])
    #expect(asked.forgotten.map(\.spaces) == [["cab", "public"]] && asked.forgotten.map(\.role) == ["member"])
    #expect(try restored.administration.run(.status).forgottenDevices == 1)
    #expect(try restored.administration.run(.deviceConfirm(mark(carer))).waiting == 0)
    let report = try await carer.send()
    #expect(report.problem == nil && report.unsent == 0)
    #expect(try carer.titles == ["Sent", "Unsent"] && restored.differences(from: [carer]).isEmpty)
    #expect(try restored.administration.run(.deviceList).forgotten.isEmpty)
  }

  @Test("rows of a forgotten computer come back late, where others have written in the meantime")
  func late() async throws {
    let chair = try await hub.joined("chair")
    try hub.backUp()
    let carer = try await hub.joined("carer")
    try carer.add("Sent")
    try await carer.send()
    let restored = try hub.restored()
    for device in [carer, chair] { device.connect(to: restored) }
    try chair.add("Meanwhile")
    try await chair.send()
    #expect(try await carer.send().problem == .forgotten)
    try await chair.send()
    #expect(try Set(chair.titles) == ["Meanwhile", "Sent"])
    try restored.administration.run(.deviceConfirm(mark(carer)))
    for device in [carer, chair] { #expect(try await device.send().problem == nil) }
    #expect(try restored.differences(from: [carer, chair]).isEmpty)
  }

  @Test("private notes in a space that the backup does not have come back before anybody is let in again")
  func privateSpace() async throws {
    let carer = try await hub.joined("carer", spaces: ["public"])
    try hub.backUp()
    _ = try hub.code(for: "carer", spaces: ["private"])
    try await carer.send()
    _ = try carer.copy.add(kind: "private_note", [.text(field: "text", "Mine")], space: nil)
    #expect(try await carer.send().unsent == 0)
    let restored = try hub.restored()
    carer.connect(to: restored)
    #expect(try await carer.send().problem == .forgotten)
    #expect(try restored.digest(of: "private:carer") == carer.digest(of: "private:carer"))
    try restored.administration.run(.deviceConfirm(mark(carer)))
    #expect(try await carer.send().problem == nil)
    #expect(try carer.copy.status().unsent == 0)
  }

  @Test("work for which only the backup has forgotten the right is not refused, but waits until somebody has decided")
  func rightForgotten() async throws {
    let strict = try TestHub(model: .board, policy: RightsPolicy(rules: RecordModel.board.rules))
    let carer = try await strict.joined("carer", role: "member")
    try strict.backUp()
    _ = try strict.code(for: "carer", role: "chair")
    try await carer.send()
    let event = try carer.copy.add(kind: "meeting", [.text(field: "title", "June")], space: "cab")
    let restored = try strict.restored()
    carer.connect(to: restored)
    let report = try await carer.send()
    #expect(report.problem == .forgotten && report.outcome.counts.refused == 0 && report.unsent > 0)
    try restored.administration.run(.deviceConfirm(mark(carer)))
    let after = try await carer.send()
    #expect(after.problem == nil && after.outcome.counts.refused == 0 && after.unsent == 0)
    #expect(try carer.value(event.id, "title") == .text("June"))
  }

  @Test("a computer of which somebody said no is not let in, and keeps everything")
  func dismissed() async throws {
    try hub.backUp()
    let carer = try await hub.joined("carer")
    try carer.add("Sent")
    try await carer.send()
    let restored = try hub.restored()
    carer.connect(to: restored)
    try await carer.send()
    try restored.administration.run(.deviceDismiss(mark(carer)))
    #expect(try await carer.send().problem == .transport(.notKnown))
    #expect(try restored.administration.run(.deviceList).forgotten.isEmpty && carer.titles == ["Sent"])
    #expect(throws: AdminError.self) { try restored.administration.run(.deviceConfirm(mark(carer))) }
    // Nor with an earlier ticket.
    let mine = try ticket(carer)
    let earlier = Ticket(
      hub: mine.hub, epoch: mine.epoch, number: mine.number - 1, member: mine.member, memberName: "carer",
      readings: mine.readings, device: mine.device, signedBy: try restored.store.read { try HubIdentity.key(in: $0) })
    await #expect(throws: DirectoryError.deviceUnknown) {
      try await restored.hub.admit(mine.device, showing: earlier.encoded)
    }
  }

  @Test("a ticket brings back no space that its member left, and no computer that was taken off")
  func withdrawn() async throws {
    try hub.backUp()
    let (carer, thief) = (try await hub.joined("carer"), try await hub.joined("thief"))
    try hub.leave("carer", "cab")
    try hub.revoke(thief)
    let restored = try hub.restored(ledger: LedgerKeeper(hub.ledger.ledger))
    for device in [carer, thief] { device.connect(to: restored) }
    #expect(try await carer.send().problem == .forgotten)
    try await thief.send()
    #expect(throws: ClientError.self) { try thief.copy.membership() }
    let asked = try restored.administration.run(.deviceList).forgotten
    #expect(asked.map(\.member) == ["carer"] && asked.map(\.spaces) == [["public"]])
    try restored.administration.run(.deviceConfirm(mark(carer)))
    #expect(try await carer.send().problem == nil)
    #expect(try restored.administration.run(.deviceList).forgotten.isEmpty)
    #expect(try member("carer", restored)?.spaces == [try restored.space("public")])
    #expect(try carer.copy.spaces().map(\.name) == ["public"])
  }

  @Test(
    "what was not sent from a computer that was taken off arrives sealed, though its ticket says more than the backup")
  func revoked() async throws {
    let carer = try await hub.joined("carer")
    try hub.backUp()
    _ = try hub.code(for: "carer", role: "chair")
    try await carer.send()
    try carer.add("Unsent")
    try hub.revoke(carer)
    let restored = try hub.restored(ledger: LedgerKeeper(hub.ledger.ledger))
    _ = try restored.store.write {
      try restored.ledger.ledger.apply(rules: hub.model.rules, now: hub.clock.read(), in: $0)
    }
    carer.connect(to: restored)
    for _ in 1...2 { try await carer.send() }
    #expect(try restored.proposals().contains { $0.edits.contains { $0.value == .string("Unsent") } })
    #expect(try restored.summary(of: carer).cleared != nil)
  }

  @Test("a right that the backup knows was withdrawn is not asked about, and does not come back")
  func knownWithdrawal() async throws {
    let carer = try await hub.joined("carer", role: "chair")
    _ = try hub.code(for: "carer", role: "member")
    try hub.backUp()
    let restored = try hub.restored()
    carer.connect(to: restored)
    #expect(try await carer.send().problem == nil)
    #expect(try restored.administration.run(.deviceList).forgotten.isEmpty)
    #expect(try member("carer", restored)?.role == "member")
  }

  @Test("the ticket of a member's other computer changes nothing of what was confirmed about the member")
  func twoComputers() async throws {
    try hub.backUp()
    let (carer, laptop) = (
      try await hub.joined("carer"), try await hub.joined("carer", file: "laptop.db")
    )
    _ = try hub.code(for: "carer", role: "chair")
    try await carer.send()
    let restored = try hub.restored()
    for device in [carer, laptop] {
      device.connect(to: restored)
      #expect(try await device.send().problem == .forgotten)
    }
    try restored.administration.run(.deviceConfirm(mark(carer)))
    #expect(try restored.administration.run(.deviceList).forgotten.map(\.role) == ["chair"])
    try restored.administration.run(.deviceConfirm(mark(laptop)))
    for device in [carer, laptop] { #expect(try await device.send().problem == nil) }
    #expect(try member("carer", restored)?.role == "chair")
  }

  @Test("what an administrator said after a restore outlasts the next one: an old ticket does not ask again")
  func secondRestore() async throws {
    let carer = try await hub.joined("carer", spaces: ["public"])
    try hub.backUp()
    _ = try hub.code(for: "carer", role: "chair", spaces: ["cab"])
    try await carer.send()
    let restored = try hub.restored()
    carer.connect(to: restored)
    #expect(try await carer.send().problem == .forgotten)
    _ = try restored.code(for: "carer", spaces: ["public"])
    try restored.backUp(to: "second.db")
    let again = try restored.restored(from: "second.db")
    carer.connect(to: again)
    #expect(try again.administration.run(.deviceList).forgotten.isEmpty)
    #expect(try await carer.send().problem == nil)
    #expect(try again.administration.run(.deviceList).forgotten.isEmpty)
    #expect(try member("carer", again)?.role == "member")
  }

  private func member(_ name: String, _ hub: TestHub) throws -> Principal? {
    try hub.store.read { try Directory($0).members().first { $0.name == name } }
  }

  @Test(
    "who was invited to less after a restore gets no more by an old ticket, and nobody is asked")
  func invitedAnew() async throws {
    let carer = try await hub.joined("carer", spaces: ["public"])
    try hub.backUp()
    _ = try hub.code(for: "carer", role: "chair", spaces: ["cab"])
    try await carer.send()
    let restored = try hub.restored()
    carer.connect(to: restored)
    _ = try restored.code(for: "carer", spaces: ["public"])
    try carer.add("Tea")
    let report = try await carer.send()
    #expect(report.problem == nil)
    #expect(try titles(restored) == [.text("Tea")])
    #expect(try restored.administration.run(.deviceList).forgotten.isEmpty)
    #expect(try carer.copy.membership().role == "member")
  }

  @Test("an unknown computer of a member who was invited anew is let in to what the invitation says")
  func invitedAnewAndUnknown() async throws {
    try hub.backUp()
    let carer = try await hub.joined("carer", role: "chair")
    let restored = try hub.restored()
    carer.connect(to: restored)
    _ = try restored.code(for: "carer", spaces: ["public"])
    #expect(try await carer.send().problem == .forgotten)
    let asked = try restored.administration.run(.deviceList).forgotten
    #expect(asked.map(\.role) == ["member"] && asked.map(\.spaces) == [["public"]])
    try restored.administration.run(.deviceConfirm(mark(carer)))
    #expect(try await carer.send().problem == nil)
    #expect(try member("carer", restored)?.role == "member")
    #expect(try member("carer", restored)?.spaces == [try restored.space("public")])
  }

  @Test("forged, foreign, changed and stolen tickets open nothing")
  func forged() async throws {
    try hub.backUp()
    let (carer, other) = (try await hub.joined("carer"), try await hub.joined("other"))
    let (mine, key) = (try ticket(carer), try carer.key.publicKey)
    let request = Message.encode([
      .hello(Hello(replica: .random(), modelVersion: 1, hub: mine.hub, spaces: []))
    ])
    let restored = try hub.restored()
    func made(
      hub: HubID? = nil, readings: [Ticket.Reading]? = nil, device: PublicKey? = nil, by signer: SigningKey
    ) -> [UInt8] {
      Ticket(
        hub: hub ?? mine.hub, epoch: mine.epoch, number: mine.number, member: mine.member, memberName: "carer",
        readings: readings ?? mine.readings, device: device ?? key, signedBy: signer
      ).encoded
    }
    var torn = mine.encoded
    torn[torn.count - 1] ^= 1
    let more = mine.readings + [Ticket.Reading(space: .random(), name: "audit", role: "chair")]
    let hubKey = try restored.store.read { try HubIdentity.key(in: $0) }
    let bad: [[UInt8]] = [
      [], [0xff], torn, try ticket(other).encoded, made(by: SigningKey()), made(readings: more, by: try carer.key),
      made(hub: .random(), by: hubKey), made(device: try other.key.publicKey, by: hubKey), mine.encoded + [0],
    ]
    for shown in bad {
      await #expect(throws: DirectoryError.deviceUnknown) {
        _ = try await restored.hub.answer(request, signedBy: key, showing: shown)
      }
    }
    #expect(try restored.administration.run(.deviceList).forgotten.isEmpty)
    _ = try await restored.hub.answer(request, signedBy: key, showing: mine.encoded)
    #expect(try restored.administration.run(.deviceList).forgotten.count == 1)
  }

  @Test("a ticket newer than the directory proves that an older folder was put back", arguments: [true, false])
  func rollbackProved(isMore: Bool) async throws {
    let carer = try await hub.joined("carer")
    try hub.store.close()
    try hub.folder.copy("hub.db", to: "snapshot.db")
    let later = try TestHub(in: hub.folder)
    carer.connect(to: later)
    if isMore { _ = try later.code(for: "carer", role: "chair") } else { try later.leave("carer") }
    try await carer.send()
    let epoch = try later.store.read { try HubIdentity.identity(in: $0).epoch }
    try later.store.close()
    try hub.folder.copy("snapshot.db", to: "hub.db")
    let back = try TestHub(in: hub.folder)
    carer.connect(to: back)
    #expect(try await carer.send().problem == (isMore ? .forgotten : nil))
    #expect(try back.store.read { try HubIdentity.identity(in: $0).epoch } != epoch)
  }

  @Test("an epoch that a hub began by its own word makes the next opening find no copy")
  func ownEpoch() async throws {
    let carer = try await hub.joined("carer")
    let folder = HubFolder(path: hub.folder.path)
    try folder.checkEpoch(of: hub.store)
    let (epoch, key) = try hub.store.read { (try HubIdentity.identity(in: $0).epoch, try HubIdentity.key(in: $0)) }
    let mine = try ticket(carer)
    let later = Ticket(
      hub: mine.hub, epoch: epoch, number: mine.number + 10, member: mine.member, memberName: mine.memberName,
      readings: mine.readings, device: mine.device, signedBy: key)
    let request = Message.encode([
      .hello(Hello(replica: .random(), modelVersion: 1, hub: mine.hub, spaces: []))
    ])
    _ = try await hub.hub.answer(request, signedBy: mine.device, showing: later.encoded)
    #expect(try hub.store.read { try HubIdentity.identity(in: $0).epoch } != epoch)
    #expect(try !folder.checkEpoch(of: hub.store))
  }

  @Test("a forgotten computer gives back what it has in a few requests, though the hub gives no rows")
  func withheld() async throws {
    let chair = try await hub.joined("chair")
    let event = try chair.add("Erased")
    try await chair.send()
    _ = try hub.administration.run(.erase(event.description, reason: "asked"))
    try hub.backUp()
    let carer = try await hub.joined("carer")
    try carer.add("Sent")
    try await carer.send()
    try carer.add("Unsent")
    let restored = try hub.restored()
    _ = try restored.store.write { try restored.ledger.ledger.check(in: $0) }
    carer.connect(to: restored)
    let before = carer.transport.sent.count
    #expect(try await carer.send().problem == .forgotten)
    #expect(carer.transport.sent.count <= before + 4)
    #expect(try titles(restored) == [.text("Sent")])
    try restored.administration.run(.deviceConfirm(mark(carer)))
    #expect(try await carer.send().problem == .restoring)
    _ = try restored.administration.run(.ledgerAccept)
    let report = try await carer.send()
    #expect(report.problem == nil && report.unsent == 0)
  }

  @Test("a forgotten computer reads nothing: no row and no name that it had not read before")
  func readsNothing() async throws {
    let chair = try await hub.joined("chair")
    try hub.backUp()
    let carer = try await hub.joined("carer")
    let restored = try hub.restored()
    for device in [carer, chair] { device.connect(to: restored) }
    try chair.add("Confidential")
    try await chair.send()
    #expect(try await carer.send().problem == .forgotten)
    #expect(try carer.titles.isEmpty)
    let answer = try SignedAnswer(
      await restored.hub.answer(
        #require(carer.transport.sent.last), signedBy: carer.key.publicKey, showing: ticket(carer).encoded)
    ).messages
    for case .page(let page) in answer {
      #expect(page.rows.isEmpty && page.held.isEmpty && page.lastPosition == page.to)
    }
    for case .verdict in answer { Issue.record("a verdict for whom the hub does not know") }
  }
}
