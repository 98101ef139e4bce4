// Work of the member's that came to the Centre from a computer of theirs that was taken off: they say whether it is to count.

package import Replication
package import SyncProtocol

/// One piece of it.
package struct HeldForMe: Equatable, Sendable {
  package let id: RecordID
  package let rescue: Rescue
  /// What the member has said; it goes with the next `send`.
  package let answer: Bool?
}

extension MemberReplica {
  /// What the member is asked about.
  package func held() throws -> [HeldForMe] {
    try store.read { reader in
      try Errands.held(in: reader).map { HeldForMe(id: $0.id, rescue: $0.rescue, answer: $0.answer) }
    }
  }

  /// Keeps the member's yes or no. Durable when this returns.
  package func answer(_ held: HeldForMe, _ isYes: Bool) throws {
    try store.write { try Errands.answer(held.id, isYes, in: $0) }
  }
}
