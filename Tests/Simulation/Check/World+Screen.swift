// What a member is told by numbers alone, held against what is so: how much is still to be sent, and whether two copies
// are equal.

internal import ClientCore
internal import Cryptography
internal import Replication
internal import SQLiteStorage
internal import SyncHub
internal import SyncProtocol

extension World {
  /// A copy that says so much is unsent has no more than that which the hub lacks (G3; Docs/lessons.md 25).
  func checkUnsent(_ report: SyncReport, of store: SQLiteStore, _ name: String) throws {
    guard let hubStore = hub.store, hub.disk.canBeRead else { return }
    let lacking = try hubStore.read { there in
      let epoch = try HubIdentity.identity(in: there).epoch
      return try store.read { here in
        try here.spaces().reduce(0) { sum, space in
          guard space.cursor?.epoch == epoch else { return sum }
          return try sum
            + here.rows(after: 0, in: space.id, bytesMax: .max).count {
              try there.row(of: $0.entry.dot, in: space.id) == nil
            }
        }
      }
    }
    guard lacking > report.unsent else { return }
    broken.append("\(name) says \(report.unsent) are unsent, and the hub lacks \(lacking)")
  }

  /// Digests are equal only where records and refusals are (Docs/lessons.md 7).
  func checkDigests(after device: DeviceNode) throws {
    guard let hubStore = hub.store, hub.disk.canBeRead else { return }
    let there = try Self.contents(of: hubStore)
    // Where there are very many computers, nobody has the time to look at all of them each time.
    for device in devices.count > 9 ? [device] : devices {
      guard let store = device.store, device.disk.canBeRead else { continue }
      for (space, here) in try Self.contents(of: store) {
        guard let there = there[space], there.digest == here.digest else { continue }
        guard there.records == here.records, there.voids == here.voids else {
          return broken.append("\(device.name) has the hub's digest, and not what the hub has")
        }
      }
    }
  }

  private struct Contents {
    let digest: Digest
    var records: [RecordID: RecordState] = [:]
    var voids: [Digest]
  }

  private static func contents(of store: SQLiteStore) throws -> [SpaceID: Contents] {
    try store.read { reader in
      var all: [SpaceID: Contents] = [:]
      for space in try reader.sharedSpaces() {
        var contents = Contents(
          digest: try spaceDigest(of: space.id, in: reader), voids: try reader.voids(in: space.id).map(\.digest))
        try reader.forEachRecord(in: space.id, kind: nil) { contents.records[$0] = $1 }
        all[space.id] = contents
      }
      return all
    }
  }
}
