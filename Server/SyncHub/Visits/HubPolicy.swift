// Principals and the policy that governs them. Every path through the hub knows its principal and asks a policy value,
// so that a different rule is a different policy, not a different path.

package import Replication

/// An authenticated member, with the spaces they may read.
package struct Principal: Equatable, Sendable {
  package let member: MemberID
  package let name: String
  /// The name of the role, as the model defines it.
  package let role: String
  /// The spaces this principal may read.
  package internal(set) var spaces: Set<SpaceID>
  /// The spaces this principal has left; their devices are to keep nothing of them.
  package let left: Set<SpaceID>
  /// Those of ``spaces`` that agreements with partners have brought: they come with another space, and with no
  /// invitation.
  package let received: Set<SpaceID>
  /// The spaces of that sort which this principal may not read, or not any more.
  package let withdrawn: Set<SpaceID>

  package init(
    member: MemberID, name: String, role: String, spaces: Set<SpaceID>, left: Set<SpaceID> = [],
    received: Set<SpaceID> = [], withdrawn: Set<SpaceID> = []
  ) {
    self.member = member
    self.name = name
    self.role = role
    self.spaces = spaces
    self.left = left
    self.received = received
    self.withdrawn = withdrawn
  }
}

/// The rules by which a hub permits changes.
package protocol HubPolicy: Sendable {
  /// Judges a change, whoever carries it.
  ///
  /// - Parameter author: The change's author as the directory has them now; `nil` for the hub itself and for somebody
  ///   the directory does not know.
  /// - Returns: The reason for refusing it, or `nil` if it may be written.
  func refusal(of change: Change, by author: Principal?, _ transaction: any StoreTransaction) throws -> RefusalReason?
}

/// Permits any reader of a space to write to it in their own name, for tests of the engine that ignore roles.
package struct SpaceMembersPolicy: HubPolicy {
  package init() {}

  package func refusal(
    of change: Change, by author: Principal?, _ transaction: any StoreTransaction
  ) throws -> RefusalReason? {
    nil
  }
}
