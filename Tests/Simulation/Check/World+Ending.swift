// The promises of Docs/guarantees.md that a world is asked for once it has healed and everybody has sent.

internal import ClientCore
internal import Cryptography
internal import Foundation
internal import HubAdministration
internal import RecordModel
internal import Replication
internal import SQLiteStorage
internal import SyncHub
internal import SyncProtocol
internal import TestKit

extension World {
  /// How long a healed world may take until everybody has everything: a minute, but for very many computers, and for
  /// lines that stay slow.
  private var patience: Int64 {
    plan.setting.lineBytes > 0 ? 6 * 3_600_000 : max(60_000, Int64(devices.count) * 2_000)
  }

  /// The line is good, every computer is up, and everybody sends until nothing moves (G11).
  func heal() async throws {
    isHealed = true
    hub.disk.heal()
    for device in devices {
      device.disk.heal()
      device.outage = 0
    }
    try await settle()
    for disk in [hub.disk] + devices.map(\.disk) { disk.heal() }
    // Whoever is away comes home first.
    time.advance(to: max(time.now, devices.map(\.awayUntil).max() ?? 0))
    try widen()
    if plan.setting.isAdministered { try recallModel() }
    hub.pausedUntil = 0
    for device in devices { device.pausedUntil = 0 }
    let healed = time.now
    note("world", "is healed")
    for round in 1... {
      for device in devices {
        if plan.setting.isAdministered { try recall(device) }
        try await send(from: device, seed: 0)
        try await settle(device)
      }
      guard broken.isEmpty else { return }
      if try areEqual() {
        rounds = round
        break
      }
      // The first round brings everything to the hub, the second brings it to those who sent early. Lost branches take
      // the rounds in which they are learnt, given up and said again.
      guard time.now - healed < patience, round < roundsMax else {
        if plan.setting.isAdministered { try checkWaiting() }
        broken.append("healed \(time.now - healed) ms ago, and copies still differ after \(round) rounds")
        return
      }
    }
    figures.deviceMilliseconds += devices.reduce(0) { $0 + time.now - ($1.joined ?? time.now) }
  }

  /// A line that breaks takes as many more as it takes until the pages are small enough.
  private var roundsMax: Int { (hasBranches || restores > 0 ? 6 : 2) + (plan.setting.lineBytes > 0 ? 10 : 0) }

  private func areEqual() throws -> Bool {
    guard let store = hub.store else { return false }
    let digests = try Self.digests(of: store)
    return try devices.allSatisfy { device in
      guard let copy = device.copy, let deviceStore = device.store else { return false }
      guard try deviceStore.read({ try ControlOutbox.isEmpty(in: $0) }) else { return false }
      guard let readable = try readable(by: device, store) else { return try Self.digests(of: deviceStore).isEmpty }
      return try copy.status().unsent == 0
        && Self.digests(of: deviceStore) == digests.filter { readable.contains($0.key) }
    }
  }

  static func digests(of store: SQLiteStore) throws -> [SpaceID: Digest] {
    try store.read { reader in
      let spaces = try reader.sharedSpaces()
      return Dictionary(uniqueKeysWithValues: try spaces.map { ($0.id, try spaceDigest(of: $0.id, in: reader)) })
    }
  }

  /// Everything that must hold once the world is healed.
  func checkEnd() async throws {
    guard let store = hub.store else { return broken.append("the hub is down") }
    try lookAtState(of: store, "hub")
    try checkProofs(of: store)
    for device in devices {
      guard let store = device.store, let copy = device.copy else { continue }
      try lookAtState(of: store, device.name)
      if try !isOff(device) {
        try lookAtQuestions(of: copy, device.name)
        for fault in try copy.check().faults { broken.append("\(device.name): 'repair' finds \(fault)") }
      }
      for rescued in try copy.rescued() where try !isRightlyRescued(rescued) {
        broken.append("\(device.name): \(rescued.change.dot) was refused as \(rescued.reason.rawValue)")
      }
    }
    if plan.setting.isAdministered { try checkAdministeredEnd(store) }
    try checkReadable(store)
    try checkProposals(store)
    try checkAuthors(of: store)
    try checkLost(store)
    try lookAtRecords(store)
    try lookAtErased(store)
    try lookAtNames(store)
    try await checkQuiet()
    try checkConflicts()
    try checkIdentity(store)
    try checkHistory(store)
    try checkReplaced(store)
    try checkLists()
    for disk in [hub.disk] + devices.map(\.disk) {
      if disk.counters.tornWrites > 0 { reach(.tornWrite) }
      if disk.counters.cutsOfUnsynced > 0 { reach(.powerCutOfUnsyncedWrites) }
      if disk.counters.failedSyncs > 0 { reach(.failedFlush) }
    }
    final = try Self.normalForm(of: store, hub.model.rules)
    note("world", "ends with \(final?.description ?? "")")
  }

  /// Chains, signatures and records of the hub are whole, whatever its disk and its principals have done.
  private func checkProofs(of store: SQLiteStore) throws {
    do {
      _ = try Verification(of: store)
    } catch let damage as IntegrityFailure { broken.append("the hub does not verify: \(damage)") }
  }

  /// Where everybody has everything, one more round moves nothing: no change is offered, and no row is read.
  private func checkQuiet() async throws {
    carried = 0
    for device in devices {
      try await send(from: device, seed: 0)
      try await settle(device)
    }
    if carried > 0 { broken.append("a quiet network carried \(carried) changes") }
    guard try areEqual() else { return broken.append("a quiet network does not stay equal") }
  }

  /// Every change is in the name of whoever typed it, and nothing is there that somebody made up.
  private func checkAuthors(of store: SQLiteStore) throws {
    try store.read { reader in
      for space in try reader.sharedSpaces() {
        for change in try reader.rows(after: 0, in: space.id, bytesMax: .max).compactMap(\.entry.remainder) {
          for value in Values.typed(in: change) where !isWriter(change.header.author, of: value) {
            broken.append("\(value) is there in another's name")
          }
          let isForged = change.edits.contains { edit in
            if case .assign(_, .text(let text), _) = edit.operation { text.hasPrefix("forged") } else { false }
          }
          if isForged { broken.append("\(change.dot) was made up, and is in the hub's log") }
        }
      }
    }
  }

  /// What no member typed, the Centre did.
  private func isWriter(_ author: MemberID, of value: String) -> Bool {
    witness.writers[value].map { $0 == author } ?? !devices.contains { $0.memberID == author }
  }

  private func isRightlyRescued(_ rescued: RescuedChange) throws -> Bool {
    switch rescued.reason {
    case .notAllowed:
      Values.typed(in: rescued.change).contains { $0.hasPrefix("forbidden") } || wasGuest(rescued.change.header.author)
    case .erased: !witness.erased.isDisjoint(with: rescued.change.records)
    case .dependsOnRefused, .unknownRecord:
      // Of an erasing that a restored hub lost, somebody may have read what it left and not yet the erasing itself.
      try isAboutARefusedRecord(rescued.change)
        || restores > 0 && !witness.erased.isDisjoint(with: rescued.change.records)
    // Another's lost branch, which only a restore brings about; or a removal of what only a lost branch had made.
    case .forked: hasBranches && (restores > 0 || rescued.change.removesOnly)
    case .left: reached.contains(.leaveNotice)
    default: false
    }
  }

  /// Whether the making of a record that a change is about was itself refused, as far as anybody still has the words.
  private func isAboutARefusedRecord(_ change: Change) throws -> Bool {
    // Who went back to an older copy has no more the words that were refused.
    if hasBranches { return plan.setting.hasRefusals }
    return try devices.compactMap(\.copy).flatMap { try $0.rescued() }.map(\.change).contains { other in
      other.dot != change.dot
        && other.edits.contains { edit in
          if case .makePresent = edit.operation { change.records.contains(edit.record) } else { false }
        }
    }
  }

  /// What was shown as saved is in the hub's log or in somebody's rescue box, and nothing is there twice (G3, G5, G9).
  private func checkLost(_ store: SQLiteStore) throws {
    let logged = try store.read { try Values.logged(in: $0) }
    let rescued = try devices.flatMap { device in
      try device.copy?.rescued().flatMap { Values.typed(in: $0.change) } ?? []
    }
    let lost = witness.saved.subtracting(logged).subtracting(rescued).subtracting(try valuesHeld())
      .filter { !witness.isErased($0, from: witness.erased) }
    if !lost.isEmpty { broken.append("lost: \(lost.sorted())") }
    // Two copies of one lost branch are sent again twice by right (decision 2).
    guard !hasBranches || restores == 0 && !wasUnsentCopied else { return }
    let doubled = Set(logged.filter { value in logged.count { $0 == value } > 1 })
    if !doubled.isEmpty { broken.append("doubled: \(doubled.sorted())") }
  }

  /// The same questions are open on every copy (G1).
  private func checkConflicts() throws {
    var sets: [(device: DeviceNode, spaces: Set<SpaceID>, set: [RecordKey: [Conflict]])] = []
    for device in devices where try !isOff(device) {
      guard let copy = device.copy else { continue }
      let set = Dictionary(uniqueKeysWithValues: try copy.conflicts().map { ($0.key, $0.conflicts) })
      sets.append((device, Set(try copy.spaces().map(\.id)), set))
    }
    for (device, spaces, set) in sets {
      for other in sets.prefix(while: { $0.device !== device }) {
        let common = spaces.intersection(other.spaces)
        let (here, there) = (
          set.filter { common.contains($0.key.space) }, other.set.filter { common.contains($0.key.space) }
        )
        guard here != there else { continue }
        broken.append("\(device.name) asks other questions than \(other.device.name): \(here) and not \(there)")
      }
    }
    guard let listed = try hub.administration?.run(.reviewList).questions.map(\.id) else {
      return broken.append("the hub lists no questions")
    }
    let asked = Set(
      sets.flatMap { $0.set.flatMap { key, conflicts in conflicts.map { "\(key.record)/\($0.field)" } } })
    // Of a space that everybody has left nobody asks but the hub.
    let read = sets.reduce(into: Set()) { $0.formUnion($1.spaces) }
    let isAllRead = try hub.store.map { try read.isSuperset(of: Self.digests(of: $0).keys) } ?? false
    let isSame = isAllRead ? Set(listed) == asked : asked.isSubset(of: listed)
    if !isSame { broken.append("the hub asks \(listed.sorted()), and its members \(asked.sorted())") }
  }

  /// One dot, one digest, everywhere.
  private func checkIdentity(_ store: SQLiteStore) throws {
    var digests: [String: Digest] = [:]
    for (name, store) in [("hub", store)] + devices.compactMap({ device in device.store.map { (device.name, $0) } }) {
      try store.read { reader in
        for space in try reader.sharedSpaces() {
          for row in try reader.rows(after: 0, in: space.id, bytesMax: .max) {
            let digest = digests["\(space.id) \(row.entry.dot)"] ?? row.entry.digest
            if digest != row.entry.digest { broken.append("\(name): \(row.entry.dot) is another change") }
            digests["\(space.id) \(row.entry.dot)"] = digest
          }
        }
      }
    }
  }

  /// The history of every record is the same wherever the whole log is.
  private func checkHistory(_ store: SQLiteStore) throws {
    let there = try Self.histories(in: store)
    for device in devices {
      guard let store = device.store else { continue }
      let here = try Self.histories(in: store)
      let spaces = Set(try store.read { try $0.spaces().map(\.id) })
      for (key, entries) in there where spaces.contains(key.space) && here[key] != entries {
        broken.append("\(device.name) tells another history of \(key.record): \(here[key] ?? []) and not \(entries)")
      }
    }
  }

  static func histories(in store: SQLiteStore) throws -> [RecordKey: [HistoryEntry]] {
    try store.read { reader in
      var histories: [RecordKey: [HistoryEntry]] = [:]
      for space in try reader.sharedSpaces() {
        try reader.forEachRecord(in: space.id, kind: nil) { record, _ in
          let key = RecordKey(space.id, record)
          histories[key] = try Replication.history(of: key, in: reader)
        }
      }
      return histories
    }
  }

  /// Lists, news and searches of every copy are what its log and states give.
  private func checkLists() throws {
    for device in devices {
      guard let copy = device.copy, try !copy.keepsSealedWork() else { continue }
      do {
        let misplaced = try copy.misplacedRecords()
        if !misplaced.isEmpty { broken.append("\(device.name) lists \(misplaced.map(\.record)) in the wrong place") }
      } catch ClientError.notJoined, ClientError.revoked { continue }
    }
  }

  /// No change took the place of a value that its writer had never seen.
  private func checkReplaced(_ store: SQLiteStore) throws {
    for entry in try Self.histories(in: store).values.flatMap({ $0 }) {
      for edit in entry.edits {
        checkGroup(edit)
        guard case .assign(_, .text(let words), _) = edit.operation else { continue }
        for case .text(let replaced) in edit.replaced.map(\.value)
        where witness.seen[words]?.contains(replaced) != true && replaced != words && Values.isTyped(words) {
          broken.append("\(words) replaced \(replaced) unseen")
        }
      }
    }
  }

  /// Whoever writes one field of a group keeps the others. Settling chooses one rival whole, and replaces two.
  private func checkGroup(_ edit: HistoryEdit) {
    guard case .assign(let group, .map(let parts), _) = edit.operation, edit.replaced.count == 1,
      case .map(let before) = edit.replaced[0].value
    else { return }
    let dropped = Set(before.keys).subtracting(parts.keys)
    if !dropped.isEmpty { broken.append("\(dropped.sorted()) went from the group \(group) with another field") }
  }

  /// The hub's records, and what they show, without what clocks have written into them: the same for one plan under any clocks (G8).
  private static func normalForm(of store: SQLiteStore, _ rules: RuleBook) throws -> Digest {
    try store.read { reader in
      var writer = CBORWriter()
      for space in try reader.sharedSpaces() {
        writer.text(space.name)
        var records: [(name: [UInt8], words: String)] = []
        try reader.forEachRecord(in: space.id, kind: nil) { record, state in
          // The first six bytes of a record's name are the time it was made at.
          let shown = Value.map(state.shownFields(by: rules)).canonicalBytes
          let presence = state.presence(by: rules.deletes(of: state.kind))
          records.append((Array(record.bytes.dropFirst(6)), "\(state.wordsWithoutTimes) \(presence) \(shown)"))
        }
        for (name, words) in records.sorted(by: { $0.name.lexicographicallyPrecedes($1.name) }) {
          writer.bytes(name)
          writer.text(words)
        }
      }
      return Digest(tag: "board.normal-form", writer.bytes)
    }
  }
}

extension Change {
  /// Whether it says nothing but that records go.
  fileprivate var removesOnly: Bool {
    edits.allSatisfy { if case .delete = $0.operation { true } else { false } }
  }
}

extension RecordState {
  /// All of it but the wall times in its stamps.
  fileprivate var wordsWithoutTimes: String {
    func words(_ stamp: Stamp) -> String { "\(stamp.lamport) \(stamp.dot) \(stamp.author)" }
    func words(_ siblings: [Sibling]) -> String {
      siblings.map { "\(words($0.stamp)) \($0.value.canonicalBytes)" }.joined(separator: ",")
    }
    let standings = existence.map { "\(words($0.stamp)) \($0.isDeleted) \($0.seen)" }
    let fields = fields.sorted { $0.key < $1.key }.map { name, field in
      let elements = field.elements.map { "\($0.value.canonicalBytes) \($0.stamps.map(words))" }
      return "\(name): \(words(field.siblings)); \(elements); \(words(field.counts)); \(words(field.entries))"
    }
    return "\(kind) \(standings) \(fields) \(erasures.map(words))"
  }
}
