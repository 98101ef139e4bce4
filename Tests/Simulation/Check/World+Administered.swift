// The promises that only administered worlds are asked for: who may read, what waits and is not counted, what stands
// before what, and what a hub keeps sealed.

internal import ClientCore
internal import Cryptography
internal import HubAdministration
internal import Replication
internal import SQLiteStorage
internal import SyncHub
internal import SyncProtocol

extension World {
  // MARK: After every send

  func checkAdministered(_ device: DeviceNode, after report: SyncReport) throws {
    guard let store = device.store, let hubStore = hub.store, hub.disk.canBeRead, device.disk.canBeRead else { return }
    // Of a hub that went back meanwhile, the device cannot know yet.
    guard try !isOff(device), device.restoresHeard == restores else { return }
    try checkPersons(device, store)
    try checkUnknownSpaces(device, report, store, hubStore)
    try checkOffered(device, store, hubStore)
  }

  /// Nobody reads what another person of their name wrote for themselves alone.
  private func checkPersons(_ device: DeviceNode, _ store: SQLiteStore) throws {
    let own = try store.read { Set(try $0.spaces().filter { $0.name.hasPrefix("private:") }.map(\.id)) }
    let values = try Values.bySpace(in: store).filter { own.contains($0.key) }.values.joined()
    let foreign = values.filter { witness.persons[$0].map { $0 != device.person } ?? false }
    if !foreign.isEmpty { broken.append("\(device.name) reads another person's own words: \(foreign.sorted())") }
  }

  /// Checks that the work in a space of which the hub says nothing counts as unsent.
  private func checkUnknownSpaces(
    _ device: DeviceNode, _ report: SyncReport, _ store: SQLiteStore, _ hubStore: SQLiteStore
  ) throws {
    let (unknown, silent) = try hubStore.read { there in
      let epoch = try HubIdentity.identity(in: there).epoch
      return try store.read { here in
        var (unknown, silent) = (0, 0)
        for space in try here.spaces() {
          let isKnown = try there.space(space.id) != nil
          guard !isKnown || space.cursor?.epoch != epoch else { continue }
          let lacking = try here.rows(after: 0, in: space.id, bytesMax: .max).count {
            try there.row(of: $0.entry.dot, in: space.id) == nil
          }
          if isKnown { silent += lacking } else { unknown += lacking }
        }
        return (unknown, silent)
      }
    }
    if unknown > 0 { reach(.spaceUnknown) }
    guard unknown + silent > report.unsent else { return }
    let why = unknown > 0 ? "which does not know the space" : "which does not let it read the space"
    broken.append("\(device.name) says \(report.unsent) are unsent, and \(unknown + silent) lack at the hub, \(why)")
  }

  /// Notes what a request offers, and what of everything that is unsent it might have offered.
  func noteOffered(_ exchange: Exchange) {
    do {
      exchange.device.waiting = try exchange.device.store?.read { try Self.waiting(in: $0) } ?? []
      for case .offer(let bytes, _) in try Message.decode(exchange.request) {
        let header = try Header(decoding: bytes)
        exchange.device.offered.insert(Chain(header.space, header.replica))
      }
    } catch {
      // Its disk strikes, or it will be found out elsewhere.
      note(exchange.device.name, "cannot be looked at")
    }
  }

  private static func waiting(in reader: any StoreReader) throws -> Set<SavedChange> {
    var waiting: Set<SavedChange> = []
    for space in try reader.spaces() {
      for row in try reader.outbox(after: 0, in: space.id, bytesMax: .max) {
        waiting.insert(SavedChange(space: space.id, dot: row.entry.dot))
      }
    }
    return waiting
  }

  /// Checks that waiting work holds up no other (Docs/wire.md, 8.4): of every chain whose next change the hub could take,
  /// something was offered.
  private func checkOffered(_ device: DeviceNode, _ store: SQLiteStore, _ hubStore: SQLiteStore) throws {
    let passedOver = try hubStore.read { there in
      let epoch = try HubIdentity.identity(in: there).epoch
      return try store.read { here in
        var passedOver: [Dot] = []
        for space in try here.spaces() where space.cursor?.epoch == epoch {
          guard let hubs = try there.space(space.id) else { continue }
          var seen: Set<ReplicaID> = []
          for header in try here.outbox(after: 0, in: space.id, bytesMax: .max).map(\.entry.header)
          where seen.insert(header.replica).inserted {
            let tip = try there.tip(of: header.replica, in: space.id)
            guard device.waiting.contains(SavedChange(space: space.id, dot: header.dot)),
              !device.offered.contains(Chain(space.id, header.replica)), header.lamport <= hubs.lamport + 1,
              (tip?.sequence ?? 0) + 1 == header.sequence, tip?.digest == header.previous
            else { continue }
            passedOver.append(header.dot)
          }
        }
        return passedOver
      }
    }
    if passedOver.isEmpty { return }
    broken.append("\(device.name) never offers what could be taken, behind what cannot: \(passedOver.sorted())")
  }

  /// What a receipt for sealed work was given for.
  func noteKept(_ digest: Digest, of asked: [Message], _ exchange: Exchange) {
    do {
      guard let key = try hub.store?.read({ try HubIdentity.sealingKey(in: $0) }) else { return }
      for case .sealedChange(let bytes) in asked where SealedChange.digest(of: bytes) == digest {
        guard let opened = key.open(bytes), case .change(let header, let body, _) = try SealedChange(decoding: opened)
        else { continue }
        exchange.entrusted.formUnion(Values.typed(in: try Change(headerBytes: header, bodyBytes: body)))
      }
    } catch {
      broken.append("sealed work that cannot be read: \(error)")
    }
  }

  // MARK: In the end

  /// What is wrong where a healed world does not come to agree: whose line never carries what it is to carry, who holds
  /// back their own work, and what has not come back.
  func checkWaiting() throws {
    for device in devices {
      if let tooMuch = device.tooMuch {
        broken.append("\(device.name) never gets through: \(tooMuch)")
        continue
      }
      guard let store = device.store, try !isOff(device) else { continue }
      let heldBack = try store.read { reader in
        let identity = ReplicaIdentity(reader)
        return try device.waiting.filter { change in
          guard let row = try reader.row(of: change.dot, in: change.space), !row.isAcknowledged else { return false }
          return try identity.owns(change.dot.replica)
            && !device.offered.contains(Chain(change.space, change.dot.replica))
        }
      }
      guard !heldBack.isEmpty else { continue }
      broken.append("\(device.name) never offers its own work: \(heldBack.map(\.description).sorted())")
    }
    try checkOwed()
  }

  func checkAdministeredEnd(_ store: SQLiteStore) throws {
    try checkOwed()
    try checkEntrusted(store)
    try checkRivals(store)
  }

  /// What the hub said it keeps sealed it has, or somebody has it still, whatever the hub has gone back to since.
  private func checkEntrusted(_ store: SQLiteStore) throws {
    let logged = try store.read { try Values.logged(in: $0) }
    let rescued = try devices.flatMap { try $0.copy?.rescued().flatMap { Values.typed(in: $0.change) } ?? [] }
    let gone = Set(witness.entrusted.values.joined()).subtracting(logged).subtracting(rescued)
      .subtracting(try valuesHeld()).filter { !witness.isErased($0, from: witness.erased) }
    if !gone.isEmpty { broken.append("kept sealed by the hub, and nowhere now: \(gone.sorted())") }
  }

  /// Rivals of a group are replaced by one of them whole, chosen by a person, or by other words in every part in which
  /// they differ; who writes one part of several chooses nothing.
  private func checkRivals(_ store: SQLiteStore) throws {
    for entry in try Self.histories(in: store).values.flatMap({ $0 }) {
      for edit in entry.edits where edit.replaced.count > 1 {
        guard case .assign(let group, let value, _) = edit.operation, case .map(let parts) = value else { continue }
        reach(.groupOfRivals)
        guard !edit.replaced.contains(where: { $0.value.hasSameBytes(as: value) }) else { continue }
        let rivals: [[String: Value]] = edit.replaced.map { if case .map(let parts) = $0.value { parts } else { [:] } }
        let disputed = Set(rivals.flatMap(\.keys)).filter { name in rivals.contains { $0[name] != rivals[0][name] } }
        guard disputed.contains(where: { name in rivals.contains { $0[name] == parts[name] } }) else { continue }
        broken.append("writing one part settled the rivals of \(group), and nobody chose: \(value)")
      }
    }
  }

  /// Whether an author has at some time had fewer rights than at another.
  func wasGuest(_ author: MemberID) -> Bool {
    devices.contains { $0.memberID == author && enrolments[$0.person]?.wasGuest == true }
  }
}
