// A person decides about held work: it goes where it was meant to, in its writer's name, or it does not.

internal import Cryptography
package import Replication

extension Proposal {
  /// Puts held work where it was meant to go, as a change of this hub's in its writer's name. It supersedes what its writer
  /// was looking at and nothing newer, so that where others have written since, a person is asked.
  ///
  /// - Parameter isUnprovedTaken: Whether a person stands for it that it is its author's, where somebody else brought it.
  /// - Returns: Why the model does not allow it, or `nil` where it is done.
  /// - Throws: ``ProposalError``.
  package func accept(
    isUnprovedTaken: Bool = false, rules: RuleBook, now: Timestamp, _ transaction: any StoreTransaction
  ) throws -> RefusalReason? {
    guard answer == nil else { throw ProposalError.isAnswered }
    guard case .change(let change) = content else { throw ProposalError.isNoChange }
    guard change.header.author == member || isUnprovedTaken && change.header.author.chainOwner != .hub else {
      throw ProposalError.notProved
    }
    let space = change.header.space
    guard let row = try transaction.space(space) else { throw ProposalError.noSuchSpace }
    if let dot = try dotOfSameChange(change, transaction) {
      try answer("taken", as: dot, now, transaction)
      return nil
    }
    // Only the Centre erases, and it does so itself.
    guard !change.edits.contains(where: \.isErasure) else { return .notAllowed }
    let edits = try rebased(change.edits, in: space, transaction)
    let replica = Replica(rules: rules, in: transaction)
    for edit in edits {
      let before = try transaction.record(RecordKey(space, edit.record))
      if before == nil, !rules.allowsCreation(of: edit.kind, inSpaceNamed: row.name) { return .wrongSpace }
      guard edits.allSatisfy({ $0.record != edit.record || $0.kind == edit.kind }) else { return .wrongKind }
      let isMade = edits.contains { $0.record == edit.record && $0.makesPresent }
      if let reason = rules.refusal(of: edit, before: before, isCreatedHere: isMade) { return reason }
    }
    let name = try ReplicaIdentity.established(in: transaction)
    let taken = Change(
      edits: edits, space: space, replica: name, previous: try transaction.tip(of: name, in: space),
      lamport: row.lamport + 1, author: change.header.author, time: change.header.time, modelVersion: rules.version)
    try replica.apply(.change(taken), isAcknowledged: true)
    try answer("taken", as: taken.dot, now, transaction)
    return nil
  }

  /// Where the very change is already: it came by the common road since, or another computer had brought it too.
  private func dotOfSameChange(_ change: Change, _ transaction: any StoreTransaction) throws -> Dot? {
    if try change.isHere(transaction) { return change.dot }
    let directory = Directory(transaction)
    return try directory.proposals().filter { other in
      if case .change(let held) = other.content { held.digest == change.digest } else { false }
    }.compactMap { try directory.dot(ofAccepted: $0.id) }.first
  }

  private func answer(
    _ answer: String, as dot: Dot, _ now: Timestamp, _ transaction: any StoreTransaction
  ) throws {
    try Directory.commit(
      [.set(id, field: "answer", .text(answer)), .set(id, field: "dot", .text("\(dot)"))], now, transaction)
  }

  /// Says no to held work. It stays where it is.
  package func decline(now: Timestamp, _ transaction: any StoreTransaction) throws {
    guard answer == nil else { throw ProposalError.isAnswered }
    try Directory.commit([.set(id, field: "answer", .text("declined"))], now, transaction)
  }

  /// Edits as they go out now: a change of the same computer that was taken before is named as it is here; one that was not
  /// is passed over, down to what it had superseded.
  private func rebased(
    _ edits: [Edit], in space: SpaceID, _ transaction: any StoreTransaction
  ) throws -> [Edit] {
    var renamed: [Dot: Dot] = [:]
    var given: [Dot: [Edit]] = [:]
    // Only what the same computer brought, for it says what its own earlier words were and nobody else's.
    for other in try Directory(transaction).proposals() where other.device == device && other.id != id {
      guard case .change(let change) = other.content, change.header.space == space else { continue }
      if let dot = try Directory(transaction).dot(ofAccepted: other.id) {
        renamed[change.dot] = dot
      } else if try !change.isHere(transaction) {
        given[change.dot] = change.edits
      }
    }
    return try edits.map { edit in
      try edit.rebased(over: given).remapped(by: renamed).retaining { dot in
        try (transaction.tip(of: dot.replica, in: space)?.sequence ?? 0) >= dot.sequence
      }
    }
  }
}

/// Why nothing could be decided.
package enum ProposalError: Error, Equatable, Sendable {
  /// It was decided before.
  case isAnswered
  /// It is half-written words: there is nothing to put anywhere.
  case isNoChange
  /// The space is gone.
  case noSuchSpace
  /// It is written in another's name than its bringer's, and nobody stands for that.
  case notProved
}
