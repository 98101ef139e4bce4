// What must be so of spaces that somebody has left, and of computers that were taken off: nothing of them is in any file
// (G7), but what their member never sent, and that is with the hub besides (G4).

internal import ClientCore
internal import Cryptography
internal import HubAdministration
internal import Replication
internal import SQLiteStorage
internal import SyncHub
internal import SyncProtocol

extension World {
  // MARK: While a world runs

  /// Whoever enters a space that it was told to leave has put it away in between, for it did not ask for it.
  func noteEntering(_ space: SpaceID, _ device: DeviceNode) {
    if device.isToldOff {
      // A hub put back to a backup has forgotten it; whether the device hears so is open.
      reach(.letInAgain)
      witness.depart(from: Set(witness.homes.values), on: device.name)
    }
    guard device.told.remove(space) != nil else { return }
    reach(.enteredAgain)
    witness.depart(from: [space], on: device.name)
  }

  /// What a computer has put away because it was told to, nobody asks it for any more.
  func noteDepartures(of device: DeviceNode, _ store: SQLiteStore) throws {
    let (here, isCleared) = try store.read { reader in
      (Set(try reader.spaces().map(\.id)), try Contact.revocation(in: reader) != nil)
    }
    var left = device.told.subtracting(here)
    if isCleared {
      checkRevocation(of: device)
      left.formUnion(witness.homes.values)
    }
    witness.depart(from: left, on: device.name)
  }

  func checkRevocation(of device: DeviceNode) {
    if !device.isToldOff { broken.append("\(device.name) cleared itself, and nobody had told it to") }
  }

  /// After the exchange that told it: the words are gone from its disk.
  func checkCleared(_ device: DeviceNode, after outcome: SyncOutcome) throws {
    guard outcome.progress.revoked != nil || !outcome.progress.left.isEmpty else { return }
    if outcome.counts.sealed > 0 {
      reach(outcome.progress.revoked == nil ? .leftWithUnsentWords : .takenOffWithUnsentWords)
    }
    guard let store = device.store, !device.hasSickDisk else { return }
    let here = Set(try store.read { try $0.spaces().map(\.id) })
    try placeHomes()
    let gone = outcome.progress.revoked == nil ? outcome.progress.left.subtracting(here) : Set(witness.homes.values)
    try checkFiles(of: device, store, without: gone)
  }

  /// Notes into which spaces the Centre typed.
  private func placeHomes() throws {
    guard let store = hub.store, hub.disk.canBeRead else { return }
    for (space, values) in try Values.bySpace(in: store) { witness.place(values, in: space) }
  }

  /// No byte of the disk holds a word of these spaces, but for what its own member never sent.
  private func checkFiles(of device: DeviceNode, _ store: SQLiteStore, without spaces: Set<SpaceID>) throws {
    let (kept, isUnswept) = try store.read { reader in
      let own = try reader.rescued().map(\.change).filter { try ReplicaIdentity(reader).owns($0.dot.replica) }
      return (own.flatMap(\.bodyBytes), try reader.needsScrub())
    }
    if isUnswept { broken.append("\(device.name) has put spaces away, and not swept its files") }
    var found: Set<String> = []
    for bytes in try device.disk.everything() { found.formUnion(Values.typed(anywhereIn: bytes)) }
    let left = found.intersection(witness.values(of: spaces)).subtracting(Values.typed(anywhereIn: kept))
    if !left.isEmpty { broken.append("\(device.name) may not read, and has in its files: \(left.sorted())") }
  }

  // MARK: In the end

  /// The spaces that a computer holds in a world where everybody has heard everything; `nil` where it was taken off.
  func readable(by device: DeviceNode, _ hubStore: SQLiteStore) throws -> Set<SpaceID>? {
    if try isOff(device) || isTakenOff(device, hubStore) { return nil }
    return try hubStore.read { reader in try device.memberID.flatMap { try Directory(reader).principal($0)?.spaces } }
  }

  /// Every computer holds what its member may read, and nothing else is in its files.
  func checkReadable(_ hubStore: SQLiteStore) throws {
    try placeHomes()
    for device in devices {
      guard let store = device.store else { continue }
      let readable = try readable(by: device, hubStore) ?? []
      try checkFiles(of: device, store, without: Set(witness.homes.values).subtracting(readable))
    }
  }

  /// What the hub holds for a person to decide is there once, and its writer has it still.
  func checkProposals(_ hubStore: SQLiteStore) throws {
    let proposals = try hubStore.read { reader in
      try Directory(reader).proposals().compactMap { work in
        if case .change(let change) = work.content { (work: work, change: change) } else { nil }
      }
    }
    for (work, change) in proposals {
      let others = proposals.filter { $0.change.digest == change.digest && $0.work.member == work.member }
      let keys = Set(devices.filter { names($0, work.member) }.map(\.key.publicKey))
      if others.count > max(1, keys.count) { broken.append("\(change.dot) is held \(others.count) times") }
      // Of what a hub lost, it may be brought what it was brought sealed before.
      guard restores == 0, !hasBranches else { continue }
      let taken = try hubStore.read { try $0.row(of: change.dot, in: change.header.space)?.entry.remainder }
      if taken?.digest == change.digest {
        broken.append("\(change.dot) is held, and was taken in before")
      }
      guard work.reason == .left, work.member == change.header.author else { continue }
      let boxes = try devices.filter { names($0, work.member) }.map { device in
        try device.isToldOff || device.copy?.rescued().contains { $0.change.digest == change.digest } == true
      }
      if !boxes.contains(true) { broken.append("\(change.dot) was not sent, and is not in its writer's rescue box") }
    }
    guard restores == 0, !hasBranches else { return }
    let lost = try hubStore.read { reader in
      try witness.departed.filter { saved in
        try reader.row(of: saved.dot, in: saved.space) == nil
          && !proposals.contains { $0.change.dot == saved.dot && $0.change.header.space == saved.space }
      }
    }
    if !lost.isEmpty { broken.append("put away, and not with the hub: \(lost.map(\.description).sorted())") }
  }

  private func names(_ device: DeviceNode, _ member: MemberID) -> Bool { device.memberID == member }

  /// What waits with the hub for a person to decide, and what is sealed on its way there.
  func valuesHeld() throws -> [String] {
    guard let hubStore = hub.store else { return [] }
    let key = try hubStore.read { try HubIdentity.sealingKey(in: $0) }
    let proposals = try hubStore.read { try Directory($0).proposals() }.compactMap { work in
      if case .change(let change) = work.content { change } else { nil }
    }
    let sealed = try devices.compactMap(\.store).flatMap { try $0.read { try ControlOutbox(from: $0) }.sealedChanges }
    let opened = try sealed.compactMap { bytes throws -> Change? in
      guard let opened = key.open(bytes), case .change(let header, let body, _) = try SealedChange(decoding: opened)
      else { return nil }
      return try Change(headerBytes: header, bodyBytes: body)
    }
    return (proposals + opened).flatMap { Values.typed(in: $0) }
  }
}

extension Values {
  /// Every text in these bytes that somebody typed, as CBOR or JSON writes a text: "words 1" is no part of "words 12".
  static func typed(anywhereIn bytes: [UInt8]) -> Set<String> {
    var found: Set<String> = []
    for place in bytes.indices.dropLast() where [0x77, 0x66, 0x73, 0x63].contains(bytes[place + 1]) {
      let head = bytes[place]
      let text: ArraySlice<UInt8>
      if head == UInt8(ascii: "\"") {
        text = bytes[(place + 1)...].prefix { $0 != UInt8(ascii: "\"") && $0 < 0x80 }.prefix(32)
      } else if 0x60...0x77 ~= head {
        text = bytes[(place + 1)...].prefix(Int(head & 0x1f))
      } else {
        continue
      }
      let words = String(decoding: text, as: UTF8.self)
      if isTyped(words) { found.insert(words) }
    }
    return found
  }
}
