// `proposal decline`: declines a proposal. Its content is kept but shown nowhere.

package import JSONText
internal import Replication
internal import SyncHub

package struct ProposalDeclineCommand: ShortAdminCommand {
  package static let name = "proposal decline"

  /// The proposal's number in the list, or its id.
  let proposal: String

  package var parameters: [String: JSON] { ["id": proposal.json] }

  package func run(in hub: AdminContext) throws -> ProposalDecision {
    let now = hub.clock()
    return try hub.store.write { transaction in
      let proposal = try Directory(transaction).waitingProposal(named: proposal)
      try proposal.decline(now: now, transaction)
      try Audit.record(proposal.auditEntry(.proposalDecline, by: hub.actor), now: now, in: transaction)
      return ProposalDecision(answer: .declined, waiting: try Directory(transaction).waitingProposals().count)
    }
  }
}

extension ProposalDeclineCommand {
  package init(parameters: JSON) throws(JSONMismatch) { self.init(proposal: try parameters.member("id")) }
}

extension AdminCommand where Self == ProposalDeclineCommand {
  package static func proposalDecline(_ proposal: String) -> Self { Self(proposal: proposal) }
}
