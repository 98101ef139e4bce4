// The answer of `audit` in plain words: one sentence for each entry of the timeline, and its end.

package import HubAdministration
internal import Replication
package import SafeText
internal import SyncHub

extension AuditReport: TerminalAnswer {
  package var lines: [TerminalText] {
    let count: TerminalText = .counted(entries, one: "entry", many: "entries")
    let gaps: [TerminalText] = unreadable == 0 ? [] : ["\(unreadable) entries cannot be read any more."]
    let end: TerminalText =
      failure.map { "Not everything is as it was written. \($0)" } ?? .everythingAsWritten
    return [
      "\(count), in the order in which they arrived here. Times are what each computer's clock said, and a clock may be wrong."
    ] + gaps + [end]
  }
}

extension AuditReport.Entry: TerminalAnswer {
  package var lines: [TerminalText] {
    switch self {
    case .event(let event): ["\(event.time.iso8601)  \(event.sentence)"]
    case .change(let change): ["\(change.time.iso8601)  \(change.sentence)"]
    }
  }
}

extension AuditedChange {
  fileprivate var sentence: TerminalText {
    let actions: TerminalText =
      refused.map { "wrote what was not taken (\($0.rawValue))" } ?? records.map(\.action).joined(by: "; ")
    return "\(space): \(name) \(actions)"
  }
}

extension AuditedChange.Record {
  fileprivate var action: TerminalText {
    let verb: TerminalText =
      acts.contains(.delete) ? "removed" : acts.contains(.make) ? "made or brought back" : "changed"
    return "\(verb) \(kind) \(record.description)\(fields.isEmpty ? "" : " (\(fields.listed))")"
  }
}

extension AuditedEvent {
  fileprivate var sentence: TerminalText {
    switch actor.identity {
    case .machineOwner: "The administrator \(action)"
    case .hub: "The hub \(action)"
    case .member: "\(actorName ?? "") \(action)"
    }
  }

  private var action: TerminalText {
    let spaces = spaces.listed
    let records = records.map(\.description).listed
    func count(_ name: String) -> Int64 { counts[name] ?? 0 }
    return switch event {
    case .initialise: "made this hub, with model \(count("version"))"
    case .model: "put model \(count("version")) in force"
    case .importFile:
      "loaded a file: \(count("added")) records added, \(count("changed")) changed"
        + (count("unfinished") == 0 ? "" : "; stopped before the end")
    case .invite: "invited \(name ?? ""), \(role ?? ""), to \(spaces)"
    case .leave: "ended \(name ?? "")'s reading of \(spaces)"
    case .deviceRevoke: "took off the computer \(devices.listed) of \(name ?? "")"
    case .deviceConfirm: "made the computer \(devices.listed) of \(name ?? "") known again, reading \(spaces)"
    case .deviceDismiss: "gave nothing for what the computer \(devices.listed) says of \(name ?? "")"
    case .proposalTake: "took in a proposal of \(name ?? ""): \(records)"
    case .proposalDecline: "said no to a proposal of \(name ?? ""): \(records)"
    case .reviewSettle: "settled a question of \(records)\(field.map { " (\($0))" } ?? "")"
    case .erase: "erased \(records)"
    case .partnerInvite: "made a code for the hub of \(name ?? "")"
    case .partnerJoin: "joined the hub of \(name ?? "")"
    case .partnerSuggest: "suggested another value of \(records) (\(field ?? "")) to its home"
    case .agreementPropose: "proposed version \(count("version")) of an agreement to \(name ?? "")"
    case .agreementSign: "signed version \(count("version")) of an agreement with \(name ?? "")"
    case .agreementConfirm: "let go what version \(count("version")) of an agreement gives \(name ?? "")"
    case .agreementEnd: "ended an agreement with \(name ?? "")"
    case .crossingDecide: "decided what crosses between \(records) (\(field ?? "")) and \(name ?? "")"
    case .backup: "made a backup"
    case .backupDays: "let backups be put back for \(count("days")) days"
    case .room: "gave \(spaces) room for \(count("gib")) GiB of members' changes"
    case .ledgerAccept: "accepted the ledger as it was, after one was missing"
    case .restore: "put a backup in the place of the data"
    case .copyNoticed: "found that its data had been put back from a copy"
    }
  }
}
