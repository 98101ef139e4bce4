// The step from a damaged copy to its successor: what only this copy has goes over, and nothing that its hub can send
// again. The successor reads the hub's log from the beginning.

internal import Cryptography
package import Replication

/// The work that a successor took over.
package struct CarriedWork: Equatable, Sendable {
  /// Own changes that nothing proves the hub to have.
  package var changes = 0
  /// Changes in the rescue box.
  package var rescued = 0
  /// Own rows without a place in the hub's log that cannot be decoded. They are in the damaged file alone.
  package var unreadable = 0

  package init(changes: Int = 0, rescued: Int = 0, unreadable: Int = 0) {
    self.changes = changes
    self.rescued = rescued
    self.unreadable = unreadable
  }
}

extension CarriedWork {
  /// Takes over the work and the engine's local state of a damaged copy, in the successor's transaction.
  ///
  /// - Throws: ``StoreError/corrupt(_:)`` if the damaged copy's local state does not decode.
  package init(from damaged: any StoreReader, to transaction: any StoreTransaction) throws {
    self.init()
    try LocalState.carry(from: damaged, to: transaction)
    try Contact.carry(from: damaged, to: transaction)
    try ControlOutbox.carry(from: damaged, to: transaction)
    for rescue in try damaged.rescued() {
      try transaction.rescue(rescue.change, reason: rescue.reason)
      rescued += 1
    }
    for space in try damaged.spaces() { try carry(space, from: damaged, to: transaction) }
  }

  /// A space goes over if it has proved rows or own work. Any other that this device may read, the hub names again.
  private mutating func carry(
    _ space: Space, from damaged: any StoreReader, to transaction: any StoreTransaction
  ) throws {
    let proof = try ProvedLog(of: space, damaged)
    let own = try ownWork(in: space.id, behind: proof, damaged)
    guard proof.end.position > 0 || !own.isEmpty else { return }
    try transaction.put(Space(id: space.id, name: space.name))
    try Contact.setCatchingUp(true, space.id, in: transaction)
    try KeptChanges.keep(own, of: space.id, proved: proof.chains, transaction)
    changes += own.count
  }

  /// The own changes that nothing proves the hub to have, in log order, behind those kept over an earlier repair.
  private mutating func ownWork(
    in space: SpaceID, behind proof: ProvedLog, _ damaged: any StoreReader
  ) throws -> [Change] {
    let identity = ReplicaIdentity(damaged)
    var own = try KeptChanges.all(in: space, damaged)
    var unreadable = 0
    try damaged.forEachStoredRow(after: 0, in: space) { row in
      guard let replica = ReplicaID(bytes: row.replica), try identity.owns(replica),
        row.place.map({ $0.position > proof.end.position }) ?? true
      else { return true }
      do {
        if case .change(let change) = try LogEntry(row) { own.append(change) }
      } catch  where row.place == nil {
        unreadable += 1
      } catch {
        // The hub gave it a place in its log, and sends it again.
      }
      return true
    }
    self.unreadable += unreadable
    return own
  }
}
