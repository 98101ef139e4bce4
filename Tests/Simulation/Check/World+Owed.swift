// G13: what a hub ever acknowledged to a member comes back after any restore, as it was, as long as one copy that saw it
// is left, whether or not the backup knows that copy. To acknowledge is to send somebody a page with a
// change as one that was taken; what nobody heard is not owed.

internal import Cryptography
internal import Replication
internal import SQLiteStorage
internal import SyncHub
internal import SyncProtocol

extension World {
  // MARK: While a world runs

  /// What an answer says that the hub has taken: the rows of its pages.
  static func takenChanges(in asked: [Message], _ answered: [Message]) throws(CBORError) -> [SavedChange: Digest] {
    var offered: [SavedChange: Digest] = [:]
    for case .offer(let bytes, _) in asked {
      let header = try Header(decoding: bytes)
      offered[SavedChange(space: header.space, dot: header.dot)] = Header.digest(of: bytes)
    }
    var taken: [SavedChange: Digest] = [:]
    for case .page(let page) in answered {
      for raw in page.rows.map(\.entry) {
        if case .void = raw.content { continue }
        let header = try Header(decoding: raw.headerBytes)
        taken[SavedChange(space: header.space, dot: header.dot)] = Header.digest(of: raw.headerBytes)
      }
      for run in page.held {
        for number in 0..<run.count {
          let change = SavedChange(space: page.space, dot: Dot(run.first.replica, run.first.sequence + number))
          taken[change] = offered[change]
        }
      }
    }
    return taken
  }

  /// The device has taken in an answer: what that says is owed to it from now on.
  func noteTold(_ exchange: Exchange) {
    guard !exchange.device.disk.isDown else { return }
    witness.owe(exchange.told)
    witness.entrust(exchange.entrusted, from: exchange.device.name)
    if !exchange.entrusted.isEmpty { reach(.sealedWorkEntrusted) }
  }

  /// Files were lost: owed is only what one of those that are left has.
  func oweWhatIsHeld() throws {
    var held: Set<SavedChange> = []
    if let store = hub.store { held.formUnion(try Self.changes(in: store)) }
    for device in devices {
      if device.exchange?.wasDelivered == true, device.isToldToPutAway { continue }
      if let store = device.store, device.disk.canBeRead {
        held.formUnion(try Self.changes(in: store))
      } else {
        held.formUnion(witness.rows[device.name] ?? [])
      }
    }
    witness.owe(only: held)
  }

  /// Every change that stands in a log as taken, or as not yet judged.
  static func changes(in store: SQLiteStore) throws -> Set<SavedChange> {
    try store.read { reader in
      var changes: Set<SavedChange> = []
      for space in try reader.sharedSpaces() {
        for row in try reader.rows(after: 0, in: space.id, bytesMax: .max) {
          if case .void = row.entry { continue }
          changes.insert(SavedChange(space: space.id, dot: row.entry.dot))
        }
      }
      return changes
    }
  }

  // MARK: In the end

  /// What is owed is in the hub's log, as it was, or was sealed by somebody who had to leave and waits with the hub for a
  /// person.
  func checkOwed() throws {
    guard let hubStore = hub.store else { return }
    let (absent, refused) = try hubStore.read { reader in
      let proposals = Set(
        try Directory(reader).proposals().compactMap { work in
          if case .change(let change) = work.content { change.digest } else { nil }
        })
      var absent: [SavedChange] = []
      var refused: [SavedChange] = []
      for (change, digest) in witness.owed where !proposals.contains(digest) {
        let row = try reader.row(of: change.dot, in: change.space)
        guard let row, row.entry.digest == digest else {
          absent.append(change)
          continue
        }
        // What was erased meanwhile has no words to come back with.
        if case .void(let void) = row.entry, void.reason != .erased { refused.append(change) }
      }
      return (absent, refused)
    }
    if !absent.isEmpty { broken.append("taken once, and not there now: \(absent.map(\.description).sorted())") }
    if !refused.isEmpty { broken.append("taken once, and refused now: \(refused.map(\.description).sorted())") }
  }
}
