// A replica: one copy of some spaces. Every change takes the path in this file, whoever made it and however it arrived:
// local drafts are given a dot and times here, then each change is merged, logged and indexed in one transaction.

internal import Cryptography

/// The engine, bound to one transaction of a store. A value type: apart from the rules, all its state is in the store.
package struct Replica {
  /// The model's rules, for reading state and for checking local drafts.
  package let rules: RuleBook
  package let transaction: any StoreTransaction

  package init(rules: RuleBook, in transaction: any StoreTransaction) {
    self.rules = rules
    self.transaction = transaction
  }

  package var identity: ReplicaIdentity { ReplicaIdentity(transaction) }

  // MARK: Commit

  /// Turns drafts into a change with a dot and times, and applies it in the caller's transaction.
  ///
  /// - Parameters:
  ///   - author: The member who writes.
  ///   - role: The role that the author's rights are checked against; `nil` for the hub itself, which may write
  ///     anything.
  ///   - time: The wall clock, stored for display.
  ///   - isHome: True on the space's home hub, whose log takes the change at once; false on a device.
  ///   - bytesMax: The most bytes the change may take, header and body.
  /// - Returns: The change, or `nil` if the state already is as requested.
  /// - Throws: ``CommitError``, in which case no change was written; ``StoreError``.
  package func commit(
    _ drafts: [Draft], in space: SpaceID, by author: MemberID, as role: String? = nil, at time: Timestamp,
    isHome: Bool, bytesMax: Int = Limits.changeBytesMax
  ) throws -> Change? {
    guard let row = try transaction.space(space) else { throw CommitError.unknownSpace }
    var composer = Composer(rules: rules, space: space, transaction: transaction)
    for draft in drafts { try composer.add(draft) }
    try composer.checkSettled()
    guard !composer.edits.isEmpty else { return nil }
    if !isHome, try composer.edits.takeForeseeableID(in: space, transaction) {
      throw CommitError.refused(.notAllowed, field: "")
    }
    if let refusal = try rules.refusal(of: composer.edits, in: row, transaction) {
      throw CommitError.refused(refusal.reason, field: refusal.field)
    }
    if let role {
      let refusal = try rules.refusal(of: composer.edits, by: AuthorRole(author, role: role)) {
        try transaction.creator(of: RecordKey(space, $0))
      }
      if let refusal { throw CommitError.notAllowed(refusal) }
    }
    let replica = try ReplicaIdentity.established(in: transaction)
    let change = Change(
      edits: composer.edits, space: space, replica: replica, previous: try transaction.tip(of: replica, in: space),
      lamport: row.lamport + 1, author: author, time: time, modelVersion: rules.version)
    guard change.headerBytes.count + change.bodyBytes.count <= bytesMax,
      change.edits.count <= Limits.editsPerChangeMax,
      max(change.header.lamport, change.header.sequence) <= Limits.counterMax
    else { throw CommitError.refused(.tooLarge, field: "") }
    if isHome { try take(.change(change), at: time) } else { try apply(.change(change)) }
    return change
  }

  // MARK: Apply

  /// Applies the next entry of a replica's chain to the space's home log, on its hub.
  ///
  /// - Parameter time: The hub's clock.
  /// - Precondition: As for ``apply(_:at:)``.
  package func take(_ entry: LogEntry, at time: Timestamp) throws {
    try apply(entry, at: transaction.nextPlace(for: entry, at: time))
  }

  /// Applies the next entry of a replica's chain: merges it into its records, logs it and moves the tip, in the
  /// caller's transaction.
  ///
  /// - Parameter place: The entry's place in the hub's log; `nil` for one that the hub has yet to acknowledge.
  /// - Precondition: The entry follows its replica's tip, and everything it depends on is applied.
  package func apply(_ entry: LogEntry, at place: LogPlace? = nil) throws {
    let header = entry.header
    let isAcknowledged = place != nil
    let erased = try merge(entry)
    let kept = isAcknowledged ? entry.redacting(erased) : entry
    try transaction.append(kept, at: place)
    let earlier = try transaction.tip(of: header.replica, in: header.space)?.lamport ?? 0
    try transaction.setTip(
      of: header.replica, in: header.space,
      to: Tip(sequence: header.sequence, digest: entry.digest, lamport: max(earlier, header.lamport)))
    guard var space = try transaction.space(header.space) else { throw CommitError.unknownSpace }
    space.lamport = max(space.lamport, header.lamport)
    try transaction.put(space)
    if let owner = try transaction.value(of: LocalState.owner), owner != header.author {
      for record in kept.edits.records {
        try transaction.setNews(of: RecordKey(space.id, record), at: space.lastPosition)
      }
    }
    if isAcknowledged { try purgeErased(by: entry) }
  }

  /// - Returns: The edited records that are erased.
  private func merge(_ entry: LogEntry) throws -> Set<RecordID> {
    var erased: Set<RecordID> = []
    for (record, edits) in entry.edits.byRecord {
      let key = RecordKey(entry.header.space, record)
      var state = try transaction.record(key) ?? RecordState(kind: edits[0].kind)
      for edit in edits { state.merge(edit, by: entry.header.stamp) }
      if state.isErased { erased.insert(record) }
      try put(state, at: key)
    }
    return erased
  }

  /// Stores a record's state together with its projection.
  func put(_ state: RecordState, at key: RecordKey) throws {
    try transaction.put(state, at: key, projection: RecordProjection(of: state, by: rules))
  }

  /// Refreshes the projections of contested records after a change of the model. Other records need no refresh: every
  /// policy shows a value without rivals. Cost grows with the contested records of all spaces.
  package func refreshContested() throws {
    for space in try transaction.spaces() {
      for (record, state) in try transaction.contestedRecords(in: space.id, listedOnly: false) {
        try put(state, at: RecordKey(space.id, record))
      }
    }
  }
}
