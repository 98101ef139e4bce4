// `proposal take`: commits a proposed change to its space, in its author's name.

package import JSONText
internal import RecordModel
internal import Replication
internal import SyncHub

package struct ProposalTakeCommand: ShortAdminCommand {
  package static let name = "proposal take"

  /// The proposal's number in the list, or its id.
  let proposal: String
  /// True to accept work that was delivered by a member other than the author it names.
  let isUnproved: Bool

  package var parameters: [String: JSON] { ["id": proposal.json, "unproved": isUnproved.json] }

  package func run(in hub: AdminContext) throws -> ProposalDecision {
    let now = hub.clock()
    return try hub.store.write { transaction in
      let proposal = try Directory(transaction).waitingProposal(named: proposal)
      do throws(any Error) {
        let refusal = try proposal.accept(
          isUnprovedTaken: isUnproved, rules: hub.model.rules, now: now, transaction)
        if let refusal {
          throw AdminError(
            .refused, "This cannot be put in its place any more (\(refusal.rawValue)). It stays here.")
        }
      } catch ProposalError.isNoChange {
        throw AdminError(
          .noChange, "These are half-written words. Read them, write them where they belong, and decline them.")
      } catch ProposalError.notProved {
        throw AdminError(
          .notProved,
          "This is in another's name than that of who brought it. Ask that person; if it is theirs, add --unproved.")
      } catch ProposalError.noSuchSpace {
        throw AdminError(.noSuchSpace, "The space they were written in is not here any more.")
      }
      try Audit.record(proposal.auditEntry(.proposalTake, by: hub.actor), now: now, in: transaction)
      return ProposalDecision(answer: .taken, waiting: try Directory(transaction).waitingProposals().count)
    }
  }
}

extension ProposalTakeCommand {
  package init(parameters: JSON) throws(JSONMismatch) {
    self.init(proposal: try parameters.member("id"), isUnproved: try parameters.member("unproved"))
  }
}

extension AdminCommand where Self == ProposalTakeCommand {
  package static func proposalTake(_ proposal: String, isUnproved: Bool = false) -> Self {
    Self(proposal: proposal, isUnproved: isUnproved)
  }
}

/// The decision about one proposal.
package struct ProposalDecision: JSONConvertible {
  package enum Answer: String, JSONConvertible {
    case taken, declined
  }

  package let answer: Answer
  /// The number of proposals still waiting.
  package let waiting: Int

  package var json: JSON { .object(["answer": answer.json, "proposals": waiting.json]) }
}

extension ProposalDecision {
  package init(json: JSON) throws(JSONMismatch) {
    self.init(answer: try json.member("answer"), waiting: try json.member("proposals"))
  }
}

extension Proposal {
  func auditEntry(_ event: AuditEntry.Event, by actor: AdminActor) -> AuditEntry {
    guard case .change(let change) = content else { return AuditEntry(event, by: actor, member: member, records: [id]) }
    return AuditEntry(
      event, by: actor, member: member, spaces: [change.header.space], records: [id] + change.records)
  }
}
