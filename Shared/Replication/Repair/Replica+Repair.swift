// What a device does when the past turns out otherwise than it was saved: a change refused, a dot that belongs to
// somebody else. Records are rebuilt from the log without it, and the words go to the rescue box, or out again under
// a new dot. Nothing is thrown away.

internal import Cryptography

extension Replica {
  /// Puts a void in the place of an own change that the hub refused. Its words move to the rescue box, and its
  /// records become what they would be without it.
  ///
  /// - Returns: False where the row is a void already, or is not there; then nothing changes.
  @discardableResult
  package func refuse(
    _ dot: Dot, in space: SpaceID, reason: RefusalReason, signature: [UInt8]? = nil
  ) throws -> Bool {
    guard let entry = try transaction.row(of: dot, in: space)?.entry else { return false }
    if case .void = entry { return false }
    try rescue(entry, reason: reason)
    try transaction.replaceRow(with: .void(VoidEntry(of: entry, reason: reason, signature: signature)))
    try transaction.setAcknowledged(true, dots: [dot], in: space)
    if reason == .lamport { try recountLamport(of: dot.replica, in: space) }
    try rebuild(entry.edits.records, in: space)
    return true
  }

  /// Lowers the bound that a change refused for its Lamport time had raised here, or every later one would be refused.
  private func recountLamport(of replica: ReplicaID, in space: SpaceID) throws {
    guard let tip = try transaction.tip(of: replica, in: space), var row = try transaction.space(space) else { return }
    let lamport = try countedLamport(of: replica, before: .max, in: space)
    try transaction.setTip(
      of: replica, in: space, to: Tip(sequence: tip.sequence, digest: tip.digest, lamport: lamport))
    row.lamport = try transaction.tips(in: space).values.map(\.lamport).max() ?? 0
    try transaction.put(row)
  }

  /// The highest Lamport time that counts among a replica's rows before a sequence. Cost grows with its chain.
  private func countedLamport(
    of replica: ReplicaID, before sequence: UInt64, in space: SpaceID
  ) throws -> UInt64 {
    try transaction.rows(of: replica, from: 1, in: space).map(\.entry).filter { $0.dot.sequence < sequence }
      .map(\.countedLamport).max() ?? 0
  }

  /// Puts what the hub holds in the place of what stands here under the same header: a change where a refusal stood
  /// that the hub does not hold to, because it went back to a backup from before it and took the change this time; or
  /// more or less of a change whose words were erased. It takes the old place in the log, so what superseded it still
  /// does.
  package func reinstate(_ entry: LogEntry) throws {
    let standing = try transaction.row(of: entry.dot, in: entry.header.space)?.entry.edits ?? []
    let kept = try redacted(entry)
    try transaction.replaceRow(with: kept)
    if kept.edits.count < standing.count { try transaction.didErase() }
    try rebuild((standing + entry.edits).records, in: entry.header.space)
  }

  /// Gives up what this copy holds of a replica from a sequence on, because the hub holds other changes under those
  /// dots, and what the hub holds owns the dot. With it goes whatever the hub does not hold and that names such a dot,
  /// or follows in its own chain, for the hub would read another change into the name; and what claims a Lamport time
  /// that only such changes had reached, for the hub would refuse it.
  ///
  /// Own changes are re-issued under a new replica name, with their references to renamed dots rewritten; the old → new
  /// map is stored in the same transaction, so a crash never re-issues twice. Others' go to the rescue box whole: their
  /// authors re-issue them. The rows the hub holds under these dots are still to come.
  ///
  /// - Returns: How many changes were re-issued, how many rescued, and how many records are gone by it.
  @discardableResult
  package func resolveFork(
    of replica: ReplicaID, from sequence: UInt64, in space: SpaceID
  ) throws -> (reissued: Int, rescued: Int, vanished: Int) {
    let lost = try rowsLost(with: replica, from: sequence, in: space)
    var cuts: [ReplicaID: UInt64] = [replica: sequence]
    for row in lost {
      let dot = row.entry.dot
      cuts[dot.replica] = min(cuts[dot.replica] ?? .max, dot.sequence)
      try transaction.removeRow(of: dot, in: space)
    }
    for (chain, first) in cuts {
      try lowerTip(of: chain, before: first, in: space)
      try transaction.removeHeads(of: chain, from: first, in: space)
    }
    let records = lost.flatMap(\.entry.edits).records
    try rebuild(records, in: space)
    if var row = try transaction.space(space) {
      row.cursor = nil
      // Re-issued changes must not claim a time that only the changes just taken out had reached.
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
    return (reissued, others.count + own.count - reissued, gone.count)
  }

  /// The disputed rows and, in log order, all unacknowledged ones that build on a row already lost, in what they name
  /// or in the Lamport time they claim.
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
    var reached = try highestLamport(besides: rows.filter { isCut($0.entry.dot) || !$0.isAcknowledged })
    var lost: [LogRow] = []
    for row in rows {
      let builds =
        try !row.isAcknowledged
        && (row.entry.dependencies.contains(where: isCut)
          // An edit need not name the dot that made its record, but there is nothing to edit without.
          || row.entry.edits.contains { try isUnmade($0.record) }
          // The hub refuses a time that nothing before it has reached.
          || row.entry.header.lamport > reached + 1)
      guard isCut(row.entry.dot) || builds else {
        reached = max(reached, row.entry.countedLamport)
        continue
      }
      cuts[row.entry.dot.replica] = min(cuts[row.entry.dot.replica] ?? .max, row.entry.dot.sequence)
      lost.append(row)
    }
    return lost
  }

  /// The highest Lamport time that counts in a space when these rows, and what follows each in its chain, do not.
  private func highestLamport(besides rows: [LogRow]) throws -> UInt64 {
    guard let space = rows.first?.entry.header.space else { return 0 }
    let starts = Dictionary(rows.map { ($0.entry.dot.replica, $0.entry.dot.sequence) }, uniquingKeysWith: min)
    return try transaction.tips(in: space).map { chain, tip in
      try starts[chain].map { try countedLamport(of: chain, before: $0, in: space) } ?? tip.lamport
    }.max() ?? 0
  }

  private func lowerTip(
    of replica: ReplicaID, before sequence: UInt64, in space: SpaceID
  ) throws {
    let earlier = sequence > 1 ? try transaction.row(of: Dot(replica, sequence - 1), in: space) : nil
    let lamport = try countedLamport(of: replica, before: sequence, in: space)
    try transaction.setTip(
      of: replica, in: space,
      to: earlier.map { Tip(sequence: sequence - 1, digest: $0.entry.digest, lamport: lamport) })
  }

  /// - Returns: How many went out again. The rest said nothing but that a record goes which is not there any more: they
  ///   are in the rescue box.
  private func reissue(
    _ changes: [Change], without given: [LogEntry], in space: SpaceID
  ) throws -> Int {
    // Of others' changes, of what was refused and of what goes to the rescue box, nothing goes out that could be named.
    var given = Dictionary(uniqueKeysWithValues: given.map { ($0.dot, $0.edits) })
    let replica = try ReplicaIdentity.established(in: transaction)
    var renamed: [Dot: Dot] = [:]
    var count = 0
    for old in changes {
      // A record that only another's lost change had made is made here, or the words about it would have no place.
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
        making.map { Edit(record: $0, kind: kinds[$0]!, operation: .makePresent(supersedes: [])) }
        + kept.map { $0.rebased(over: given).remapped(by: renamed) }
      let change = Change(
        edits: edits, space: space, replica: replica, previous: try transaction.tip(of: replica, in: space),
        lamport: (try transaction.space(space)?.lamport ?? 0) + 1, author: old.header.author, time: old.header.time,
        modelVersion: old.header.modelVersion)
      renamed[old.dot] = change.dot
      try LocalState.reissued.set(old.dot, of: space, to: change.dot, in: transaction)
      try apply(.change(change), isAcknowledged: false)
      count += 1
    }
    return count
  }

  /// Makes records what the log says they are, from the first row on.
  ///
  /// Cost grows with the records' histories.
  package func rebuild(_ records: [RecordID], in space: SpaceID) throws {
    for record in Set(records).sorted() {
      let key = RecordKey(space, record)
      var state: RecordState?
      for entry in try transaction.rows(touching: key).map(\.entry) {
        for edit in entry.edits where edit.record == record {
          var next = state ?? RecordState(kind: edit.kind)
          next.merge(edit, by: entry.header.stamp)
          state = next
        }
      }
      if let state { try put(state, at: key) } else { try transaction.removeRecord(key) }
    }
  }
}
