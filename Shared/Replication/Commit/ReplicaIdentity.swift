// The names under which one copy makes changes. A copy takes a new name after a restore or a clone was noticed, and
// whenever its member leaves a space; its earlier names stay its own, for changes made under them may still wait.

/// The replica names of one copy, read from its store.
package struct ReplicaIdentity {
  private let reader: any StoreReader

  package init(_ reader: any StoreReader) {
    self.reader = reader
  }

  /// The name new changes are made under; `nil` before the first use.
  package func current() throws -> ReplicaID? {
    try reader.value(of: LocalState.replica)
  }

  /// Tests whether a replica is this copy, under its present name or an earlier one.
  package func owns(_ replica: ReplicaID) throws -> Bool {
    try LocalState.ownReplicas.contains(replica, in: reader)
  }

  /// Draws a new name. Unsent changes keep the name they were made under.
  @discardableResult
  package static func renew(in transaction: any StoreTransaction) throws -> ReplicaID {
    let fresh = ReplicaID.random()
    try transaction.set(LocalState.replica, to: fresh)
    try LocalState.ownReplicas.set(fresh, to: (), in: transaction)
    return fresh
  }

  /// The name new changes are made under; drawn on first use.
  package static func established(in transaction: any StoreTransaction) throws -> ReplicaID {
    try ReplicaIdentity(transaction).current() ?? renew(in: transaction)
  }

  /// Removes every name of this copy, where nothing made under them is left in it.
  package static func remove(in transaction: any StoreTransaction) throws {
    try transaction.set(LocalState.replica, to: nil)
    try LocalState.ownReplicas.removeAll(in: transaction)
    try LocalState.reissued.removeAllScopes(in: transaction)
  }
}
