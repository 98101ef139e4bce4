// The effect of each action.

extension World {
  func perform(_ action: Action) {
    switch action {
    case .write(let device, let space, let beginsRecord): write(pick(device), space, beginsRecord)
    case .visit(let device, let space, let line):
      let index = pick(device)
      if let id = spaceID(space, of: index) {
        visit(
          index, id,
          over: Line(rows: min(line.rows, self.line.rows), losesAnswer: line.losesAnswer, pageCut: line.pageCut))
      }
    case .everybodyVisits: everybodyVisits()
    case .hubWrites(let space): hubWrites(space)
    case .administer: administer()
    case .join(let member, let bySnapshot):
      if devices.count < 6 { join(as: member, bySnapshot: bySnapshot) }
    case .makeSpace(let name): makeSpace(name)
    case .raiseModel:
      hub.model += 1
      hub.acts += 1
      note("the model is raised to \(hub.model)")
    case .grant(let member): setRight(of: member, true)
    case .withdraw(let member): setRight(of: member, false)
    case .revoke(let device): revoke(pick(device))
    case .erase(let space, let row): erase(space, row)
    case .backUp:
      backups.append(hub)
      note("backup \(backups.count)")
    case .expireBackup:
      if backups.count > 1 { backups.removeFirst() }
    case .restore(let backup): if !backups.isEmpty { restore(backup % backups.count) }
    case .rollBack(let backup, let keepingMemory):
      if !backups.isEmpty { rollBack(backup % backups.count, keepingMemory: keepingMemory) }
    case .loseLedger:
      ledger = Ledger(isGone: true)
      oracle.rolledBack(to: hub, ledger: ledger)
      note("the ledger is lost")
    case .endReplay(let space): endReplay(space)
    case .clone(let device): clone(pick(device))
    case .destroy(let device):
      if living.count > 1 { destroy(pick(device)) }
    case .lie(let device, let lie):
      devices[pick(device)].lie = lie
      note("\(devices[pick(device)].name) lies: \(lie)")
    case .squat(let device, let victim, let space): squat(pick(device), pick(victim), space)
    case .slowLines: line.rows = Hub.checkpointSpacing
    }
  }

  private func pick(_ number: Int) -> Int { living[number % living.count] }

  private func spaceID(_ number: Int, of index: Int) -> Int? {
    let ids = devices[index].copies.keys.sorted()
    return ids.isEmpty ? nil : ids[number % ids.count]
  }

  private func spaceID(_ number: Int) -> Int {
    let ids = hub.spaces.keys.sorted()
    return ids[number % ids.count]
  }

  // MARK: Work

  private func write(_ index: Int, _ space: Int, _ beginsRecord: Bool) {
    guard let id = spaceID(space, of: index) else { return }
    let words = nextWords()
    devices[index].write(words, in: id, beginsRecord: beginsRecord)
    oracle.wrote(words, in: id, by: index)
    note("\(devices[index].name) writes '\(words)' in space \(id)")
  }

  func everybodyVisits() {
    for index in living {
      for id in devices[index].copies.keys.sorted() { visit(index, id, over: line) }
    }
  }

  private func hubWrites(_ space: Int) {
    let id = spaceID(space)
    let before = hub.spaces[id]!
    guard let change = hub.write(nextWords(), in: id, entropy: &entropy) else { return }
    oracle.hubWrote(change, in: id)
    if !before.isReplaying, isAhead(of: before.log, in: id), !oracle.proven.contains(id) { oracle.isTroubled = true }
    note("the hub writes '\(change.words)' in space \(id), row \(hub.spaces[id]!.log.head)")
  }

  private func squat(_ index: Int, _ victim: Int, _ space: Int) {
    guard let id = spaceID(space, of: index), let name = devices[victim].copies[id]?.replica, index != victim else {
      return
    }
    devices[index].squat(on: name, in: id)
    devices[index].write(nextWords(), in: id, beginsRecord: true)
    note("\(devices[index].name) writes under the name of \(devices[victim].name)'s replica")
  }

  // MARK: Administrators

  private func makeSpace(_ name: Int) {
    let id = hub.spaceIDs[name]
    hub.makeSpace(named: name, entropy: &entropy)
    if let made = hub.spaceIDs[name], id == nil {
      spaceNames[made] = name
      if !hub.spaces[made]!.isReplaying, living.contains(where: { (devices[$0].copies[made]?.log.head ?? 0) > 0 }) {
        oracle.isTroubled = true
      }
      note("space \(made) is made")
    }
  }

  private func setRight(of member: Int, _ mayWrite: Bool) {
    hub.acts += 1
    if mayWrite {
      hub.writers.insert(member)
      oracle.granted(member)
    } else {
      hub.writers.remove(member)
      oracle.withdrew(member)
    }
    note("member \(member) may \(mayWrite ? "" : "not ")write")
  }

  private func revoke(_ index: Int) {
    let key = devices[index].key
    hub.acts += 1
    hub.revoked.insert(key)
    ledger.revoked.insert(key)
    oracle.revoked(key: key)
    note("\(devices[index].name) is revoked")
  }

  private func erase(_ space: Int, _ row: Int) {
    let id = spaceID(space)
    let log = hub.spaces[id]!.log
    guard log.head > 0 else { return }
    let change = log.rows[row % log.head].change
    guard log.outcome(of: change) == .taken, !oracle.erased.contains(change.root.id) else { return }
    let space = hub.spaces[id]!
    if !space.isReplaying, isAhead(of: space.log, in: id), !oracle.proven.contains(id) { oracle.isTroubled = true }
    ledger.erased.insert(change.root.id)
    oracle.erased.insert(change.root.id)
    hub.applyErasures(of: ledger)
    note("'\(change.words)' is erased")
  }

  /// Answers everything that the hub asks an administrator.
  func administer() {
    for (key, ticket) in hub.unanswered.sorted(by: { $0.key < $1.key }) {
      hub.unanswered[key] = nil
      hub.issued.insert(ticket.id)
      if oracle.revoked.contains(key) {
        hub.revoked.insert(key)
        ledger.revoked.insert(key)
      } else {
        hub.enrol(key, as: ticket.member, mayWrite: oracle.writers.contains(ticket.member))
      }
      note("an administrator answers the ticket of D\(key)")
    }
    for id in hub.reported.sorted() { if let name = spaceNames[id] { makeSpace(name) } }
    hub.reported = []
    if hub.modelSeen > hub.model {
      hub.model = hub.modelSeen
      hub.acts += 1
    }
    for id in hub.spaces.keys.sorted() {
      let held = hub.spaces[id]!.held
      hub.acceptHeld(in: id, entropy: &entropy)
      for change in held where hub.spaces[id]!.log.find(change) != nil {
        oracle.taken.insert(change.root.id)
        note("an administrator accepts held work '\(change.words)'")
      }
    }
  }

  func endReplay(_ space: Int) {
    let id = spaceID(space)
    let log = hub.spaces[id]!.log
    guard hub.spaces[id]!.isReplaying else { return }
    let isEarly = isAhead(of: log, in: id)
    if isEarly { oracle.isTroubled = true }
    hub.spaces[id]!.isReplaying = false
    hub.spaces[id]!.isSuspect = false
    note("replay of space \(id) ends at row \(log.head)\(isEarly ? ", early" : "")")
    hub.applyErasures(of: ledger)
  }

  // MARK: Backups

  private func restore(_ index: Int) {
    hub = backups[index]
    hub.ownName = nil
    hub.drawEpoch(entropy: &entropy)
    hub.revoked.formUnion(ledger.revoked)
    for id in hub.spaces.keys { hub.spaces[id]!.isReplaying = true }
    hub.applyErasures(of: ledger)
    noteReturn()
    note("RESTORE of backup \(index + 1)")
  }

  private func rollBack(_ index: Int, keepingMemory: Bool) {
    let before = hub
    hub = backups[index]
    if !keepingMemory { hub.ownName = nil }
    // A folder of another line of history: its epoch is no ancestor, and nothing looks wrong.
    if hub.epoch.id != before.epoch.id, before.ends[hub.epoch.id] == nil { oracle.isTroubled = true }
    if keepingMemory { oracle.keptMemory = true }
    noteReturn()
    note("ROLLBACK of the folder to backup \(index + 1)")
  }

  private func noteReturn() {
    oracle.rolledBack(to: hub, ledger: ledger)
    oracle.proven = []
    for id in hub.spaces.keys.sorted() {
      let logs = (living.compactMap { devices[$0].copies[id]?.log } + [hub.spaces[id]!.log]).sorted {
        $0.head < $1.head
      }
      if let longest = logs.last, logs.contains(where: { longest.digests[$0.head] != $0.digest }) {
        oracle.isTroubled = true
      }
    }
  }

  /// Tests whether a living copy has rows that extend a log.
  func isAhead(of log: Log, in id: Int) -> Bool {
    living.contains { index in
      guard let copy = devices[index].copies[id] else { return false }
      return copy.log.head > log.head && copy.log.digests[log.head] == log.digest
    }
  }

  // MARK: Misfortune

  private func clone(_ index: Int) {
    guard devices.count < 6 else { return }
    devices.append(devices[index])
    oracle.cloned(index, as: devices.count - 1)
    note("\(devices[index].name) is cloned")
  }

  private func destroy(_ index: Int) {
    destroyed.insert(index)
    note("\(devices[index].name) is destroyed")
  }
}
