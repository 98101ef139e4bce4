// Rows and bodies that devices bring back: rows that extend the log, the bodies it lacks, and rows from a line of history that the log
// has left. The hub judges none of it: its own word vouches for it.

extension Hub {
  /// Appends rows that extend the log, up to the last checkpoint that came through, as they were.
  mutating func replay(_ copy: Device.Copy, lie: Device.Lie?, in id: Int, over line: Line, ledger: Ledger) {
    let space = spaces[id]!
    let start = space.log.head
    guard start < copy.log.head, start >= copy.floor, space.isReplaying || rules[.endForbidsNothing],
      copy.log.digests[start] == space.log.digest
    else { return }
    let offered = copy.log.rows[start..<min(copy.log.head, start + line.rows)].map { row in
      lie == .forgesRows ? row.forged : row
    }
    for row in provenPrefix(of: offered, checkpoints: copy.checkpoints, after: space.log) {
      let hasBody = lie != .withholdsBodies && mayHold(row.change, of: copy, ledger: ledger)
      switch row {
      case .change(let change, let outcome):
        let judged = rules[.vouchedIsNotJudged] ? outcome : judgedAgain(change, outcome)
        admit(change, judged, withBody: hasBody, in: id)
      case .amended(let change):
        spaces[id]!.log.append(row)
        if hasBody { spaces[id]!.bodies.insert(change.root.id) }
      case .erased(let change):
        spaces[id]!.log.append(row)
        spaces[id]!.bodies.remove(change.root.id)
      }
    }
  }

  private func provenPrefix(of rows: [Row], checkpoints: [Int: Checkpoint], after log: Log) -> ArraySlice<Row> {
    guard rules[.rowsNeedProof] else { return rows[...] }
    var digest = log.digest
    var proven = 0
    for (index, row) in rows.enumerated() {
      digest = log.digest(of: row, after: digest)
      if checkpoints[log.head + index + 1]?.digest == digest { proven = index + 1 }
    }
    return rows.prefix(proven)
  }

  /// Takes the bodies that the hub lacks of rows it has.
  mutating func takeBodies(of copy: Device.Copy, in id: Int, ledger: Ledger) {
    for case .change(let change, _) in spaces[id]!.log.rows
    where !spaces[id]!.bodies.contains(change.root.id) && mayHold(change, of: copy, ledger: ledger)
      && spaces[id]!.log.outcome(of: change) == .taken
    {
      spaces[id]!.bodies.insert(change.root.id)
    }
  }

  /// Tests whether the hub may keep the body of a change that a device has.
  private func mayHold(_ change: Change, of copy: Device.Copy, ledger: Ledger) -> Bool {
    let root = change.root.id
    return copy.bodies.contains(root) && !spaces.values.contains { $0.log.erased.contains(root) }
      && !(rules[.ledgerIsAskedForBodies] && ledger.erased.contains(root))
  }

  /// Takes the rows of a line of history that this log has left, and what receipts speak of, in their order.
  mutating func takeLateRows(
    of copy: Device.Copy, lie: Device.Lie?, in id: Int, over line: Line, ledger: Ledger, entropy: inout Entropy
  ) {
    guard spaces[id]!.isReplaying ? !rules[.hubWaitsForReplay] : rules[.endForbidsNothing] else { return }
    var room = line.rows
    for late in copy.lateRows where room > 0 && !spaces[id]!.log.holds(late.row) {
      guard late.run <= line.rows else { return }
      let isTrue = late.isProven && lie != .forgesRows
      let row = lie == .forgesRows ? late.row.forged : late.row
      guard isTrue || !rules[.rowsNeedProof] else { return }
      let hasBody = lie != .withholdsBodies && mayHold(row.change, of: copy, ledger: ledger)
      guard take(row, withBody: hasBody, in: id, entropy: &entropy) else { return }
      room -= 1
    }
  }

  /// - Returns: Whether the row has its place; `false` where it names a row that the hub lacks.
  private mutating func take(_ row: Row, withBody: Bool, in id: Int, entropy: inout Entropy) -> Bool {
    switch row {
    case .erased(let change):
      let log = spaces[id]!.log
      guard let found = log.find(change) else { return true }
      spaces[id]!.bodies.remove(found.root.id)
      if !log.erased.contains(found.root.id) { spaces[id]!.log.append(.erased(found)) }
      return true
    case .amended(let change): return vouch(for: change, .taken, withBody: withBody, in: id, entropy: &entropy)
    case .change(let change, let outcome):
      let judged = rules[.vouchedIsNotJudged] ? outcome : judgedAgain(change, outcome)
      return vouch(for: change, judged, withBody: withBody, in: id, entropy: &entropy)
    }
  }

  private mutating func vouch(
    for change: Change, _ outcome: Outcome, withBody: Bool, in id: Int, entropy: inout Entropy
  ) -> Bool {
    let log = spaces[id]!.log
    if let found = found(change, in: log) {
      if outcome == .taken, log.outcome(of: found) != .taken, rules[.takenOutranksVoid] {
        spaces[id]!.log.append(.amended(found))
        if withBody { spaces[id]!.bodies.insert(found.root.id) }
      }
      return true
    }
    guard outcome == .taken else {
      if log.change(at: change.dot) == nil, log.connects(change) { admit(change, outcome, withBody: false, in: id) }
      return true
    }
    let isNamed =
      rules[.lateRowsNameByDigest]
      ? change.names.allSatisfy { found($0, in: log) != nil }
      : change.names.allSatisfy { log.change(at: $0.dot) != nil }
    guard isNamed else { return false }
    let means =
      change.original != nil || !rules[.lateRowsNameByDigest]
      || change.names.allSatisfy { log.change(at: $0.dot)?.root == $0.root }
    if log.change(at: change.dot) == nil, log.connects(change), means {
      admit(change, outcome, withBody: withBody, in: id)
    } else if rules[.takenDotIsReadmitted] {
      readmit(change, withBody: withBody, in: id, entropy: &entropy)
    }
    return true
  }

  private func found(_ change: Change, in log: Log) -> Change? {
    log.find(change) ?? readmitted[change.id].flatMap(log.find)
  }
}
