// Checks and repairs a member's copy: one that a bad disk damaged, or that took in what no hub said. Nothing unsent is
// lost, and the damaged file is never deleted.

package import Replication
package import SyncProtocol

extension MemberReplica {
  /// Checks everything that this copy holds against itself and against its hub's signatures. Writes nothing.
  ///
  /// - Throws: ``ClientError/notJoined``, ``ClientError/revoked(_:)``, ``StoreError``.
  package func check() throws -> CopyCheck {
    try store.read { reader in
      _ = try Self.membership(in: reader)
      return try CopyCheck(of: reader)
    }
  }

  /// Rebuilds the records of spaces from their logs, in one transaction.
  ///
  /// - Returns: The number of records that the logs make.
  package func rebuildRecords(of spaces: [SpaceID]) throws -> Int {
    try store.write { transaction in
      let replica = Replica(rules: try rules(in: transaction), in: transaction)
      return try spaces.reduce(0) { try $0 + replica.rebuildAll(in: $1) }
    }
  }

  /// Fills the store that takes this copy's place: the membership, the model, everything unsent, the rescue box and
  /// half-written words. Everything else comes anew with the next sync.
  ///
  /// - Parameter successor: An empty store.
  package func carry(to successor: any ReplicaStore) throws -> CarriedWork {
    try store.read { damaged in
      _ = try Self.membership(in: damaged)
      return try successor.write { transaction in
        try transaction.carry(ClientState.membership, from: damaged)
        try transaction.carry(ClientState.model, from: damaged)
        // The list last shown has positions of logs that begin anew.
        for (name, words) in try ClientState.notes.rows(in: damaged) where name != Self.listNote {
          try ClientState.notes.set(name, to: words, in: transaction)
        }
        return try CarriedWork(from: damaged, to: transaction)
      }
    }
  }
}
