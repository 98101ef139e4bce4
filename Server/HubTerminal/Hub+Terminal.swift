// The answers of commands that concern the hub as a whole.

internal import Cryptography
package import HubAdministration
internal import Replication
package import SafeText

extension HubStatus: TerminalAnswer {
  package var lines: [TerminalText] {
    [
      "Hub \(hub.description), model \(modelVersion).",
      "\(members) members with \(devices) computers. "
        + "\(.counted(questions, one: "question needs", many: "questions need")) a person.", "Spaces:",
    ] + spaces.map { "  \($0.name): \($0.records) records, \($0.changes) changes" }
      + (forgottenDevices == 0
        ? []
        : [
          "\(.counted(forgottenDevices, one: "computer waits", many: "computers wait")) to be known again. "
            + "Type 'device list'."
        ])
      + (crossings == 0
        ? []
        : [
          "\(.counted(crossings, one: "thing waits", many: "things wait")) for a look before it crosses to or from a "
            + "partner. Type 'review list'."
        ])
      + endings.map(\.words)
      + nearlyFull.map(\.words)
      + (certificate?.warning(at: time).map { [.warning($0)] } ?? [])
      + (isLedgerMissing ? .ledgerMissing : [])
      + (unreadableNotes == 0
        ? [] : ["The audit lacks what a command did that was stopped: its note cannot be read. Type 'verify'."])
  }
}

extension HubStatus.Ending {
  fileprivate var words: TerminalText {
    "The agreement \(agreement) with \(TerminalText(words: partner)): it ends \(.end(inDays: daysLeft)). Each side then "
      + "deletes what it received. To renew it, type 'agreement propose' with its next version."
  }
}

extension HubStatus.NearlyFull {
  fileprivate var words: TerminalText {
    let percent = used >= most ? 100 : Int(Double(used) * 100 / Double(most))
    let name = TerminalText(words: member ?? "somebody")
    let computer = TerminalText(words: device ?? "")
    let end: TerminalText = renewal.map { ", until \($0.iso8601)" } ?? ""
    switch allowance {
    case "bytes": return "\(name) has sent \(percent) percent of what the hub takes from one member in a day\(end)."
    case "chains": return "The computer \(computer) of \(name) has begun \(used) of \(most) chains for one day\(end)."
    case "refused":
      return "Of the computer \(computer) of \(name), \(used) of \(most) changes for one day were refused\(end)."
    default:
      let place = TerminalText(words: space ?? "")
      return "The space \(place) is \(percent) percent full. "
        + "Type 'board-hub room --space \(place)' with --gib to give it more."
    }
  }
}

extension SpaceRoom: TerminalAnswer {
  package var lines: [TerminalText] {
    ["Members' changes take \(used >> 20) MiB of \(most >> 30) GiB in \(TerminalText(words: space))."]
  }
}

extension ImportProgress: TerminalAnswer {
  package var lines: [TerminalText] {
    switch self {
    case .checked(let lines, let all): ["Checked \(lines) of about \(all) lines."]
    case .loaded(let lines, let all): ["Loaded \(lines) of \(all) lines."]
    }
  }
}

extension TerminalText {
  /// The warning about the hub's certificate.
  package static func warning(_ warning: CertificateWarning) -> TerminalText {
    switch warning {
    case .ended(let time):
      "The hub's certificate ended at \(time.iso8601). Members' computers send nothing until the hub is served with "
        + "another."
    case .notBegun(let time):
      "The hub's certificate begins at \(time.iso8601) only. Members' computers send nothing before, if this machine's "
        + "clock is right."
    case .endsSoon(let time, let days):
      "The hub's certificate ends at \(time.iso8601), in \(days) days. From then on members' computers send nothing."
    }
  }
}

extension ImportSummary: TerminalAnswer {
  package var lines: [TerminalText] {
    [
      "Done: \(added) records added, \(changed) changed, \(unchanged) as they were.",
      "\(unsettledLinks) links point to records that are not loaded.",
      "\(.counted(questions, one: "question needs", many: "questions need")) a person. Type 'board-hub review list' to see them.",
    ]
  }
}

extension ErasureReceipt: TerminalAnswer {
  package var lines: [TerminalText] {
    [
      "Done: The record is erased (\(reason)). Its words went from \(changes) changes.",
      "The receipt is \(dot.description), at \(time.iso8601).",
      "Computers that have not joined up since then still hold it, and so do backups made before.",
    ] + (isScrubbed ? [] : ["Traces may be left in the hub's files. They go when it is next used or started."])
  }
}

extension BackupMade: TerminalAnswer {
  package var lines: [TerminalText] { ["Done: The copy is in \(path)."] }
}

extension BackupDays: TerminalAnswer {
  package var lines: [TerminalText] {
    [
      "A backup may be put back for \(days) days after it was made; none from before \(safeTime.iso8601).",
      "Members' computers keep work that came in sealed until then.",
    ]
  }
}

extension LedgerAccepted: TerminalAnswer {
  package var lines: [TerminalText] {
    [
      "Done: Members' computers are given everything again.",
      "The ledger knows of \(erased) records erased, \(revoked) computers taken off, \(left) readings ended.",
    ]
  }
}

extension RestoreReceipt: TerminalAnswer {
  package var lines: [TerminalText] {
    [
      "Done: The backup is in place. Members' computers will send what it lacks.",
      "Again as the ledger says: \(erased) records erased, \(revoked) computers taken off, \(left) readings ended.",
    ] + (isLedgerMissing ? .ledgerMissing : [])
  }
}

extension SpaceDigests: TerminalAnswer {
  package var lines: [TerminalText] {
    spaces.sorted { $0.key < $1.key }.map { "\($0.value.description)  \($0.key)" }
  }
}

extension VerificationReport: TerminalAnswer {
  package var lines: [TerminalText] {
    [.everythingAsWritten]
      + spaces.map { space in
        let changes = TerminalText.counted(space.changes, one: "change", many: "changes")
        let counts: TerminalText =
          "  \(space.name): \(changes), \(space.refused) refused, "
          + .counted(space.records, one: "record", many: "records")
        guard space.unproved > 0 else { return counts }
        return "\(counts); not yet signed for by its writer's computer: "
          + .counted(space.unproved, one: "change", many: "changes")
      }
  }
}

extension [TerminalText] {
  /// The warning that the ledger is gone.
  fileprivate static let ledgerMissing: [TerminalText] = [
    "The file hub.ledger is missing, or older than the data. What was erased since the backup may be back, and computers "
      + "that were taken off since then may visit again. Type 'device list' and take them off anew.",
    "Until then members' computers bring what they have, also what they know of erasings, and are given nothing. When those "
      + "that matter have sent, type 'board-hub ledger accept'.",
  ]
}

extension TerminalText {
  static let everythingAsWritten: TerminalText =
    "Everything is as it was written: every change, every signature, every record."
}
