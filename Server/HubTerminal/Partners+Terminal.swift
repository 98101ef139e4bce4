// The answers of commands about partners and agreements, in plain words.

package import HubAdministration
internal import JSONText
internal import Replication
package import SafeText

extension InvitationIssued: TerminalAnswer {
  package var lines: [TerminalText] {
    [
      "The code is \(code)",
      "It works once, until \(expires.iso8601). On the partner's hub: board-hub partner join ADDRESS CODE --name NAME",
    ]
  }
}

extension PartnerList: TerminalAnswer {
  package var lines: [TerminalText] {
    [.counted(partners.count, one: "partner.", many: "partners.")] + partners.flatMap(\.listLines)
  }
}

extension PartnerSummary: TerminalAnswer {
  package var lines: [TerminalText] {
    guard let fingerprint else { return ["\(name) has not joined yet."] }
    return [
      "Done: The hub of \(name) is a partner.",
      "The mark of both hubs is \(fingerprint). Their administrator sees the same: compare it by telephone.",
      "Nothing crosses yet. Type 'agreement propose FILE --with NAME'.",
    ]
  }

  fileprivate var listLines: [TerminalText] {
    let mark: TerminalText = fingerprint.map { "mark \($0)" } ?? "its hub has not joined yet"
    let road: TerminalText = address.map { "dialled at \($0)" } ?? "dials this hub"
    let agreements: TerminalText = inForce.isEmpty ? "no agreement" : "agreements: \(inForce.listed)"
    return ["  \(name), \(mark), \(fingerprint == nil ? "waits for its code" : road), \(agreements)"]
  }
}

extension PartnerExchanges: TerminalAnswer {
  package var lines: [TerminalText] {
    exchanges.isEmpty
      ? ["There is no partner whose address this hub knows. They dial this one."]
      : exchanges.map {
        "Done: Exchanged with \($0.partner). \(.counted($0.received, one: "change", many: "changes")) came."
      }
  }
}

extension PartnerStatuses: TerminalAnswer {
  package var lines: [TerminalText] { partners.isEmpty ? ["There are no partners."] : partners.flatMap(\.lines) }
}

extension PartnerStatuses.Status: TerminalAnswer {
  package var lines: [TerminalText] {
    let made = suggestionsOpen + suggestionsTaken + suggestionsLeft
    let suggestions: [TerminalText] =
      made == 0
      ? []
      : ["  Our suggestions: \(suggestionsOpen) open, \(suggestionsTaken) taken, \(suggestionsLeft) not taken."]
    let queue: [TerminalText] =
      waiting == 0 ? [] : ["  \(.counted(waiting, one: "thing waits", many: "things wait")) for you: 'review list'."]
    return ["\(partner.name)"] + agreements.flatMap { $0.lines(of: partner.name) } + queue + suggestions
  }
}

extension PartnerStatuses.Crossing {
  fileprivate func lines(of partner: String) -> [TerminalText] {
    var lines: [TerminalText] = ["  \(agreement.id), version \(agreement.version): \(agreement.state)"]
    lines.append("  We give: \(given.counts). They give: \(received.counts).")
    if !isConfirmed { lines.append("  \(partner) has not confirmed everything yet.") }
    if let breach = agreement.ourBreach {
      lines.append("  Problem: They sent what the agreement does not name, and nothing of it is taken: \(breach)")
    }
    if let breach = agreement.theirBreach {
      lines.append("  Problem: They say that we sent what the agreement does not name: \(breach)")
    }
    return lines
  }
}

extension [String: Int] {
  /// `event 3, talk 14`, or `nothing`.
  fileprivate var counts: TerminalText {
    isEmpty ? "nothing" : sorted { $0.key < $1.key }.map { "\($0.key) \($0.value)" }.joined(by: ", ")
  }
}

extension ReceivedRecord: TerminalAnswer {
  package var lines: [TerminalText] { ["\(id.description)  \(kind): \(title)"] }
}

extension ReceivedRecords: TerminalAnswer {
  package var lines: [TerminalText] { [.counted(count, one: "record.", many: "records.")] }
}

extension SuggestionMade: TerminalAnswer {
  package var lines: [TerminalText] {
    ["Done: Your value for \(field) goes to the partner as a suggestion. Their administrator decides."]
  }
}

extension TerminalText {
  /// The end of an agreement, so many days away.
  static func end(inDays days: Int) -> TerminalText {
    days <= 0 ? "today" : "in \(.counted(days, one: "day", many: "days"))"
  }
}

// MARK: Agreements

extension AgreementList: TerminalAnswer {
  package var lines: [TerminalText] {
    if isWhole { return agreements.flatMap(\.wholeLines) }
    return [.counted(agreements.count, one: "agreement.", many: "agreements.")]
      + agreements.map { "  \($0.id), version \($0.version), with \($0.partner): \($0.state)" }
  }
}

extension AgreementSummary: TerminalAnswer {
  package var lines: [TerminalText] { wholeLines }

  /// What the version is at, in a sentence.
  fileprivate var state: TerminalText {
    if let ended { return "ended: \(ended)" }
    switch (isSignedByUs, isSignedByThem) {
    case (false, false): return "proposed, signed by nobody"
    case (true, false): return "signed by us, not yet by them"
    case (false, true): return "signed by them, not yet by us"
    case (true, true): return isConfirmed ? "signed by both\(warning)" : "signed by both; what we give is not confirmed"
    }
  }

  /// A warning before the last day, with what happens then.
  private var warning: TerminalText {
    endsSoon ? ", and it ends \(.end(inDays: daysLeft)): each side then deletes what it received" : ""
  }

  fileprivate var wholeLines: [TerminalText] {
    [
      "\(id), version \(version), with \(partner): \(state).",
      "Purpose: \(purpose)", "Lawful basis: \(basis)",
      "From \(from) to \(to), by each hub's own calendar. Either side can end it alone, at once.",
      "At the end, each side deletes what it received, and says so in a signed certificate.",
      "Kept: \(retention)",
      "Our role: \(ourRole), in \(ourCountry). Theirs: \(theirRole), in \(theirCountry). Nothing is passed on to anybody "
        + "else.",
      "Safeguard for sending to us: \(ourSafeguard ?? "none on record"). For sending to them: "
        + "\(theirSafeguard ?? "none on record").",
    ]
      + (isPublicOnlyFromUs
        ? ["No transfer safeguard is on record for them: only public items are shared with this university."] : [])
      + (isPublicOnlyFromThem ? ["No transfer safeguard is on record for us: they share only public items."] : [])
      + share(weShare, "We share", "we share nothing") + share(theyShare, "They share", "they share nothing")
      + next
  }

  private func share(_ rules: [Rule], _ title: TerminalText, _ nothing: TerminalText) -> [TerminalText] {
    guard !rules.isEmpty else { return ["\(title): \(nothing)."] }
    return ["\(title), and nothing else:"]
      + rules.flatMap { rule -> [TerminalText] in
        let conditions: TerminalText = rule.conditions.isEmpty ? "" : ", where \(rule.conditions.listed)"
        func labels(_ names: [String]) -> TerminalText { names.map { rule.labels[$0] ?? $0 }.listed }
        let looked: [TerminalText] =
          rule.freeText.isEmpty ? [] : ["    after somebody has looked at each: \(labels(rule.freeText))"]
        let suggested: [TerminalText] =
          rule.suggested.isEmpty ? [] : ["    changes may be suggested of: \(labels(rule.suggested))"]
        return [
          "  each \(labels([rule.kind])) in '\(labels([rule.space]))'\(conditions): \(labels(rule.fields))"
        ] + looked
          + suggested
      }
  }

  private var next: [TerminalText] {
    guard ended == nil else { return [] }
    if !isSignedByUs { return ["To sign it: agreement sign \(id)"] }
    if !isConfirmed { return ["To see what would go: agreement preview \(id)"] }
    return []
  }
}

extension AgreementPreview: TerminalAnswer {
  package var lines: [TerminalText] {
    ["Nothing has been sent. This is what \(partner) would get of us under \(id), version \(version):"]
      + kinds.flatMap(\.lines)
      + (vanishing == 0
        ? []
        : [
          .counted(vanishing, one: "record that they have", many: "records that they have") + " would be erased there."
        ])
      + ["To let it go: agreement confirm \(id)"]
  }
}

extension AgreementPreview.Kind {
  fileprivate var lines: [TerminalText] {
    var lines: [TerminalText] = ["\(kind): \(.counted(crossing, one: "record", many: "records")), \(new) new"]
    if !fields.isEmpty { lines.append("  with: \(fields.counts)") }
    if !unnamed.isEmpty { lines.append("  left out, because no rule names it: \(unnamed.counts)") }
    for (reason, count) in staying.sorted(by: { $0.key < $1.key }) {
      lines.append("  stays at home: \(count), \(Self.words(of: reason))")
    }
    for (number, example) in examples.enumerated() {
      let shown: [TerminalText] = example.sorted { $0.key < $1.key }.map {
        "\($0.key): \(TerminalText(value: $0.value))"
      }
      lines.append("  Example \(number + 1): \(shown.joined(by: "; "))")
    }
    return lines
  }

  private static func words(of reason: String) -> TerminalText {
    switch reason {
    case "condition": "because they do not meet the rule's condition"
    case "unsettled": "because nobody has chosen between two values yet"
    case "waiting": "free text that nobody has looked at yet"
    case "leftOut": "free text that was left out"
    case "notPublic": "because only public items may go to that country"
    default: "because no rule names it"
    }
  }
}

extension AgreementCertificates: TerminalAnswer {
  package var lines: [TerminalText] {
    guard ours != nil || theirs != nil else {
      return ["There is no certificate yet: \(id) has not ended, or neither side has cleared what it received."]
    }
    return line(of: "We", ours) + line(of: TerminalText(words: partner), theirs)
  }

  private func line(of side: TerminalText, _ certificate: AgreementSummary.Certificate?) -> [TerminalText] {
    guard let certificate else { return ["\(side): no certificate yet."] }
    let waiting: TerminalText =
      certificate.waiting == 0
      ? "Every computer has confirmed."
      : "\(.counted(certificate.waiting, one: "computer has", many: "computers have")) not confirmed yet."
    return [
      "\(side): deleted \(.counted(certificate.records, one: "record", many: "records")) at \(certificate.time.iso8601). \(waiting)",
      "  Signed over what was held: \(certificate.held)",
    ]
  }
}
