// Who is asking, and what they may do. Every path through the hub knows its visitor and asks a policy value; roles
// and rights per kind and field become another policy, not another path.

package import Replication

/// Somebody the hub knows, at the door.
package struct Visitor: Equatable, Sendable {
  package let member: MemberID
  package let name: String
  package let role: String
  /// The spaces this visitor may read.
  package let spaces: Set<SpaceID>

  package init(member: MemberID, name: String, role: String, spaces: Set<SpaceID>) {
    self.member = member
    self.name = name
    self.role = role
    self.spaces = spaces
  }
}

/// What a hub allows.
package protocol HubPolicy: Sendable {
  /// Judges a change of a space that the visitor may read.
  ///
  /// - Returns: Why it is refused, or `nil` if it may be written.
  func refusal(of change: Change, by visitor: Visitor, _ transaction: any StoreTransaction) throws -> RefusalReason?
}

/// Whoever may read a space may write it, in their own name: a replica name belongs to the member who first wrote
/// under it. After the hub was restored from a backup a device may also carry others' changes, for it may be the
/// only one that still has them.
package struct SpaceMembersPolicy: HubPolicy {
  package init() {}

  package func refusal(
    of change: Change, by visitor: Visitor, _ transaction: any StoreTransaction
  ) throws -> RefusalReason? {
    let header = change.header
    // Nobody continues the chain this hub is writing itself.
    guard try header.replica != Replica.identity(in: transaction) else { return .notAuthor }
    if let owner = try Directory(transaction).owner(of: header.replica) {
      return owner == header.author ? nil : .notAuthor
    }
    // A name of the hub's own earlier lives is continued by nobody but those who carry back what it lost.
    let isHubs = try Replica.isOwn(header.replica, in: transaction)
    return try !isHubs || HubLife.wasRestored(in: transaction) ? nil : .notAuthor
  }
}
