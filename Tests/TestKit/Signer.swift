// The key of a device with the replica ids that follow from it, as a foreign program may use them.

package import Cryptography
package import Replication
internal import SQLiteStorage
internal import Synchronization

/// Signs the heads of a device's chains, under as many replica ids as a test draws.
package final class Signer: Sendable {
  package let key: SigningKey
  private let salts: Mutex<[ReplicaID: ReplicaSalt]>

  /// - Parameter salts: The salts of the ids that the device has drawn so far.
  package init(_ key: SigningKey = SigningKey(), salts: [ReplicaID: ReplicaSalt] = [:]) {
    self.key = key
    self.salts = Mutex(salts)
  }

  /// The salts of all ids, by which another key proves nothing.
  package var allSalts: [ReplicaID: ReplicaSalt] { salts.withLock { $0 } }

  /// A new replica id that follows from the key.
  package func newName() -> ReplicaID {
    let salt = ReplicaSalt.random()
    let name = ReplicaID(of: key.publicKey, salt: salt)
    salts.withLock { $0[name] = salt }
    return name
  }

  /// Attests a chain up to and including a change. Under an id that does not follow from the key, the head is not valid.
  package func head(of change: Change, for hub: HubID) -> SignedHead {
    head(in: change.header.space, at: change.dot, digest: change.digest, for: hub)
  }

  /// Attests a chain up to and including the change named by dot and digest.
  package func head(in space: SpaceID, at dot: Dot, digest: Digest, for hub: HubID) -> SignedHead {
    SignedHead(
      space: space, dot: dot, digest: digest, for: hub, by: key, salt: allSalts[dot.replica] ?? .random())
  }
}

extension TestDevice {
  /// The signer of the device's own chains.
  package var signer: Signer {
    get throws {
      let rows = try store.read { try LocalState.ownReplicas.rows(in: $0) }
      return try Signer(
        key, salts: Dictionary(uniqueKeysWithValues: rows.compactMap { row in row.value.map { (row.key, $0) } }))
    }
  }
}
