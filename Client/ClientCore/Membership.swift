// Whose copy this is and which hub it belongs to: settings beside the records, never synced.

package import Replication

/// The names of a member's settings in the store.
enum ClientSetting {
  static let membership = "membership"
  static let model = "model"
  /// How far the member had looked when `new` was last shown: this copy's own log position, per space.
  static func looked(_ space: SpaceID) -> String { "looked/\(space)" }
  /// Words not yet saved as a change, and what the screen last listed.
  static func note(_ name: String) -> String { "note/\(name)" }
}

/// A member's place at a hub.
package struct Membership: Equatable, Sendable {
  package let member: MemberID
  package let name: String
  package let role: String
  package let place: HubPlace
  package let hub: HubID

  /// The same place, its hub at another address.
  func at(_ place: HubPlace) -> Membership {
    Membership(member: member, name: name, role: role, place: place, hub: hub)
  }

  /// The same place, in another role.
  func `as`(_ role: String) -> Membership {
    Membership(member: member, name: name, role: role, place: place, hub: hub)
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
        member: member, name: name, role: role, place: HubPlace(url, authorities: authorities), hub: hub)
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
    if let authorities = place.authorities { writer.text(authorities) } else { writer.null() }
    try transaction.set(ClientSetting.membership, to: writer.bytes)
  }
}
