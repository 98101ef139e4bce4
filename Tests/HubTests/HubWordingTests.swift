// The answers of administrative commands as a person at a terminal reads them, whoever wrote the words in them.

import Foundation
import HubAdministration
import HubTerminal
import JSONText
import Replication
import SafeText
import SyncHub
import TestKit
import Testing

@Suite("The administrator's terminal")
struct HubWordingTests {
  @Test("characters that steer a terminal are made visible, and ordinary words stay as they were written")
  func steering() throws {
    let json = try JSON(
      parsing: Array(
        #"""
        {"number": 1, "id": "x/title", "record": null, "kind": "event", "title": "Tea \"at\" 4\u001b[2J\u202e",
         "field": "title", "question": "Which\nis \\ right?", "values": [
           {"value": "Káva", "author": "carer", "dot": {"replica": "00000000-0000-0000-0000-000000000000", "sequence": 1}},
           {"value": ["a\u0007", 2], "author": "chair", "dot": {"replica": "00000000-0000-0000-0000-000000000000", "sequence": 2}}]}
        """#.utf8))
    let question = try QuestionSummary(json: json)
    #expect(question.json == json)
    #expect(
      question.lines.map(\.description) == [
        #"Tea "at" 4‹U+001B›[2J‹U+202E›, title"#, #"Which‹U+000A›is \ right?"#, "Version A, by carer: Káva",
        #"Version B, by chair: ["a\u0007",2]"#,
      ])
    let error = AdminError(.noSuchSpace, "There is no space 'a\u{1b}[2J'.\nTry again.")
    #expect(error.lines.map(\.description) == ["There is no space 'a‹U+001B›[2J'.", "Try again."])
  }

  @Test("every command reads back from its JSON as it was written")
  func commands() throws {
    let all: [any AdminCommand] = [
      ImportCommand.importFile("/a"), ImportCommand.importFile("/a", set: "core"),
      InviteCommand.invite(member: "a", role: "chair", spaces: ["cab"], isPreview: true),
      LeaveCommand.leave(member: "a", space: "cab"), DeviceListCommand(),
      DeviceRevokeCommand.deviceRevoke("A-B", reason: "lost"), ProposalListCommand(),
      ProposalTakeCommand.proposalTake("1", isUnproved: true), ProposalDeclineCommand.proposalDecline("2"),
      ReviewListCommand(), ReviewShowCommand.reviewShow("1"), ReviewSettleCommand.reviewSettle("1", value: "x"),
      EraseCommand.erase("inst/a", reason: "asked"), BackupCommand.backup(path: "/a"),
      BackupDaysCommand.backupDays(nil), BackupDaysCommand.backupDays(60), RoomCommand.room("cab"),
      RoomCommand.room("cab", gibibytes: 8), LedgerAcceptCommand(), DigestCommand(),
      VerifyCommand(),
      AuditCommand.audit(space: nil), AuditCommand.audit(space: "cab"), StatusCommand(),
    ]
    #expect(Set(all.map { type(of: $0).name }).count == 20)
    for command in all {
      let read = try AdminCommands.command(json: JSON(parsing: Array(command.json.text.utf8)))
      #expect(type(of: read) == type(of: command) && read.json == command.json)
    }
  }

  @Test("an import tells in words how far it has come, and the audit tells of one that was stopped")
  func importing() throws {
    for (progress, words) in [
      (ImportProgress.checked(lines: 12_000, about: 100_000), "Checked 12000 of about 100000 lines."),
      (.loaded(lines: 500, of: 1_201), "Loaded 500 of 1201 lines."),
    ] {
      #expect(progress.lines.map(\.description) == [words])
      #expect(try ImportProgress(json: progress.json) == progress)
    }
    let event = try JSON(
      parsing: Array(
        #"""
        {"time": "2026-11-30T09:00:00Z", "act": "import", "by": "owner", "byName": null, "door": "socket", "member": null,
         "name": null, "role": null, "devices": [], "spaces": [], "records": [], "field": null,
         "counts": {"added": 500, "changed": 0, "unfinished": 1}}
        """#.utf8))
    let lines = try AuditReport.Entry(json: event).lines.map(\.description)
    #expect(lines.contains { $0.contains("500 records added, 0 changed; stopped before the end") })
  }

  @Test(
    "an answer reads back from its JSON whatever a clock said",
    arguments: [Int64.min, -62_167_219_200_001, -1, 0, 951_782_400_000, 1_790_000_000_000, .max])
  func times(milliseconds: Int64) throws {
    let time = Timestamp(milliseconds: milliseconds)
    let read = try Timestamp(json: time.json)
    #expect(read.json == time.json && (time.milliseconds == .min || read.milliseconds <= time.milliseconds))
    for text in ["", "2026-02-30T00:00:00Z", "2026-01-01T24:00:00Z", "2026-01-01 00:00:00Z", "26-1-1T0:0:0Z"] {
      #expect(throws: JSONMismatch.self) { try Timestamp(json: .string(text)) }
    }
  }
}
