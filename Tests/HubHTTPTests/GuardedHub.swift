// A hub with things that a principal may not read: rivals, a removed record and a private note of one member, and others
// who come to look for them.

import ClientCore
import Cryptography
import Foundation
import HubAdministration
import RecordModel
import Replication
import SQLiteStorage
import SyncHub
import SyncProtocol
import TestKit

/// A served hub, what it keeps from whom, and who comes to ask.
struct GuardedHub: Sendable {
  let door: LoopbackHub
  /// In reserved business and with a private note; what they write is foreign to everybody else here.
  let reader: TestDevice
  /// Another computer of theirs, taken off.
  let lost: TestDevice
  /// Enrolled, each in one other space, with a record of their own.
  let carer, neighbour: TestDevice
  /// The hub of a partner university, as far as this hub knows.
  let partner: TestDevice
  /// Of another hub on the same computer.
  let stranger: TestDevice
  /// The codes that the reader's first computer and nobody yet has spent.
  let spentCode, openCode: String

  static let words = (
    member: "canary-member-6c1d", title: "canary-title-58e0", rival: "canary-rival-93b7",
    removed: "canary-removed-0af4",
    note: "canary-note-c27e"
  )

  init(at door: LoopbackHub) async throws {
    func joined(_ name: String, as member: String, _ spaces: [String], at hub: TestHub) async throws -> TestDevice {
      try await hub.joined(member, spaces: spaces, file: name + ".db")
    }
    self.door = door
    let hub = door.hub
    let reserved = ["cab-reserved", "private"]
    spentCode = try hub.code(for: Self.words.member, spaces: reserved)
    reader = try TestDevice("reader.db", at: hub)
    _ = try await reader.copy.join(at: HubEndpoint("test"), code: spentCode, over: reader.transport)
    try await reader.send()
    lost = try await joined("lost", as: Self.words.member, reserved, at: hub)
    carer = try await joined("carer", as: "carer", ["public"], at: hub)
    neighbour = try await joined("neighbour", as: "neighbour", ["cab"], at: hub)
    partner = try await Self.partner(at: hub)
    stranger = try await joined("stranger", as: "carer", ["public"], at: TestHub(in: hub.folder, file: "other-hub.db"))
    openCode = try hub.code(for: Self.words.member, spaces: reserved)
    try await write()
    try await revoke(lost)
  }

  private static func partner(at hub: TestHub) async throws -> TestDevice {
    let device = try TestDevice("partner.db", at: hub)
    let code = try hub.store.write { try Directory.invite(partnerNamed: "York", now: hub.clock.read(), $0).code }
    let key = try device.key.publicKey
    let reply = try await hub.hub.reply(toJoiningWith: code, key: key, isPartner: true)
    try device.copy.adopt(reply, at: HubEndpoint("test"))
    let partnerHub = PartnerHub(
      id: .random(), keys: HubKeys(signing: key, sealing: SealingKey().publicKey), address: nil, trustRoots: nil)
    _ = try hub.store.write {
      try Directory.setHub(partnerHub, of: reply.member, named: "York", now: hub.clock.read(), $0)
    }
    return device
  }

  /// The space of the hub's papers for the partner.
  var linkSpace: SpaceID {
    get throws {
      PartnerSpace.link(
        from: try door.hub.store.read { try HubIdentity.identity(in: $0).hub }, to: try partner.key.publicKey)
    }
  }

  private func write() async throws {
    for (device, space) in [(carer, "public"), (neighbour, "cab"), (stranger, "public")] {
      try device.add("Tea", space: space)
      try await device.send()
    }
    // A record with rivals, a removed one, and a private note.
    let event = try reader.add(Self.words.title, space: "cab-reserved")
    try await reader.send()
    try await lost.send()
    try lost.set(event, "title", Self.words.rival)
    try reader.set(event, "title", Self.words.title + "-again")
    let removed = try reader.add(Self.words.removed, space: "cab-reserved")
    _ = try reader.copy.remove(removed.description)
    let own = "private:" + Self.words.member
    _ = try reader.copy.add(kind: "private_note", [.text(field: "text", Self.words.note)], space: own)
    try await lost.send()
    try await reader.send()
  }

  private func revoke(_ device: TestDevice) async throws {
    _ = try door.hub.administration.run(.deviceRevoke(device.key.publicKey.fingerprint, reason: "lost"))
  }

  func space(_ name: String) throws -> SpaceID { try door.hub.space(name) }

  var foreignSpaces: [SpaceID] {
    get throws { try ["cab-reserved", "private:" + Self.words.member].map(space) }
  }

  /// Of the hub itself, for no device at all.
  var hubsOwnSpaces: [SpaceID] {
    get throws {
      try door.hub.store.read { try [HubSpaces.control(in: $0), HubSpaces.audit(in: $0)].compactMap(\.self) }
    }
  }

  /// How much stands in the spaces that nobody who comes here may write to.
  var foreignHeads: [UInt64] {
    get throws {
      let spaces = try foreignSpaces + hubsOwnSpaces.suffix(1)
      return try spaces.map { space in try door.hub.store.read { try $0.space(space)!.lastPosition } }
    }
  }

  /// The rows of a space, as its own readers get them.
  func rows(of space: SpaceID) throws -> [LogRow] {
    try door.hub.store.read { try $0.rows(after: 0, in: space, bytesMax: .max) }
  }

  /// Everything by which the foreign spaces, and the hub's own directory and audit, can be known: but not what is in the
  /// other spaces as well, like the name of the hub's own copy.
  func secrets() throws -> [Secret] {
    let words = Self.words
    var secrets = [words.member, words.title, words.rival, words.removed, words.note].map { Secret("word", word: $0) }
    let own = try hubsOwnSpaces
    for space in try foreignSpaces + own {
      let digest = try door.hub.store.read { try spaceDigest(of: space, in: $0) }
      secrets += [Secret("space", space), Secret("digest", digest)]
      for row in try rows(of: space) {
        secrets += Self.secrets(of: row.entry, isHubsOwn: own.contains(space))
        if let place = row.place { secrets.append(Secret("log", place.digest)) }
      }
    }
    for device in [reader, lost, carer, neighbour] {
      secrets.append(Secret("key", word: try device.key.publicKey.description))
    }
    let known = try Set(
      [space("public"), space("cab")].flatMap { space in
        try rows(of: space).flatMap { Self.secrets(of: $0.entry, isHubsOwn: false) }
      })
    return Array(
      Set(secrets).subtracting(known).subtracting([
        Secret("author", try door.hub.store.read { try HubIdentity.centre(in: $0) })
      ]))
  }

  private static func secrets(of entry: LogEntry, isHubsOwn: Bool) -> [Secret] {
    var secrets = [Secret("header", entry.digest), Secret("body", entry.header.bodyDigest)]
    if !isHubsOwn { secrets += [Secret("replica", entry.header.replica), Secret("author", entry.header.author)] }
    guard case .change(let change) = entry else { return secrets }
    // Directory and audit name every member's id, which is their own to know.
    if !isHubsOwn { secrets += change.edits.map { Secret("record", $0.record) } }
    return secrets
  }
}
