// Whose copy this is and which hub it belongs to: settings beside the records, never synced.

package import Replication
internal import SyncProtocol

/// The names of a member's settings in the store.
enum ClientSetting {
  static let membership = "membership"
  static let model = "model"
  /// How far the member had looked when `new` was last shown: this copy's own log position, per space.
  static func looked(_ space: SpaceID) -> String { "looked/\(space)" }
  /// Words not yet saved as a change, and what the screen last listed.
  static func note(_ name: String) -> String { "note/\(name)" }
  /// What the names of all these begin with that may tell of records.
  static let beside = ["looked/", "note/"]
}

/// A member's place at a hub.
package struct Membership: Equatable, Sendable {
  package let member: MemberID
  package let name: String
  package let role: String
  package let place: HubEndpoint
  package let hub: HubID

  /// The same place, its hub at another address.
  func at(_ place: HubEndpoint) -> Membership {
    Membership(member: member, name: name, role: role, place: place, hub: hub)
  }

  /// The same place, in another role.
  func having(_ role: String) -> Membership {
    Membership(member: member, name: name, role: role, place: place, hub: hub)
  }

  /// Makes this copy nobody's: its hub has heard that nothing is left on it.
  static func forget(in transaction: any StoreTransaction) throws {
    for name in [ClientSetting.membership, ClientSetting.model] { try transaction.set(name, to: nil) }
    try Contact.forget(in: transaction)
    try ReplicaIdentity.remove(in: transaction)
  }

  static func load(from reader: any StoreReader) throws -> Membership? {
    guard let bytes = try reader.setting(ClientSetting.membership) else { return nil }
    var cbor = CBORReader(bytes)
    do throws(CBORError) {
      guard try cbor.array() == 6 else { throw .type }
      let (member, name, role, url): (MemberID, String, String, String) = (
        try cbor.id(), try cbor.text(), try cbor.text(), try cbor.text()
      )
      // Before devices had keys a secret stood here, which no hub asks for any more; the hub sends such a copy to `join`.
      let isOld = try cbor.nextMajor() == 3
      if isOld { _ = try cbor.text() }
      let hub: HubID = try cbor.id()
      let authorities = try isOld || cbor.skipNull() ? nil : cbor.text()
      return Membership(
        member: member, name: name, role: role, place: HubEndpoint(url, trustRoots: authorities), hub: hub)
    } catch {
      throw StoreError.corrupt("the membership of this copy: \(error)")
    }
  }

  func save(in transaction: any StoreTransaction) throws {
    var writer = CBORWriter()
    writer.array(6)
    writer.id(member)
    for text in [name, role, place.url] { writer.text(text) }
    writer.id(hub)
    if let authorities = place.trustRoots { writer.text(authorities) } else { writer.null() }
    try transaction.set(ClientSetting.membership, to: writer.bytes)
  }
}
