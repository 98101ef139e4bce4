// A hub: everything that a backup holds and a restore rolls back. What no restore rolls back is the ledger.

/// Erasures and revocations, kept outside of what a backup holds.
struct Ledger {
  var erased: Set<Digest> = []
  var revoked: Set<Int> = []
  var isGone = false
}

struct Hub {
  struct Space {
    var log: Log
    /// The roots of the changes whose bodies the hub has.
    var bodies: Set<Digest> = []
    /// The space takes no work, because devices may hold rows that extend its log.
    var isReplaying = false
    /// The hub was rolled back, and no device has shown yet whether this space was, too.
    var isSuspect = false
    /// Work of revoked devices that waits for an administrator's answer.
    var held: [Change] = []
  }

  let rules: Rules
  var epoch: Epoch
  var spaces: [Int: Space] = [:]
  /// The id of each space, by its name.
  var spaceIDs: [Int: Int] = [:]
  /// The member of each device, by the device's key.
  var enrolled: [Int: Int] = [:]
  var writers: Set<Int> = []
  var revoked: Set<Int> = []
  var model = 1
  /// The number of acts of administrators.
  var acts = 0
  /// The tickets that the hub remembers.
  var issued: Set<Digest> = []
  /// The tickets that say more than the hub knows, by key, for an administrator to answer.
  var unanswered: [Int: Ticket] = [:]
  /// The spaces that devices have and the hub does not know.
  var reported: Set<Int> = []
  /// The highest version of the model that any device has.
  var modelSeen = 1
  /// The name that the hub writes under since it was opened.
  var ownName: Replica?
  /// The positions at which earlier epochs ended, by space; asked only where digests do not decide.
  var ends: [UInt64: [Int: Int]] = [:]
  /// The readmitted changes, where the log does not say what they are.
  var readmitted: [Digest: Change] = [:]

  init(rules: Rules, entropy: inout Entropy) {
    self.rules = rules
    epoch = Epoch(id: entropy.draw())
  }

  // MARK: Acts of administrators

  mutating func makeSpace(named name: Int, entropy: inout Entropy) {
    guard spaceIDs[name] == nil else { return }
    acts += 1
    let id = rules[.spaceIDFollowsName] ? name : Int(entropy.draw())
    spaceIDs[name] = id
    spaces[id] = Space(log: Log(space: id, rules: rules), isReplaying: reported.contains(id))
  }

  mutating func enrol(_ key: Int, as member: Int, mayWrite: Bool) {
    acts += 1
    enrolled[key] = member
    if mayWrite { writers.insert(member) } else { writers.remove(member) }
  }

  /// Writes a row of the hub's own.
  mutating func write(_ words: Int, in id: Int, entropy: inout Entropy) -> Change? {
    guard let space = spaces[id], !(space.isReplaying && rules[.hubWaitsForReplay]) else { return nil }
    let name = ownName ?? Replica(owner: .hub, salt: rules[.newNameEachOpening] ? entropy.draw() : 0)
    ownName = name
    var sequence = 1
    while space.log.change(at: Dot(replica: name, sequence: sequence)) != nil { sequence += 1 }
    let previous = space.log.change(at: Dot(replica: name, sequence: sequence - 1))
    let change = Change(
      dot: Dot(replica: name, sequence: sequence), author: Member.hub,
      lamport: space.log.lamport + 1, previous: previous, names: space.log.lastTaken.map { [$0] } ?? [], model: model,
      words: words)
    admit(change, .taken, withBody: true, in: id)
    return change
  }

  /// Answers held work with yes: the hub writes it under a name of its own, which names the original.
  mutating func acceptHeld(in id: Int, entropy: inout Entropy) {
    guard let space = spaces[id], !(space.isReplaying && rules[.hubWaitsForReplay]) else { return }
    for change in space.held where change.names.allSatisfy({ spaces[id]!.log.find($0) != nil }) {
      spaces[id]!.held.removeAll { $0 == change }
      if spaces[id]!.log.find(change) == nil { readmit(change, withBody: true, in: id, entropy: &entropy) }
    }
  }

  /// Erases a change; while replay lasts the ledger alone knows.
  mutating func applyErasures(of ledger: Ledger) {
    for id in spaces.keys.sorted() {
      spaces[id]!.bodies.subtract(ledger.erased)
      guard !(spaces[id]!.isReplaying && rules[.hubWaitsForReplay]) else { continue }
      for row in spaces[id]!.log.rows {
        guard case .change(let change, _) = row, ledger.erased.contains(change.root.id),
          !spaces[id]!.log.erased.contains(change.root.id)
        else { continue }
        spaces[id]!.log.append(.erased(change))
      }
    }
  }

  // MARK: Rollbacks

  mutating func drawEpoch(entropy: inout Entropy) {
    let ancestors = rules[.checkpointsCarryAncestors] ? epoch.ancestors.union([epoch.id]) : []
    ends[epoch.id] = spaces.mapValues(\.log.head)
    epoch = Epoch(id: entropy.draw(), ancestors: ancestors)
  }

  /// Appends a change as a new row.
  mutating func admit(_ change: Change, _ outcome: Outcome, withBody: Bool, in id: Int) {
    spaces[id]!.log.append(.change(change, outcome))
    if withBody, outcome == .taken { spaces[id]!.bodies.insert(change.root.id) }
  }

  /// Appends the words of a change under a name of the hub's own.
  mutating func readmit(_ change: Change, withBody: Bool, in id: Int, entropy: inout Entropy) {
    let readmitted = change.readmitted(
      salt: entropy.draw(), namesOriginal: rules[.readmissionNamesOriginal])
    if !rules[.readmissionNamesOriginal] { self.readmitted[change.id] = readmitted }
    admit(readmitted, .taken, withBody: withBody, in: id)
  }
}

extension Log {
  /// The last change taken, which the next one names.
  var lastTaken: Change? {
    rows.last { if case .change(_, .taken) = $0 { true } else { false } }?.change
  }
}
