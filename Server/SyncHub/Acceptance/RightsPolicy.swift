// Rights per kind and field, as the model defines them, for the role the directory gives the author at the moment of
// acceptance. Neither the carrier nor the author's role at the time of writing matters.

package import Replication

/// Allows an author to write what the model grants their role.
package struct RightsPolicy: HubPolicy {
  private let rules: RuleBook

  package init(rules: RuleBook) {
    self.rules = rules
  }

  package func refusal(
    of change: Change, by author: Principal?, _ transaction: any StoreTransaction
  ) throws -> RefusalReason? {
    let member = change.header.author
    guard let author, author.member == member else { return .notAllowed }
    return try rules.refusal(of: change.edits, by: AuthorRole(member, role: author.role)) {
      try transaction.creator(of: RecordKey(change.header.space, $0))
    }?.reason
  }
}
