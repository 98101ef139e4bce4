// Rights per kind and field, as the model says them: by the role that the directory gives the author at the moment the
// change is taken in. Who carries it does not matter, nor what role the author had when they wrote it.

package import Replication

/// Lets an author write what the model lets their role write.
package struct RightsPolicy: HubPolicy {
  private let rules: RuleBook

  package init(rules: RuleBook) {
    self.rules = rules
  }

  package func refusal(
    of change: Change, by principal: Principal, _ transaction: any StoreTransaction
  ) throws -> RefusalReason? {
    let author = change.header.author
    // Such a change is the hub's own, of this life or an earlier one: nobody else may bring it.
    if author.isCentre { return nil }
    guard let role = try Directory(transaction).principal(author)?.role else { return .notAllowed }
    return try rules.refusal(of: change.edits, by: AuthorRole(author, role: role)) {
      try transaction.creator(of: RecordKey(change.header.space, $0))
    }?.reason
  }
}

extension MemberID {
  fileprivate var isCentre: Bool { chainOwner == .hub }
}
