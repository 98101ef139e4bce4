// The answers of commands that change membership, or list devices and proposals.

package import HubAdministration
internal import JSONText
internal import Replication
package import SafeText

extension MembershipAnswer: TerminalAnswer where Done: MembershipDone {
  package var lines: [TerminalText] {
    switch self {
    case .preview(let impact): impact.lines
    case .done(let done): done.doneLines
    }
  }
}

/// The result of a change of membership. Not a ``TerminalAnswer``, because a device is also shown in a list.
package protocol MembershipDone {
  var doneLines: [TerminalText] { get }
}

extension MembershipImpact: TerminalAnswer {
  package var lines: [TerminalText] {
    [
      "Nothing has been changed. This would reach \(.counted(devices, one: "computer", many: "computers")).",
      "Unsent work on it when last heard of: \(.counted(withUnsentWork, one: "computer", many: "computers")). "
        + "Never heard of: \(neverConnected).",
      "Records that go: \(recordsLeaving). Records that come: \(recordsArriving).",
    ]
  }
}

extension InvitationIssued: MembershipDone {
  package var doneLines: [TerminalText] {
    [
      "The code is \(code)",
      "It works once, until \(expires.iso8601). On the member's computer: board join ADDRESS CODE",
    ]
  }
}

extension ReadingEnded: MembershipDone {
  package var doneLines: [TerminalText] {
    [
      "Done: \(member) does not read \(space) any more.",
      .counted(devices, one: "computer has", many: "computers have")
        + " not been cleared of it yet. 'device list' says when.",
    ]
  }
}

// MARK: Devices

extension DeviceList: TerminalAnswer {
  package var lines: [TerminalText] {
    ["\(.counted(devices.count, one: "computer has", many: "computers have")) joined."]
      + devices.map { "  \($0.fingerprint)  \($0.member)\($0.revocation ?? $0.contact)" } + forgottenLines
  }

  private var forgottenLines: [TerminalText] {
    guard !forgotten.isEmpty else { return [] }
    return [
      "\(.counted(forgotten.count, one: "computer was", many: "computers were")) known here before a backup was put back. "
        + "What they say they were, this hub itself has signed. Ask each member, then type 'device confirm' or "
        + "'device dismiss' with the mark."
    ]
      + forgotten.map { "  \($0.fingerprint)  \($0.member), \($0.role), reading \($0.spaces.listed)" }
  }
}

extension TicketDecision: TerminalAnswer {
  package var lines: [TerminalText] {
    [
      isConfirmed
        ? "Done: This computer of \(member) is known again, and what its member may read."
        : "Done: What this computer said of \(member) counts for nothing. A new code lets it join.",
      "\(.counted(waiting, one: "computer waits", many: "computers wait")) for such an answer.",
    ]
  }
}

extension DeviceSummary: MembershipDone {
  package var doneLines: [TerminalText] {
    [
      "Done: Nothing is taken from this computer of \(member) any more, and nothing given to it.",
      "It has not been cleared yet: the copy may still be on it. "
        + "It clears itself when it next joins up, and 'device list' says so.",
    ]
  }

  fileprivate var revocation: TerminalText? {
    guard let revoked else { return nil }
    let copy: TerminalText =
      cleared.map { "its copy was cleared at \($0.iso8601)" } ?? "not yet cleared: the copy may still be on it"
    return ", taken off at \(revoked.iso8601) (\(reason ?? "")); \(copy)"
  }

  fileprivate var contact: TerminalText {
    guard let lastSeen else { return ", not heard of yet" }
    let waiting: TerminalText = unsent.map { $0 == 0 ? "" : ", \($0) changes were waiting on it" } ?? ""
    let held: TerminalText = pendingWipes.isEmpty ? "" : "; not yet cleared of: \(pendingWipes.listed)"
    return ", last joined up at \(lastSeen.iso8601)\(waiting)\(held)"
  }
}

// MARK: Proposals

extension ProposalList: TerminalAnswer {
  package var lines: [TerminalText] {
    ["\(proposals.count) proposals wait for a yes or a no."] + proposals.flatMap(\.lines)
      + (proposals.isEmpty
        ? [] : ["Type 'proposal take 1' to put one where it belongs, 'proposal decline 1' to say no."])
  }
}

extension ProposalSummary: TerminalAnswer {
  package var lines: [TerminalText] {
    let inName: TerminalText = author.map { $0 == member ? "" : ", in the name of \($0)" } ?? ""
    let place: TerminalText = space.map { "in \($0)" } ?? "half-written words"
    let when: TerminalText = written.map { ", written about \($0.iso8601)" } ?? ""
    return ["\(number). From \(member)\(inName), \(place)\(when)\(hasOwnersYes ? "; their own answer is yes" : "")"]
      + (words.map { ["     \($0)"] } ?? []) + edits.map { "     \($0.line)" }
  }
}

extension EditSummary {
  fileprivate var line: TerminalText {
    "\(operation.rawValue) \(kind) \(field ?? "") \(value == .null ? "" : TerminalText(value: value))"
  }
}

extension ProposalDecision: TerminalAnswer {
  package var lines: [TerminalText] {
    switch answer {
    case .taken:
      ["Done: It is where it was meant to go, in its writer's name. \(waiting) proposals are left."]
    case .declined: ["Done: It was not taken. Its words are kept. \(waiting) proposals are left."]
    }
  }
}
