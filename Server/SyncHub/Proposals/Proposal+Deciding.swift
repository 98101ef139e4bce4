// Decisions about proposals: accepted, a proposal becomes a change in its author's name; declined, it stays unapplied.

internal import Cryptography
package import Replication

extension Proposal {
  /// Applies the proposed change, as a change of this hub's replica in its author's name. It supersedes only what its
  /// author was looking at, so if others have written since, the result is a conflict for a person to settle.
  ///
  /// Costs a look at those proposals of the same device that the change names, and at the ids of all of them.
  ///
  /// - Parameter isUnprovedTaken: True if a person vouches for the authorship of a change that somebody else brought.
  /// - Returns: The model's reason for refusing it, or `nil` if it was applied or was here already.
  /// - Throws: ``ProposalError``; ``StoreError``.
  package func accept(
    isUnprovedTaken: Bool = false, rules: RuleBook, now: Timestamp, _ transaction: any StoreTransaction
  ) throws -> RefusalReason? {
    guard answer == nil else { throw ProposalError.isAnswered }
    guard case .change(let change) = content else { throw ProposalError.isNoChange }
    guard
      try change.header.author == member
        || isUnprovedTaken && !HubIdentity.writes(as: change.header.author, in: transaction)
    else { throw ProposalError.notProved }
    let space = change.header.space
    guard let row = try transaction.space(space) else { throw ProposalError.noSuchSpace }
    if let dot = try dotOfSameChange(change, transaction) {
      try answer("taken", as: dot, now, transaction)
      return nil
    }
    // Only the Centre erases, and it does so itself.
    guard !change.edits.contains(where: \.isErasure) else { return .notAllowed }
    if try change.edits.takeForeseeableID(in: space, transaction) { return .notAllowed }
    let edits = try rebased(change.edits, in: space, transaction)
    if let refusal = try rules.refusal(of: edits, in: row, transaction) { return refusal.reason }
    let name = try ReplicaIdentity.established(in: transaction)
    let taken = Change(
      edits: edits, space: space, replica: name, previous: try transaction.tip(of: name, in: space),
      lamport: row.lamport + 1, author: change.header.author, time: change.header.time, modelVersion: rules.version)
    try Replica(rules: rules, in: transaction).take(.change(taken), at: now)
    try answer("taken", as: taken.dot, now, transaction)
    return nil
  }

  /// The dot of the very same change, if it is here already: it has since arrived directly, or another device brought
  /// it too.
  private func dotOfSameChange(_ change: Change, _ transaction: any StoreTransaction) throws -> Dot? {
    if try change.isHere(transaction) { return change.dot }
    let directory = Directory(transaction)
    for id in try Self.ids(of: change, in: transaction) {
      if let dot = try directory.dot(ofAccepted: id) { return dot }
    }
    return nil
  }

  private func answer(
    _ answer: String, as dot: Dot, _ now: Timestamp, _ transaction: any StoreTransaction
  ) throws {
    try Directory.commit(
      [.set(id, field: "answer", .text(answer)), .set(id, field: "dot", .text("\(dot)"))], now, transaction)
  }

  /// Declines the proposal, which is kept all the same.
  package func decline(now: Timestamp, _ transaction: any StoreTransaction) throws {
    guard answer == nil else { throw ProposalError.isAnswered }
    try Directory.commit([.set(id, field: "answer", .text("declined"))], now, transaction)
  }

  /// The edits with references that hold here: a change of the same device that was accepted is named by its dot here;
  /// one that was not is skipped, in favour of whatever it had superseded. References to dots unknown here are dropped.
  private func rebased(
    _ edits: [Edit], in space: SpaceID, _ transaction: any StoreTransaction
  ) throws -> [Edit] {
    var renamed: [Dot: Dot] = [:]
    var given: [Dot: [Edit]] = [:]
    // Only proposals of the same device: it can say what its own earlier changes were, and nobody else's.
    for (other, change) in try othersNamed(by: edits, in: space, transaction) {
      if let dot = try Directory(transaction).dot(ofAccepted: other) {
        renamed[change.dot] = dot
      } else if try !change.isHere(transaction) {
        given[change.dot] = change.edits
      }
    }
    return try edits.map { edit in
      try edit.rebased(over: given).remapped(by: renamed).retaining {
        try transaction.tip(of: $0, in: space)?.sequence ?? 0
      }
    }
  }
}

/// A proposal that could not be decided.
package enum ProposalError: Error, Equatable, Sendable {
  /// It was decided before.
  case isAnswered
  /// It holds unfinished words rather than a change, so there is nothing to apply.
  case isNoChange
  /// Its space no longer exists.
  case noSuchSpace
  /// Its author is not the member whose device brought it, and nobody vouches for the authorship.
  case notProved
}
