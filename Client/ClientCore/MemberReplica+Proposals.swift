// Work of the member's that came to the Centre from a computer of theirs that was taken off: they say whether it is to count.

package import Replication
package import SyncProtocol

/// One piece of it.
package struct OwnProposal: Equatable, Sendable {
  package let id: RecordID
  package let sealedChange: SealedChange
  /// The member's answer, if there is one; it goes with the next `send`.
  package let answer: Bool?
}

extension MemberSnapshot {
  /// Everything the member is asked about.
  package func ownProposals() throws -> [OwnProposal] {
    try ControlOutbox.proposals(in: reader).map { OwnProposal(id: $0.id, sealedChange: $0.change, answer: $0.answer) }
  }
}

extension MemberReplica {
  /// Keeps the member's yes or no. Durable when this returns.
  package func answer(_ proposal: OwnProposal, _ isYes: Bool) throws {
    try store.write { try ControlOutbox.answerProposal(proposal.id, isYes, in: $0) }
  }
}
