// What a hub knows of itself: its name for life, and its epoch, which ends with every restore. A hub is a replica
// too (it imports and settles), so with the epoch it takes a new replica name.

package import Replication

/// A hub's identity, kept in its store.
package enum HubLife {
  private static let hub = "hub/id"
  private static let epoch = "hub/epoch"
  private static let restored = "hub/restored"

  /// Gives a fresh store its hub name and first epoch. A store that has them keeps them.
  package static func begin(in transaction: any StoreTransaction) throws {
    guard try transaction.setting(hub) == nil else { return }
    try transaction.set(hub, to: HubID.random().bytes)
    try transaction.set(epoch, to: EpochID.random().bytes)
  }

  /// Starts a new epoch under a new replica name: after a restore, or where the file turns out to be a copy.
  @discardableResult
  package static func drawNewEpoch(in transaction: any StoreTransaction) throws -> EpochID {
    let fresh = EpochID.random()
    try transaction.set(epoch, to: fresh.bytes)
    try transaction.set(restored, to: [])
    try Replica(rules: .none).takeNewIdentity(in: transaction)
    return fresh
  }

  /// - Throws: ``StoreError/unreadable(_:)`` where the store is no hub's.
  package static func identity(in reader: any StoreReader) throws -> (hub: HubID, epoch: EpochID) {
    guard let hub = try reader.setting(hub).flatMap({ HubID(bytes: $0) }),
      let epoch = try reader.setting(epoch).flatMap({ EpochID(bytes: $0) })
    else { throw StoreError.unreadable("this is no hub's data") }
    return (hub, epoch)
  }

  /// Whether this hub ever went back to a backup, so that devices may hold what it lost.
  package static func wasRestored(in reader: any StoreReader) throws -> Bool {
    try reader.setting(restored) != nil
  }
}
