// Judges the changes that devices offer to their home hub.
//
// The need: every other copy ends up with what this hub's log holds, and the hub never trusts a client. A device may
// lack the rights, may have been cloned or restored from a backup, and may carry changes of other authors.
//
// The obvious solution is to check a request as it arrives (signature, rights, form) and to store whatever passes. It
// fails three times. Rights may be withdrawn between the check and the write. A plain yes or no is too coarse: a
// refusal is final and takes the dot, so refusing a change that is merely early, or whose author's rights this hub lost
// when it went back to a backup, destroys honest work. And the signature on a request names its carrier, not the author
// of each change.
//
// The idea: judge each change once, in the transaction that stores it, and ask the final question last.
//
//   1. Is the dot in the log?           same digest: already had, or refused as before; another digest: forked
//   2. Does its chain reach it?         else missing, or forked; nothing is stored
//   3. Does the author's key attest it? or this hub's own, from an earlier epoch, whoever carries it; else later
//   4. Are model and causes here?       else later, or missing; nothing is stored
//   5. Has its Lamport time been reached?  else later; nothing is stored
//   6. Is it allowed?                   else refused: a signed void takes the dot
//
// Too high a Lamport time is the mark of a change whose author had seen more than this hub has, for instance before a
// restore. It waits for what its author saw. Step 5 comes before the refusals, because a refused change raises the
// bound for the next.

internal import Cryptography
package import Replication
package import SyncProtocol

/// Judges and applies one principal's changes, in the order they were offered.
package struct Acceptance {
  /// The spaces in which a fork was found. Later changes there may refer to dots that mean other changes to the
  /// principal, so none is judged until the principal has resolved the fork.
  package private(set) var forked: Set<SpaceID>

  private let replica: Replica
  private let policy: any HubPolicy
  private let principal: Principal
  private let proofs: HeadVerifier
  private let context: AcceptanceContext
  private let transaction: any StoreTransaction

  /// - Parameters:
  ///   - proofs: The heads of the request, verified for this hub.
  ///   - forked: The spaces in which an earlier commit of the same request found a fork.
  ///   - ledger: The acts that outlast backups. Whatever it says is erased is not stored, by whatever road it comes.
  ///   - now: The hub's time, which the log and the directory record.
  /// - Throws: ``StoreError/unreadable(_:)`` if the store does not belong to a hub.
  package init(
    rules: RuleBook, policy: any HubPolicy, principal: Principal, proofs: HeadVerifier,
    forked: Set<SpaceID> = [], ledger: LedgerKeeper = LedgerKeeper(), now: Timestamp,
    _ transaction: any StoreTransaction
  ) throws {
    replica = Replica(rules: rules, in: transaction)
    self.policy = policy
    self.principal = principal
    self.proofs = proofs
    self.forked = forked
    context = try AcceptanceContext(ledger: ledger, now: now, transaction)
    self.transaction = transaction
  }

  /// Judges one offered entry: applies it if it is accepted, or its void if it is refused.
  ///
  /// - Returns: `nil` for a space that is not here or that the principal may not write, which look the same from
  ///   outside, and for a space in which a fork was found; the work stays in the principal's outbox.
  package mutating func judge(_ offered: OfferedEntry) throws -> Verdict? {
    let space = offered.header.space
    guard principal.spaces.contains(space), try transaction.space(space) != nil, !forked.contains(space) else {
      return nil
    }
    let outcome = try knownOutcome(of: offered) ?? newOutcome(of: offered)
    if case .forked = outcome { forked.insert(space) }
    return Verdict(space: space, dot: offered.header.dot, outcome: outcome)
  }

  /// Stores the verified heads of the authors' devices, to be sent on with the changes they attest. Per replica and
  /// key, the later one is kept.
  func keepHeads() throws {
    for head in proofs.heads where head.key != context.key.publicKey && principal.spaces.contains(head.space) {
      guard let row = try transaction.row(of: head.dot, in: head.space), row.entry.digest == head.digest,
        try context.owner(of: head.key) == row.entry.header.author
      else { continue }
      let kept = try transaction.heads(of: head.dot.replica, in: head.space).first { $0.key == head.key }
      if kept.map({ $0.dot.sequence < head.dot.sequence }) ?? true { try transaction.put(head) }
    }
  }

  // MARK: 1 and 2: the dot and its chain

  /// The verdict that needs no look at the body: the dot is in the log, or its chain does not reach it yet or diverges.
  private func knownOutcome(of offered: OfferedEntry) throws -> Verdict.Outcome? {
    let header = offered.header
    if let row = try transaction.row(of: header.dot, in: header.space) {
      guard row.entry.digest == offered.digest else { return try fork(at: header) }
      switch row.entry {
      case .void(let void): return .refused(void.reason, signature: void.signature)
      case .redacted:
        // No digest covers a redacted body, so an earlier carrier may have delivered less than was left of it. Whatever
        // is erased here is redacted again.
        if case .entry(.change(let change)) = offered.content {
          var stale = StaleRecords()
          try replica.reinstate(context.ledger.redacted(.change(change)), leaving: &stale)
          try stale.rebuild(with: replica)
        }
        return .alreadyHad
      case .change: return .alreadyHad
      }
    }
    let tip = try transaction.tip(of: header.replica, in: header.space)
    let reached = tip?.sequence ?? 0
    guard header.sequence == reached + 1 else { return .missing([Dot(header.replica, reached + 1)]) }
    guard header.previous == tip?.digest else { return .forked(at: reached) }
    return nil
  }

  /// Locates a fork, given another change under this dot: here if both follow the same predecessor, earlier otherwise.
  private func fork(at header: Header) throws -> Verdict.Outcome {
    let before = header.sequence - 1
    guard before > 0, let row = try transaction.row(of: Dot(header.replica, before), in: header.space) else {
      return .forked(at: header.sequence)
    }
    return .forked(at: row.entry.digest == header.previous ? header.sequence : before)
  }

  // MARK: 3: the author's key

  private func newOutcome(of offered: OfferedEntry) throws -> Verdict.Outcome {
    // A verdict takes the dot for good, so only somebody entitled to carry the change gets one.
    let isVouched = isVouched(offered)
    guard try mayCarry(offered, isVouched: isVouched) else { return .later }
    let header = offered.header
    let entry: LogEntry
    switch offered.content {
    case .entry(let decoded): entry = decoded
    // A hub of a later version can judge it.
    case .reserved: return .later
    case .malformed:
      switch try lamportBound(of: header) {
      case .tooHigh: return .later
      case .tooLow: return try refuse(VoidEntry(headerBytes: offered.headerBytes, reason: .lamport))
      case .within: return try refuse(VoidEntry(headerBytes: offered.headerBytes, reason: .malformed))
      }
    }
    switch entry {
    case .void(let void):
      // This hub's own refusal from an earlier epoch, brought back by a device: still final.
      guard void.isSigned(for: context.hub, by: context.key.publicKey) else { return .later }
      guard try lamportBound(of: header) != .tooHigh else { return .later }
      try replica.take(.void(void), at: context.now)
      return .alreadyHad
    case .change:
      // New words are refused for their author to keep. Those that this hub had before are stored without what is erased.
      return try outcome(ofEditsOf: isVouched ? context.ledger.redacted(entry) : entry, isVouched: isVouched)
    case .redacted:
      // The remainder of a change this hub accepted in an earlier epoch; no one else can hold one that this hub lacks.
      // An erasure is never itself redacted, and only this hub's word is taken for a remainder.
      guard isVouched, !entry.edits.contains(where: \.isErasure) else { return .later }
      return try outcome(ofEditsOf: context.ledger.redacted(replica.redacted(entry)), isVouched: true)
    }
  }

  /// Tests whether a change may be judged, whoever carries it. Its replica name must be its author's own: a name
  /// belongs to the member who first wrote under it. The author must be able to read the space, and a key of theirs
  /// must attest the change; a head signed by this hub in an earlier epoch replaces both.
  private func mayCarry(_ offered: OfferedEntry, isVouched: Bool) throws -> Bool {
    let header = offered.header
    // The chain this hub is writing has no other author.
    if context.current == header.replica { return false }
    if let owner = try context.owner(of: header.replica), owner != header.author.chainOwner { return false }
    if isVouched { return true }
    guard try !context.owns(header.replica),
      try context.principal(header.author)?.spaces.contains(header.space) == true
    else { return false }
    return try proofs.keys(for: offered.digest).contains { try context.owner(of: $0) == header.author }
  }

  /// Tests whether this hub attests having had the change in its log before, either accepted or as a void.
  private func isVouched(_ offered: OfferedEntry) -> Bool {
    proofs.keys(for: offered.digest).contains(context.key.publicKey)
  }

  // MARK: 4 to 6: what it depends on, and whether it is allowed

  private func outcome(ofEditsOf entry: LogEntry, isVouched: Bool) throws -> Verdict.Outcome {
    let header = entry.header
    if header.modelVersion > replica.rules.version { return .later }
    let missing = try missingDots(of: entry)
    guard missing.isEmpty else { return .missing(missing) }
    let bound = try lamportBound(of: header)
    guard bound != .tooHigh else { return .later }
    if let reason = try bound == .tooLow ? .lamport : entry.remainder.flatMap(refusal) {
      // A change this hub judged before is not refused again for want of rights that a restore may have lost: it waits
      // for them. The hub's own head does not tell whether it was accepted or refused then.
      if isVouched, [.notAllowed, .suggestOnly].contains(reason) { return .later }
      return try refuse(VoidEntry(of: entry, reason: reason))
    }
    try context.keeper.enterErasures(by: entry, in: transaction)
    try replica.take(entry, at: context.now)
    try context.bind(header.replica, to: header.author.chainOwner)
    return .accepted
  }

  private func refuse(_ void: VoidEntry) throws -> Verdict.Outcome {
    let void = void.signed(for: context.hub, by: context.key)
    try replica.take(.void(void), at: context.now)
    try context.bind(void.header.replica, to: void.header.author.chainOwner)
    return .refused(void.reason, signature: void.signature)
  }

  private func missingDots(of entry: LogEntry) throws -> [Dot] {
    var reached: [ReplicaID: UInt64] = [:]
    var missing: Set<Dot> = []
    for dot in Set(entry.edits.flatMap(\.operation.dependencies)) {
      let tip = try reached[dot.replica] ?? transaction.tip(of: dot.replica, in: entry.header.space)?.sequence ?? 0
      reached[dot.replica] = tip
      if dot.sequence > tip { missing.insert(dot) }
    }
    return missing.sorted()
  }

  private func refusal(of change: Change) throws -> RefusalReason? {
    let header = change.header
    guard change.headerBytes.count + change.bodyBytes.count <= Limits.changeBytesMax else { return .tooLarge }
    // Only the Centre erases. A device offers such a change only where this hub has lost it (`mayCarry`).
    if header.author != .hub, change.edits.contains(where: \.isErasure) { return .notAllowed }
    if try change.edits.takeForeseeableID(in: header.space, by: header.author, transaction) { return .notAllowed }
    if let reason = try policy.refusal(of: change, by: context.principal(header.author), transaction) { return reason }
    guard let space = try transaction.space(header.space) else { throw StoreError.failed("no space \(header.space)") }
    if context.ledger.redacted(.change(change)) != .change(change) { return .erased }
    let reason = try replica.rules.refusal(of: change.edits, in: space, transaction)?.reason
    // A record is missing where an earlier change of the same chain, which made it, was refused.
    if reason == .unknownRecord, try transaction.hasVoid(of: header.replica, in: header.space) {
      return .dependsOnRefused
    }
    return reason
  }

  /// The place of a Lamport time relative to the bounds on it.
  private enum LamportBound {
    /// Above its replica's previous change, and at most 1 above the highest of the space.
    case within
    /// Not above its replica's previous change. No honest program writes such a change.
    case tooLow
    /// Above what this hub has reached.
    case tooHigh
  }

  private func lamportBound(of header: Header) throws -> LamportBound {
    let previous = try transaction.tip(of: header.replica, in: header.space)?.lamport ?? 0
    guard header.lamport > previous else { return .tooLow }
    let highest = try transaction.space(header.space)?.lamport ?? 0
    return header.lamport <= max(highest, previous) + 1 ? .within : .tooHigh
  }
}
