// The device's side of a visit: it applies its hub's answer.

extension Device {
  mutating func receive(_ answer: Answer, from id: Int, entropy: inout Entropy) {
    model = max(model, answer.model)
    if let ticket = answer.ticket { self.ticket = ticket }
    guard !answer.isSpaceUnknown, var copy = copies[id] else { return }
    if answer.clears {
      guard copy.log.head > 0 || !copy.outbox.isEmpty || !copy.receipts.isEmpty else { return }
      sealed += copy.outbox.map { (id, $0) }
      copies[id] = Copy(log: Log(space: id, rules: rules), replica: copy.replica, rules: rules)
      copies[id]!.startChain(entropy: &entropy)
      return
    }
    if let position = answer.commonPosition, position < copy.log.head { copy.stepBack(to: position, space: id) }
    if !answer.isReplaying { copy.enter(answer.epoch) }
    copy.settle(answer.verdicts)
    copy.read(answer)
    if answer.verdicts.contains(where: { if case .forked = $0.verdict { true } else { false } }) || copy.isOutdated {
      copy.reissueOutbox(author: member, entropy: &entropy)
    }
    copies[id] = copy
  }
}

extension Device.Copy {
  /// Leaves a line of history that the hub does not have, and keeps its rows to bring them.
  mutating func stepBack(to position: Int, space: Int) {
    var left: [LateRow] = []
    let ends = checkpoints.keys.filter { $0 > position }.sorted()
    for (index, row) in log.rows.enumerated().dropFirst(position) {
      if index < floor {
        if rules[.snapshotStateIsOffered], case .change(let change, .taken) = row { lost.append(change) }
        continue
      }
      let end = ends.first { $0 > index }
      let start = ends.last { $0 <= index } ?? position
      left.append(LateRow(row: row, isProven: end != nil, run: (end ?? index + 1) - start))
    }
    late = rules[.lateRowsComeInOrder] ? left + late : late + left.reversed()
    log = log.prefix(position, space: space)
    checkpoints = checkpoints.filter { $0.key <= position }
    floor = min(floor, position)
  }

  /// Without receipts a device can only send again, in a new epoch, what an older one acknowledged.
  fileprivate mutating func enter(_ epoch: Epoch) {
    if !rules[.receiptsAreShown], let last = self.epoch, last.id != epoch.id {
      outbox = receipts.map(\.change) + outbox
      receipts = []
    }
    self.epoch = epoch
  }

  fileprivate mutating func settle(_ verdicts: [(change: Change, verdict: Answer.Verdict)]) {
    for case (let change, .final(_, let receipt)) in verdicts {
      outbox.removeAll { $0 == change }
      receipts.append(receipt)
    }
  }

  /// Reads the page, up to the last checkpoint of it that came through.
  fileprivate mutating func read(_ answer: Answer) {
    let end =
      rules[.pagesEndWithCheckpoints] ? (answer.checkpoints.last?.position ?? log.head) - log.head : answer.page.count
    for row in answer.page.prefix(end) {
      log.append(row)
      if case .erased(let change) = row { bodies.remove(change.root.id) }
    }
    let held = Set(log.rows.map(\.change.root.id))
    bodies.formUnion(answer.bodies.intersection(held).subtracting(log.erased))
    for checkpoint in answer.checkpoints { checkpoints[checkpoint.position] = checkpoint }
    outbox.removeAll { log.find($0) != nil }
    receipts.removeAll { receipt in
      rules[.receiptsStayUntilRead]
        ? log.holds(.change(receipt.change, receipt.outcome)) : receipt.position <= log.head
    }
    late.removeAll { log.holds($0.row) }
    lost.removeAll { log.outcome(of: $0) == .taken }
  }

  /// True if a change in the outbox names one that the hub has readmitted, by a dot that means another now.
  fileprivate var isOutdated: Bool {
    outbox.contains { change in
      change.names.contains { log.find($0) != nil && log.change(at: $0.dot)?.root != $0.root }
    }
  }

  /// Resolves a fork in the hub's favour: the outbox is written again under a new name.
  fileprivate mutating func reissueOutbox(author: Int, entropy: inout Entropy) {
    let old = outbox
    outbox = []
    startChain(entropy: &entropy)
    var renamed: [Digest: Change] = [:]
    for change in old {
      let names = change.names.map { renamed[$0.id] ?? log.find($0) ?? $0 }
      reissue(change, naming: names, author: author)
      renamed[change.id] = tip
    }
  }
}

extension Log {
  /// Tests whether a row's news is in the log: it stands so, or better, or it is a void that has no place here.
  func holds(_ row: Row) -> Bool {
    switch row {
    case .erased(let change): erased.contains(change.root.id)
    case .amended(let change), .change(let change, .taken): outcome(of: change) == .taken
    case .change(let change, .void):
      outcome(of: change) != nil || self.change(at: change.dot) != nil || contradicts(change)
    }
  }
}
