// The replica ids under which one copy makes changes. A copy draws a new id when a restore or a clone is noticed, and
// whenever its member leaves a space. It keeps its earlier ids, because changes made under them may still be unsent.

/// The replica ids of one copy, read from its store.
package struct ReplicaIdentity {
  private let reader: any StoreReader

  package init(_ reader: any StoreReader) {
    self.reader = reader
  }

  /// The id that new changes are made under; `nil` before the first use, and on a hub before its first change since it
  /// was opened.
  package func current() throws -> ReplicaID? {
    try reader.value(of: LocalState.replica)
  }

  /// Tests whether a replica is this copy, under its current id or an earlier one.
  package func owns(_ replica: ReplicaID) throws -> Bool {
    try LocalState.ownReplicas.contains(replica, in: reader)
  }

  /// Draws a new id. Unsent changes keep the id they were made under.
  @discardableResult
  package static func renew(in transaction: any StoreTransaction) throws -> ReplicaID {
    let fresh = ReplicaID.random()
    try transaction.set(LocalState.replica, to: fresh)
    try LocalState.ownReplicas.set(fresh, to: (), in: transaction)
    return fresh
  }

  /// Ends the use of the current id: the next change draws a new one.
  package static func retire(in transaction: any StoreTransaction) throws {
    try transaction.set(LocalState.replica, to: nil)
  }

  /// The id that new changes are made under, drawn on first use.
  package static func established(in transaction: any StoreTransaction) throws -> ReplicaID {
    try ReplicaIdentity(transaction).current() ?? renew(in: transaction)
  }

  /// Removes every id of this copy, for use when no change made under them is left in it.
  package static func remove(in transaction: any StoreTransaction) throws {
    try transaction.set(LocalState.replica, to: nil)
    try LocalState.ownReplicas.removeAll(in: transaction)
    try LocalState.reissued.removeAllScopes(in: transaction)
  }
}
