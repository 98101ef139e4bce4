// Writes what an agreement gives into the agreement's own outgoing space.
//
// The need: the partner gets exactly what the agreement names of our records, now and after every change, and nothing
// else: not a header, an author, a count or a time of a board's space, and no id of ours.
//
// The obvious solution filters the log on its way out. A log has what was written before a rule was made narrower, and
// what a record once said; and filtered rows prove nothing, since no signature covers them.
//
// The idea: the outgoing space is an ordinary space of this hub, in which the hub alone writes. A record there shows what
// the rules let cross of a record of ours (``Projection``), and is brought up to date by ordinary changes. Where something
// must vanish from the partner's copies, history and all, the record is erased, and if it is still to cross, made again
// under another id. The reading is repeatable: a crash or a restore does it again and ends with the same records.
//
// A record that was made again has another id, so what links to it is written again; a link that is written once cannot be,
// and its record is made again as well. Records that link to each other so would never come to rest. Such links are
// therefore left out of what is made again, and written once nothing else is left to do.

internal import Cryptography
package import RecordModel
package import Replication
package import SyncHub

/// The writer of one agreement's outgoing space.
package struct Projector {
  /// The most records that one transaction reads.
  package static let recordsPerCommit = 200
  /// The most bytes of log rows that one transaction reads.
  private static let rowBytesMax = 256 * 1024

  private let projection: Projection
  /// The name of what is read: the version, or that it is over.
  private let reading: Digest
  private let outgoing: SpaceID
  private let model: RecordModel
  private let ledger: LedgerKeeper
  private let clock: @Sendable () -> Timestamp
  private let book: ProjectionBook
  private let looks: Looks

  /// - Parameters:
  ///   - state: A version in force, which an administrator has confirmed; or the last one of an agreement that is over.
  ///   - model: This hub's model.
  ///   - isOver: True for an agreement that is over: what it gave is erased from the outgoing space, so that what members
  ///     erase later is nowhere in this hub's files.
  package init(
    of state: AgreementState, to partner: PartnerHub, model: RecordModel, ledger: LedgerKeeper,
    clock: @escaping @Sendable () -> Timestamp, isOver: Bool = false
  ) {
    projection = Projection(of: state.agreement, at: state.home, model: model, isOver: isOver)
    reading = isOver ? Digest(tag: "board.agreement-over", state.agreement.digest.bytes) : state.agreement.digest
    outgoing = PartnerSpace.outgoing(of: state.agreement.id, from: state.home, to: partner.id)
    self.model = model
    self.ledger = ledger
    self.clock = clock
    book = ProjectionBook(of: state.agreement.id, with: partner.id)
    looks = Looks(of: state.agreement.id, with: partner.id)
  }

  /// Brings the outgoing space up to date, in transactions of bounded size.
  package func run(on store: any ReplicaStore) throws {
    var isChanged = false
    while try store.write({ try step($0) }) { isChanged = true }
    guard isChanged else { return }
    // Erased words must be gone from the file as well.
    do { try store.scrub() } catch StoreError.full {
      // What was projected is durable. The next opening scrubs.
    }
  }

  /// Reads the next records.
  ///
  /// - Returns: False once the outgoing space shows everything.
  package func step(_ transaction: any StoreTransaction) throws -> Bool {
    if try book.listDependents(limit: Self.recordsPerCommit, in: transaction) { return true }
    let pending = try book.pending(limit: Self.recordsPerCommit, in: transaction)
    if !pending.isEmpty {
      for key in pending {
        try book.setPending(false, key, in: transaction)
        try bringUpToDate(key, transaction)
      }
      return true
    }
    let unlinked = try book.unlinked(limit: Self.recordsPerCommit, in: transaction)
    if !unlinked.isEmpty {
      for key in unlinked {
        try book.setUnlinked(false, key, in: transaction)
        try project(key, transaction)
      }
      return true
    }
    let names = projection.spaceNames
    let sources = try transaction.sharedSpaces().filter { names.contains($0.name) }
    for space in sources where try !isThrough(space, transaction) { return try readOn(space, transaction) }
    // What stands and no rule is about any more; its space may be in no rule at all.
    if let space = try transaction.space(outgoing), try !isThrough(space, transaction) {
      return try readOn(space, transaction)
    }
    for space in sources where try readChanges(of: space, transaction) { return true }
    // The partner's hub may have brought rows back that this hub had lost in a restore.
    return try transaction.space(outgoing).map { try readChanges(of: $0, transaction) } ?? false
  }

  // MARK: Reading

  private func isThrough(_ space: Space, _ transaction: any StoreTransaction) throws -> Bool {
    let progress = try book.progress(of: space.id, in: transaction)
    let epoch = try HubIdentity.identity(in: transaction).epoch
    guard let progress, progress.version == reading, progress.epoch == epoch else { return false }
    return progress.isThrough
  }

  /// Reads the next records of a space, in the order of their ids.
  private func readOn(_ space: Space, _ transaction: any StoreTransaction) throws -> Bool {
    let (version, epoch) = (reading, try HubIdentity.identity(in: transaction).epoch)
    var progress =
      try book.progress(of: space.id, in: transaction)
      ?? ProjectionProgress(
        version: version, epoch: epoch, position: space.lastPosition)
    if progress.version != version || progress.epoch != epoch {
      progress = ProjectionProgress(version: version, epoch: epoch, position: space.lastPosition)
    }
    var records: [RecordID] = []
    try transaction.forEachStoredRecord(after: progress.after, in: space.id) { id, _ in
      guard let record = RecordID(bytes: id) else { throw StoreError.corrupt("a record's id in \(space.name)") }
      records.append(record)
      return records.count < Self.recordsPerCommit
    }
    for record in records { try bringUpToDate(RecordKey(space.id, record), transaction) }
    progress.after = records.last ?? progress.after
    progress.isThrough = records.count < Self.recordsPerCommit
    try book.set(progress, of: space.id, in: transaction)
    return true
  }

  /// Puts the records that the next rows of a space's log edit on the list of those to read.
  ///
  /// - Returns: False if there are none.
  private func readChanges(of space: Space, _ transaction: any StoreTransaction) throws -> Bool {
    guard var progress = try book.progress(of: space.id, in: transaction), progress.position < space.lastPosition else {
      return false
    }
    let rows = try transaction.rows(after: progress.position, in: space.id, bytesMax: Self.rowBytesMax)
    guard let last = rows.last else { return false }
    for record in Set(rows.flatMap { $0.entry.edits.records }) {
      try book.setPending(true, RecordKey(space.id, record), in: transaction)
    }
    progress.position = last.position
    try book.set(progress, of: space.id, in: transaction)
    return true
  }

  // MARK: Writing

  /// Projects a record of ours, or the one that stands behind an outgoing record.
  private func bringUpToDate(_ key: RecordKey, _ transaction: any StoreTransaction) throws {
    guard key.space == outgoing else { return try project(key, transaction) }
    if let source = try book.source(of: key.record, in: transaction) {
      try project(source, transaction)
    } else {
      try eraseStray(key.record, transaction)
    }
  }

  private func project(_ key: RecordKey, _ transaction: any StoreTransaction) throws {
    guard let space = try transaction.space(key.space), let state = try transaction.record(key) else { return }
    let before = try book.projected(key, in: transaction)
    let outcome = try projection.outcome(of: state, inSpaceNamed: space.name) { field, value in
      try looks.decision(on: FieldKey(key, field), value, in: transaction)
    }
    let freeText = projection.freeText(of: state.kind, inSpaceNamed: space.name)
    guard case .crosses(let crossing)? = outcome else {
      for field in freeText { try looks.setWaiting(false, FieldKey(key, field), in: transaction) }
      try withdraw(key, before, transaction)
      return
    }
    for field in freeText {
      try looks.setWaiting(crossing.held[field] == .waiting, FieldKey(key, field), in: transaction)
    }
    try book.note(key, linksTo: crossing.links, in: transaction)
    try write(key, crossing, kind: state.kind, before, transaction)
  }

  /// Makes the outgoing record show what crosses.
  private func write(
    _ key: RecordKey, _ crossing: Projection.Crossing, kind: String, _ before: Projected?,
    _ transaction: any StoreTransaction
  ) throws {
    var generation = before?.generation ?? 0
    var target = try book.target(of: key, generation: generation, in: transaction)
    var state = try transaction.record(RecordKey(outgoing, target))
    while state?.isErased == true {
      generation += 1
      target = try book.target(of: key, generation: generation, in: transaction)
      state = try transaction.record(RecordKey(outgoing, target))
    }
    var wanted = try crossing.fields.compactMapValues { try translated($0, transaction) }
    let shown = state?.shownFields(by: model.rules) ?? [:]
    for field in crossing.held.keys { wanted[field] = shown[field] }
    let lasting = lastingLinks(in: wanted, kind: kind)
    if try !lasting.isEmpty && book.isUnlinked(key, in: transaction) {
      wanted = wanted.filter { !lasting.contains($0.key) }
    }
    let rules = model.rules.forPartners
    var rewriting = Rewriting(target, kind: kind, from: state, to: wanted, rules: rules)
    if rewriting == nil {
      try erase(target, kind: kind, transaction)
      generation += 1
      target = try book.target(of: key, generation: generation, in: transaction)
      if !lasting.isEmpty {
        try book.setUnlinked(true, key, in: transaction)
        wanted = wanted.filter { !lasting.contains($0.key) }
      }
      rewriting = Rewriting(target, kind: kind, from: nil, to: wanted, rules: rules)
    }
    do {
      for drafts in rewriting?.changes ?? [] { try commit(drafts, transaction) }
      try book.setRefused(nil, key, in: transaction)
    } catch CommitError.refused(let reason, let field) {
      // One record that cannot be written, for instance because it is too large for one change, holds up no other.
      try book.setRefused("\(reason.rawValue) \(field)", key, in: transaction)
      return
    }
    let projected = Projected(generation: generation, target: target, isStanding: true)
    guard projected != before else { return }
    try book.set(key, to: projected, in: transaction)
    try book.awaken(key, in: transaction)
  }

  /// The fields with links that cannot be replaced.
  private func lastingLinks(in fields: [String: Value], kind: String) -> Set<String> {
    let rules = model.rules.kinds[kind]?.fields ?? [:]
    return Set(
      fields.filter { [.once, .appendOnly].contains(rules[$0.key]?.policy) && !$0.value.links.isEmpty }.map(\.key))
  }

  /// Erases the outgoing record, if it stands.
  private func withdraw(_ key: RecordKey, _ before: Projected?, _ transaction: any StoreTransaction) throws {
    guard var projected = before, projected.isStanding else { return }
    let kind = try transaction.record(RecordKey(outgoing, projected.target))?.kind
    if let kind { try erase(projected.target, kind: kind, transaction) }
    projected.isStanding = false
    try book.set(key, to: projected, in: transaction)
    try book.awaken(key, in: transaction)
  }

  /// Erases an outgoing record that is no record of ours: of one that was lost in a restore.
  private func eraseStray(_ record: RecordID, _ transaction: any StoreTransaction) throws {
    guard let state = try transaction.record(RecordKey(outgoing, record)), !state.isErased,
      PartnerRules.kinds[state.kind] == nil
    else { return }
    try erase(record, kind: state.kind, transaction)
  }

  private func erase(_ record: RecordID, kind: String, _ transaction: any StoreTransaction) throws {
    try ledger.enter([.erased(RecordKey(outgoing, record), kind: kind)], in: transaction)
    try commit([.erase(record)], transaction)
  }

  /// Erases whatever stands of one record in outgoing spaces, of agreements in force and of ended ones.
  package static func eraseProjections(
    of key: RecordKey, model: RecordModel, ledger: LedgerKeeper, now: Timestamp, in transaction: any StoreTransaction
  ) throws {
    let home = try HubIdentity.identity(in: transaction).hub
    for partner in try Directory(transaction).partners() {
      guard let hub = partner.hub, let papers = try Papers(with: partner, in: transaction) else { continue }
      for id in Set(try papers.all(in: transaction).map(\.agreement.id)).sorted() {
        let book = ProjectionBook(of: id, with: hub.id)
        guard var projected = try book.projected(key, in: transaction), projected.isStanding else { continue }
        let outgoing = PartnerSpace.outgoing(of: id, from: home, to: hub.id)
        guard let kind = try transaction.record(RecordKey(outgoing, projected.target))?.kind else { continue }
        try ledger.enter([.erased(RecordKey(outgoing, projected.target), kind: kind)], in: transaction)
        _ = try Replica(rules: model.rules.forPartners, in: transaction).commit(
          [.erase(projected.target)], in: outgoing, by: HubIdentity.centre(in: transaction), at: now, isHome: true)
        projected.isStanding = false
        try book.set(key, to: projected, in: transaction)
        try book.awaken(key, in: transaction)
      }
    }
  }

  private func commit(_ drafts: [Draft], _ transaction: any StoreTransaction) throws {
    _ = try Replica(rules: model.rules.forPartners, in: transaction).commit(
      drafts, in: outgoing, by: HubIdentity.centre(in: transaction), at: clock(), isHome: true)
  }

  /// A value with its links leading to outgoing records; links to what does not cross are left out.
  ///
  /// - Returns: `nil` for a link to what does not cross.
  private func translated(_ value: Value, _ transaction: any StoreTransaction) throws -> Value? {
    switch value {
    case .link(let record): return try target(of: record, transaction).map { .link($0) }
    case .list(let values): return .list(try values.compactMap { try translated($0, transaction) })
    case .map(let parts): return .map(try parts.compactMapValues { try translated($0, transaction) })
    default: return value
    }
  }

  private func target(of record: RecordID, _ transaction: any StoreTransaction) throws -> RecordID? {
    for space in try transaction.spaces(holding: record) {
      if let projected = try book.projected(RecordKey(space, record), in: transaction), projected.isStanding {
        return projected.target
      }
    }
    return nil
  }
}

extension Projection.Crossing {
  /// The records that the fields link to.
  var links: Set<RecordID> { Set(fields.values.flatMap(\.links)) }
}

extension Value {
  fileprivate var links: [RecordID] {
    switch self {
    case .link(let record): [record]
    case .list(let values): values.flatMap(\.links)
    case .map(let parts): parts.values.flatMap(\.links)
    default: []
    }
  }
}
