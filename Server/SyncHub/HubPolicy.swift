// Who is asking, and what they may do. Every path through the hub knows its visitor and asks a policy value, so that
// another rule is another policy, not another path.

package import Replication

/// Somebody the hub knows, at the door.
package struct Visitor: Equatable, Sendable {
  package let member: MemberID
  package let name: String
  package let role: String
  /// The spaces this visitor may read.
  package internal(set) var spaces: Set<SpaceID>

  package init(member: MemberID, name: String, role: String, spaces: Set<SpaceID>) {
    self.member = member
    self.name = name
    self.role = role
    self.spaces = spaces
  }
}

/// What a hub allows.
package protocol HubPolicy: Sendable {
  /// Whether enough is known of an author to judge their work. What cannot be judged stays in its outbox.
  func canJudge(_ author: MemberID, _ transaction: any StoreTransaction) throws -> Bool

  /// Judges a change of a space that the visitor, who carries it, may read.
  ///
  /// - Returns: Why it is refused, or `nil` if it may be written.
  func refusal(of change: Change, by visitor: Visitor, _ transaction: any StoreTransaction) throws -> RefusalReason?
}

extension HubPolicy {
  /// A rule that does not ask who somebody is can judge everybody.
  package func canJudge(_ author: MemberID, _ transaction: any StoreTransaction) throws -> Bool { true }
}

/// Whoever may read a space may write it, in their own name: for tests of the engine, in which roles are not the subject.
package struct SpaceMembersPolicy: HubPolicy {
  package init() {}

  package func refusal(
    of change: Change, by visitor: Visitor, _ transaction: any StoreTransaction
  ) throws -> RefusalReason? {
    nil
  }
}
