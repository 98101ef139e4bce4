// The end of every world: lines hold, administrators answer, everybody comes until nothing moves; then the promises
// are checked.

extension World {
  /// Lets everybody come until nothing changes.
  func recover() {
    note("-- from here on everybody comes, again and again")
    var last: [Int] = []
    var quietRounds = 0
    for round in 0..<80 {
      everybodyVisits()
      let now = fingerprint
      if now != last {
        last = now
        quietRounds = 0
        if round > 20 { administer() }
        continue
      }
      quietRounds += 1
      if quietRounds == 1 {
        administer()
      } else if hub.spaces.values.contains(where: \.isReplaying) {
        for space in hub.spaces.keys.sorted().indices { endReplay(space) }
      } else if !rewriteLostWork() {
        return
      }
    }
    oracle.report(.stuck, "after 80 rounds")
  }

  /// A number for everything that a visit may change.
  private var fingerprint: [Int] {
    var state = [
      hub.spaces.count, Int(hub.epoch.id), hub.acts, hub.unanswered.count, hub.reported.count, hub.modelSeen,
    ]
    for id in hub.spaces.keys.sorted() {
      let space = hub.spaces[id]!
      state += [space.log.head, space.bodies.count, space.held.count, space.isReplaying ? 1 : 0]
    }
    for index in living {
      state.append(devices[index].sealed.count)
      for id in devices[index].copies.keys.sorted() {
        let copy = devices[index].copies[id]!
        state += [copy.log.head, copy.outbox.count, copy.late.count, copy.receipts.count, copy.bodies.count]
        state.append(Int(truncatingIfNeeded: copy.replica.salt))
      }
    }
    return state
  }

  /// Writes anew the work that depends on rows that are gone for good, as people would agree to.
  private func rewriteLostWork() -> Bool {
    guard rules[.lostWorkIsRewritten], oracle.hasSnapshots else { return false }
    var found = false
    for index in living {
      for id in devices[index].copies.keys.sorted() where hub.spaces[id] != nil {
        let copy = devices[index].copies[id]!
        guard !copy.lost.isEmpty || !copy.late.isEmpty || !copy.outbox.isEmpty, !rewritten.contains([index, id]) else {
          continue
        }
        rewritten.insert([index, id])
        devices[index].rewriteLost(in: id, entropy: &entropy)
        oracle.rewrote(devices[index].copies[id]!.outbox, in: id, by: index)
        found = true
        note("\(devices[index].name) writes anew what depends on rows that nobody has")
      }
    }
    return found
  }

  // MARK: The promises

  func check() {
    var standing: [Int: Outcome] = [:]
    var held: Set<Int> = []
    for id in hub.spaces.keys.sorted() {
      checkLog(id, &standing)
      for change in hub.spaces[id]!.held { held.insert(change.words) }
    }
    for index in living {
      if devices[index].lie == nil { checkCopies(of: index) }
      if devices[index].lie == nil { checkWords(of: index, standing, held) }
    }
    for (words, index) in oracle.kept.sorted(by: { $0.key < $1.key })
    where !destroyed.contains(index) && standing[words] == nil && !held.contains(words) {
      oracle.report(.keptLost, "'\(words)' of \(devices[index].name)")
    }
  }

  private func checkLog(_ id: Int, _ standing: inout [Int: Outcome]) {
    let space = hub.spaces[id]!
    var roots: Set<Digest> = []
    var words: Set<Int> = []
    var before: Set<Digest> = []
    for case .change(let change, _) in space.log.rows {
      before.insert(change.id)
      let outcome = space.log.outcome(of: change)!
      if outcome == .taken || standing[change.words] == nil { standing[change.words] = outcome }
      guard outcome == .taken else { continue }
      if !oracle.taken.contains(change.root.id) { oracle.report(.forged, "'\(change.words)'") }
      let isNew = roots.insert(change.root.id).inserted
      let isNewWords = words.insert(change.words).inserted || oracle.hasReissued || oracle.hasRewritten
      if !isNew || !isNewWords { oracle.report(.twice, "'\(change.words)'") }
      for name in change.names {
        let meant = change.original == nil ? space.log.change(at: name.dot) : space.log.find(name)
        if meant?.root != name.root {
          oracle.report(.misread, "'\(change.words)' names '\(name.words)' and means '\(meant?.words ?? 0)'")
        } else if let meant, !before.contains(meant.id) {
          oracle.report(.unordered, "'\(change.words)' stands before '\(name.words)'")
        }
      }
      if space.bodies.contains(change.root.id), ledger.erased.contains(change.root.id) {
        oracle.report(.erasedHeld, "'\(change.words)' at the hub")
      }
    }
  }

  private func checkCopies(of index: Int) {
    let device = devices[index]
    for id in device.copies.keys.sorted() {
      let copy = device.copies[id]!
      if copy.log.head == 0, copy.outbox.isEmpty, hub.revoked.union(ledger.revoked).contains(device.key) { continue }
      guard let space = hub.spaces[id] else {
        if copy.log.head > 0 || !copy.outbox.isEmpty { oracle.report(.stuck, "\(device.name): no space \(id)") }
        continue
      }
      if !copy.outbox.isEmpty || !copy.late.isEmpty || copy.log.head < space.log.head {
        oracle.report(
          .stuck,
          "\(device.name): row \(copy.log.head) of \(space.log.head), waiting \(copy.outbox.map(\.words)), "
            + "late \(copy.late.map(\.row.change.words))")
      } else if copy.log.head != space.log.head || copy.log.digest != space.log.digest
        || copy.outcomesDiffer(from: space)
      {
        oracle.report(.diverged, "\(device.name) and the hub")
      }
      for root in copy.bodies.sorted() where ledger.erased.contains(root) {
        oracle.report(.erasedHeld, "by \(device.name)")
      }
      guard copy.log.digest == space.log.digest else { continue }
      for case .change(let change, _) in space.log.rows where !space.log.erased.contains(change.root.id) {
        let root = change.root.id
        guard space.log.outcome(of: change) == .taken, !oracle.erased.contains(root) else { continue }
        if copy.bodies.contains(root), !space.bodies.contains(root) { oracle.report(.bodyLost, "'\(change.words)'") }
        if !copy.bodies.contains(root), space.bodies.contains(root) {
          oracle.report(.diverged, "\(device.name) lacks the words of '\(change.words)'")
        }
      }
    }
  }

  private func checkWords(of index: Int, _ standing: [Int: Outcome], _ held: Set<Int>) {
    for words in (oracle.told[index] ?? [:]).values.flatMap({ $0 }).sorted() where standing[words] != .taken {
      oracle.report(.lost, "'\(words)', which \(devices[index].name) was told is taken")
    }
    let device = devices[index]
    let waiting = device.copies.values.flatMap { $0.outbox + $0.late.map(\.row.change) } + device.sealed.map(\.change)
    let safe = held.union(waiting.map(\.words))
    for words in (oracle.written[index] ?? [:]).values.flatMap({ $0 }).sorted()
    where standing[words] == nil && !safe.contains(words) {
      oracle.report(.unsentLost, "'\(words)' of \(device.name)")
    }
  }
}

extension Device.Copy {
  /// Tests whether the copy shows another state than the hub, though its log is as long.
  func outcomesDiffer(from space: Hub.Space) -> Bool {
    log.rows.contains { log.outcome(of: $0.change) != space.log.outcome(of: $0.change) }
  }
}
