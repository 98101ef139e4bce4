// This hub's copy of a partner's spaces: a file of its own beside the hub's data, kept as a member's computer keeps a copy
// and by the same code. So a partner's hub is asked, believed and given back to exactly as a member's device asks,
// believes and gives back to its hub.

package import ClientCore
package import Cryptography
package import Replication
package import SyncHub
internal import SyncProtocol

/// A hub's introduction to a partner's, which names what a copy of its spaces needs.
package struct Introduction: Equatable, Sendable {
  package let hub: HubID
  package let sealing: SealingPublicKey
  /// The text of the hub's model file.
  package let model: String

  package init(hub: HubID, sealing: SealingPublicKey, model: String) {
    self.hub = hub
    self.sealing = sealing
    self.model = model
  }
}

/// The opening of this hub's copies of partners' spaces.
package protocol PartnerCopies: Sendable {
  /// Opens the copy of one partner's spaces, or makes an empty one.
  func open(of hub: HubID) throws -> any ReplicaStore
}

/// This hub's copy of one partner's spaces.
package struct PartnerCopy: Sendable {
  package let replica: MemberReplica

  /// - Parameter key: This hub's signing key, by which the partner knows it.
  package init(store: any ReplicaStore, key: SigningKey, clock: @escaping @Sendable () -> Timestamp) {
    replica = MemberReplica(store: store, key: key, clock: clock)
  }

  package var store: any ReplicaStore { replica.store }

  /// Makes the copy one of a partner's hub, or tells it the hub's new address.
  ///
  /// - Parameters:
  ///   - member: This hub, as a member of the partner's.
  ///   - model: The text of the partner's model file.
  package func adopt(_ hub: PartnerHub, member: MemberID, name: String, model: String) throws {
    try replica.adopt(
      JoinReply(
        member: member, memberName: name, role: Partner.role, hub: hub.id, keys: hub.keys, spaces: [], model: model),
      at: HubEndpoint(hub.address ?? "", trustRoots: hub.trustRoots))
  }

  /// Clears from the copy what no agreement in force lets it hold, whatever the partner's hub says.
  package func clear(allBut open: Set<SpaceID>) throws {
    try store.write { transaction in
      for space in try transaction.spaces() where !open.contains(space.id) {
        try transaction.removeSpace(space.id)
        try transaction.didErase()
      }
    }
    try store.scrub()
  }
}
