// The commands about agreements: `agreement check`, `propose`, `show`, `sign`, `confirm`, `end`, `certificate`.

internal import Cryptography
package import JSONText
internal import PartnerExchange
internal import RecordModel
package import Replication
internal import SyncHub

/// Checks the text of an agreement, and proposes it to a partner.
package struct AgreementProposeCommand: ShortAdminCommand {
  package static let name = "agreement propose"
  /// The YAML of the file.
  let text: String
  let partner: String
  /// True to check the text and propose nothing.
  let isCheck: Bool

  package var parameters: [String: JSON] { ["text": text.json, "partner": partner.json, "check": isCheck.json] }

  package init(_ text: String, to partner: String, isCheck: Bool = false) {
    self.text = text
    self.partner = partner
    self.isCheck = isCheck
  }

  package init(parameters: JSON) throws(JSONMismatch) {
    self.init(
      try parameters.member("text"), to: try parameters.member("partner"), isCheck: try parameters.member("check"))
  }

  package func run(in hub: AdminContext) throws -> AgreementSummary {
    let now = hub.clock()
    return try hub.store.write { transaction in
      let partner = try hub.partner(called: partner, in: transaction)
      let (us, them) = (try hub.ownSide(in: transaction), try hub.side(of: partner))
      let agreement: Agreement
      do throws(ModelError) {
        agreement = try Agreement(parsing: text, us: us, them: them, model: hub.model)
      } catch { throw AdminError(.badAgreement, "\(error) Nothing was proposed.") }
      let state = AgreementState(agreement, home: try HubIdentity.identity(in: transaction).hub)
      guard !isCheck else { return AgreementSummary(state, partner: partner, model: hub.model, now: now) }
      try checkVersion(of: agreement, with: partner, in: hub, transaction)
      try hub.keeper(of: partner, now: now, transaction).propose(agreement)
      try Papers(with: partner, in: transaction)?.noteShown(agreement, in: transaction)
      try Audit.record(
        AuditEntry(
          .agreementPropose, by: hub.actor, member: partner.member, counts: ["version": Int64(agreement.version)]),
        now: now, in: transaction)
      return AgreementSummary(
        try hub.agreement(named: "\(agreement.id)/\(agreement.version)", in: transaction).state, partner: partner,
        model: hub.model, now: now)
    }
  }

  /// Refuses a version that is not the next, and a name that another partner's agreement has.
  private func checkVersion(
    of agreement: Agreement, with partner: Partner, in hub: AdminContext, _ reader: any StoreReader
  ) throws {
    let known = try hub.agreements(in: reader).filter { $0.state.agreement.id == agreement.id }
    if let other = known.first(where: { $0.partner.member != partner.member }) {
      throw AdminError(
        .badAgreement,
        "'\(agreement.id)' is an agreement with \(other.partner.name). Give this one another name. Nothing was proposed."
      )
    }
    guard !known.contains(where: { $0.state.agreement == agreement }) else { return }
    let last = known.map(\.state.agreement.version).max() ?? 0
    guard agreement.version > last else {
      throw AdminError(
        .badAgreement,
        "'\(agreement.id)' has version \(last) already, in other words. Give this text version \(last + 1). "
          + "Nothing was proposed.")
    }
  }
}

/// Shows one agreement, or all.
package struct AgreementShowCommand: ShortAdminCommand {
  package static let name = "agreement show"
  let agreement: String?

  package var parameters: [String: JSON] { ["id": agreement.json] }
  package init(_ agreement: String?) { self.agreement = agreement }
  package init(parameters: JSON) throws(JSONMismatch) { self.init(try parameters.member("id")) }

  package func run(in hub: AdminContext) throws -> AgreementList {
    let now = hub.clock()
    return try hub.store.write { transaction in
      let shown =
        try agreement.map { [try hub.agreement(named: $0, in: transaction)] } ?? hub.agreements(in: transaction)
      if agreement != nil, let one = shown.first {
        try Papers(with: one.partner, in: transaction)?.noteShown(one.state.agreement, in: transaction)
      }
      return AgreementList(
        agreements: shown.map { AgreementSummary($0.state, partner: $0.partner, model: hub.model, now: now) },
        isWhole: agreement != nil)
    }
  }
}

package struct AgreementList: JSONConvertible {
  package let agreements: [AgreementSummary]
  /// True if the one agreement is to be shown with all its rules.
  package let isWhole: Bool

  package var json: JSON { .object(["agreements": agreements.json, "whole": isWhole.json]) }

  package init(agreements: [AgreementSummary], isWhole: Bool) {
    self.agreements = agreements
    self.isWhole = isWhole
  }

  package init(json: JSON) throws(JSONMismatch) {
    self.init(agreements: try json.member("agreements"), isWhole: try json.member("whole"))
  }
}

/// Signs a version for this hub.
package struct AgreementSignCommand: ShortAdminCommand {
  package static let name = "agreement sign"
  let agreement: String

  package var parameters: [String: JSON] { ["id": agreement.json] }
  package init(_ agreement: String) { self.agreement = agreement }
  package init(parameters: JSON) throws(JSONMismatch) { self.init(try parameters.member("id")) }

  package func run(in hub: AdminContext) throws -> AgreementSummary {
    let now = hub.clock()
    return try hub.store.write { transaction in
      let (partner, state) = try hub.agreement(named: agreement, in: transaction)
      guard state.ending == nil else {
        throw AdminError(.badAgreement, "This version has ended. Propose the next one.")
      }
      guard try Papers(with: partner, in: transaction)?.wasShown(state.agreement, in: transaction) == true else {
        throw AdminError(
          .notShownYet, "Read what you sign: agreement show \(state.agreement.id). Then sign it.")
      }
      guard try hub.keeper(of: partner, now: now, transaction).sign(state) else {
        throw AdminError(
          .badAgreement,
          "This hub has signed another text of '\(state.agreement.id)' version \(state.agreement.version). Propose "
            + "what both want as the next version.")
      }
      try Audit.record(
        AuditEntry(
          .agreementSign, by: hub.actor, member: partner.member, counts: ["version": Int64(state.agreement.version)]),
        now: now, in: transaction)
      return AgreementSummary(
        try hub.agreement(named: "\(state.agreement.id)/\(state.agreement.version)", in: transaction).state,
        partner: partner, model: hub.model, now: now)
    }
  }
}

/// Lets go what a version gives, once an administrator has seen the preview.
package struct AgreementConfirmCommand: ShortAdminCommand {
  package static let name = "agreement confirm"
  let agreement: String

  package var parameters: [String: JSON] { ["id": agreement.json] }
  package init(_ agreement: String) { self.agreement = agreement }
  package init(parameters: JSON) throws(JSONMismatch) { self.init(try parameters.member("id")) }

  package func run(in hub: AdminContext) throws -> AgreementSummary {
    let now = hub.clock()
    let summary = try hub.store.write { transaction in
      let (partner, state) = try hub.agreement(named: agreement, in: transaction)
      guard state.isSignedByUs, state.isSignedByThem else {
        throw AdminError(.notShownYet, "Both sides sign version \(state.agreement.version) first.")
      }
      guard try Papers.wasPreviewed(state.agreement, in: transaction) else {
        throw AdminError(
          .notShownYet, "See what would go first: agreement preview \(state.agreement.id). Then confirm it.")
      }
      try Papers.confirm(state.agreement, now: now, in: transaction)
      try Audit.record(
        AuditEntry(
          .agreementConfirm, by: hub.actor, member: partner.member,
          counts: ["version": Int64(state.agreement.version)]),
        now: now, in: transaction)
      return AgreementSummary(
        try hub.agreement(named: "\(state.agreement.id)/\(state.agreement.version)", in: transaction).state,
        partner: partner, model: hub.model, now: now)
    }
    try hub.partners?.keep()
    return summary
  }
}

/// Ends an agreement, at once and for both sides.
package struct AgreementEndCommand: ShortAdminCommand {
  package static let name = "agreement end"
  let agreement: String
  let reason: String

  package var parameters: [String: JSON] { ["id": agreement.json, "reason": reason.json] }

  package init(_ agreement: String, reason: String) {
    self.agreement = agreement
    self.reason = reason
  }

  package init(parameters: JSON) throws(JSONMismatch) {
    self.init(try parameters.member("id"), reason: try parameters.member("reason"))
  }

  package func run(in hub: AdminContext) throws -> AgreementSummary {
    let (now, reason) = (hub.clock(), try reason.asReason())
    let summary = try hub.store.write { transaction in
      let (partner, state) = try hub.agreement(named: agreement, in: transaction)
      guard state.ending == nil else { throw AdminError(.badAgreement, "This agreement has ended already.") }
      let keeper = try hub.keeper(of: partner, now: now, transaction)
      try keeper.end(state, reason: reason)
      try keeper.keep()
      try Audit.record(
        AuditEntry(
          .agreementEnd, by: hub.actor, member: partner.member, counts: ["version": Int64(state.agreement.version)]),
        now: now, in: transaction)
      return AgreementSummary(
        try hub.agreement(named: "\(state.agreement.id)/\(state.agreement.version)", in: transaction).state,
        partner: partner, model: hub.model, now: now)
    }
    try hub.store.scrub()
    return summary
  }
}

/// One version of an agreement, as shown to an administrator: from this hub's side.
package struct AgreementSummary: JSONConvertible {
  /// One rule, in the direction that a list says.
  package struct Rule: JSONConvertible {
    package let kind: String
    /// The names on screen of the kind, its fields and the space; a field of a later model is called by its name.
    package let labels: [String: String]
    package let space: String
    package let conditions: [String]
    package let fields: [String]
    package let freeText: [String]
    package let suggested: [String]

    package var json: JSON {
      .object([
        "kind": kind.json, "labels": .object(labels.mapValues(\.json)), "space": space.json, "where": conditions.json,
        "fields": fields.json, "freeText": freeText.json, "suggest": suggested.json,
      ])
    }
  }

  /// A side's word that what it had received is gone.
  package struct Certificate: JSONConvertible {
    package let time: Timestamp
    package let done: String
    package let records: UInt64
    package let held: String
    package let waiting: UInt64

    package var json: JSON {
      .object([
        "time": time.json, "done": done.json, "records": records.json, "held": held.json, "waiting": waiting.json,
      ])
    }
  }

  package let id: String
  package let version: UInt64
  package let digest: String
  package let partner: String
  package let purpose: String
  package let basis: String
  package let from: String
  package let to: String
  /// Days until the last day; negative once it has passed.
  package let daysLeft: Int
  /// True from the day on which both sides are warned that the agreement ends.
  package var endsSoon: Bool { daysLeft <= 60 }
  package let atEnd: String
  package let retention: String
  package let ourRole: String
  package let theirRole: String
  package let ourCountry: String
  package let theirCountry: String
  /// The safeguards for sending personal data to each side; `nil` if none is on record.
  package let ourSafeguard: String?
  package let theirSafeguard: String?
  package let isPublicOnlyFromUs: Bool
  package let isPublicOnlyFromThem: Bool
  package let weShare: [Rule]
  package let theyShare: [Rule]
  package let isSignedByUs: Bool
  package let isSignedByThem: Bool
  package let isConfirmed: Bool
  /// The reason for which one side has ended it.
  package let ended: String?
  /// What the partner refuses to take, in their hub's words.
  package let theirBreach: String?
  package let ourBreach: String?
  package let ourCertificate: Certificate?
  package let theirCertificate: Certificate?

  package var json: JSON {
    .object([
      "id": id.json, "version": version.json, "digest": digest.json, "partner": partner.json, "purpose": purpose.json,
      "basis": basis.json, "from": from.json, "to": to.json, "daysLeft": daysLeft.json, "atEnd": atEnd.json,
      "retention": retention.json, "ourRole": ourRole.json, "theirRole": theirRole.json,
      "ourCountry": ourCountry.json, "theirCountry": theirCountry.json, "ourSafeguard": ourSafeguard.json,
      "theirSafeguard": theirSafeguard.json,
      "publicOnlyFromUs": isPublicOnlyFromUs.json, "publicOnlyFromThem": isPublicOnlyFromThem.json,
      "weShare": weShare.json, "theyShare": theyShare.json, "signedByUs": isSignedByUs.json,
      "signedByThem": isSignedByThem.json, "confirmed": isConfirmed.json, "ended": ended.json,
      "theirBreach": theirBreach.json, "ourBreach": ourBreach.json, "ourCertificate": ourCertificate.json,
      "theirCertificate": theirCertificate.json,
    ])
  }
}

extension AgreementSummary {
  init(_ state: AgreementState, partner: Partner, model: RecordModel, now: Timestamp) {
    let agreement = state.agreement
    let (ours, theirs) = (state.home, agreement.partner(of: state.home)?.hub ?? state.home)
    func party(_ hub: HubID) -> Agreement.Party? { agreement.place(of: hub).map { agreement.parties[$0] } }
    func role(of hub: HubID) -> String { party(hub)?.role.rawValue ?? "" }
    self.init(
      id: agreement.id, version: agreement.version, digest: agreement.digest.description, partner: partner.name,
      purpose: agreement.purpose, basis: agreement.basis, from: agreement.from.date, to: agreement.to.date,
      daysLeft: Int(agreement.to.number - CivilDay(of: now).number), atEnd: agreement.atEnd.rawValue,
      retention: agreement.retention, ourRole: role(of: ours), theirRole: role(of: theirs),
      ourCountry: party(ours)?.country ?? "", theirCountry: party(theirs)?.country ?? "",
      ourSafeguard: party(ours)?.safeguard, theirSafeguard: party(theirs)?.safeguard,
      isPublicOnlyFromUs: !agreement.mayCarryPersonalData(from: ours),
      isPublicOnlyFromThem: !agreement.mayCarryPersonalData(from: theirs),
      weShare: agreement.rules(givenBy: ours).map { Rule($0, model) },
      theyShare: agreement.rules(givenBy: theirs).map { Rule($0, model) },
      isSignedByUs: state.isSignedByUs, isSignedByThem: state.isSignedByThem, isConfirmed: state.isConfirmed,
      ended: state.ending?.reason, theirBreach: state.theirs?.breach, ourBreach: state.ours?.breach,
      ourCertificate: state.ours?.certificate.map(Certificate.init),
      theirCertificate: state.theirs?.certificate.map(Certificate.init))
  }

  package init(json: JSON) throws(JSONMismatch) {
    self.init(
      id: try json.member("id"), version: try json.member("version"), digest: try json.member("digest"),
      partner: try json.member("partner"), purpose: try json.member("purpose"), basis: try json.member("basis"),
      from: try json.member("from"), to: try json.member("to"), daysLeft: try json.member("daysLeft"),
      atEnd: try json.member("atEnd"), retention: try json.member("retention"),
      ourRole: try json.member("ourRole"), theirRole: try json.member("theirRole"),
      ourCountry: try json.member("ourCountry"), theirCountry: try json.member("theirCountry"),
      ourSafeguard: try json.member("ourSafeguard"), theirSafeguard: try json.member("theirSafeguard"),
      isPublicOnlyFromUs: try json.member("publicOnlyFromUs"),
      isPublicOnlyFromThem: try json.member("publicOnlyFromThem"), weShare: try json.member("weShare"),
      theyShare: try json.member("theyShare"), isSignedByUs: try json.member("signedByUs"),
      isSignedByThem: try json.member("signedByThem"), isConfirmed: try json.member("confirmed"),
      ended: try json.member("ended"), theirBreach: try json.member("theirBreach"),
      ourBreach: try json.member("ourBreach"), ourCertificate: try json.member("ourCertificate"),
      theirCertificate: try json.member("theirCertificate"))
  }
}

extension AgreementSummary.Rule {
  init(_ rule: Agreement.Rule, _ model: RecordModel) {
    var labels = model.kinds[rule.kind]?.fieldLabels.filter { rule.named.contains($0.key) } ?? [:]
    labels[rule.kind] = model.kinds[rule.kind]?.label
    labels[rule.space] = model.space(named: rule.space)?.label
    self.init(
      kind: rule.kind, labels: labels, space: rule.space,
      conditions: rule.conditions.map { "\(model.kinds[rule.kind]?.fieldLabels[$0.field] ?? $0.field) is \($0.word)" },
      fields: rule.fields, freeText: rule.freeText, suggested: rule.suggested)
  }

  package init(json: JSON) throws(JSONMismatch) {
    guard case .object(let members) = try json.member("labels") as JSON else { throw JSONMismatch() }
    var labels: [String: String] = [:]
    for (name, label) in members { labels[name] = try String(json: label) }
    self.init(
      kind: try json.member("kind"), labels: labels, space: try json.member("space"),
      conditions: try json.member("where"), fields: try json.member("fields"), freeText: try json.member("freeText"),
      suggested: try json.member("suggest"))
  }
}

extension AgreementSummary.Certificate {
  init(_ certificate: PartnerExchange.Certificate) {
    self.init(
      time: certificate.time, done: certificate.done.rawValue, records: certificate.records,
      held: certificate.held.description, waiting: certificate.waiting)
  }

  package init(json: JSON) throws(JSONMismatch) {
    self.init(
      time: try json.member("time"), done: try json.member("done"), records: try json.member("records"),
      held: try json.member("held"), waiting: try json.member("waiting"))
  }
}

// MARK: Certificates

/// Shows both sides' certificates.
package struct AgreementCertificateCommand: ShortAdminCommand {
  package static let name = "agreement certificate"
  let agreement: String

  package var parameters: [String: JSON] { ["id": agreement.json] }
  package init(_ agreement: String) { self.agreement = agreement }
  package init(parameters: JSON) throws(JSONMismatch) { self.init(try parameters.member("id")) }

  package func run(in hub: AdminContext) throws -> AgreementCertificates {
    let now = hub.clock()
    return try hub.store.read { reader in
      let (partner, state) = try hub.agreement(named: agreement, in: reader)
      let summary = AgreementSummary(state, partner: partner, model: hub.model, now: now)
      return AgreementCertificates(
        id: summary.id, partner: summary.partner, ours: summary.ourCertificate, theirs: summary.theirCertificate)
    }
  }
}

/// The answer of `agreement certificate`.
package struct AgreementCertificates: JSONConvertible {
  package let id: String
  package let partner: String
  package let ours: AgreementSummary.Certificate?
  package let theirs: AgreementSummary.Certificate?

  package var json: JSON {
    .object(["id": id.json, "partner": partner.json, "ours": ours.json, "theirs": theirs.json])
  }
}

extension AgreementCertificates {
  package init(json: JSON) throws(JSONMismatch) {
    self.init(
      id: try json.member("id"), partner: try json.member("partner"), ours: try json.member("ours"),
      theirs: try json.member("theirs"))
  }
}
