// One visit of a device, for one space: who it is, whether it proves a rollback, what it brings, what it gets.

struct Answer {
  enum Verdict {
    case final(Outcome, Receipt)
    case forked
    case later
  }

  var epoch: Epoch
  var model: Int
  var ticket: Ticket?
  var isSpaceUnknown = false
  var isReplaying = false
  /// The device's cursor after the visit, before the page; `nil` where it keeps what it has.
  var commonPosition: Int?
  var verdicts: [(change: Change, verdict: Verdict)] = []
  var page: [Row] = []
  /// The roots of the changes whose bodies come with the page.
  var bodies: Set<Digest> = []
  var checkpoints: [Checkpoint] = []
  /// The sealed changes that the hub holds.
  var kept: [Change] = []
  /// The device is to clear its copy of the space.
  var clears = false
}

struct Line {
  /// The rows that go through in one visit, each way.
  var rows = 99
  var losesAnswer = false
  /// The rows of the page that come through before the line breaks.
  var pageCut: Int?
}

extension Hub {
  /// The places between checkpoints: every 256 rows in the real hub.
  static let checkpointSpacing = 2

  enum Visitor {
    case member
    /// A device that the hub has forgotten: it brings rows and bodies, nothing else.
    case ticketHolder
    case revoked
  }

  mutating func serve(
    _ device: Device, space id: Int, over line: Line, ledger: Ledger, entropy: inout Entropy
  ) -> Answer? {
    guard let visitor = recognise(device, ledger: ledger) else { return nil }
    modelSeen = max(modelSeen, device.model)
    var answer = Answer(epoch: epoch, model: model)
    guard spaces[id] != nil else {
      if rules[.unknownSpaceIsSaid] { reported.insert(id) }
      answer.isSpaceUnknown = true
      return answer
    }
    let copy = device.copies[id]!
    if isRollbackProved(by: copy, of: id, ticket: device.ticket) { startEpoch(entropy: &entropy) }
    if isRollbackProved(by: ledger, in: id) {
      startEpoch(entropy: &entropy)
      spaces[id]!.isReplaying = true
    }
    if spaces[id]!.isSuspect, copy.extends(spaces[id]!.log) { spaces[id]!.isReplaying = true }
    replay(copy, lie: device.lie, in: id, over: line, ledger: ledger)
    if rules[.bodiesAreWanted], device.lie != .withholdsBodies { takeBodies(of: copy, in: id, ledger: ledger) }
    takeLateRows(of: copy, lie: device.lie, in: id, over: line, ledger: ledger, entropy: &entropy)
    answer.verdicts = judge(device, visitor, in: id, line: line, ledger: ledger)
    if rules[.ledgerIsAskedForBodies] { applyErasures(of: ledger) }
    answer.kept = hold(device.sealed.filter { $0.space == id }.map(\.change), in: id)
    answer.clears = visitor == .revoked && mayClear(copy, in: id)
    if visitor == .member { answer.ticket = issueTicket(for: device) }
    addPage(to: &answer, for: copy, in: id, rows: visitor == .revoked ? 0 : line.rows, ledger: ledger)
    answer.isReplaying = spaces[id]!.isReplaying
    answer.epoch = epoch
    return answer
  }

  // MARK: Who

  private mutating func recognise(_ device: Device, ledger: Ledger) -> Visitor? {
    if revoked.contains(device.key) || rules[.ledgerHoldsRevocations] && ledger.revoked.contains(device.key) {
      return .revoked
    }
    let ticket = device.ticket.flatMap { issued.contains($0.id) ? nil : $0 }
    if let member = enrolled[device.key] {
      if let ticket, ticket.mayWrite, !writers.contains(member) { consider(ticket) }
      return .member
    }
    guard rules[.ticketsAdmitRows], let ticket = device.ticket else { return nil }
    consider(ticket)
    return enrolled[device.key] == nil ? .ticketHolder : .member
  }

  /// Lists a ticket that says more than the hub knows.
  private mutating func consider(_ ticket: Ticket) {
    if !rules[.ticketsGiveNoRight] {
      enrol(ticket.key, as: ticket.member, mayWrite: ticket.mayWrite)
    } else if rules[.ticketsPostponeRefusals] || enrolled[ticket.key] == nil {
      unanswered[ticket.key] = ticket
    }
  }

  mutating func issueTicket(for device: Device) -> Ticket {
    let ticket = Ticket(
      epoch: epoch, act: acts, key: device.key, member: device.member, mayWrite: writers.contains(device.member))
    issued.insert(ticket.id)
    return ticket
  }

  // MARK: Rollbacks

  /// The hub's own word, which it does not remember.
  private func isRollbackProved(by copy: Device.Copy, of id: Int, ticket: Ticket?) -> Bool {
    guard rules[.rollbackIsProved] else { return false }
    let log = spaces[id]!.log
    if let checkpoint = copy.checkpoints[copy.log.head] {
      if checkpoint.epoch.descends(from: epoch) { return true }
      let fits = checkpoint.position <= log.head && log.digests[checkpoint.position] == checkpoint.digest
      if checkpoint.epoch.id == epoch.id, !fits { return true }
    }
    for receipt in copy.receiptsShown {
      if receipt.epoch.descends(from: epoch) { return true }
      if receipt.epoch.id == epoch.id, !log.fits(receipt) { return true }
    }
    guard let ticket, !issued.contains(ticket.id) else { return false }
    return ticket.epoch.id == epoch.id || ticket.epoch.descends(from: epoch)
  }

  /// The ledger knows of an erasure here that the log does not.
  private func isRollbackProved(by ledger: Ledger, in id: Int) -> Bool {
    let log = spaces[id]!.log
    guard rules[.rollbackIsProved], rules[.ledgerIsAskedForBodies], !spaces[id]!.isReplaying else { return false }
    return log.rows.contains { ledger.erased.contains($0.change.root.id) && !log.erased.contains($0.change.root.id) }
  }

  private mutating func startEpoch(entropy: inout Entropy) {
    drawEpoch(entropy: &entropy)
    ownName = nil
    for id in spaces.keys { spaces[id]!.isSuspect = true }
  }

  // MARK: The answer

  private mutating func hold(_ sealed: [Change], in id: Int) -> [Change] {
    for change in sealed where spaces[id]!.log.find(change) == nil && !spaces[id]!.held.contains(change) {
      spaces[id]!.held.append(change)
    }
    return sealed
  }

  /// Tests whether nothing that the device has is missing here any more.
  private func mayClear(_ copy: Device.Copy, in id: Int) -> Bool {
    guard rules[.bringsBeforeClearing] else { return true }
    let log = spaces[id]!.log
    return !spaces[id]!.isReplaying && copy.lost.isEmpty && copy.lateRows.allSatisfy { log.holds($0.row) }
      && copy.log.head <= log.head && log.digests[copy.log.head] == copy.log.digest
  }

  private func addPage(
    to answer: inout Answer, for copy: Device.Copy, in id: Int, rows: Int, ledger: Ledger
  ) {
    let space = spaces[id]!
    let common = commonPosition(of: copy, in: id)
    if space.isReplaying, common != copy.log.head || ledger.isGone && rules[.withheldWithoutLedger] { return }
    answer.commonPosition = common
    if rules[.copiesAskForBodies] {
      let wanted = copy.log.rows.prefix(common).map(\.change.root.id).filter { !copy.bodies.contains($0) }
      answer.bodies = space.bodies.intersection(wanted)
    }
    let end = min(space.log.head, common + rows)
    guard end > common else { return }
    answer.page = Array(space.log.rows[common..<end])
    for row in answer.page where space.bodies.contains(row.change.root.id) {
      answer.bodies.insert(row.change.root.id)
    }
    answer.checkpoints = (common + 1...end).filter {
      $0 == end || rules[.checkpointsWithinPages] && $0.isMultiple(of: Self.checkpointSpacing)
    }.map { Checkpoint(epoch: epoch, position: $0, digest: space.log.digests[$0]) }
  }

  /// The position up to which the device's log is this log.
  func commonPosition(of copy: Device.Copy, in id: Int) -> Int {
    let log = spaces[id]!.log
    guard rules[.cursorIsDigest] else {
      guard let checkpoint = copy.checkpoints[copy.log.head], checkpoint.epoch.id != epoch.id else {
        return min(copy.log.head, log.head)
      }
      return min(copy.log.head, log.head, ends[checkpoint.epoch.id]?[id] ?? 0)
    }
    let position = copy.log.commonPosition(with: log)
    return position < copy.floor ? 0 : position
  }
}
