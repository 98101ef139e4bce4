// Repairs a device's history when the hub's differs: a change was refused, or a dot belongs to another change. Records
// are rebuilt from the log without the lost changes, which go to the rescue box or are re-issued under new dots.
// Nothing is discarded.

internal import Cryptography

extension Replica {
  /// Replaces a change that the hub refused with a void. The change moves to the rescue box, and its records become
  /// stale.
  ///
  /// - Returns: False, with nothing changed, if the row already is a void or does not exist.
  @discardableResult
  package func refuse(
    _ dot: Dot, in space: SpaceID, reason: RefusalReason, leaving stale: inout StaleRecords
  ) throws -> Bool {
    guard let entry = try transaction.row(of: dot, in: space)?.entry else { return false }
    if case .void = entry { return false }
    try rescue(entry, reason: reason)
    try transaction.replaceRow(with: .void(VoidEntry(of: entry, reason: reason)))
    try transaction.setAcknowledged(true, dots: [dot], in: space)
    stale.add(entry.edits, in: space)
    // The log's next rows are redacted by the records' states, so an erasure that is taken back must not wait.
    if entry.edits.contains(where: \.isErasure) { try stale.rebuild(with: self) }
    return true
  }

  /// Replaces a void by the hub's, which has another reason, and acknowledges it.
  package func correct(_ void: VoidEntry) throws {
    try transaction.replaceRow(with: .void(void))
    try transaction.setAcknowledged(true, dots: [void.header.dot], in: void.header.space)
  }

  /// Replaces a row with the hub's entry for the same header. Either the hub, restored from a backup made before it
  /// refused the change, has now accepted it; or the hub holds more or less of a redacted change. The entry keeps the
  /// row's position in the log, so whatever superseded it still does. Its records become stale.
  package func reinstate(_ entry: LogEntry, leaving stale: inout StaleRecords) throws {
    let standing = try transaction.row(of: entry.dot, in: entry.header.space)?.entry.edits ?? []
    let kept = try redacted(entry)
    try transaction.replaceRow(with: kept)
    if kept.edits.count < standing.count { try transaction.didErase() }
    stale.add(standing + entry.edits, in: entry.header.space)
    if (standing + entry.edits).contains(where: \.isErasure) { try stale.rebuild(with: self) }
  }

  /// Resolves a fork in the hub's favour. Drops this copy's rows of `replica` from `sequence` on, because the hub holds
  /// other changes under those dots. With them it drops every row that depends on a dropped one and is not in the hub's
  /// log, because it was not sent or because the hub's log has gone on otherwise: by
  /// reference or by chain, since the hub would resolve the dot to another change, or by a Lamport time that only
  /// dropped changes had reached, since the hub would make it wait for them.
  ///
  /// Own changes are re-issued under a new replica id, with their references remapped. The map of old to new dots is
  /// stored in the same transaction, so a crash never causes a second re-issue. Own changes that only delete records
  /// which no longer exist go to the rescue box. So do others' changes, which their authors re-issue. The hub's rows
  /// under these dots are received later.
  ///
  /// Cost grows with the log from the first forked row on, with the chains affected and with the records' histories.
  ///
  /// - Returns: The number of changes re-issued, the number rescued, and the records that no longer exist.
  @discardableResult
  package func resolveFork(
    of replica: ReplicaID, from sequence: UInt64, in space: SpaceID
  ) throws -> (reissued: Int, rescued: Int, vanished: [RecordID]) {
    let lost = try rowsLost(with: replica, from: sequence, in: space)
    var cuts: [ReplicaID: UInt64] = [replica: sequence]
    for row in lost {
      let dot = row.entry.dot
      cuts[dot.replica] = min(cuts[dot.replica] ?? .max, dot.sequence)
      try transaction.removeRow(of: dot, in: space)
    }
    for (chain, first) in cuts {
      try lowerTip(of: chain, before: first, in: space)
    }
    let records = lost.flatMap(\.entry.edits).records
    try rebuild(records, in: space)
    if var row = try transaction.space(space) {
      // Re-issued changes must not claim a Lamport time that only the dropped changes had reached.
      row.lamport = try transaction.tips(in: space).values.map(\.lamport).max() ?? 0
      try transaction.put(row)
    }
    let own = try lost.compactMap(\.entry.remainder).filter { try identity.owns($0.dot.replica) }
    let given = lost.map(\.entry).filter { entry in !own.contains { $0.dot == entry.dot } }
    let others = given.filter { !$0.edits.isEmpty }
    for entry in others { try rescue(entry, reason: .forked) }
    let isCurrentName = try identity.current() == replica
    if isCurrentName || !own.isEmpty { try ReplicaIdentity.renew(in: transaction) }
    let reissued = try reissue(own, without: given, in: space)
    let gone = try records.filter { try transaction.record(RecordKey(space, $0)) == nil }
    return (reissued, others.count + own.count - reissued, gone)
  }

  /// The rows under the forked dots and all rows without a place that depend on a lost one, by reference, by chain or by
  /// Lamport time; in log order.
  private func rowsLost(
    with replica: ReplicaID, from sequence: UInt64, in space: SpaceID
  ) throws -> [LogRow] {
    let disputed = try transaction.rows(of: replica, from: sequence, in: space)
    guard let first = disputed.map(\.position).min() else { return [] }
    let rows = try transaction.rows(after: first - 1, in: space, bytesMax: .max)
    var cuts: [ReplicaID: UInt64] = [replica: sequence]
    func isCut(_ dot: Dot) -> Bool { cuts[dot.replica].map { $0 <= dot.sequence } ?? false }
    func isUnmade(_ record: RecordID) throws -> Bool {
      let makings = try transaction.rows(touching: RecordKey(space, record)).map(\.entry)
        .filter { $0.edits.contains { $0.record == record && $0.makesPresent } }
      return !makings.isEmpty && makings.allSatisfy { isCut($0.dot) }
    }
    var reached = try highestLamport(besides: rows.filter { isCut($0.entry.dot) || $0.place == nil })
    var lost: [LogRow] = []
    for row in rows {
      let builds =
        try row.place == nil
        && (row.entry.dependencies.contains(where: isCut)
          // An edit need not reference the dot that created its record, but it still depends on it.
          || row.entry.edits.contains { try isUnmade($0.record) }
          // The hub takes no Lamport time more than 1 above the highest before it.
          || row.entry.header.lamport > reached + 1)
      guard isCut(row.entry.dot) || builds else {
        reached = max(reached, row.entry.header.lamport)
        continue
      }
      cuts[row.entry.dot.replica] = min(cuts[row.entry.dot.replica] ?? .max, row.entry.dot.sequence)
      lost.append(row)
    }
    return lost
  }

  /// The highest Lamport time of the rows' space, without these rows and their successors in each chain.
  private func highestLamport(besides rows: [LogRow]) throws -> UInt64 {
    guard let space = rows.first?.entry.header.space else { return 0 }
    let starts = Dictionary(rows.map { ($0.entry.dot.replica, $0.entry.dot.sequence) }, uniquingKeysWith: min)
    return try transaction.tips(in: space).map { chain, tip in
      try starts[chain].map { try highestLamport(of: chain, before: $0, in: space) } ?? tip.lamport
    }.max() ?? 0
  }

  /// The highest Lamport time of a replica's rows before a sequence; 0 if there are none. It is that of the last of
  /// them that was not refused for it, because the times of a chain only rise. Costs one row, and one for each such
  /// refusal.
  private func highestLamport(
    of replica: ReplicaID, before sequence: UInt64, in space: SpaceID
  ) throws -> UInt64 {
    var last = sequence - 1
    while last > 0, let entry = try transaction.row(of: Dot(replica, last), in: space)?.entry {
      guard case .void(let void) = entry, void.reason == .lamport else { return entry.header.lamport }
      last -= 1
    }
    return 0
  }

  private func lowerTip(
    of replica: ReplicaID, before sequence: UInt64, in space: SpaceID
  ) throws {
    let earlier = sequence > 1 ? try transaction.row(of: Dot(replica, sequence - 1), in: space) : nil
    let lamport = try highestLamport(of: replica, before: sequence, in: space)
    try transaction.setTip(
      of: replica, in: space,
      to: earlier.map { Tip(sequence: sequence - 1, digest: $0.entry.digest, lamport: lamport) })
  }

  /// Re-issues own changes under the current replica id, in the given order.
  ///
  /// - Parameters:
  ///   - changes: The changes to re-issue.
  ///   - given: The dropped entries that are not re-issued.
  /// - Returns: The number re-issued. The remainder only delete records that no longer exist, and go to the rescue box.
  private func reissue(
    _ changes: [Change], without given: [LogEntry], in space: SpaceID
  ) throws -> Int {
    try reissue(changes, without: given, in: space) { $0 }
  }

  /// Makes own changes again, which this copy has kept beside its log, under the current replica id. Those that only
  /// delete records which do not exist go to the rescue box.
  ///
  /// - Parameter reached: The last change of a chain that these may name; other references are dropped.
  /// - Returns: The number re-issued.
  package func reissue(
    _ changes: [Change], in space: SpaceID, naming reached: (ReplicaID) throws -> UInt64
  ) throws -> Int {
    try reissue(changes, without: [], in: space) { try $0.retaining(upTo: reached) }
  }

  private func reissue(
    _ changes: [Change], without given: [LogEntry], in space: SpaceID, mending: (Edit) throws -> Edit
  ) throws -> Int {
    // Others' changes, refused ones and rescued ones are not re-issued, so no edit may reference them.
    var given = Dictionary(uniqueKeysWithValues: given.map { ($0.dot, $0.edits) })
    let replica = try ReplicaIdentity.established(in: transaction)
    var renamed: [Dot: Dot] = [:]
    var count = 0
    for old in changes {
      // A record created only by somebody else's lost change is created here, since the edits need it to exist.
      let unmade = try old.records.filter { try transaction.record(RecordKey(space, $0)) == nil }
      let kept = old.edits.filter { !unmade.contains($0.record) || !$0.isDelete }
      guard !kept.isEmpty else {
        try transaction.rescue(old, reason: .forked)
        given[old.dot] = old.edits
        continue
      }
      let kinds = Dictionary(kept.map { ($0.record, $0.kind) }) { first, _ in first }
      let making = unmade.filter { record in
        kinds[record] != nil && !kept.contains { $0.record == record && $0.makesPresent }
      }
      let edits =
        try making.map { Edit(record: $0, kind: kinds[$0]!, operation: .makePresent(supersedes: [])) }
        + kept.map { try mending($0).rebased(over: given).remapped(by: renamed) }
      let change = Change(
        edits: edits, space: space, replica: replica, previous: try transaction.tip(of: replica, in: space),
        lamport: (try transaction.space(space)?.lamport ?? 0) + 1, author: old.header.author, time: old.header.time,
        modelVersion: old.header.modelVersion)
      renamed[old.dot] = change.dot
      try LocalState.reissued.set(old.dot, of: space, to: change.dot, in: transaction)
      try apply(.change(change))
      count += 1
    }
    return count
  }

  /// Rebuilds records from the log, from its first row on. A record without edits in the log is removed.
  ///
  /// Cost grows with the records' histories.
  package func rebuild(_ records: [RecordID], in space: SpaceID) throws {
    let owner = try transaction.value(of: LocalState.owner)
    for record in Set(records).sorted() {
      let key = RecordKey(space, record)
      var state: RecordState?
      let rows = try transaction.rows(touching: key)
      for entry in rows.map(\.entry) {
        for edit in entry.edits where edit.record == record {
          var next = state ?? RecordState(kind: edit.kind)
          next.merge(edit, by: entry.header.stamp)
          state = next
        }
      }
      if let state { try put(state, at: key) } else { try transaction.removeRecord(key) }
      guard let owner else { continue }
      try transaction.setNews(of: key, at: rows.last { $0.entry.header.author != owner }?.position)
    }
  }
}

extension Replica {
  /// Rebuilds every record of a space from its log, and removes those that no change made.
  ///
  /// - Returns: The number of records that the log makes.
  package func rebuildAll(in space: SpaceID) throws -> Int {
    var records: Set<RecordID> = []
    try transaction.forEachStoredRecord(after: nil, in: space) { name, _ in
      if let record = RecordID(bytes: name) { records.insert(record) }
      return true
    }
    let made = try transaction.touchedRecords(after: nil, in: space, rowsMax: .max).map(\.record)
    try rebuild(Array(records.union(made)), in: space)
    return made.count
  }
}
