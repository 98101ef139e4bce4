// The promises of Docs/guarantees.md that a world is asked for while it runs: after every `send` and every start.

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
  /// After every `send`: nothing went from the computer, and what its cursor says it has read is there.
  func check(_ device: DeviceNode, after report: SyncReport) throws {
    guard let store = device.store else { return }
    do {
      try checkValues(of: device)
      guard try !isOff(device) else { return }
      try noteStates(of: device)
      guard report.problem == nil else { return }
      try lookAtPages(of: store, device.name)
      try checkUnsent(report, of: store, device.name)
      try checkDigests(after: device)
    } catch let error as StoreError where device.hasSickDisk {
      note(device.name, "cannot be looked at: \(Self.name(of: error))")
    }
  }

  /// No value, and no change that was shown as saved, leaves a computer but by going back to an older copy (G2, G4, G5).
  func checkValues(of device: DeviceNode) throws {
    guard let store = device.store else { return }
    let values = try Values.bySpace(in: store)
    for (space, values) in values { witness.place(values, in: space) }
    try noteDepartures(of: device, store)
    let gone = witness.note(Set(values.values.joined()), on: device.name)
      .filter { !witness.isErased($0, from: witness.erased) }
    if !gone.isEmpty { broken.append("\(device.name) no longer has \(gone.sorted())") }
    let lost = try store.read { reader in
      try witness.receipts[device.name, default: []].filter { try !Self.knows($0, reader) }
    }
    if !lost.isEmpty {
      broken.append("\(device.name) was shown as saved, and does not have: \(lost.map(\.description).sorted())")
    }
    if plan.setting.isAdministered { witness.note(try Self.changes(in: store), on: device.name) }
    let putBy = try store.read { try $0.rescued() }.filter { $0.reason == .forked }.map(\.change)
    witness.notePutBy(Set(putBy.flatMap(Values.typed)))
  }

  /// Whether a change stands in a log, was said again under another name, or is in the rescue box.
  private static func knows(_ change: SavedChange, _ reader: any StoreReader) throws -> Bool {
    if try reader.row(of: change.dot, in: change.space) != nil { return true }
    let isPutBy = try reader.rescued().contains {
      $0.change.dot == change.dot && $0.change.header.space == change.space
    }
    if isPutBy { return true }
    guard let dot = try LocalState.reissued.value(change.dot, of: change.space, in: reader) else { return false }
    return try knows(SavedChange(space: change.space, dot: dot), reader)
  }

  /// What the hub has said it took, it has after every start, the same under the same name (G3).
  func checkAcknowledged(_ store: SQLiteStore) throws {
    let lacking = try store.read { reader in
      try witness.acknowledged.filter { try reader.row(of: $0.key.dot, in: $0.key.space)?.entry.digest != $0.value }
    }
    if !lacking.isEmpty { broken.append("the hub took, and lacks: \(lacking.keys.map(\.description).sorted())") }
  }

  /// Every row of the hub's log up to a device's cursor is in the device's log (G6; Docs/lessons.md 24).
  private func lookAtPages(of store: SQLiteStore, _ name: String) throws {
    guard let hubStore = hub.store, hub.disk.canBeRead else { return }
    let lacking = try hubStore.read { there in
      let epoch = try HubIdentity.identity(in: there).epoch
      return try store.read { here in
        try here.spaces().flatMap { space -> [String] in
          guard let cursor = space.cursor, cursor.epoch == epoch else { return [] }
          return try there.rows(after: 0, in: space.id, bytesMax: .max).filter { row in
            try row.position <= cursor.position
              && here.row(of: row.entry.dot, in: space.id)?.entry.digest != row.entry.digest
          }.map { "\(space.name) \($0.position)" }
        }
      }
    }
    if !lacking.isEmpty { broken.append("\(name) has read past rows it lacks: \(lacking)") }
  }

  /// After a start: what was saved is there, and the file is one whole state (G2, G6).
  func lookAfterStart(of device: DeviceNode) throws {
    guard let store = device.store else { return }
    try checkValues(of: device)
    try lookAtState(of: store, device.name)
  }

  /// Records are what the log makes of them, and every chain holds.
  func lookAtState(of store: SQLiteStore, _ name: String) throws {
    let wrong = try store.read { reader in
      try reader.spaces().flatMap { try Self.problems(of: $0, reader) }
    }
    if !wrong.isEmpty { broken.append("\(name) is not what its log says: \(wrong)") }
  }

  private static func problems(of space: Space, _ reader: any StoreReader) throws -> [String] {
    var problems: [String] = []
    var states: [RecordID: RecordState] = [:]
    var chains: [ReplicaID: (sequence: UInt64, digest: Digest)] = [:]
    var position: UInt64 = 0
    for row in try reader.rows(after: 0, in: space.id, bytesMax: .max) {
      let header = row.entry.header
      if row.position <= position { problems.append("position \(row.position) follows \(position)") }
      position = row.position
      let before = chains[header.replica]
      if header.sequence != (before?.sequence ?? 0) + 1 || header.previous != before?.digest {
        problems.append("\(row.entry.dot) does not follow its chain")
      }
      chains[header.replica] = (header.sequence, row.entry.digest)
      for edit in row.entry.edits {
        var state = states[edit.record] ?? RecordState(kind: edit.kind)
        state.merge(edit, by: header.stamp)
        states[edit.record] = state
      }
    }
    if position > space.lastPosition { problems.append("the head is \(space.lastPosition), behind \(position)") }
    for (replica, tip) in try reader.tips(in: space.id) where chains[replica]?.digest != tip.digest {
      problems.append("the tip of \(replica) is another")
    }
    try reader.forEachRecord(in: space.id, kind: nil) { record, state in
      if states.removeValue(forKey: record) != state { problems.append("\(record) is another") }
    }
    return problems + states.keys.map { "\($0) is missing" }
  }

  // MARK: Going back

  /// After files were lost on purpose: what nothing holds any more nobody can be asked for.
  func forgetWhatIsNowhere() throws {
    var values: Set<String> = []
    hub.disk.mend()
    if let store = hub.store { values.formUnion(try Values.all(in: store)) }
    for device in devices {
      // Who lost something by another's fault is found out before it is forgiven.
      try checkValues(of: device)
      if let store = device.store, device.exchange?.wasDelivered == true, device.isToldToPutAway {
        // It will put away what this hub had, and only then hear of the one that has lost it.
        values.formUnion(try Values.unsent(in: store))
        continue
      }
      // A computer that is down has what it had.
      values.formUnion(witness.held[device.name] ?? [])
    }
    // What the hub said it keeps sealed nobody else has, because it said so.
    values.formUnion(witness.entrusted.values.joined())
    witness.forget(allBut: values.union(try valuesHeld()))
    if plan.setting.isAdministered { try oweWhatIsHeld() }
  }
}

extension Dot {
  /// Reads what `description` writes.
  fileprivate init?(described text: String) {
    let parts = text.split(separator: "/").map(String.init)
    guard parts.count == 2, let replica = ReplicaID(parts[0]), let sequence = UInt64(parts[1]) else { return nil }
    self.init(replica, sequence)
  }
}
