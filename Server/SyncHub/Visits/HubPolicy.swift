// Who is asking, and what they may do. Every path through the hub knows its principal and asks a policy value, so that
// another rule is another policy, not another path.

package import Replication

/// Somebody the hub knows, at the door.
package struct Principal: Equatable, Sendable {
  package let member: MemberID
  package let name: String
  package let role: String
  /// The spaces this principal may read.
  package internal(set) var spaces: Set<SpaceID>
  /// The spaces this principal has left, and is to hold nothing of.
  package let left: Set<SpaceID>

  package init(member: MemberID, name: String, role: String, spaces: Set<SpaceID>, left: Set<SpaceID> = []) {
    self.member = member
    self.name = name
    self.role = role
    self.spaces = spaces
    self.left = left
  }
}

/// What a hub allows.
package protocol HubPolicy: Sendable {
  /// Judges a change of a space that the principal, who carries it, may read.
  ///
  /// - Returns: Why it is refused, or `nil` if it may be written.
  func refusal(of change: Change, by principal: Principal, _ transaction: any StoreTransaction) throws -> RefusalReason?
}

/// Whoever may read a space may write it, in their own name: for tests of the engine, in which roles are not the subject.
package struct SpaceMembersPolicy: HubPolicy {
  package init() {}

  package func refusal(
    of change: Change, by principal: Principal, _ transaction: any StoreTransaction
  ) throws -> RefusalReason? {
    nil
  }
}
