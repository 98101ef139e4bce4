// Devices that have not yet confirmed clearing a space their member left. Until a device has, its copy is never
// reported as gone.

internal import Cryptography
package import Replication

/// The spaces that devices have yet to clear.
package enum PendingWipe {
  private static let spaces = LocalTable(
    "pending_wipe", of: .publicKey, .id() as LocalCoding<SpaceID>, .presence)

  /// Expects every active device of a member to clear a space.
  static func expect(_ space: SpaceID, from devices: [Device], in transaction: any StoreTransaction) throws {
    for device in devices where device.revocation == nil {
      try spaces.set(space, of: device.key, to: (), in: transaction)
    }
  }

  /// Ends the wait: the device has confirmed, or may read the spaces again.
  static func end(_ cleared: [SpaceID], of key: PublicKey, in transaction: any StoreTransaction) throws {
    for space in cleared { try spaces.set(space, of: key, to: nil, in: transaction) }
  }

  /// The spaces a device may still hold, though its member may not read them.
  package static func spaces(of device: Device, in reader: any StoreReader) throws -> [SpaceID] {
    try spaces.rows(of: device.key, in: reader).map(\.key)
  }
}
