// Which rare states a run reached, read from what goes over the line and from what stands in the stores. The product is
// not asked and does not know.

internal import ClientCore
internal import Cryptography
internal import RecordModel
internal import Replication
internal import SQLiteStorage
internal import SyncProtocol

extension World {
  /// An older request of a device that arrives after a newer one.
  func noteOrder(of exchange: Exchange) {
    let newest = newestRequests[exchange.device.name] ?? 0
    if exchange.asked < newest { reach(.olderRequestAfterNewer) }
    newestRequests[exchange.device.name] = max(newest, exchange.asked)
  }

  /// What one request and its answer show.
  func noteReach(_ exchange: Exchange, answer: [UInt8]) {
    let messages: [Message]
    let asked: [Message]
    do {
      messages = try SignedAnswer(answer).messages
      asked = try Message.decode(exchange.request)
    } catch {
      broken.append("a message that cannot be read: \(error)")
      return
    }
    carried += asked.count - 1
    (exchange.device.isToldOfAFork, exchange.device.isToldToPutAway) = (false, false)
    if asked.contains(where: { if case .sealedChange = $0 { true } else { false } }) {
      reach(.rescueSent)
    }
    var outcomes: [String: Int] = [:]
    for message in messages {
      switch message {
      case .verdict(let verdict):
        noteReach(verdict)
        if case .forked = verdict.outcome { exchange.device.isToldOfAFork = true }
        outcomes["\(verdict.outcome)".split(separator: "(")[0].description, default: 0] += 1
      case .notice(.enter(let space, _)):
        reach(.enterNotice)
        noteEntering(space, exchange.device)
      case .notice(.leave(let space)):
        reach(exchange.device.told.insert(space).inserted ? .leaveNotice : .leaveNoticeAgain)
        exchange.device.isToldToPutAway = true
      case .notice(.revoke):
        exchange.device.isToldToPutAway = true
        reach(exchange.device.isToldOff ? .revokeNoticeAgain : .revokeNotice)
        exchange.device.isToldOff = true
      case .notice(.schema): reach(.schemaNotice)
      case .page(let page):
        noteReach(page)
        carried += page.rows.count
      case .cursorUnknown: reach(.cursorUnknown)
      case .sealedChangeStored(let digest) where plan.setting.isAdministered:
        noteKept(digest, of: asked, exchange)
      default: continue
      }
    }
    do throws(CBORError) {
      try noteAcknowledgements(of: asked, messages, by: exchange.device)
      if plan.setting.isAdministered, exchange.told.isEmpty {
        exchange.told = try Self.takenChanges(in: asked, messages)
      }
    } catch {
      broken.append("the hub took a header that cannot be read: \(error)")
    }
    note(
      "hub",
      "answers \(exchange.device.name): "
        + outcomes.sorted { $0.key < $1.key }.map { "\($0.value) \($0.key)" }.joined(separator: ", "))
  }

  private func noteReach(_ verdict: Verdict) {
    switch verdict.outcome {
    case .recorded: return
    case .forked: reach(.forked)
    // A device that offers its log in order, and brings what the hub lacks first, never meets these; unless the hub goes
    // back in the middle of a sync, or has forgotten people, for whom it has to wait.
    case .missing, .later:
      guard restores > 0 else {
        return broken.append("the hub cannot judge \(verdict.dot): \(verdict.outcome)")
      }
      reach(.workWaits)
    }
  }

  private func noteReach(_ page: Page) {
    if page.rows.count == 1 { reach(.pageOfOneRow) }
    if page.to < page.lastPosition { reach(.morePages) }
    for case .void(let reason) in page.rows.map(\.entry.content) {
      reach(.voidInAPage)
      switch reason {
      case .dependsOnRefused: reach(.dependsOnRefused)
      case .erased: reach(.refusedAsErased)
      default: reach(.refused)
      }
    }
    if page.rows.contains(where: { if case .redactedBody = $0.entry.content { true } else { false } }) {
      reach(.restInAPage)
    }
  }

  /// What the hub says it took: from here on it is the hub's never to lose, and no other change may go by its name. After
  /// a restore devices bring back what the hub lost, their own and others'.
  private func noteAcknowledgements(of asked: [Message], _ answered: [Message], by device: DeviceNode)
    throws(CBORError)
  {
    guard case .hello(let hello)? = asked.first else { return }
    device.names.insert(hello.replica)
    var digests: [SavedChange: Digest] = [:]
    for case .segment(let segment) in asked { try noteReach(segment, by: device) }
    for case .offer(let bytes, _) in asked {
      let header = try Header(decoding: bytes)
      digests[SavedChange(space: header.space, dot: header.dot)] = Header.digest(of: bytes)
    }
    for case .verdict(let verdict) in answered where verdict.outcome == .recorded {
      let change = SavedChange(space: verdict.space, dot: verdict.dot)
      guard let digest = digests[change] else {
        broken.append("the hub recorded \(change), which nobody offered")
        continue
      }
      guard !isRefused(change) else { continue }
      if witness.everAcknowledged.contains(change) { reach(.alreadyHad) } else { figures.changes += 1 }
      if witness.acknowledge(change, digest) { broken.append("the hub took two changes as \(change)") }
      if hello.modelVersion < hub.model.version { reach(.wordsByAnOlderModel) }
    }
  }

  /// What the hub lost comes back, by its author's copy or another's.
  private func noteReach(_ segment: LogSegment, by device: DeviceNode) throws(CBORError) {
    for row in segment.rows {
      guard case .entry(let entry) = row.content else { continue }
      if case .redactedBody = entry.content { reach(.restOffered) }
      let isOwn = device.names.contains(try Header(decoding: entry.headerBytes).replica)
      reach(isOwn ? .ownChainPushedBack : .othersChainPushedBack)
    }
  }

  /// Tests whether the hub's log has a change as refused. False where the hub's disk fails the question: then nobody
  /// hears of the row either, and no promise depends on it.
  private func isRefused(_ change: SavedChange) -> Bool {
    (try? hub.store?.read { try $0.row(of: change.dot, in: change.space)?.entry.refusal }) != nil
  }

  /// What stands in a device's records.
  func noteStates(of device: DeviceNode) throws {
    guard let copy = device.copy, let store = device.store else { return }
    for view in try copy.conflicts() {
      for conflict in view.conflicts {
        if conflict.field == Conflict.removedField {
          reach(.heldRecord)
          continue
        }
        reach(conflict.rivals.count > 2 ? .conflictOfThree : .conflictOfTwo)
        if conflict.field == "sealed" { reach(.onceRivals) }
        if conflict.rivals.allSatisfy({ rival in
          if case .text(let words) = rival.value { words.hasPrefix("settled") } else { false }
        }) {
          reach(.settledTwice)
        }
      }
    }
    if try !copy.overriddenWords().isEmpty { reach(.outvoted) }
    try store.read { reader in
      let name = try ReplicaIdentity(reader).current()
      if let last = device.lastName, last != name { reach(.newNameTaken) }
      let voids = try reader.spaces().reduce(0) { try $0 + reader.voids(in: $1.id).count }
      if voids < device.lastVoids { reach(.refusalTakenBack) }
      (device.lastName, device.lastVoids) = (name, voids)
      for space in try reader.spaces() {
        try noteRemovals(in: space.id, reader)
        if try reader.voids(in: space.id).contains(where: { void in
          try reader.row(of: Dot(void.header.replica, void.header.sequence + 1), in: space.id) != nil
        }) {
          reach(.changeAfterAVoidInItsChain)
        }
        try reader.forEachRecord(in: space.id, kind: nil) { _, state in noteReach(state) }
      }
    }
  }

  /// An element that stands though somebody took it away at the same time.
  private func noteRemovals(in space: SpaceID, _ reader: any StoreReader) throws {
    for change in try reader.rows(after: 0, in: space, bytesMax: .max).map(\.entry) {
      for edit in change.edits {
        guard case .remove(let field, let element, let superseded) = edit.operation,
          let state = try reader.record(RecordKey(space, edit.record)),
          let current = state.fields[field]?.elements.first(where: { $0.value.hasSameBytes(as: element) })
        else { continue }
        let isBeside = { (stamp: Stamp) in
          stamp.lamport <= change.header.lamport && !superseded.contains(stamp.dot)
        }
        if current.stamps.contains(where: isBeside) { reach(.addMeetsRemove) }
      }
    }
  }

  private func noteReach(_ state: RecordState) {
    let deletes = state.existence.filter(\.isDeleted)
    if !deletes.isEmpty, deletes.count < state.existence.count { reach(.restoreMeetsDelete) }
    if state.kind == "view", !state.valuesUnseenByDeletes.isEmpty { reach(.finalDeleteWithUnseenWords) }
    if state.fields["stage"]?.siblings.count ?? 0 > 1 { reach(.furthestRivals) }
  }
}
