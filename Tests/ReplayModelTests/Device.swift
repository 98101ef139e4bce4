// A device: its copies of spaces, what it has written, and the hub's word that it keeps.

enum Member {
  /// The author of what the hub writes itself.
  static let hub = 0
}

struct Device {
  /// A way in which a device deceives its hub.
  enum Lie {
    /// It brings rows without their bodies.
    case withholdsBodies
    /// It turns what was void into what was taken.
    case forgesRows
    /// It writes under the name of another device's replica.
    case squats
  }

  /// A device's copy of one space.
  struct Copy {
    var log: Log
    /// The hub's checkpoints, by position.
    var checkpoints: [Int: Checkpoint] = [:]
    /// The position of the snapshot that the copy began with; rows up to it are not here, only what they amount to.
    var floor = 0
    /// Changes that the hub has not answered yet, in the order of writing.
    var outbox: [Change] = []
    /// The verdicts on own changes whose rows have not been read.
    var receipts: [Receipt] = []
    /// Rows that the hub's log has no longer, in the order of the log it was in.
    var late: [LateRow] = []
    /// Changes of a snapshot whose rows no hub has.
    var lost: [Change] = []
    var bodies: Set<Digest> = []
    var replica: Replica
    var sequence = 0
    /// The last change in the copy's own chain.
    var tip: Change?
    var epoch: Epoch?
    let rules: Rules

    /// The receipts that the hub is shown.
    var receiptsShown: [Receipt] { rules[.receiptsAreShown] ? receipts : [] }

    /// Late rows in the order of their log, then receipts in sequence.
    var lateRows: [LateRow] {
      late + receiptsShown.map { LateRow(row: .change($0.change, $0.outcome)) }
    }

    /// Tests whether the copy has rows, or heard of rows, that a hub's log may have had after its head.
    func extends(_ log: Log) -> Bool {
      receiptsShown.contains { $0.position > log.head }
        || self.log.head > log.head && self.log.digests[log.head] == log.digest
    }

    /// The highest Lamport time of anything that the copy has.
    var lamport: Int {
      let own = outbox + receipts.map(\.change) + late.map(\.row.change) + lost
      return own.reduce(log.lamport) { max($0, $1.lamport) }
    }
  }

  let name: String
  /// Clones have one key.
  let key: Int
  let member: Int
  var model = 1
  var ticket: Ticket?
  var copies: [Int: Copy] = [:]
  /// Changes that the device had not sent when it was revoked; nobody can read it there.
  var sealed: [(space: Int, change: Change)] = []
  var lie: Lie?
  let rules: Rules

  /// Writes a change, which names the last ones that the copy has, or nothing where it begins a record.
  mutating func write(_ words: Int, in id: Int, beginsRecord: Bool = false) {
    guard var copy = copies[id] else { return }
    let names = beginsRecord ? [] : [copy.lastTaken, copy.outbox.last].compactMap { $0 }
    copy.sequence += 1
    let change = Change(
      dot: Dot(replica: copy.replica, sequence: copy.sequence), author: member, lamport: copy.lamport + 1,
      previous: copy.tip, names: names, model: model, words: words)
    copy.append(change)
    copies[id] = copy
  }

  /// Begins a chain under the name of another device's replica.
  mutating func squat(on name: Replica, in id: Int) {
    copies[id]?.replica = name
    copies[id]?.sequence = 0
    copies[id]?.tip = nil
    copies[id]?.outbox = []
    lie = .squats
  }

  /// Writes anew, at its owner's word, what depends on rows that nobody has any more.
  mutating func rewriteLost(in id: Int, entropy: inout Entropy) {
    guard var copy = copies[id] else { return }
    let stranded = copy.late.filter { if case .change(_, .taken) = $0.row { true } else { false } }.map(\.row.change)
    let acknowledged = copy.receipts.filter { $0.outcome == .taken }.map(\.change)
    let work = copy.lost + stranded + acknowledged + copy.outbox
    copy.lost = []
    copy.receipts = []
    copy.late = []
    copy.outbox = []
    copy.startChain(entropy: &entropy)
    for change in work {
      let names = copy.lastTaken.map { [$0] } ?? []
      copy.reissue(change, naming: names + (copy.outbox.last.map { [$0] } ?? []), author: member)
    }
    copies[id] = copy
  }
}

extension Device.Copy {
  /// The last change taken that the copy knows of, which the next one names.
  var lastTaken: Change? {
    receipts.last { $0.outcome == .taken }?.change
      ?? late.last { if case .change(_, .taken) = $0.row { true } else { false } }?.row.change ?? log.lastTaken
      ?? lost.last
  }

  mutating func append(_ change: Change) {
    outbox.append(change)
    tip = change
    bodies.insert(change.root.id)
  }

  mutating func startChain(entropy: inout Entropy) {
    replica.salt = entropy.draw()
    sequence = 0
    tip = nil
  }

  /// Writes the words of a change again, as the next change of the copy's own chain.
  mutating func reissue(_ change: Change, naming names: [Change], author: Int) {
    sequence += 1
    append(
      Change(
        dot: Dot(replica: replica, sequence: sequence), author: author, lamport: lamport + 1,
        previous: tip, names: names, model: change.model, words: change.words))
  }
}

extension Row {
  /// The row as a liar would have it.
  var forged: Row {
    if case .change(let change, .void) = self { .change(change, .taken) } else { self }
  }
}
