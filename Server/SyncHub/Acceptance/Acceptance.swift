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
//   1. Is the dot in the log?           same digest: recorded; another digest: forked
//   2. Does its chain reach it?         else missing, or forked; nothing is stored
//   3. Does the author's key attest it? else later
//   4. Is there room in the allowances? else later; nothing is stored
//   5. Are model and causes here?       else later, or missing; nothing is stored
//   6. Has its Lamport time been reached?  else later; nothing is stored
//   7. Is it allowed?                   recorded as a change, or else as a void, which takes the dot
//
// Too high a Lamport time is the mark of a change whose author had seen more than this hub has, for instance before a
// restore. It waits for what its author saw. Step 6 comes before the refusals, because a refused change raises the
// bound for the next.

internal import Cryptography
package import Replication
package import SyncProtocol

/// Judges and applies one principal's changes, in the order they were offered.
package struct Acceptance {
  /// The spaces in which a fork was found. Later changes there may refer to dots that mean other changes to the
  /// principal, so none is judged until the principal has resolved the fork.
  package private(set) var forked: Set<SpaceID>
  /// The bytes of record states that this has worked on so far, by which its caller ends a commit.
  package private(set) var byteCount = 0

  private let replica: Replica
  private let policy: any HubPolicy
  private let principal: Principal
  private let proofs: HeadVerifier
  private let context: AcceptanceContext
  private var meter: AllowanceMeter
  /// The hub's time.
  private let now: Timestamp
  private let transaction: any StoreTransaction

  /// - Parameters:
  ///   - proofs: The heads of the request, verified for this hub.
  ///   - forked: The spaces in which an earlier commit of the same request found a fork.
  ///   - ledger: The acts that outlast backups. Whatever it says is erased is not stored, by whatever road it comes.
  ///   - allowances: The most that members, devices and spaces may use.
  ///   - now: The hub's time, which the log records.
  /// - Throws: ``StoreError/unreadable(_:)`` if the store does not belong to a hub.
  package init(
    rules: RuleBook, policy: any HubPolicy, principal: Principal, proofs: HeadVerifier,
    forked: Set<SpaceID> = [], ledger: LedgerKeeper = LedgerKeeper(), allowances: HubAllowances = HubAllowances(),
    now: Timestamp, _ transaction: any StoreTransaction
  ) throws {
    replica = Replica(rules: rules, in: transaction)
    self.policy = policy
    self.principal = principal
    self.proofs = proofs
    self.forked = forked
    self.now = now
    context = try AcceptanceContext(ledger: ledger, transaction)
    meter = AllowanceMeter(AllowanceRegister(allowances, at: now, transaction))
    self.transaction = transaction
  }

  /// Judges one offered change: applies it if it is accepted, or its void if it is refused.
  ///
  /// - Returns: `nil` for a space that is not here or that the principal may not write, which look the same from
  ///   outside, and for a space in which a fork was found; the work stays in the principal's outbox.
  package mutating func judge(_ offered: OfferedChange) throws -> Verdict? {
    let space = offered.header.space
    defer { byteCount += offered.byteCount }
    guard principal.spaces.contains(space), try transaction.space(space) != nil, !forked.contains(space) else {
      return nil
    }
    // This hub alone writes what a partner reads.
    switch try context.part(of: space) {
    case .link, .outgoing: return nil
    case .received, nil: break
    }
    let outcome = try knownOutcome(of: offered) ?? newOutcome(of: offered)
    if case .forked = outcome { forked.insert(space) }
    return Verdict(space: space, dot: offered.header.dot, outcome: outcome)
  }

  /// Stores what the judged changes have used of allowances. Called once, at the end of the transaction's part.
  func chargeAllowances() throws { try meter.store(in: transaction) }

  /// Stores the verified heads of some judged changes, if they are the authors' devices', as evidence of who wrote. Of each
  /// chain, the last is kept.
  func keepHeads(of judged: some Sequence<OfferedChange>) throws {
    let digests = Set(judged.map(\.digest))
    for head in proofs.heads where principal.spaces.contains(head.space) && digests.contains(head.digest) {
      guard let row = try transaction.row(of: head.dot, in: head.space), row.entry.digest == head.digest,
        try context.owner(of: head.key) == row.entry.header.author
      else { continue }
      let kept = try transaction.head(of: head.dot.replica, in: head.space)
      if kept.map({ $0.dot.sequence < head.dot.sequence }) ?? true { try transaction.put(head) }
    }
  }

  // MARK: 1 and 2: the dot and its chain

  /// The verdict that needs no look at the body: the dot is in the log, or its chain does not reach it yet or diverges.
  private func knownOutcome(of offered: OfferedChange) throws -> Verdict.Outcome? {
    let header = offered.header
    let tip = try transaction.tip(of: header.replica, in: header.space)
    let reached = tip?.sequence ?? 0
    if header.sequence <= reached, let row = try transaction.row(of: header.dot, in: header.space) {
      guard row.entry.digest == offered.digest else { return try fork(at: header) }
      // No digest covers a redacted body, so whoever brought it may have left less than was to be left.
      if case .change(let change) = offered.content { try replica.restoreBody(of: change, context.ledger) }
      return .recorded
    }
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

  // MARK: 3 and 4: the author's key, and room

  private mutating func newOutcome(of offered: OfferedChange) throws -> Verdict.Outcome {
    // A row takes the dot for good, so only a change of its author's gets one.
    guard let key = try key(proving: offered), try !meter.isFull(for: offered.header, from: key) else { return .later }
    switch offered.content {
    // A hub of a later version can judge it.
    case .reserved: return .later
    case .malformed:
      switch try lamportBound(of: offered.header) {
      case .tooHigh: return .later
      case .tooLow: return try refuse(VoidEntry(headerBytes: offered.headerBytes, reason: .lamport), from: key)
      case .within: return try refuse(VoidEntry(headerBytes: offered.headerBytes, reason: .malformed), from: key)
      }
    case .change(let change): return try outcome(of: change, from: key)
    }
  }

  /// The key that proves a change to be its author's, whoever carries it; `nil` if none does. The author must be able to
  /// read the space, and the key that its replica id follows from, which attests the change, must be of a device of
  /// theirs. This hub's own work comes back in segments alone: no key attests it.
  private func key(proving offered: OfferedChange) throws -> PublicKey? {
    let header = offered.header
    guard try context.principal(header.author)?.spaces.contains(header.space) == true else { return nil }
    guard let key = proofs.key(for: offered.digest), try context.owner(of: key) == header.author else { return nil }
    return key
  }

  // MARK: 5 to 7: what it depends on, and whether it is allowed

  private mutating func outcome(of change: Change, from key: PublicKey) throws -> Verdict.Outcome {
    let header = change.header
    if header.modelVersion > replica.rules.version { return .later }
    let missing = try missingDots(of: change)
    guard missing.isEmpty else { return .missing(missing) }
    let bound = try lamportBound(of: header)
    guard bound != .tooHigh else { return .later }
    if let reason = try bound == .tooLow ? .lamport : refusal(of: change) {
      return try refuse(VoidEntry(of: change, reason: reason), from: key)
    }
    return try record(.change(change), from: key)
  }

  private mutating func refuse(_ void: VoidEntry, from key: PublicKey) throws -> Verdict.Outcome {
    guard try !meter.isFull(forRefusalsOf: key) else { return .later }
    return try record(.void(void), from: key)
  }

  private mutating func record(_ entry: LogEntry, from key: PublicKey) throws -> Verdict.Outcome {
    let before = try recordBytes(of: entry)
    try replica.take(entry, at: now)
    let after = try recordBytes(of: entry)
    byteCount += after
    try meter.charge(entry, from: key, growth: max(0, after - before))
    return .recorded
  }

  /// The size of the records that an entry edits, each with its row.
  private func recordBytes(of entry: LogEntry) throws -> Int {
    try entry.edits.records.reduce(0) { sum, record in
      let state = try transaction.record(RecordKey(entry.header.space, record))
      return sum + (state.map { $0.byteCount + AllowanceMeter.recordBytes } ?? 0)
    }
  }

  private func missingDots(of change: Change) throws -> [Dot] {
    var reached: [ReplicaID: UInt64] = [:]
    var missing: Set<Dot> = []
    for dot in Set(change.edits.flatMap(\.operation.dependencies)) {
      let tip = try reached[dot.replica] ?? transaction.tip(of: dot.replica, in: change.header.space)?.sequence ?? 0
      reached[dot.replica] = tip
      if dot.sequence > tip { missing.insert(dot) }
    }
    return missing.sorted()
  }

  private func refusal(of change: Change) throws -> RefusalReason? {
    let header = change.header
    guard change.headerBytes.count + change.bodyBytes.count <= Limits.changeBytesMax else { return .tooLarge }
    // Another hub is the home of what an agreement has brought.
    if try context.part(of: header.space) != nil { return .notAllowed }
    // Only the Centre erases.
    if change.edits.contains(where: \.isErasure) { return .notAllowed }
    if try change.edits.takeForeseeableID(in: header.space, transaction) { return .notAllowed }
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

extension StoreReader {
  /// The bytes of the states of some records, as they count towards ``Limits/commitBytesMax``.
  func byteCount(of records: [RecordID], in space: SpaceID) throws -> Int {
    try records.reduce(0) { try $0 + (record(RecordKey(space, $1))?.byteCount ?? 0) }
  }
}
