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

  static func load(from reader: any StoreReader) throws -> Membership? {
    guard let bytes = try reader.setting(ClientSetting.membership) else { return nil }
    var cbor = CBORReader(bytes)
    do throws(CBORError) {
      guard try cbor.array() == 6 else { throw .type }
      return Membership(
        member: try cbor.id(), name: try cbor.text(), role: try cbor.text(),
        place: HubPlace(try cbor.text(), authorities: cbor.skipNull() ? nil : try cbor.text()), hub: try cbor.id())
    } catch {
      throw StoreError.corrupt("the membership of this copy: \(error)")
    }
  }

  func save(in transaction: any StoreTransaction) throws {
    var writer = CBORWriter()
    writer.array(6)
    writer.id(member)
    for text in [name, role, place.url] { writer.text(text) }
    if let authorities = place.authorities { writer.text(authorities) } else { writer.null() }
    writer.id(hub)
    try transaction.set(ClientSetting.membership, to: writer.bytes)
  }
}
