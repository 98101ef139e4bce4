// The log of one space, as a hub holds it and a device copies it: rows, and the running digest after each.

/// One row of a log.
enum Row {
  case change(Change, Outcome)
  /// A row that stands is taken after all, or its body has come.
  case amended(Change)
  case erased(Change)

  var change: Change {
    switch self {
    case .change(let change, _), .amended(let change), .erased(let change): change
    }
  }
}

struct Log {
  private(set) var rows: [Row] = []
  /// The running digest after each row; the first is the empty log's, which binds hub and space.
  private(set) var digests: [Digest]
  /// The highest Lamport time of any row.
  private(set) var lamport = 0
  /// The roots of the changes erased.
  private(set) var erased: Set<Digest> = []
  private var outcomes: [Digest: Outcome] = [:]
  private var standing: [Digest: Change] = [:]
  private var dots: [Dot: Change] = [:]
  private let rules: Rules

  init(space: Int, rules: Rules) {
    digests = [chained(7, UInt64(space))]
    self.rules = rules
  }

  var head: Int { rows.count }
  var digest: Digest { digests[rows.count] }

  /// The change that stands for this one: itself, its original, or the same words under another name.
  func find(_ change: Change) -> Change? {
    standing[change.id] ?? change.original.flatMap { standing[$0.id] }
  }

  func outcome(of change: Change) -> Outcome? {
    find(change).flatMap { outcomes[$0.id] }
  }

  /// The change that a dot means here.
  func change(at dot: Dot) -> Change? { dots[dot] }

  /// Tests whether the change before this one in its chain is where its header says.
  func connects(_ change: Change) -> Bool {
    change.previous.map { dots[$0.dot] == $0 } ?? true
  }

  /// Tests whether the log has another change somewhere in the chain that leads to this one.
  func contradicts(_ change: Change) -> Bool {
    guard let previous = change.previous else { return false }
    return dots[previous.dot].map { $0 != previous } ?? contradicts(previous)
  }

  mutating func append(_ row: Row) {
    rows.append(row)
    digests.append(digest(of: row, after: digests[rows.count - 1]))
    switch row {
    case .change(let change, let outcome):
      outcomes[change.id] = outcome
      dots[change.dot] = change
      standing[change.id] = change
      if let original = change.original {
        standing[original.id] = change
        if dots[original.dot] == nil { dots[original.dot] = change }
      }
      lamport = max(lamport, change.lamport)
    case .amended(let change):
      outcomes[change.id] = .taken
    case .erased(let change):
      erased.insert(change.root.id)
    }
  }

  /// The log up to a position.
  func prefix(_ position: Int, space: Int) -> Log {
    var log = Log(space: space, rules: rules)
    for row in rows.prefix(position) { log.append(row) }
    return log
  }

  /// The running digest after one row more.
  func digest(of row: Row, after digest: Digest) -> Digest {
    switch row {
    case .change(let change, let outcome):
      chained(chained(digest, change.id), rules[.digestCoversOutcome] ? outcome.digest : 0)
    case .amended(let change): chained(chained(digest, change.id), 1 << 16)
    case .erased(let change): chained(chained(digest, change.id), 2 << 16)
    }
  }

  /// Tests whether the row is here that a receipt speaks of.
  func fits(_ receipt: Receipt) -> Bool {
    guard receipt.position <= head else { return false }
    return switch rows[receipt.position - 1] {
    case .change(let change, let outcome): change == receipt.change && outcome == receipt.outcome
    case .amended(let change): change == receipt.change && receipt.outcome == .taken
    case .erased: false
    }
  }

  /// The position of the row that says how a change stands.
  func position(of change: Change) -> Int {
    let index = rows.lastIndex { row in
      if case .erased = row { false } else { row.change == change }
    }
    return (index ?? -1) + 1
  }

  /// The longest prefix that both logs have, found by running digests alone.
  func commonPosition(with other: Log) -> Int {
    var position = min(head, other.head)
    while digests[position] != other.digests[position] { position -= 1 }
    return position
  }
}
