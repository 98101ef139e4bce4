// The member and hub of a copy, and its other local state, which is never synced.

package import Replication
internal import SyncProtocol

/// The local state of a member's copy.
enum ClientState {
  static let membership = LocalKey("membership", .membership)
  /// The model file's text, as its bytes.
  static let model = LocalKey("model", .bytes)
  /// Space → the position in this copy's log up to which the member had looked when `new` was last shown.
  static let looked = LocalTable("looked", .id() as LocalCoding<SpaceID>, .number)
  /// Notes by name: words not yet saved as a change, the list last shown, and so on.
  static let notes = LocalTable("note", .text, .text)
}

/// A member's membership of a hub.
package struct Membership: Equatable, Sendable {
  package let member: MemberID
  package let name: String
  package let role: String
  /// The hub's address and root certificates.
  package let place: HubEndpoint
  package let hub: HubID

  /// The Centre, as the author of its hub's changes.
  package var centre: MemberID { .centre(of: hub) }
  /// The author of what the hub has taken over from public pages.
  package var importer: MemberID { .importer(of: hub) }

  /// Tests whether an author is the Centre or its importer.
  package func isOfHub(_ author: MemberID) -> Bool { author == centre || author == importer }

  /// The same membership, with the hub at another address.
  func at(_ place: HubEndpoint) -> Membership {
    Membership(member: member, name: name, role: role, place: place, hub: hub)
  }

  /// The same membership, in another role.
  func having(_ role: String) -> Membership {
    Membership(member: member, name: name, role: role, place: place, hub: hub)
  }

  /// Removes the membership, the model and the replica id, once the hub has acknowledged that the copy is cleared.
  static func forget(in transaction: any StoreTransaction) throws {
    try transaction.set(ClientState.membership, to: nil)
    try transaction.set(LocalState.owner, to: nil)
    try transaction.set(ClientState.model, to: nil)
    try Contact.forget(in: transaction)
    try ReplicaIdentity.remove(in: transaction)
  }

  static func load(from reader: any LocalStateReader) throws -> Membership? {
    try reader.value(of: ClientState.membership)
  }

  func save(in transaction: any LocalStateWriter) throws {
    try transaction.set(LocalState.owner, to: member)
    try transaction.set(ClientState.membership, to: self)
  }
}

extension LocalCoding<Membership> {
  fileprivate static var membership: LocalCoding {
    .cbor { membership, writer in
      writer.array(6)
      writer.id(membership.member)
      for text in [membership.name, membership.role, membership.place.url] { writer.text(text) }
      writer.id(membership.hub)
      if let roots = membership.place.trustRoots { writer.text(roots) } else { writer.null() }
    } _: { (reader) throws(CBORError) in
      guard try reader.array() == 6 else { throw .type }
      let (member, name, role, url): (MemberID, String, String, String) = (
        try reader.id(), try reader.text(), try reader.text(), try reader.text()
      )
      let hub: HubID = try reader.id()
      let trustRoots = try reader.skipNull() ? nil : reader.text()
      return Membership(
        member: member, name: name, role: role, place: HubEndpoint(url, trustRoots: trustRoots), hub: hub)
    }
  }
}
