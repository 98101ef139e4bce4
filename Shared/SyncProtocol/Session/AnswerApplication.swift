// Applies the steps of a hub's answer to a copy. Each of the two parts of an answer is one transaction: records, log,
// outbox and cursors change together or not at all (guarantee G6).

package import Replication

/// More records than allowed would vanish from this copy with neither a change nor a notice to explain it. The
/// transaction was rolled back; a person is asked first.
package struct MassRemoval: Error, Equatable, Sendable {
  /// The number of records that may always vanish; above it, up to a tenth of the space may.
  package static let alwaysAllowed = 20

  package let space: SpaceID
  package let vanishing: Int
  package let total: Int

  package init(space: SpaceID, vanishing: Int, total: Int) {
    self.space = space
    self.vanishing = vanishing
    self.total = total
  }
}

extension Replica {
  /// Applies the steps of one answer, in order.
  ///
  /// - Parameters:
  ///   - stalled: The chains that wait since an earlier answer of the same sync.
  ///   - removalsAllowed: True if a person has agreed that many records may vanish (``MassRemoval``).
  /// - Throws: ``SyncFailure/programTooOld`` or ``SyncFailure/nonsense(_:)`` if a page cannot be applied;
  ///   ``MassRemoval``. The caller must then roll its transaction back.
  package func perform(
    _ steps: [SyncStep], stalled: Set<Chain> = [], removalsAllowed: Bool
  ) throws -> SyncOutcome {
    var application = AnswerApplication(to: self, stalled: stalled, removalsAllowed: removalsAllowed)
    try application.apply(steps)
    return application.outcome
  }
}

/// The application of one answer's steps to a copy, in the caller's transaction.
struct AnswerApplication {
  let replica: Replica
  /// The chains that wait since an earlier answer of the same sync.
  let stalled: Set<Chain>
  /// True if a person has agreed that many records may vanish (``MassRemoval``).
  let removalsAllowed: Bool
  var outcome = SyncOutcome()
  /// The records of refused and reinstated changes, each rebuilt once: at the end, or before a fork is resolved.
  var stale = StaleRecords()

  var transaction: any StoreTransaction { replica.transaction }

  init(to replica: Replica, stalled: Set<Chain>, removalsAllowed: Bool) {
    self.replica = replica
    self.stalled = stalled
    self.removalsAllowed = removalsAllowed
  }

  mutating func apply(_ steps: [SyncStep]) throws {
    for step in steps {
      switch step {
      case .remember(let welcome): try Contact.remember(welcome, in: transaction)
      case .notice(let notice): try handle(notice)
      case .verdict(let verdict): try handle(verdict)
      case .rewind(let space, let hubs):
        try Contact.setUnknown(false, space, in: transaction)
        try rewind(space, to: hubs)
      case .unknownSpace(let space): try wait(in: space)
      case .sealedChangeStored(let digest, let welcome):
        try ControlOutbox.setAside(digest, keptBy: welcome, in: transaction)
        outcome.counts.sealedStored += 1
      case .clearingReported(let clearing):
        try ControlOutbox.removeReport(clearing, in: transaction)
        if clearing == .everything { outcome.progress.isReported = true }
      case .apply(let page):
        // The page follows the old cursor or vector, so it does not fit a space that has just lost its place.
        guard !outcome.progress.resyncing.contains(page.space) else { continue }
        try apply(page)
      }
    }
    try stale.rebuild(with: replica)
  }

  private mutating func handle(_ notice: Notice) throws {
    switch notice {
    case .enter(let space, let name):
      var row = try transaction.space(space) ?? Space(id: space, name: name)
      row.name = name
      try transaction.put(row)
      // A restored hub may have lost this device's revocation; if it revokes the device again, that is news.
      try Contact.setRevocation(nil, in: transaction)
      outcome.progress.entered.insert(space)
    case .leave(let space):
      let gone = try leave(space, keepsWords: true)
      try ControlOutbox.queueReport(ofCleared: space, in: transaction)
      outcome.progress.left.insert(space)
      outcome.counts.cleared += gone.records
      outcome.counts.sealed += gone.sealed
    case .restrict(let role): outcome.progress.role = role
    case .proposal(let id, let rescue):
      try ControlOutbox.keepProposal(id, rescue, in: transaction)
      outcome.counts.newProposals += 1
    case .proposalClosed(let id):
      try ControlOutbox.closeProposal(id, in: transaction)
      outcome.counts.closedProposals += 1
    case .revoke(let time):
      // The notice comes with every answer.
      outcome.progress.revoked = time
      guard try Contact.revocation(in: transaction) == nil else { return }
      let gone = try clear()
      try Contact.setRevocation(time, in: transaction)
      try ControlOutbox.queueReportOfEverythingCleared(in: transaction)
      outcome.progress.isCleared = true
      outcome.counts.cleared += gone.records
      outcome.counts.sealed += gone.sealed
    case .schema: return  // The model is the caller's to read; it was adopted before these steps.
    }
  }

  // MARK: Verdicts

  private mutating func handle(
    _ verdict: Verdict
  ) throws {
    let (space, dot) = (verdict.space, verdict.dot)
    // If this answer has already resolved a fork, the offered changes behind it have new dots.
    guard try transaction.row(of: dot, in: space) != nil else { return }
    switch verdict.outcome {
    case .accepted, .alreadyHad:
      try replica.acknowledge([dot], in: space)
      outcome.counts.acknowledged += 1
    case .refused(let reason, let signature):
      if try replica.refuse(dot, in: space, reason: reason, signature: signature, leaving: &stale) {
        outcome.counts.refused += 1
      } else {
        try transaction.setAcknowledged(true, dots: [dot], in: space)
      }
    case .missing(let dots):
      let held = try dots.filter { try transaction.row(of: $0, in: space)?.isAcknowledged == true }
      try transaction.setAcknowledged(false, dots: held, in: space)
      outcome.counts.reoffered += held.count
      let mayCome = try dots.contains { try !isStalled($0, in: space) && transaction.row(of: $0, in: space) != nil }
      if !mayCome { outcome.progress.stalled.insert(Chain(space, dot.replica)) }
    case .forked(let sequence) where sequence == dot.sequence:
      try resolveFork(of: dot.replica, from: sequence, in: space)
      outcome.progress.resyncing.insert(space)
    case .forked(let sequence):
      try transaction.setAcknowledged(false, dots: [Dot(dot.replica, sequence)], in: space)
      outcome.counts.reoffered += 1
    case .later: outcome.progress.stalled.insert(Chain(space, dot.replica))
    }
  }

  private func isStalled(_ dot: Dot, in space: SpaceID) -> Bool {
    let chain = Chain(space, dot.replica)
    return stalled.contains(chain) || outcome.progress.stalled.contains(chain)
  }

  mutating func resolveFork(
    of replica: ReplicaID, from sequence: UInt64, in space: SpaceID,

  ) throws {
    try stale.rebuild(with: self.replica)
    let fork = try self.replica.resolveFork(of: replica, from: sequence, in: space)
    try invalidateCursor(of: space)
    outcome.counts.vanished[space, default: 0] += fork.vanished
    if !removalsAllowed { try stopMassRemoval(from: space, vanished: outcome.counts.vanished[space] ?? 0) }
    outcome.counts.reissued += fork.reissued
    outcome.counts.rescued += fork.rescued
  }

  private func stopMassRemoval(
    from space: SpaceID, vanished: Int
  ) throws {
    guard vanished > MassRemoval.alwaysAllowed else { return }
    var left = 0
    try transaction.forEachRecord(in: space, kind: nil) { _, _ in left += 1 }
    guard vanished > (left + vanished) / 10 else { return }
    throw MassRemoval(space: space, vanishing: vanished, total: left + vanished)
  }

  private mutating func rewind(
    _ space: SpaceID, to hubs: VersionVector
  ) throws {
    guard try transaction.space(space) != nil else { return }
    try invalidateCursor(of: space)
    try transaction.removePlaces(in: space)
    outcome.progress.resyncing.insert(space)
    for (replica, tip) in try transaction.tips(in: space) {
      let end = hubs[replica]
      let reached = end?.sequence ?? 0
      var lacking: [Dot] = []
      if tip.sequence > reached {
        lacking = try transaction.rows(of: replica, from: reached + 1, in: space).map(\.entry.dot)
      }
      if let end, tip.sequence >= reached {
        let own = try transaction.row(of: Dot(replica, reached), in: space)
        // The hub holds another change there: offering ours makes it say where the fork begins.
        if let own, own.entry.digest != end.digest { lacking.append(own.entry.dot) }
      }
      try transaction.setAcknowledged(false, dots: lacking, in: space)
      outcome.counts.reoffered += lacking.count
    }
  }

  /// Queues everything of a space that the hub does not know. It may have gone back to before the space was made, or to
  /// before this member could read it, so it may lack what it had acknowledged. Nothing is offered until it says where
  /// its log is.
  private mutating func wait(in space: SpaceID) throws {
    guard try transaction.space(space) != nil, try !Contact.isUnknown(space, in: transaction) else { return }
    try Contact.setUnknown(true, space, in: transaction)
    try invalidateCursor(of: space)
    try transaction.removePlaces(in: space)
    let acknowledged = try transaction.rows(after: 0, in: space, bytesMax: .max).filter(\.isAcknowledged)
    try transaction.setAcknowledged(false, dots: acknowledged.map(\.entry.dot), in: space)
    outcome.counts.reoffered += acknowledged.count
  }

  func invalidateCursor(of space: SpaceID) throws {
    guard var row = try transaction.space(space) else { return }
    row.cursor = nil
    try transaction.put(row)
    try Contact.setResyncing(true, space, in: transaction)
  }
}
