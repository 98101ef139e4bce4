// The home hub never trusts a client: every offered change is judged here, once, in the transaction that takes it in.
// The order matters: first whether the dot is known, then whether its chain and causes are whole (nothing is stored
// where they are not), and only then whether it is allowed, because a refusal is final and takes the dot.

internal import Cryptography
package import Replication
package import SyncProtocol

/// One principal's changes, judged and taken in, in the order they were offered.
package struct Acceptance {
  /// Spaces in which a fork was found: what follows there may name dots by which the principal means something else, so
  /// it is not judged before the principal has settled the fork.
  private var forked: Set<SpaceID> = []

  private let replica: Replica
  private let policy: any HubPolicy
  private let principal: Principal
  private let proofs: HeadVerifier
  private let now: Timestamp
  private let hub: HubID
  private let key: SigningKey
  private let transaction: any StoreTransaction

  package init(
    rules: RuleBook, policy: any HubPolicy, principal: Principal, proofs: HeadVerifier, now: Timestamp,
    _ transaction: any StoreTransaction
  ) throws {
    self.now = now
    replica = Replica(rules: rules, in: transaction)
    self.policy = policy
    self.principal = principal
    self.proofs = proofs
    hub = try HubIdentity.identity(in: transaction).hub
    key = try HubIdentity.key(in: transaction)
    self.transaction = transaction
  }

  /// Judges one offered entry and, where it stands, applies it; where it is refused, its void takes its place.
  ///
  /// - Returns: `nil` for a space the principal may not write or that is not here: absent and forbidden look the same,
  ///   and the work stays in the principal's outbox.
  /// - Throws: ``RequestError/unreadable(_:)`` where not even the header can be read; ``StoreError``.
  package mutating func judge(_ offer: RawEntry) throws -> Verdict? {
    let entry: LogEntry
    do throws(Change.DecodingError) {
      entry = try offer.decoded()
    } catch .body(let header, _) where !offer.isRedacted {
      return try verdict(for: header) { hub throws in try hub.refuseUnreadable(header, offer.headerBytes) }
    } catch { throw RequestError.unreadable("an offered change cannot be read") }
    return try verdict(for: entry.header) { hub throws in
      try hub.outcome(of: entry)
    } whereHeld: { hub throws in
      if case .change = entry { try hub.restoreRedacted(entry) }
    }
  }

  private mutating func verdict(
    for header: Header, _ decide: (Acceptance) throws -> Verdict.Outcome,
    whereHeld heed: (Acceptance) throws -> Void = { _ in }
  ) throws -> Verdict? {
    guard principal.spaces.contains(header.space), try transaction.space(header.space) != nil else { return nil }
    guard !forked.contains(header.space) else { return nil }
    let outcome = try knownOutcome(of: header) ?? decide(self)
    if case .forked = outcome { forked.insert(header.space) }
    if case .alreadyHad = outcome { try heed(self) }
    return Verdict(space: header.space, dot: header.dot, outcome: outcome)
  }

  /// What can be said without looking at the words: the dot is here, or its chain does not reach to it yet.
  private func knownOutcome(of header: Header) throws -> Verdict.Outcome? {
    let digest = Header.digest(of: header.encoded)
    if let row = try transaction.row(of: header.dot, in: header.space) {
      guard row.entry.digest == digest else { return try fork(at: header) }
      if case .void(let void) = row.entry { return .refused(void.reason, signature: void.signature) }
      return .alreadyHad
    }
    let tip = try transaction.tip(of: header.replica, in: header.space)
    let reached = tip?.sequence ?? 0
    guard header.sequence == reached + 1 else { return .missing([Dot(header.replica, reached + 1)]) }
    guard header.previous == tip?.digest else { return .forked(at: reached) }
    return nil
  }

  /// Puts a whole change in the place of what is left of it here: no digest covers that, and somebody may have brought it
  /// less than it was. What is erased here goes from it again.
  private func restoreRedacted(_ change: LogEntry) throws {
    guard case .redacted? = try transaction.row(of: change.dot, in: change.header.space)?.entry else { return }
    try replica.reinstate(change)
  }

  /// Another change stands under this dot. If both follow the same predecessor the fork begins here, else earlier.
  private func fork(at header: Header) throws -> Verdict.Outcome {
    let before = header.sequence - 1
    guard before > 0, let row = try transaction.row(of: Dot(header.replica, before), in: header.space) else {
      return .forked(at: header.sequence)
    }
    return .forked(at: row.entry.digest == header.previous ? header.sequence : before)
  }

  private func outcome(of entry: LogEntry) throws -> Verdict.Outcome {
    // A verdict takes the dot for good, so nobody gets one on work that is not theirs to bring.
    guard try mayCarry(entry.header) else { return .later }
    switch entry {
    case .void(let void):
      // A refusal that an earlier life of this hub gave, brought back by a device: still final.
      guard void.isSigned(for: hub, by: key.publicKey) else { return .later }
      guard try void.reason == .lamport || lamportRefusal(void.header) == nil else { return .later }
      try replica.apply(.void(void), isAcknowledged: true)
      return .alreadyHad
    case .change: return try outcome(ofEditsOf: entry)
    case .redacted:
      // What is left of a change that an earlier life of this hub took. Nobody else can have one that this hub lacks.
      // An erasing is never what is left of something, and nobody else's word is taken for what is.
      guard isVouched(entry.header), !entry.edits.contains(where: \.isErasure) else { return .later }
      return try outcome(ofEditsOf: replica.redacted(entry))
    }
  }

  private func outcome(ofEditsOf entry: LogEntry) throws -> Verdict.Outcome {
    let header = entry.header
    if header.modelVersion > replica.rules.version { return .later }
    let missing = try missingDots(of: entry)
    guard missing.isEmpty else { return .missing(missing) }
    if let reason = try lamportRefusal(header) ?? entry.remainder.flatMap(refusal) {
      // What this hub once judged it does not judge again by rights that it may have forgotten: it waits for them. Whether
      // it was taken or refused then, its own word does not say.
      if isVouched(header), [.notAllowed, .suggestOnly].contains(reason) { return .later }
      return try refuse(VoidEntry(of: entry, reason: reason))
    }
    try replica.apply(entry, isAcknowledged: true)
    try Directory.bind(header.replica, to: header.author.chainOwner, now: now, transaction)
    return .accepted
  }

  /// Whoever carries it, a change is its author's: a key of theirs stands for it, under a name that is theirs, for a
  /// replica name belongs to the member who first wrote under it. What this hub itself says that it took in, in an
  /// earlier life, is proved by that.
  private func mayCarry(_ header: Header) throws -> Bool {
    // Nobody continues the chain this hub is writing itself.
    if try ReplicaIdentity(transaction).current() == header.replica { return false }
    if let owner = try Directory(transaction).owner(of: header.replica), owner != header.author.chainOwner {
      return false
    }
    if isVouched(header) { return true }
    guard try !ReplicaIdentity(transaction).owns(header.replica),
      try Directory(transaction).principal(header.author)?.spaces.contains(header.space) == true
    else { return false }
    return try proofs.keys(for: Header.digest(of: header.encoded)).contains {
      try Directory(transaction).owner(of: $0) == header.author
    }
  }

  /// Whether this hub itself says that it had this in its log, in an earlier life: taken, or as a refusal's empty place.
  private func isVouched(_ header: Header) -> Bool {
    proofs.keys(for: Header.digest(of: header.encoded)).contains(key.publicKey)
  }

  /// Keeps who stands for what is here now, to be handed on with it.
  func keepHeads() throws {
    for head in proofs.heads where head.key != key.publicKey && principal.spaces.contains(head.space) {
      guard let row = try transaction.row(of: head.dot, in: head.space), row.entry.digest == head.digest,
        try Directory(transaction).owner(of: head.key) == row.entry.header.author
      else { continue }
      let kept = try transaction.heads(of: head.dot.replica, in: head.space).first { $0.key == head.key }
      if kept.map({ $0.dot.sequence < head.dot.sequence }) ?? true { try transaction.put(head) }
    }
  }

  private func refuseUnreadable(_ header: Header, _ headerBytes: [UInt8]) throws -> Verdict.Outcome {
    guard try mayCarry(header) else { return .later }
    let reason = try lamportRefusal(header) ?? .malformed
    return try refuse(VoidEntry(headerBytes: headerBytes, reason: reason))
  }

  private func refuse(_ void: VoidEntry) throws -> Verdict.Outcome {
    let void = void.signed(for: hub, by: key)
    try replica.apply(.void(void), isAcknowledged: true)
    try Directory.bind(void.header.replica, to: void.header.author.chainOwner, now: now, transaction)
    return .refused(void.reason, signature: void.signature)
  }

  private func missingDots(of entry: LogEntry) throws -> [Dot] {
    var heights: [ReplicaID: UInt64] = [:]
    var missing: Set<Dot> = []
    for dot in Set(entry.edits.flatMap(\.operation.dependencies)) {
      let height =
        try heights[dot.replica] ?? transaction.tip(of: dot.replica, in: entry.header.space)?.sequence ?? 0
      heights[dot.replica] = height
      if dot.sequence > height { missing.insert(dot) }
    }
    return missing.sorted()
  }

  private func refusal(of change: Change) throws -> RefusalReason? {
    let header = change.header
    guard change.headerBytes.count + change.bodyBytes.count <= Limits.changeBytesMax else { return .tooLarge }
    // Only the Centre erases. Its changes come from a principal only where this hub has lost them (`mayCarry`).
    if header.author != .hub, change.edits.contains(where: \.isErasure) { return .notAllowed }
    if let reason = try policy.refusal(of: change, by: principal, transaction) { return reason }
    for record in change.records {
      let before = try transaction.record(RecordKey(header.space, record))
      let edits = change.edits.filter { $0.record == record }
      guard edits.allSatisfy({ $0.kind == edits[0].kind }) else { return .wrongKind }
      if before == nil, try !replica.rules.allowsCreation(of: edits[0].kind, inSpaceNamed: spaceName(header)) {
        return .wrongSpace
      }
      let isCreatedHere = edits.contains { if case .makePresent = $0.operation { true } else { false } }
      for edit in edits {
        switch replica.rules.refusal(of: edit, before: before, isCreatedHere: isCreatedHere) {
        case .unknownRecord? where try hasRefusals(header): return .dependsOnRefused
        case let reason?: return reason
        case nil: continue
        }
      }
    }
    return nil
  }

  private func spaceName(_ header: Header) throws -> String { try transaction.space(header.space)?.name ?? "" }

  /// The bound on Lamport time. It is judged before everything else that refuses, because a change refused for another
  /// reason raises the bound for the next.
  private func lamportRefusal(_ header: Header) throws -> RefusalReason? {
    let highest = try transaction.space(header.space)?.lamport ?? 0
    let previous = try transaction.tip(of: header.replica, in: header.space)?.lamport ?? 0
    return header.lamport > previous && header.lamport <= max(highest, previous) + 1 ? nil : .lamport
  }

  /// Whether an earlier change of the same replica was refused here: then a record that is not there was made by it.
  private func hasRefusals(_ header: Header) throws -> Bool {
    try transaction.voids(in: header.space).contains { $0.header.replica == header.replica }
  }
}

extension RawEntry {
  fileprivate var isRedacted: Bool { if case .redactedBody = content { true } else { false } }
}
