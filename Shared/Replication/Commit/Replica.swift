// A replica: one copy of some spaces. This file is the way every change takes, whoever made it and however it came:
// named and timed where it is born, then merged, logged and indexed in one transaction.

internal import Cryptography

/// The engine, bound to one transaction of a store. A value: everything it knows besides the rules is in the store.
package struct Replica {
  /// The model's rules, for reading state and for judging own drafts.
  package let rules: RuleBook
  package let transaction: any StoreTransaction

  package init(rules: RuleBook, in transaction: any StoreTransaction) {
    self.rules = rules
    self.transaction = transaction
  }

  package var identity: ReplicaIdentity { ReplicaIdentity(transaction) }

  // MARK: Commit

  /// Names and times drafts, and saves them: the steps from words typed to bytes on this computer.
  ///
  /// - Parameters:
  ///   - author: Whose words they are.
  ///   - role: By what the author's rights are judged; `nil` for the Centre itself, which may write everything.
  ///   - time: The wall clock, kept to be shown.
  ///   - isAcknowledged: True on a hub, which answers to nobody; false on a device, whose hub has yet to say.
  ///   - bytesMax: The most that the change may take.
  /// - Returns: The change, or `nil` where everything asked for stands already.
  /// - Throws: ``CommitError``; nothing was written then.
  package func commit(
    _ drafts: [Draft], in space: SpaceID, by author: MemberID, as role: String? = nil, at time: Timestamp,
    isAcknowledged: Bool, bytesMax: Int = Limits.changeBytesMax
  ) throws -> Change? {
    guard let row = try transaction.space(space) else { throw CommitError.unknownSpace }
    var composer = Composer(rules: rules, space: space, transaction: transaction)
    for draft in drafts { try composer.add(draft) }
    guard !composer.edits.isEmpty else { return nil }
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
    try apply(.change(change), isAcknowledged: isAcknowledged)
    return change
  }

  // MARK: Apply

  /// Takes in the next entry of some replica's chain: merge, record, log and index, in the caller's transaction.
  ///
  /// - Precondition: The entry follows its replica's tip, and everything it depends on is applied.
  package func apply(_ entry: LogEntry, isAcknowledged: Bool) throws {
    let header = entry.header
    let erased = try merge(entry)
    let kept = isAcknowledged ? entry.redacting(erased) : entry
    try transaction.append(kept, isAcknowledged: isAcknowledged, in: header.space)
    let earlier = try transaction.tip(of: header.replica, in: header.space)?.lamport ?? 0
    let counted = entry.countedLamport
    try transaction.setTip(
      of: header.replica, in: header.space,
      to: Tip(sequence: header.sequence, digest: entry.digest, lamport: max(earlier, counted)))
    guard var space = try transaction.space(header.space) else { throw CommitError.unknownSpace }
    space.lamport = max(space.lamport, counted)
    try transaction.put(space)
    if isAcknowledged { try purgeErased(by: entry) }
  }

  /// - Returns: Which of the records edited are erased.
  private func merge(_ entry: LogEntry) throws -> Set<RecordID> {
    var erased: Set<RecordID> = []
    for record in entry.edits.records {
      let key = RecordKey(entry.header.space, record)
      let edits = entry.edits.filter { $0.record == record }
      var state = try transaction.record(key) ?? RecordState(kind: edits[0].kind)
      for edit in edits { state.merge(edit, by: entry.header.stamp) }
      if state.isErased { erased.insert(record) }
      try put(state, at: key)
    }
    return erased
  }

  /// Stores a record's state together with what readers of the file are shown.
  func put(_ state: RecordState, at key: RecordKey) throws {
    let shown = state.shownFields(by: rules).mapValues { JSON($0) }
    try transaction.put(
      state, at: key, presence: state.presence(by: rules.deletes(of: state.kind)), displayJSON: JSON.object(shown).text)
  }

  /// Shows contested records anew after the model changed. Others need nothing: with one value, every policy shows it.
  package func refreshContested() throws {
    for space in try transaction.spaces() {
      for (record, state) in try transaction.contestedRecords(in: space.id) {
        try put(state, at: RecordKey(space.id, record))
      }
    }
  }
}

extension LogEntry {
  /// The Lamport time by which later ones are bounded. A change refused for its Lamport time must not raise the bound.
  package var countedLamport: UInt64 {
    if case .void(let void) = self, void.reason == .lamport { return 0 }
    return header.lamport
  }
}
