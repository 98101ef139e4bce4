// Takes back what devices bring of this hub's own log, after the hub went back to a backup.
//
// The need: the hub acknowledged work that its backup does not have. Copies still have it, and everything written since
// builds on it.
//
// The obvious solution is to offer that work again like new work. But the hub has lost more than records: members, roles,
// names and models may be older too, so it would refuse what it once took, and take what it once refused.
//
// The idea: the hub signed its log, so it need not judge anything a second time. A segment whose rows lead to a running
// digest that the hub once signed is the hub's own word. Where its log goes on from here, the rows go to the very
// positions that they had, and copies that read them need not notice. Where the hub has written other rows since, they
// are late: they come in order, with their outcomes and times, at new positions.

internal import Cryptography
package import Replication
package import SyncProtocol

/// Takes one space's segments into the hub's log, in the caller's transaction.
package struct LogReplay {
  private let replica: Replica
  private let context: AcceptanceContext
  private let transaction: any StoreTransaction
  /// True once a row that the hub signed was not at its position: the hub had gone back, whether or not it knew.
  package private(set) var hasForgotten = false

  /// - Parameters:
  ///   - ledger: The acts that outlast backups. Whatever it says is erased is not stored.
  ///   - now: The hub's time, which the directory records.
  /// - Throws: ``StoreError/unreadable(_:)`` if the store does not belong to a hub.
  package init(rules: RuleBook, ledger: LedgerKeeper, now: Timestamp, _ transaction: any StoreTransaction) throws {
    replica = Replica(rules: rules, in: transaction)
    context = try AcceptanceContext(ledger: ledger, now: now, transaction)
    self.transaction = transaction
  }

  /// The outcome for one row.
  private enum Outcome {
    case isHere
    /// Nothing can be done with the row, and nothing needs to be.
    case passedOver
    /// What the row depends on is not here yet, so what follows it must wait, too.
    case early
  }

  /// Takes a segment of this hub's log. One that is not, or of a space that is not here, changes nothing.
  ///
  /// - Returns: False if the hub lacks what the segment builds on, so that those behind it are in vain.
  package mutating func take(_ segment: LogSegment) throws -> Bool {
    guard try transaction.sharedSpaces().contains(where: { $0.id == segment.space }) else { return false }
    let rows: [(entry: LogEntry?, place: LogPlace)]?
    do { rows = try segment.proved(of: context.hub, by: context.key.publicKey) } catch { return false }
    guard let rows else { return false }
    let names = Dictionary(segment.names.map { ($0.dot, $0.digest) }, uniquingKeysWith: { first, _ in first })
    var before = segment.start
    for (entry, place) in rows {
      defer { before = place.digest }
      if try transaction.place(at: place.position, in: segment.space)?.digest == place.digest {
        if let entry { try restoreBody(of: entry) }
        continue
      }
      hasForgotten = true
      guard let entry else {
        guard try !isNext(place, after: before, in: segment.space) else { return false }
        continue
      }
      if case .early = try take(entry, at: place, after: before, naming: names) { return false }
    }
    return true
  }

  private func isNext(_ place: LogPlace, after before: Digest, in space: SpaceID) throws -> Bool {
    let last = try transaction.lastPlace(in: space)
    return place.position == (last?.position ?? 0) + 1 && before == last?.digest ?? LogPlace.start(of: space)
  }

  /// Tests whether every change that an entry names is here.
  private func hasAll(_ entry: LogEntry) throws -> Bool {
    try entry.edits.flatMap(\.operation.dependencies).allSatisfy {
      try transaction.row(of: $0, in: entry.header.space) != nil
    }
  }

  /// Takes a whole change where the log has only what somebody left of it.
  private func restoreBody(of entry: LogEntry) throws {
    guard case .change = entry, case .redacted? = try transaction.row(of: entry.dot, in: entry.header.space)?.entry
    else { return }
    try replica.restoreBody(of: context.ledger.redacted(entry))
  }

  private mutating func take(
    _ entry: LogEntry, at place: LogPlace, after before: Digest, naming names: [Dot: Digest]
  ) throws -> Outcome {
    let header = entry.header
    if let row = try transaction.row(of: header.dot, in: header.space) {
      guard row.entry.digest == entry.digest else { return .passedOver }
      try restoreBody(of: entry)
      return .isHere
    }
    let tip = try transaction.tip(of: header.replica, in: header.space)
    guard header.sequence == (tip?.sequence ?? 0) + 1 else {
      return header.sequence <= tip?.sequence ?? 0 ? .passedOver : .early
    }
    guard header.previous == tip?.digest else { return .passedOver }
    // No digest covers what is left of a redacted change. What erases is never redacted, and nothing is named in vain.
    if case .redacted = entry {
      guard !entry.edits.contains(where: \.isErasure), try hasAll(entry) else { return .early }
    }
    let kept = context.ledger.redacted(entry)
    try context.keeper.enterErasures(by: entry, in: transaction)
    if try isNext(place, after: before, in: header.space) {
      try replica.apply(kept, at: place)
    } else {
      for dot in entry.edits.flatMap(\.operation.dependencies) {
        guard let named = try transaction.row(of: dot, in: header.space) else { return .early }
        guard named.entry.digest == names[dot] else { return .passedOver }
      }
      try replica.take(kept, at: place.time)
    }
    if case .redacted = entry { try BodyRegister.note(entry.dot, in: header.space, transaction) }
    try context.bind(header.replica, to: header.author.chainOwner)
    return .isHere
  }
}

extension Replica {
  /// Takes the whole change where the log has only what somebody left of it. What is erased here stays so.
  func restoreBody(of entry: LogEntry) throws {
    let (dot, space) = (entry.dot, entry.header.space)
    let before = try transaction.row(of: dot, in: space)?.entry
    var stale = StaleRecords()
    try reinstate(entry, leaving: &stale)
    try stale.rebuild(with: self)
    guard try transaction.row(of: dot, in: space)?.entry != before else { return }
    try BodyRegister.note(dot, in: space, transaction)
  }
}
