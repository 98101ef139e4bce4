// The replica ids under which one copy makes changes. A copy draws a new id when a restore or a clone is noticed, and
// whenever its member leaves a space. It keeps its earlier ids, because changes made under them may still be unsent.
//
// A device's ids follow from its key, and each has a salt, which heads must show. A hub has no such key, and draws random
// ids.

package import Cryptography

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

  /// Tests whether new ids follow from a key.
  package func follows(from key: PublicKey) throws -> Bool {
    try reader.value(of: LocalState.replicaKey) == key
  }

  /// The salt by which the device's key proves an id; `nil` for others' ids, and for those of a key that it had before.
  package func salt(proving replica: ReplicaID) throws -> ReplicaSalt? {
    guard let key = try reader.value(of: LocalState.replicaKey),
      case .some(.some(let salt)) = try LocalState.ownReplicas.value(replica, in: reader),
      ReplicaID(of: key, salt: salt) == replica
    else { return nil }
    return salt
  }

  /// The ids of this copy that the device's key does not prove: those of a key that it had before. Empty on a hub. Costs
  /// a digest for each id that the copy has had.
  package func unprovable() throws -> [ReplicaID] {
    guard try reader.value(of: LocalState.replicaKey) != nil else { return [] }
    return try LocalState.ownReplicas.rows(in: reader).map(\.key).filter { try salt(proving: $0) == nil }
  }

  /// Makes a device's key the one that new ids follow from. If it is another than before, draws a new id.
  ///
  /// - Returns: True if it is another than before, so that no head can prove what is unsent.
  package static func adopt(_ key: PublicKey, in transaction: any StoreTransaction) throws -> Bool {
    guard try !ReplicaIdentity(transaction).follows(from: key) else { return false }
    try transaction.set(LocalState.replicaKey, to: key)
    try renew(in: transaction)
    return true
  }

  /// Draws a new id. Unsent changes keep the id they were made under.
  @discardableResult
  package static func renew(in transaction: any StoreTransaction) throws -> ReplicaID {
    let key = try transaction.value(of: LocalState.replicaKey)
    let salt = key == nil ? nil : ReplicaSalt.random()
    let fresh = if let key, let salt { ReplicaID(of: key, salt: salt) } else { ReplicaID.random() }
    try transaction.set(LocalState.replica, to: fresh)
    try LocalState.ownReplicas.set(fresh, to: .some(salt), in: transaction)
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
    try transaction.set(LocalState.replicaKey, to: nil)
    try LocalState.ownReplicas.removeAll(in: transaction)
    try LocalState.reissued.removeAllScopes(in: transaction)
  }
}
