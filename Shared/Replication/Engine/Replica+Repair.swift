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
    _ dot: Dot, in space: SpaceID, reason: RefusalReason, _ transaction: any StoreTransaction
  ) throws -> Bool {
    guard case .change(let change)? = try transaction.row(of: dot, in: space)?.entry else { return false }
    try transaction.rescue(change, reason: reason)
    try transaction.replaceRow(with: .void(VoidEntry(of: change, reason: reason)))
    try transaction.setAcknowledged(true, dots: [dot], in: space)
    try rebuild(change.records, in: space, transaction)
    return true
  }

  /// Puts a change in the place of a refusal that the hub does not hold to: it went back to a backup from before it,
  /// and took the change this time. The change takes its old place in the log, so what superseded it still does.
  package func reinstate(_ change: Change, _ transaction: any StoreTransaction) throws {
    try transaction.replaceRow(with: .change(change))
    try rebuild(change.records, in: change.header.space, transaction)
  }

  /// Gives up what this copy holds of a replica from a sequence on, because the hub holds other changes under those
  /// dots, and what the hub holds owns the dot.
  ///
  /// Own changes, and every own unacknowledged change after them in the log, are re-issued under a new replica name,
  /// with their references to renamed dots rewritten; the old → new map is stored in the same transaction, so a crash
  /// never re-issues twice. Somebody else's go to the rescue box whole. The cursor is forgotten: the hub's rows for
  /// these dots are still to come.
  ///
  /// - Returns: How many changes were re-issued and how many rescued.
  @discardableResult
  package func yield(
    _ replica: ReplicaID, from sequence: UInt64, in space: SpaceID, _ transaction: any StoreTransaction
  ) throws -> (reissued: Int, rescued: Int) {
    let isOwn = try Self.isOwn(replica, in: transaction)
    let disputed = try transaction.rows(of: replica, from: sequence, in: space)
    let followers = isOwn ? try ownOutbox(in: space, after: disputed.map(\.position).min(), transaction) : []
    let lost = (disputed + followers.filter { row in !disputed.contains { $0.entry.dot == row.entry.dot } })
      .sorted { $0.position < $1.position }
    var touched: [RecordID] = []
    for row in lost {
      if case .change(let change) = row.entry { touched += change.records }
      try transaction.removeRow(of: row.entry.dot, in: space)
    }
    for taken in Set(lost.map(\.entry.dot.replica)) {
      let first = lost.map(\.entry.dot).filter { $0.replica == taken }.map(\.sequence).min()!
      try lowerTip(of: taken, before: first, in: space, transaction)
    }
    try rebuild(touched, in: space, transaction)
    if var row = try transaction.space(space) {
      row.cursor = nil
      // Re-issued changes must not claim a time that only the changes just taken out had reached.
      row.lamport = try transaction.tips(in: space).values.map(\.lamport).max() ?? 0
      try transaction.put(row)
    }
    guard isOwn else {
      let changes = lost.compactMap { if case .change(let change) = $0.entry { change } else { nil } }
      for change in changes { try transaction.rescue(change, reason: .forked) }
      return (0, changes.count)
    }
    try takeNewIdentity(in: transaction)
    return (try reissue(lost, in: space, transaction), 0)
  }

  /// Own unacknowledged rows after a position, oldest first: they may build on what is about to be renamed.
  private func ownOutbox(
    in space: SpaceID, after position: UInt64?, _ transaction: any StoreTransaction
  ) throws -> [LogRow] {
    guard let position else { return [] }
    return try transaction.outbox(after: position, in: space, bytesMax: .max)
      .filter { try Self.isOwn($0.entry.dot.replica, in: transaction) }
  }

  private func lowerTip(
    of replica: ReplicaID, before sequence: UInt64, in space: SpaceID, _ transaction: any StoreTransaction
  ) throws {
    let earlier = sequence > 1 ? try transaction.row(of: Dot(replica, sequence - 1), in: space) : nil
    try transaction.setTip(
      of: replica, in: space,
      to: earlier.map { Tip(sequence: sequence - 1, digest: $0.entry.digest, lamport: $0.entry.countedLamport) })
  }

  private func reissue(_ rows: [LogRow], in space: SpaceID, _ transaction: any StoreTransaction) throws -> Int {
    let replica = try identity(in: transaction)
    var renamed: [Dot: Dot] = [:]
    var count = 0
    for case .change(let old) in rows.map(\.entry) {
      let edits = old.edits.map { $0.renaming(renamed) }
      let change = Change(
        edits: edits, space: space, replica: replica, previous: try transaction.tip(of: replica, in: space),
        lamport: (try transaction.space(space)?.lamport ?? 0) + 1, author: old.header.author, time: old.header.time,
        modelVersion: old.header.modelVersion)
      renamed[old.dot] = change.dot
      try transaction.set(Setting.reissued(old.dot, in: space), to: Array(change.dot.description.utf8))
      try apply(.change(change), isAcknowledged: false, transaction)
      count += 1
    }
    return count
  }

  /// Makes records what the log says they are, from the first row on.
  ///
  /// Cost grows with the records' histories.
  package func rebuild(_ records: [RecordID], in space: SpaceID, _ transaction: any StoreTransaction) throws {
    for record in Set(records).sorted() {
      let key = RecordKey(space, record)
      var state: RecordState?
      for case .change(let change) in try transaction.rows(touching: key).map(\.entry) {
        for edit in change.edits where edit.record == record {
          var next = state ?? RecordState(kind: edit.kind)
          next.merge(edit, by: change.header.stamp)
          state = next
        }
      }
      if let state { try put(state, at: key, transaction) } else { try transaction.removeRecord(key) }
    }
  }
}

extension Edit {
  /// The same edit, with every reference to a renamed dot following it.
  fileprivate func renaming(_ map: [Dot: Dot]) -> Edit {
    func follow(_ dots: [Dot]) -> [Dot] { dots.map { map[$0] ?? $0 } }
    let renamed: Operation =
      switch operation {
      case .assign(let field, let value, let dots): .assign(field: field, value: value, supersedes: follow(dots))
      case .add(let field, let element, let dots): .add(field: field, element: element, supersedes: follow(dots))
      case .remove(let field, let element, let dots): .remove(field: field, element: element, supersedes: follow(dots))
      case .makePresent(let dots): .makePresent(supersedes: follow(dots))
      case .delete(let dots, let seen): .delete(supersedes: follow(dots), seen: follow(seen))
      case .count, .append: operation
      }
    return Edit(record: record, kind: kind, operation: renamed)
  }
}
