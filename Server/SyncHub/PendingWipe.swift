// Which computers may still hold a space that their member has left: until one has reported, nobody says that it is gone.

internal import Cryptography
package import Replication

/// Spaces to be cleared away, as settings beside the records.
package enum PendingWipe {
  private static let prefix = "holding/"
  private static func setting(_ key: PublicKey, _ space: SpaceID) -> String { "\(prefix)\(key)/\(space)" }

  /// Every computer of the member has yet to clear the space away.
  static func expect(_ space: SpaceID, from devices: [Device], in transaction: any StoreTransaction) throws {
    for device in devices where device.revocation == nil { try transaction.set(setting(device.key, space), to: []) }
  }

  /// A computer has reported, or may read the space again.
  static func end(_ spaces: [SpaceID], of key: PublicKey, in transaction: any StoreTransaction) throws {
    for space in spaces { try transaction.set(setting(key, space), to: nil) }
  }

  /// What a computer may still hold, though its member may not read it.
  package static func spaces(of device: Device, in reader: any StoreReader) throws -> [SpaceID] {
    let start = "\(prefix)\(device.key)/"
    return try reader.settings(startingWith: start).keys.sorted().compactMap {
      SpaceID(String($0.dropFirst(start.count)))
    }
  }
}
