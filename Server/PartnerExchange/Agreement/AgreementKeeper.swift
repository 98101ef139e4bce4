// Keeps what a partner may read, and what members read of a partner, as the agreements in force say: opens spaces when one
// comes into force, and closes them on the day after its last, or when either side has ended it.

internal import Cryptography
package import Replication
package import SyncHub
internal import SyncProtocol

/// The keeper of the agreements with one partner, in one transaction.
package struct AgreementKeeper {
  private let papers: Papers
  private let hub: PartnerHub
  private let home: HubID
  private let ledger: LedgerKeeper
  private let now: Timestamp
  private let transaction: any StoreTransaction

  /// - Returns: `nil` for a partner whose hub has not joined.
  package init?(
    of partner: Partner, ledger: LedgerKeeper, now: Timestamp, in transaction: any StoreTransaction
  ) throws {
    guard let papers = try Papers(with: partner, in: transaction), let hub = partner.hub else { return nil }
    self.papers = papers
    self.hub = hub
    home = try HubIdentity.identity(in: transaction).hub
    self.ledger = ledger
    self.now = now
    self.transaction = transaction
  }

  private var partner: MemberID { papers.partner.member }

  /// Opens and closes what is to be open at this time.
  ///
  /// - Returns: The agreements that were closed just now.
  @discardableResult
  package func keep() throws -> [Agreement] {
    try endByCalendar()
    try endRevoked()
    try endAgain()
    let states = try papers.all(in: transaction)
    let inForce = states.inForce(on: CivilDay(of: now))
    var closed: [Agreement] = []
    for id in Set(states.map(\.agreement.id)).sorted() {
      if let state = inForce.first(where: { $0.agreement.id == id }) {
        try open(state)
      } else {
        let signed = states.filter { $0.agreement.id == id && $0.isSignedByUs && $0.isSignedByThem }
        // The last version by which anything came.
        let held = try signed.last { try Intake.held.contains($0.agreement.digest, in: transaction) }
        guard let last = held ?? signed.last else { continue }
        if try close(last.agreement) { closed.append(last.agreement) }
        try certify(last)
      }
    }
    return closed
  }

  /// Ends every agreement whose last day has passed, unless a later version goes on.
  private func endByCalendar() throws {
    let today = CivilDay(of: now)
    let states = try papers.all(in: transaction)
    let inForce = states.inForce(on: today)
    for state in states where state.isSignedByUs && state.isSignedByThem && state.ending == nil {
      guard state.agreement.to < today, !inForce.contains(where: { $0.agreement.id == state.agreement.id }) else {
        continue
      }
      try end(state, reason: "its last day was \(state.agreement.to.date)")
    }
  }

  /// Ends everything with a partner whose hub an administrator has revoked.
  private func endRevoked() throws {
    guard try Directory(transaction).partner(key: hub.keys.signing) == nil else { return }
    for state in try papers.all(in: transaction).inForce(on: CivilDay(of: now)) {
      try end(state, reason: "the partner's hub was taken off")
    }
  }

  /// Ends what this hub had ended before it went back to a backup.
  private func endAgain() throws {
    for state in try papers.all(in: transaction) where ledger.ledger.endedAgreements.contains(state.agreement.digest) {
      if state.ours?.ending == nil { try end(state, reason: "it had ended before a backup was put back") }
    }
  }

  /// Ends a version, and every earlier one.
  package func end(_ state: AgreementState, reason: String) throws {
    var paper = state.paper
    try ledger.enter([.agreementEnded(state.agreement.digest)], in: transaction)
    paper.ending = Ending(
      of: state.agreement.digest, by: home, at: now, reason: reason, signedWith: try HubIdentity.key(in: transaction))
    try papers.write(paper, now: now, in: transaction)
  }

  // MARK: Spaces

  private func outgoing(_ agreement: Agreement) -> SpaceID {
    PartnerSpace.outgoing(of: agreement.id, from: home, to: hub.id)
  }

  /// Lets the partner read what a version gives; nothing, until an administrator has confirmed the version and what was
  /// given before it is brought up to date.
  private func open(_ state: AgreementState) throws {
    let agreement = state.agreement
    let space = outgoing(agreement)
    let isReady =
      try state.isConfirmed
      && ProjectionBook(of: agreement.id, with: hub.id).isThrough(agreement.digest, space, in: transaction)
    let until = isReady ? agreement.to : CivilDay(number: CivilDay(of: now).number - 1)
    let part = PartnerSpace.outgoing(partner, agreement: agreement.id, until: until)
    if try PartnerSpace.part(of: space, in: transaction) != part {
      try PartnerSpace.begin(part, as: space, named: "agreement:\(agreement.id)", in: transaction)
    }
    guard try Directory(transaction).principal(partner)?.spaces.contains(space) != true else { return }
    try Directory.setReading(true, of: space, by: partner, now: now, ledger, transaction)
  }

  /// - Returns: True if anything was open.
  private func close(_ agreement: Agreement) throws -> Bool {
    var wasOpen = false
    let space = outgoing(agreement)
    if try Directory(transaction).principal(partner)?.spaces.contains(space) == true {
      try Directory.setReading(false, of: space, by: partner, now: now, ledger, transaction)
      wasOpen = true
    }
    for case (let space, .received(partner, agreement.id, _, false)) in try PartnerSpace.all(in: transaction) {
      if var held = try Intake.held.value(agreement.digest, in: transaction) {
        held.records = 0
        try transaction.forEachRecord(in: space, kind: nil) { _, state in if !state.isErased { held.records += 1 } }
        try Intake.held.set(agreement.digest, to: held, in: transaction)
      }
      _ = try Directory.closeReceived(space, transaction)
      wasOpen = true
    }
    if try ReceivedSuggestions.removeAll(under: agreement.id, of: partner, in: transaction) { wasOpen = true }
    return wasOpen
  }

  // MARK: Certificates

  /// Certifies what became of what an ended agreement had brought. While members' computers have yet to clear it, the
  /// certificate says how many; a later one takes its place.
  private func certify(_ state: AgreementState) throws {
    guard let held = try Intake.held.value(state.agreement.digest, in: transaction) else { return }
    var waiting = 0
    for case (let space, .received(partner, state.agreement.id, _, true)) in try PartnerSpace.all(in: transaction) {
      waiting += try Directory(transaction).devicesYetToClear(space)
    }
    let known = state.ours?.certificate
    guard known == nil || known?.waiting != UInt64(waiting) else { return }
    var paper = state.paper
    paper.certificate = Certificate(
      of: state.agreement.digest, by: home, at: now, done: state.agreement.atEnd, records: held.records,
      held: held.digest, waiting: UInt64(waiting), signedWith: try HubIdentity.key(in: transaction))
    try papers.write(paper, now: now, in: transaction)
  }

  // MARK: Acts of administrators

  /// Puts a version before both sides, unsigned.
  package func propose(_ agreement: Agreement) throws {
    guard try papers.all(in: transaction).first(where: { $0.agreement == agreement })?.ours == nil else { return }
    try papers.write(Paper(agreement), now: now, in: transaction)
  }

  /// Signs a version for this hub.
  ///
  /// - Returns: False if this hub has signed another document of the same agreement and version.
  package func sign(_ state: AgreementState) throws -> Bool {
    let agreement = state.agreement
    let twin = try papers.all(in: transaction).contains {
      $0.isSignedByUs && $0.agreement.id == agreement.id && $0.agreement.version == agreement.version
        && $0.agreement != agreement
    }
    guard !twin else { return false }
    var paper = state.paper
    paper.signature = agreement.signature(by: try HubIdentity.key(in: transaction))
    try papers.write(paper, now: now, in: transaction)
    try keep()
    return true
  }
}
