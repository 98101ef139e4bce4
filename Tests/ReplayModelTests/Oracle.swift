// The oracle: a record of everything that anybody was told, kept outside of the world so that nothing can roll it back,
// and the promises that follow from it.

enum Violation: String, CaseIterable {
  case lost = "work that was acknowledged is lost"
  case takenBack = "work that was acknowledged is refused"
  case unsentLost = "work that was never acknowledged is lost"
  case bodyLost = "the hub has a row without its words, and a copy has them"
  case keptLost = "sealed work that the hub said it keeps is gone"
  case forgottenRight = "unsent work is refused for what a backup has forgotten"
  case returnedRight = "a right comes back without an administrator"
  case forged = "a change stands as taken that no hub took"
  case twice = "one change is taken twice"
  case misread = "a change names another than its author meant"
  case unordered = "a change stands before one that it names"
  case diverged = "copies differ"
  case dotReused = "a hub that was opened anew names two changes alike"
  case stuck = "a copy never comes to an end"
  case erasedHeld = "erased words are held"
  case erasedServed = "erased words are served"
  case steppedBack = "a restore costs copies rows that the hub could have had back in place"
}

struct Oracle {
  private(set) var violations: [(violation: Violation, text: String)] = []
  /// The words that each device has been told are taken, by space.
  private(set) var told: [Int: [Int: Set<Int>]] = [:]
  /// The words that each device wrote and that were not refused, by space.
  private(set) var written: [Int: [Int: Set<Int>]] = [:]
  /// The roots of all changes that a hub ever took.
  var taken: Set<Digest> = []
  /// The words of sealed work that the hub said it keeps, and the device that was told.
  var kept: [Int: Int] = [:]
  /// The roots of erased changes.
  var erased: Set<Digest> = []
  /// The rights that administrators want, as far as anybody can know.
  private(set) var writers: Set<Int> = []
  private(set) var revoked: Set<Int> = []
  /// Rows were written, or replay ended, before every copy could bring what extends the log.
  var isTroubled = false
  /// The spaces in which a device has shown the hub that it was rolled back.
  var proven: Set<Int> = []
  /// The hub went on with the memory of a running machine, and could not know.
  var keptMemory = false
  private var sealedWords: [Int: Set<Int>] = [:]
  private var hubDots: [Int: [Dot: Digest]] = [:]
  /// A device wrote unsent words again under a new name; another copy may bring the first.
  var hasReissued = false
  var hasSnapshots = false
  var hasRewritten = false

  mutating func report(_ violation: Violation, _ text: String) {
    violations.append((violation, text))
  }

  mutating func tell(_ device: Int, _ change: Change, in space: Int) {
    told[device, default: [:]][space, default: []].insert(change.words)
  }

  mutating func wrote(_ words: Int, in space: Int, by device: Int) {
    written[device, default: [:]][space, default: []].insert(words)
  }

  mutating func cloned(_ device: Int, as clone: Int) {
    hasReissued = true
    told[clone] = told[device]
    written[clone] = written[device]
  }

  /// A person agreed to write words anew, which makes them work that is judged as such.
  mutating func rewrote(_ changes: [Change], in space: Int, by device: Int) {
    hasRewritten = true
    for change in changes {
      told[device]?[space]?.remove(change.words)
      wrote(change.words, in: space, by: device)
    }
  }

  /// A device cleared a copy: what it was told is no copy's any more, and of its own it keeps what it sealed.
  mutating func cleared(_ device: Int, of space: Int, sealed: [Change], hub log: Log) {
    let standing = log.rows.filter { log.outcome(of: $0.change) == .taken }.map(\.change.words)
    for words in (told[device]?[space] ?? []).subtracting(standing).sorted() {
      report(.lost, "'\(words)', which a device was told is taken before it cleared its copy")
    }
    told[device]?[space] = nil
    written[device, default: [:]][space, default: []] = Set(sealed.map(\.words)).union(sealedWords[device] ?? [])
    sealedWords[device, default: []].formUnion(sealed.map(\.words))
  }

  // MARK: Rights

  mutating func granted(_ member: Int) { writers.insert(member) }

  mutating func withdrew(_ member: Int) { writers.remove(member) }

  mutating func revoked(key: Int) { revoked.insert(key) }

  /// Narrows what was told to what a backup says: it is all that anybody can know, unless the ledger or a ticket says more.
  mutating func rolledBack(to hub: Hub, ledger: Ledger) {
    writers.formUnion(hub.writers)
    if ledger.isGone { revoked.subtract(Set(hub.enrolled.keys).subtracting(hub.revoked)) }
  }

  // MARK: What the hub does

  mutating func observe(
    _ answer: Answer, of device: Device, before: Hub, space id: Int, ledger: Ledger
  ) {
    for case (let change, .final(let outcome, _)) in answer.verdicts
    where before.spaces[id]!.log.outcome(of: change) == nil {
      switch outcome {
      case .taken:
        taken.insert(change.root.id)
        if revoked.contains(device.key) || !writers.contains(change.author) {
          report(.returnedRight, "\(device.name) writes '\(change.words)'")
        }
      case .void(.dependsOnRefused): break
      case .void(.notAllowed):
        if writers.contains(change.author), let ticket = device.ticket, ticket.mayWrite,
          !before.issued.contains(ticket.id)
        {
          report(.forgottenRight, "'\(change.words)' of \(device.name)")
        }
      case .void: report(.forgottenRight, "'\(change.words)' of \(device.name): \(outcome)")
      }
    }
    let isEnding = ledger.isGone && !answer.isReplaying
    for root in answer.bodies.intersection(erased).sorted() where !isEnding {
      report(.erasedServed, "to \(device.name): \(answer.page.first { $0.change.root.id == root }?.change.words ?? 0)")
    }
  }

  mutating func hubWrote(_ change: Change, in space: Int) {
    taken.insert(change.id)
    if let other = hubDots[space, default: [:]].updateValue(change.id, forKey: change.dot), other != change.id,
      !keptMemory
    {
      report(.dotReused, "'\(change.words)'")
    }
  }

  mutating func deliver(_ answer: Answer, to index: Int, in space: Int) {
    for case (let change, .final(let outcome, _)) in answer.verdicts {
      if outcome == .taken {
        tell(index, change, in: space)
      } else if told[index]?[space]?.contains(change.words) == true {
        report(.takenBack, "'\(change.words)'")
      } else {
        written[index]?[space]?.remove(change.words)
      }
    }
  }

  mutating func read(_ index: Int, _ log: Log, from position: Int, in space: Int) {
    for row in log.rows.dropFirst(position) where log.outcome(of: row.change) == .taken {
      tell(index, row.change, in: space)
    }
  }

  mutating func steppedBack(_ log: Log, to position: Int) {
    guard !isTroubled, !hasSnapshots else { return }
    report(.steppedBack, "from row \(log.head) to \(position)")
  }
}
