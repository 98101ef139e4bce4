// Fresh work: what no hub has decided on yet.

extension Hub {
  /// The verdicts on the outbox's front; they end with the first that is not final.
  mutating func judge(
    _ device: Device, _ visitor: Visitor, in id: Int, line: Line, ledger: Ledger
  ) -> [(change: Change, verdict: Answer.Verdict)] {
    let copy = device.copies[id]!
    let isSettled =
      copy.log.head <= spaces[id]!.log.head && commonPosition(of: copy, in: id) == copy.log.head
      && copy.late.isEmpty && copy.receipts.allSatisfy { $0.change.dot.replica == copy.replica }
    var verdicts: [(change: Change, verdict: Answer.Verdict)] = []
    for change in copy.outbox.prefix(line.rows) {
      let verdict = judge(change, of: device, visitor, isSettled: isSettled, in: id, ledger: ledger)
      verdicts.append((change, verdict))
      guard case .final = verdict else { break }
    }
    return verdicts
  }

  private mutating func judge(
    _ change: Change, of device: Device, _ visitor: Visitor, isSettled: Bool, in id: Int, ledger: Ledger
  ) -> Answer.Verdict {
    let log = spaces[id]!.log
    if let outcome = log.outcome(of: change) { return final(change, outcome, in: id) }
    if log.change(at: change.dot) != nil || log.contradicts(change) { return .forked }
    if spaces[id]!.isReplaying, rules[.freshWorkWaits] { return .later }
    if !isSettled, rules[.freshWorkNeedsCursor] { return .later }
    guard case .member = visitor else { return .later }
    // A name proves its device's key.
    guard change.dot.replica.owner == .device(key: device.key) else { return .later }
    if unanswered[device.key] != nil { return .later }
    if change.model > model { return rules[.newerModelIsLater] ? .later : append(change, .void(.model), in: id) }
    guard log.connects(change), change.names.allSatisfy({ log.change(at: $0.dot) != nil }) else { return .later }
    if change.lamport > log.lamport + 1 {
      return rules[.newerLamportIsLater] ? .later : append(change, .void(.lamport), in: id)
    }
    let isGrounded = change.names.allSatisfy { log.outcome(of: log.change(at: $0.dot)!) == .taken }
    if !isGrounded { return append(change, .void(.dependsOnRefused), in: id) }
    return append(change, writers.contains(change.author) ? .taken : .void(.notAllowed), in: id, ledger: ledger)
  }

  private mutating func append(
    _ change: Change, _ outcome: Outcome, in id: Int, ledger: Ledger = Ledger()
  ) -> Answer.Verdict {
    let isErased = rules[.ledgerIsAskedForBodies] && ledger.erased.contains(change.root.id)
    admit(change, outcome, withBody: !isErased, in: id)
    return final(change, outcome, in: id)
  }

  private func final(_ change: Change, _ outcome: Outcome, in id: Int) -> Answer.Verdict {
    let log = spaces[id]!.log
    let standing = log.find(change)!
    let position = log.position(of: standing)
    return .final(outcome, Receipt(epoch: epoch, position: position, change: standing, outcome: outcome))
  }

  /// The outcome that today's rights and model would give a row decided long ago.
  func judgedAgain(_ change: Change, _ outcome: Outcome) -> Outcome {
    guard outcome == .taken, change.author != Member.hub else { return outcome }
    return change.model > model ? .void(.model) : writers.contains(change.author) ? .taken : .void(.notAllowed)
  }
}
