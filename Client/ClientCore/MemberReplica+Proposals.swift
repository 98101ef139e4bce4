// Unsent work that the hub recovered from one of the member's revoked devices. The member accepts or rejects each item.

package import Replication
package import SyncProtocol

/// A proposal of the member's own work, as the hub sent it.
package struct OwnProposal: Equatable, Sendable {
  package let id: RecordID
  package let sealedChange: SealedChange
  /// The member's answer, which the next sync sends; `nil` if there is none yet.
  package let answer: Bool?
}

extension MemberSnapshot {
  /// The proposals that the hub asks the member about.
  package func ownProposals() throws -> [OwnProposal] {
    try ControlOutbox.proposals(in: reader).map { OwnProposal(id: $0.id, sealedChange: $0.change, answer: $0.answer) }
  }
}

extension MemberReplica {
  /// Queues the member's answer for the hub. Durable when this returns.
  package func answer(_ proposal: OwnProposal, _ isYes: Bool) throws {
    try store.write { try ControlOutbox.answerProposal(proposal.id, isYes, in: $0) }
  }
}
