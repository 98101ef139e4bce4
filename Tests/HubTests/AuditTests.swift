// What administrators did is written down: one entry for each act that changed something, in the act's own transaction,
// and with nobody's words in it.

import BoardModel
import ClientCore
import Cryptography
import Foundation
import HubAdministration
import HubTerminal
import JSONText
import RecordModel
import Replication
import SQLiteStorage
import SafeText
import SyncHub
import SyncProtocol
import TestKit
import Testing

@Suite("Audit")
struct AuditTests {
  let folder: TemporaryFolder
  let hub: TestHub

  init() throws {
    folder = try TemporaryFolder()
    hub = try TestHub(folder.file("hub.db"))
  }

  private func rows() throws -> [LogRow] {
    try hub.store.read { reader in
      let space = try #require(try HubSpaces.audit(in: reader))
      return try reader.rows(after: 0, in: space, bytesMax: .max)
    }
  }

  private func entries() throws -> [AuditEntry] {
    try rows().map { row in
      guard case .change(let change) = row.entry else { throw StoreError.failed("a void") }
      return try #require(AuditEntry(change))
    }
  }

  private let owner = AdminActor.machineOwner(through: .commandLine)

  /// What an act adds to the book.
  private func written(by act: some AdminCommand) throws -> [AuditEntry] {
    let before = try entries().count
    _ = try hub.acts.run(act)
    return Array(try entries().dropFirst(before))
  }

  private func space(_ name: String) throws -> SpaceID {
    try hub.store.read { try #require(try $0.spaces().first { $0.name == name }?.id) }
  }

  private func member(_ name: String) throws -> MemberID {
    try hub.store.read { try #require(try Directory($0).members().first { $0.name == name }?.member) }
  }

  private var seed: String {
    get throws {
      let fixture = URL(fileURLWithPath: #filePath).deletingLastPathComponent()
        .appendingPathComponent("../Fixtures/seed-records.jsonl")
      return try String(contentsOf: fixture, encoding: .utf8)
    }
  }

  /// Whether an event was a roundtable or a webinar.
  private func openQuestion() throws -> ReviewItem {
    try #require(
      try hub.store.read { reader in try ReviewQueue(model: hub.model, reader).questions().first { $0.field == "kind" }
      })
  }

  @Test("every act that changes something writes one entry: what it was, whom and what it was about, how much it was")
  func oneEach() async throws {
    let invited = InviteCommand.invite(member: "carer", role: "member", spaces: ["public", "cab"])
    #expect(
      try written(by: invited)
        == [
          AuditEntry(
            .invite, by: owner, member: member("carer"), role: "member", spaces: [space("public"), space("cab")])
        ])
    let imported = ImportCommand.importFile(text: try seed, set: nil)
    #expect(try written(by: imported) == [AuditEntry(.importFile, by: owner, counts: ["added": 214, "changed": 0])])
    #expect(try written(by: imported).isEmpty)

    let question = try openQuestion()
    let settled = try written(by: .reviewSettle(question.id, value: "roundtable"))
    #expect(settled.map(\.event) == [.reviewSettle] && settled.first?.field == "kind")
    #expect(settled.first?.records == [question.targetID, question.item?.record].compactMap { $0 })

    let carer = try await TestDevice.joined(folder.file("carer.db"), as: "carer", at: hub)
    let events = try ["One", "Two"].map {
      try carer.copy.add(kind: "event", [.text(field: "title", $0)], space: "cab").id
    }
    let left = AuditEntry(.leave, by: owner, member: try member("carer"), spaces: [try space("cab")])
    #expect(try written(by: .leave(member: "carer", space: "cab")) == [left])
    try await carer.send()
    for (act, done) in [
      (AuditEntry.Event.proposalTake, ProposalTakeCommand.proposalTake("1") as any AdminCommand),
      (.proposalDecline, ProposalDeclineCommand.proposalDecline("1")),
    ] {
      let entry = try #require(try written(by: done).first)
      #expect(entry.event == act && entry.member == left.member && entry.spaces == left.spaces)
      #expect(entry.records.count == 2 && events.contains(entry.records[1]))
    }

    let key = try deviceKey(in: carer.store).publicKey
    let revoke = DeviceRevokeCommand.deviceRevoke(key.fingerprint, reason: "lost")
    #expect(try written(by: revoke) == [AuditEntry(.deviceRevoke, by: owner, member: left.member, devices: [key])])
    #expect(try written(by: revoke).isEmpty)
    #expect(try written(by: .backup(path: folder.file("backup.db"))) == [AuditEntry(.backup, by: owner)])
  }

  @Test("who only looks, or asks what an act would do, leaves nothing behind; neither does an act that fails")
  func nothing() async throws {
    let carer = try await TestDevice.joined(folder.file("carer.db"), as: "carer", at: hub)
    let mark = try deviceKey(in: carer.store).publicKey.fingerprint
    let looking: [any AdminCommand] = [
      DeviceListCommand(), ProposalListCommand(), ReviewListCommand(), DigestCommand(), VerifyCommand(),
      AuditCommand.audit(space: nil), StatusCommand(),
      InviteCommand.invite(member: "chair", role: "chair", spaces: ["cab"], isPreview: true),
      LeaveCommand.leave(member: "carer", space: "cab", isPreview: true),
      DeviceRevokeCommand.deviceRevoke(mark, reason: "lost", isPreview: true),
    ]
    for act in looking { #expect(try written(by: act).isEmpty, "\(act)") }
    let count = try entries().count
    let failing: [any AdminCommand] = [
      ImportCommand.importFile(text: try seed, set: "moon"),
      InviteCommand.invite(member: "x", role: "partner", spaces: ["cab"]),
      InviteCommand.invite(member: "x", role: "member", spaces: ["moon"]),
      LeaveCommand.leave(member: "nobody", space: "cab"),
      DeviceRevokeCommand.deviceRevoke("AAAA-AAAA-AAAA-AAAA", reason: "lost"),
      ProposalTakeCommand.proposalTake("1"), ProposalDeclineCommand.proposalDecline("1"),
      ReviewShowCommand.reviewShow("1"), ReviewSettleCommand.reviewSettle("1", value: "x"),
      BackupCommand.backup(path: folder.file("hub.db")),
    ]
    for act in failing {
      #expect(throws: AdminError.self, "\(act)") { try hub.acts.run(act) }
      #expect(try entries().count == count, "\(act)")
    }
  }

  @Test(
    "an entry names the actor and the door, and the timeline shows both",
    arguments: [
      (AdminActor.machineOwner(through: .socket), "owner", "The administrator"),
      (AdminActor(.hub, through: .commandLine), "hub", "The hub"),
      (AdminActor(.member(MemberID(bytes: [UInt8](repeating: 7, count: 16))!), through: .webPage), nil, nil),
    ])
  func actors(actor: AdminActor, by: String?, subject: String?) throws {
    _ = try hub.acts.run(.invite(member: "carer", role: "member", spaces: ["cab"]), by: actor)
    #expect(try entries().map(\.actor) == [actor])
    let report = try hub.acts.run(.audit(space: nil))
    guard case .object(let event)? = report.entries.first?.json else { throw StoreError.failed("no event") }
    let id = MemberID(bytes: [UInt8](repeating: 7, count: 16))!.description
    #expect(event["by"] == .string(by ?? id) && event["door"] == .string(actor.door.rawValue))
    #expect(report.lines.contains { $0.description.contains("\(subject ?? id) invited carer, member, to cab") })
    #expect(try AuditReport(json: report.json).json == report.json)
  }

  @Test("an act and its entry are one: what undoes the one undoes the other")
  func together() throws {
    struct Undone: Error {}
    let now = Timestamp(milliseconds: 0)
    #expect(throws: Undone.self) {
      try hub.store.write { transaction in
        try Audit.record(AuditEntry(.backup, by: owner), now: now, in: transaction)
        throw Undone()
      }
    }
    #expect(try entries().isEmpty)
  }

  @Test("nobody's words are in it: no name, no reason as it was typed, no value, no code")
  func noWords() async throws {
    let code = try hub.code(for: "canary-name", spaces: ["public", "cab", "private"])
    let carer = try TestDevice(folder.file("carer.db"), line: Line(to: hub))
    _ = try await carer.copy.join(at: HubEndpoint("test"), code: code, over: carer.line)
    try await carer.send()
    _ = try carer.copy.add(kind: "event", [.text(field: "title", "canary-title")], space: "cab")
    _ = try hub.acts.run(.leave(member: "canary-name", space: "cab"))
    try await carer.send()
    _ = try hub.acts.run(.proposalTake("1"))
    let mark = try deviceKey(in: carer.store).publicKey.fingerprint
    _ = try hub.acts.run(.deviceRevoke(mark, reason: "canary-reason"))
    _ = try hub.acts.run(.importFile(text: seed, set: nil))
    _ = try hub.acts.run(.reviewSettle(openQuestion().id, value: "canary-value"))
    _ = try hub.acts.run(.backup(path: folder.file("canary-file.db")))
    #expect(try entries().count == 7)
    for row in try rows() {
      guard case .change(let change) = row.entry else { continue }
      let text = String(decoding: change.bodyBytes, as: UTF8.self)
      #expect(!text.contains("canary") && !text.contains(code), "\(text)")
    }
  }

  @Test("nobody reads it, or the directory, even where a model has spaces of such names")
  func closed() throws {
    let text = RecordModel.board.source.replacingOccurrences(
      of: "\nspaces:\n", with: "\nspaces:\n  control:\n    label: C\n  audit:\n    label: A\n")
    let hub = try TestHub(folder.file("other.db"), model: RecordModel(parsing: text))
    _ = try hub.acts.run(
      InviteCommand.invite(member: "carer", role: "data-administrator", spaces: ["control", "audit"]))
    try hub.store.read { reader throws in
      let own = try [HubSpaces.control(in: reader), HubSpaces.audit(in: reader)].compactMap(\.self)
      let carer = try #require(try Directory(reader).members().first)
      #expect(own.count == 2 && carer.spaces.count == 2 && carer.spaces.isDisjoint(with: own))
      #expect(try reader.spaces().count { ["control", "audit"].contains($0.name) } == 4)
    }
  }
}
