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

  /// - Parameter ledger: The acts that outlast backups. Whatever it says is erased is not stored.
  /// - Throws: ``StoreError/unreadable(_:)`` if the store does not belong to a hub.
  package init(rules: RuleBook, ledger: LedgerKeeper, _ transaction: any StoreTransaction) throws {
    replica = Replica(rules: rules, in: transaction)
    context = try AcceptanceContext(ledger: ledger, transaction)
    self.transaction = transaction
  }

  /// How far a segment was taken.
  package enum Progress: Equatable, Sendable {
    case whole
    /// The hub lacks what the segment builds on, so that those of its space behind it are in vain.
    case inVain
    /// The commit has worked on as much as one may: the segment goes on with the row of this number in another.
    case stopped(at: Int)
  }

  /// The outcome for one row.
  private enum Outcome {
    case isHere
    /// Nothing can be done with the row, and nothing needs to be.
    case passedOver
    /// The hub lacks something that the row depends on, so those that follow it must wait, too.
    case early
  }

  /// Takes a segment of this hub's log. One that is not, or of a space that is not here, changes nothing.
  ///
  /// - Parameter start: The number of the row to begin with, from 0, where an earlier commit has stopped.
  package mutating func take(_ segment: LogSegment, from start: Int = 0) throws -> Progress {
    guard try transaction.isVisited(segment.space) else { return .inVain }
    guard let rows = segment.proved(of: context.hub, by: context.key.publicKey) else { return .inVain }
    let names = Dictionary(segment.names.map { ($0.dot, $0.digest) }, uniquingKeysWith: { first, _ in first })
    var before = start == 0 ? segment.start : rows[start - 1].place.digest
    var byteCount = 0
    for (number, row) in rows.enumerated().dropFirst(start) {
      // The rest has its turn after the others who are waiting.
      guard byteCount < Limits.commitBytesMax else { return .stopped(at: number) }
      let place = row.place
      defer { before = place.digest }
      if try transaction.place(at: place.position, in: segment.space)?.digest == place.digest {
        if case .change(let change)? = row.entry { try replica.restoreBody(of: change, context.ledger) }
        continue
      }
      hasForgotten = true
      guard let entry = row.entry else {
        guard try !isNext(place, after: before, in: segment.space) else { return .inVain }
        continue
      }
      if case .early = try take(entry, at: place, after: before, naming: names) { return .inVain }
      byteCount += try entry.byteCount + transaction.byteCount(of: entry.edits.records, in: segment.space)
    }
    return .whole
  }

  private func isNext(_ place: LogPlace, after before: Digest, in space: SpaceID) throws -> Bool {
    let last = try transaction.lastPlace(in: space)
    return place.position == (last?.position ?? 0) + 1 && before == last?.digest ?? LogPlace.start(of: space)
  }

  private mutating func take(
    _ entry: LogEntry, at place: LogPlace, after before: Digest, naming names: [Dot: Digest]
  ) throws -> Outcome {
    let header = entry.header
    if let row = try transaction.row(of: header.dot, in: header.space) {
      guard row.entry.digest == entry.digest else { return .passedOver }
      if case .change(let change) = entry { try replica.restoreBody(of: change, context.ledger) }
      return .isHere
    }
    let tip = try transaction.tip(of: header.replica, in: header.space)
    guard header.sequence == (tip?.sequence ?? 0) + 1 else {
      return header.sequence <= tip?.sequence ?? 0 ? .passedOver : .early
    }
    guard header.previous == tip?.digest else { return .passedOver }
    // No digest covers what is left of a redacted change; but what erases is never redacted.
    if case .redacted = entry, entry.edits.contains(where: \.isErasure) { return .early }
    let isNext = try isNext(place, after: before, in: header.space)
    for dot in entry.edits.flatMap(\.operation.dependencies) {
      guard let named = try transaction.outline(of: dot, in: header.space) else { return .early }
      // Where the log went on otherwise, another change may have the name.
      guard isNext || named.digest == names[dot] else { return .passedOver }
    }
    try context.keeper.enterErasures(by: entry, in: transaction)
    let kept = context.ledger.redacted(entry)
    if isNext { try replica.apply(kept, at: place) } else { try replica.take(kept, at: place.time) }
    if case .redacted = entry { try BodyRegister.note(entry.dot, in: header.space, transaction) }
    return .isHere
  }
}
