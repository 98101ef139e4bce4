// Applies the steps of a hub's answer to a copy. Each of the two parts of an answer is one transaction. Within it, the records,
// log, outbox and cursor of one space change together or not at all (guarantee G6); a space that a person must be asked
// about stays as it was.

package import Replication

/// More records than allowed would vanish from a space with neither a change nor a notice to explain it: because of forks,
/// or because rows that the hub had acknowledged are refused. What the answer says of this space was undone; a person is
/// asked first.
package struct MassRemoval: Error, Equatable, Sendable {
  /// The number of records that may always vanish in one sync; above it, up to a tenth of the space may.
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
  /// Applies the steps of one answer: those of each space in order, all or, if a person must be asked first
  /// (``SyncProgress/questions``), none.
  ///
  /// - Parameters:
  ///   - stalled: The chains that wait since an earlier answer of the same sync.
  ///   - vanished: Per space, the records that earlier answers of the same sync made vanish.
  ///   - removalsAllowed: True if a person has agreed that many records may vanish (``MassRemoval``).
  /// - Throws: ``SyncFailure/programTooOld`` or ``SyncFailure/nonsense(_:)`` if a page cannot be applied. The caller must
  ///   then roll its transaction back.
  package func perform(
    _ steps: [SyncStep], stalled: Set<Chain> = [], vanished: [SpaceID: Int] = [:], removalsAllowed: Bool
  ) throws -> SyncOutcome {
    var application = AnswerApplication(
      to: self, stalled: stalled, vanished: vanished, removalsAllowed: removalsAllowed)
    try application.apply(steps)
    return application.outcome
  }
}

/// The application of one answer's steps to a copy, in the caller's transaction.
struct AnswerApplication {
  let replica: Replica
  /// The chains that wait since an earlier answer of the same sync.
  let stalled: Set<Chain>
  /// Per space, the records that earlier answers of the same sync made vanish.
  let vanished: [SpaceID: Int]
  /// True if a person has agreed that many records may vanish (``MassRemoval``).
  let removalsAllowed: Bool
  var outcome = SyncOutcome()
  /// The records of refused and reinstated changes, each rebuilt once: at the end, or before a fork is resolved.
  var stale = StaleRecords()
  /// The records of the space at hand that may have vanished with what the hub had acknowledged, or in forks.
  var endangered: Set<RecordID> = []

  var transaction: any StoreTransaction { replica.transaction }

  init(to replica: Replica, stalled: Set<Chain>, vanished: [SpaceID: Int], removalsAllowed: Bool) {
    self.replica = replica
    self.stalled = stalled
    self.vanished = vanished
    self.removalsAllowed = removalsAllowed
  }

  mutating func apply(_ steps: [SyncStep]) throws {
    for step in steps where step.space == nil { try apply(step) }
    let ofSpaces = Dictionary(grouping: steps) { $0.space }
    var applied: Set<SpaceID> = []
    for case let space? in steps.map(\.space) where applied.insert(space).inserted {
      try apply(ofSpaces[space] ?? [], of: space)
    }
  }

  /// Applies the steps of one space. If too many records would vanish, the space stays as it was, to be asked about.
  private mutating func apply(_ steps: [SyncStep], of space: SpaceID) throws {
    let (before, transaction) = (outcome, transaction)
    do {
      try transaction.nested {
        for step in steps { try apply(step) }
        try stale.rebuild(with: replica)
        try countVanished(from: space)
      }
    } catch let removal as MassRemoval {
      outcome = before
      outcome.progress.questions.append(removal)
    }
    endangered = []
  }

  private mutating func apply(_ step: SyncStep) throws {
    switch step {
    case .remember(let welcome): try Contact.remember(welcome, in: transaction)
    case .notice(let notice): try handle(notice)
    case .verdict(let verdict): try handle(verdict)
    case .realign(let space, let positions): try realign(space, with: positions)
    case .unknownSpace(let space):
      if try transaction.space(space) != nil { try Contact.setUnknown(true, space, in: transaction) }
    case .sealedChangeStored(let digest, let welcome):
      try ControlOutbox.setAside(digest, keptBy: welcome, in: transaction)
      outcome.counts.sealedStored += 1
    case .clearingReported(let clearing):
      try ControlOutbox.removeReport(clearing, in: transaction)
      if clearing == .everything { outcome.progress.isReported = true }
    case .apply(let page): try apply(page)
    case .bodies(let news): try apply(news)
    case .keep(let ticket):
      guard try Contact.keep(ticket, in: transaction) else {
        throw SyncFailure.nonsense("a ticket that the hub did not sign")
      }
    case .allowances(let uses):
      try Contact.set(uses, in: transaction)
      outcome.progress.allowances = uses
    }
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
    case .forgotten: outcome.progress.isForgotten = true
    case .restoring: outcome.progress.isRestoring = true
    // The model is the caller's to read, and was adopted before these steps; uses of allowances are a step of their own.
    case .schema, .allowance: return
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
    case .recorded:
      outcome.progress.recorded[space, default: []].insert(dot)
      try FullerBodies.remove(dot, in: space, transaction)
    case .missing(let dots):
      let mayCome = try dots.contains {
        try !isStalled($0, in: space) && transaction.row(of: $0, in: space)?.isAcknowledged == false
      }
      if !mayCome { outcome.progress.stalled.insert(Chain(space, dot.replica)) }
    case .forked(let sequence):
      // A change that the hub has acknowledged is on its log, so the fork is among those that it has not.
      let first = try transaction.rows(of: dot.replica, from: sequence, in: space).first { !$0.isAcknowledged }
      if let first { try resolveFork(of: dot.replica, from: first.entry.dot.sequence, in: space) }
    case .later: outcome.progress.stalled.insert(Chain(space, dot.replica))
    }
  }

  private func isStalled(_ dot: Dot, in space: SpaceID) -> Bool {
    let chain = Chain(space, dot.replica)
    return stalled.contains(chain) || outcome.progress.stalled.contains(chain)
  }

  /// Resolves a fork in the hub's favour. Nothing more is offered in the space until its log has been read to the end.
  mutating func resolveFork(
    of replica: ReplicaID, from sequence: UInt64, in space: SpaceID
  ) throws {
    try stale.rebuild(with: self.replica)
    let fork = try self.replica.resolveFork(of: replica, from: sequence, in: space)
    try Contact.setCatchingUp(true, space, in: transaction)
    outcome.progress.behind.insert(space)
    endangered.formUnion(fork.vanished)
    outcome.counts.reissued += fork.reissued
    outcome.counts.rescued += fork.rescued
  }

  /// Counts the records that have vanished from a space. Decodes none.
  ///
  /// - Throws: ``MassRemoval``, if these are too many and nobody has agreed.
  private mutating func countVanished(from space: SpaceID) throws {
    let gone = try endangered.count { try !transaction.spaces(holding: $0).contains(space) }
    guard gone > 0 else { return }
    outcome.counts.vanished[space, default: 0] += gone
    let vanishing = gone + (vanished[space] ?? 0)
    guard !removalsAllowed, vanishing > MassRemoval.alwaysAllowed else { return }
    let total = try transaction.recordCount(in: space) + vanishing
    guard vanishing > total / 10 else { return }
    throw MassRemoval(space: space, vanishing: vanishing, total: total)
  }

  /// Finds how far this copy's reading and the hub's log agree, and what the hub lacks. Either its log is the beginning
  /// of what this copy has read, as after a restore: then this copy brings the remainder, and changes nothing. Or it goes
  /// on otherwise: then this copy steps back to the last common position, and keeps the proofs of what it leaves.
  ///
  /// - Parameter hubs: Positions of the hub's log, ascending to its last.
  private mutating func realign(_ space: SpaceID, with hubs: [ReadPosition]) throws {
    guard var row = try transaction.space(space), let last = hubs.last else { return }
    try Contact.setUnknown(false, space, in: transaction)
    let start = ReadPosition(0, LogPlace.start(of: space))
    let common = try hubs.last { try $0 == start || transaction.place(at: $0.position, in: space)?.digest == $0.digest }
    if common == last {
      outcome.progress.lacking[space] = last.position
      return try Contact.setEnd(ofHubsLogIn: space, to: last, in: transaction)
    }
    let reached = try lastProved(upTo: common ?? start, in: space)
    let late = try LogRun.read(after: reached, in: space, bytesMax: .max, transaction)
    try LateSegment.keep(late.map { LateSegment($0) }, in: space, transaction)
    try offerUnproved(after: late.last?.end ?? reached.position, in: space)
    try transaction.removePlaces(after: reached.position, in: space)
    row.cursor = row.cursor.map { Cursor(epoch: $0.epoch, position: reached.position, digest: reached.digest) }
    try transaction.put(row)
    try Contact.setEnd(ofHubsLogIn: space, to: nil, in: transaction)
    try Contact.setCatchingUp(true, space, in: transaction)
    outcome.progress.behind.insert(space)
  }

  /// The last position up to one where this copy has a checkpoint. What is read again from there on can be brought back
  /// in segments, which begin and end at checkpoints.
  func lastProved(upTo position: ReadPosition, in space: SpaceID) throws -> ReadPosition {
    var proved = position.position
    while proved > 0 {
      if let place = try transaction.place(at: proved, in: space), place.signature != nil {
        return ReadPosition(proved, place.digest)
      }
      proved -= 1
    }
    return ReadPosition(0, LogPlace.start(of: space))
  }

  /// Queues again the own rows behind the last checkpoint: nothing proves that the hub had them.
  private mutating func offerUnproved(after position: UInt64, in space: SpaceID) throws {
    let unproved = try transaction.rows(placedAfter: position, in: space, bytesMax: .max).map(\.entry)
    let own = try unproved.filter { entry in
      guard case .change = entry else { return false }
      return try replica.identity.owns(entry.dot.replica)
    }
    try transaction.setAcknowledged(false, dots: own.map(\.dot), in: space)
  }
}
