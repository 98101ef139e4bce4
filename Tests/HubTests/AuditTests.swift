// The audit: one entry for each command that changed something, in the command's own transaction, and with nobody's
// words in it.

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
  let hub: TestHub

  init() throws {
    hub = try TestHub()
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

  /// The entries that a command adds.
  private func written(by command: some AdminCommand) throws -> [AuditEntry] {
    let before = try entries().count
    _ = try hub.administration.run(command)
    return Array(try entries().dropFirst(before))
  }

  /// The path of the Centre's real records.
  private var seed: String {
    URL(fileURLWithPath: #filePath).deletingLastPathComponent()
      .appendingPathComponent("../Fixtures/seed-records.jsonl").path
  }

  /// The question whether an event was a roundtable or a webinar.
  private func openQuestion() throws -> ReviewItem {
    try #require(
      try hub.store.read { reader in try ReviewQueue(model: hub.model, reader).questions().first { $0.field == "kind" }
      })
  }

  @Test("every command that changes something writes one entry: what it was, whom and what it was about, how much")
  func oneEach() async throws {
    let invited = InviteCommand.invite(member: "carer", role: "member", spaces: ["public", "cab"])
    #expect(
      try written(by: invited)
        == [
          AuditEntry(
            .invite, by: owner, member: hub.member("carer"), role: "member",
            spaces: [hub.space("public"), hub.space("cab")])
        ])
    let imported = ImportCommand.importFile(seed)
    #expect(try written(by: imported) == [AuditEntry(.importFile, by: owner, counts: ["added": 214, "changed": 0])])
    #expect(try written(by: imported).isEmpty)

    let question = try openQuestion()
    let settled = try written(by: .reviewSettle(question.id, value: "roundtable"))
    #expect(settled.map(\.event) == [.reviewSettle] && settled.first?.field == "kind")
    #expect(settled.first?.records == [question.targetID, question.item?.record].compactMap { $0 })

    let carer = try await hub.joined("carer")
    let events = try ["One", "Two"].map {
      try carer.add($0, space: "cab")
    }
    let left = AuditEntry(.leave, by: owner, member: try hub.member("carer"), spaces: [try hub.space("cab")])
    #expect(try written(by: .leave(member: "carer", space: "cab")) == [left])
    try await carer.send()
    for (event, command) in [
      (AuditEntry.Event.proposalTake, ProposalTakeCommand.proposalTake("1") as any AdminCommand),
      (.proposalDecline, ProposalDeclineCommand.proposalDecline("1")),
    ] {
      _ = try hub.administration.run(.proposalList)
      let entry = try #require(try written(by: command).first)
      #expect(entry.event == event && entry.member == left.member && entry.spaces == left.spaces)
      #expect(entry.records.count == 2 && events.contains(entry.records[1]))
    }

    let key = try carer.key.publicKey
    let revoke = DeviceRevokeCommand.deviceRevoke(key.fingerprint, reason: "lost")
    #expect(try written(by: revoke) == [AuditEntry(.deviceRevoke, by: owner, member: left.member, devices: [key])])
    #expect(try written(by: revoke).isEmpty)
    #expect(try written(by: .backup(path: hub.folder.file("backup.db"))) == [AuditEntry(.backup, by: owner)])
    #expect(try written(by: .backupDays(60)) == [AuditEntry(.backupDays, by: owner, counts: ["days": 60])])
    #expect(try written(by: .backupDays(60)).isEmpty)
    let room = AuditEntry(.room, by: owner, spaces: [try hub.space("cab")], counts: ["gib": 8])
    #expect(try written(by: .room("cab", gibibytes: 8)) == [room])
    #expect(try written(by: .room("cab", gibibytes: 8)).isEmpty)
  }

  @Test("a command that only looks or previews leaves no entry; neither does one that fails")
  func nothing() async throws {
    let carer = try await hub.joined("carer")
    let fingerprint = try carer.key.publicKey.fingerprint
    let looking: [any AdminCommand] = [
      DeviceListCommand(), ProposalListCommand(), ReviewListCommand(), DigestCommand(), VerifyCommand(),
      AuditCommand.audit(space: nil), StatusCommand(), BackupDaysCommand.backupDays(nil),
      RoomCommand.room("cab"),
      InviteCommand.invite(member: "chair", role: "chair", spaces: ["cab"], isPreview: true),
      LeaveCommand.leave(member: "carer", space: "cab", isPreview: true),
      DeviceRevokeCommand.deviceRevoke(fingerprint, reason: "lost", isPreview: true),
    ]
    for command in looking { #expect(try written(by: command).isEmpty, "\(command)") }
    let count = try entries().count
    let failing: [any AdminCommand] = [
      ImportCommand.importFile(seed, set: "moon"),
      InviteCommand.invite(member: "x", role: "partner", spaces: ["cab"]),
      InviteCommand.invite(member: "x", role: "member", spaces: ["moon"]),
      LeaveCommand.leave(member: "nobody", space: "cab"),
      DeviceRevokeCommand.deviceRevoke("AAAA-AAAA-AAAA-AAAA", reason: "lost"),
      ProposalTakeCommand.proposalTake("1"), ProposalDeclineCommand.proposalDecline("1"),
      ReviewShowCommand.reviewShow("1"), ReviewSettleCommand.reviewSettle("1", value: "x"),
      BackupCommand.backup(path: hub.folder.file("hub.db")),
    ]
    for command in failing {
      #expect(throws: AdminError.self, "\(command)") { try hub.administration.run(command) }
      #expect(try entries().count == count, "\(command)")
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
    _ = try hub.administration.run(.invite(member: "carer", role: "member", spaces: ["cab"]), by: actor) { _ in }
    #expect(try entries().map(\.actor) == [actor])
    let (entries, report) = try hub.administration.audit()
    guard case .object(let event)? = entries.first?.json else { throw StoreError.failed("no event") }
    let id = MemberID(bytes: [UInt8](repeating: 7, count: 16))!.description
    #expect(event["by"] == .string(by ?? id) && event["door"] == .string(actor.door.rawValue))
    #expect(
      entries.flatMap(\.lines).contains { $0.description.contains("\(subject ?? id) invited carer, member, to cab") })
    #expect(try AuditReport(json: report.json).json == report.json)
  }

  @Test("a command and its entry are one transaction")
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

  @Test("the audit holds nobody's words: no name, no typed reason, no value, no code")
  func noWords() async throws {
    let code = try hub.code(for: "canary-name", spaces: ["public", "cab", "private"])
    let carer = try TestDevice("carer.db", at: hub)
    _ = try await carer.copy.join(at: HubEndpoint("test"), code: code, over: carer.transport)
    try await carer.send()
    try carer.add("canary-title", space: "cab")
    _ = try hub.administration.run(.leave(member: "canary-name", space: "cab"))
    try await carer.send()
    _ = try hub.administration.run(.proposalList)
    _ = try hub.administration.run(.proposalTake("1"))
    let fingerprint = try carer.key.publicKey.fingerprint
    _ = try hub.administration.run(.deviceRevoke(fingerprint, reason: "canary-reason"))
    _ = try hub.administration.run(.importFile(seed))
    _ = try hub.administration.run(.reviewSettle(openQuestion().id, value: "canary-value"))
    try hub.backUp(to: "canary-file.db")
    #expect(try entries().count == 7)
    for row in try rows() {
      guard case .change(let change) = row.entry else { continue }
      let text = String(decoding: change.bodyBytes, as: UTF8.self)
      #expect(!text.contains("canary") && !text.contains(code), "\(text)")
    }
  }

  @Test("a hub that has lost the setting of its own spaces is refused, and not given a second directory")
  func lostSettings() throws {
    _ = try hub.code(for: "carer")
    for setting in ["hub/control", "hub/audit"] {
      let value = try #require(try hub.store.read { try $0.setting(setting) })
      try hub.store.write { try $0.set(setting, to: nil) }
      #expect(throws: StoreError.self) { _ = try Verification(of: hub.store) }
      #expect(throws: StoreError.self) { try hub.store.write { try AdminService.begin(model: hub.model, in: $0) } }
      try hub.store.write { try $0.set(setting, to: value) }
    }
    #expect(try hub.store.read { try $0.spaces().count { ["control", "audit"].contains($0.name) } } == 2)
    #expect(try hub.store.read { try Directory($0).members().map(\.name) } == ["carer"])
  }

  @Test("nobody reads the audit or the directory, even where a model has spaces of these names")
  func closed() throws {
    let text = RecordModel.board.source.replacingOccurrences(
      of: "\nspaces:\n", with: "\nspaces:\n  control:\n    label: C\n  audit:\n    label: A\n")
    let hub = try TestHub(model: RecordModel(parsing: text))
    _ = try hub.administration.run(
      InviteCommand.invite(member: "carer", role: "data-administrator", spaces: ["control", "audit"]))
    try hub.store.read { reader throws in
      let own = try [HubSpaces.control(in: reader), HubSpaces.audit(in: reader)].compactMap(\.self)
      let carer = try #require(try Directory(reader).members().first)
      #expect(own.count == 2 && carer.spaces.count == 2 && carer.spaces.isDisjoint(with: own))
      #expect(try reader.spaces().count { ["control", "audit"].contains($0.name) } == 4)
    }
  }

  @Test("a note of a stopped command that cannot be read keeps no hub from being opened, and is told of")
  func unreadableNote() throws {
    let (broken, whole) = (RecordID.random(), RecordID.random())
    try hub.store.write { transaction in
      try transaction.setLocalRow(broken.bytes, of: [], in: "unfinished_audit", to: [0xff])
      try Audit.keepUnfinished(AuditEntry(.importFile, by: owner), as: whole, in: transaction)
    }
    #expect(throws: Never.self) {
      try hub.store.write { try Audit.finishUnfinished(now: hub.clock.read(), in: $0) }
    }
    #expect(try entries().map(\.event) == [.importFile])
    let status = try hub.administration.run(.status)
    #expect(status.unreadableNotes == 1 && status.lines.map(\.description).last?.contains("cannot be read") == true)
    #expect(try HubStatus(json: status.json).unreadableNotes == 1)
    let refusal = #expect(throws: AdminError.self) { try hub.administration.run(.verify) }
    #expect(refusal?.code == .damaged && refusal?.message.contains("1 of the notes") == true)
  }
}
