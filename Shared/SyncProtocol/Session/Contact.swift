// What a copy remembers of its hub between syncs, as settings beside its records.

package import Cryptography
package import Replication

/// The last contact with the hub.
package struct Contact: Equatable, Sendable {
  package let hub: HubID
  package let epoch: EpochID
  /// The hub's clock at that contact: the only clock a person is told about freshness by.
  package let time: Timestamp

  private static let setting = "contact"
  private static let sealing = "contact/sealing"
  private static let speaking = "contact/speaking"
  private static let revoked = "revoked"
  private static let revokedKey = "revoked/key"

  /// The setting that is there while a space has lost its place in the hub's log and has not read to its head since.
  package static func resyncing(_ space: SpaceID) -> String { "finding/\(space)" }

  static func remember(_ welcome: Welcome, in transaction: any StoreTransaction) throws {
    var writer = CBORWriter()
    writer.array(3)
    writer.id(welcome.hub)
    writer.id(welcome.epoch)
    writer.integer(welcome.time.milliseconds)
    try transaction.set(setting, to: writer.bytes)
    try noteSpeaker(welcome, in: transaction)
  }

  /// Remembers what rescues are sealed with, and who is speaking.
  package static func noteSpeaker(_ welcome: Welcome, in transaction: any StoreTransaction) throws {
    if let key = welcome.sealing { try transaction.set(sealing, to: key.bytes) }
    try transaction.set(speaking, to: welcome.epoch.bytes)
  }

  /// The epoch of the hub whose answer is being heeded, remembered as the last contact or not yet.
  static func epochSpeaking(in reader: any StoreReader) throws -> EpochID? {
    try reader.setting(speaking).flatMap { EpochID(bytes: $0) }
  }

  /// The key that was taken off, to be known from a new one.
  package static func revocationKey(in reader: any StoreReader) throws -> PublicKey? {
    try reader.setting(revokedKey).flatMap { PublicKey(bytes: $0) }
  }

  package static func setRevocationKey(_ key: PublicKey, in transaction: any StoreTransaction) throws {
    try transaction.set(revokedKey, to: key.bytes)
  }

  /// What rescues for the hub are sealed with; `nil` before the first contact.
  package static func sealing(in reader: any StoreReader) throws -> SealingPublicKey? {
    try reader.setting(sealing).flatMap { SealingPublicKey(bytes: $0) }
  }

  /// When this device was taken off, as its hub said; `nil` while it was not.
  package static func revocation(in reader: any StoreReader) throws -> Timestamp? {
    guard let bytes = try reader.setting(revoked) else { return nil }
    var cbor = CBORReader(bytes)
    do throws(CBORError) {
      return Timestamp(milliseconds: try cbor.integer())
    } catch { throw StoreError.corrupt("the time at which this device was taken off: \(error)") }
  }

  /// Remembers that the device was taken off; `nil` once it has joined anew.
  package static func setRevocation(_ time: Timestamp?, in transaction: any StoreTransaction) throws {
    var writer = CBORWriter()
    if let time { writer.integer(time.milliseconds) }
    try transaction.set(revoked, to: time == nil ? nil : writer.bytes)
  }

  /// Forgets the hub, where this copy is no longer anybody's.
  package static func forget(in transaction: any StoreTransaction) throws {
    for name in [setting, sealing, speaking] { try transaction.set(name, to: nil) }
  }

  /// - Returns: `nil` before the first contact.
  /// - Throws: ``StoreError/corrupt(_:)`` where the setting is not what was written.
  package static func last(in reader: any StoreReader) throws -> Contact? {
    guard let bytes = try reader.setting(setting) else { return nil }
    var cbor = CBORReader(bytes)
    do throws(CBORError) {
      guard try cbor.array() == 3 else { throw .type }
      return Contact(
        hub: try cbor.id(), epoch: try cbor.id(), time: Timestamp(milliseconds: try cbor.integer()))
    } catch {
      throw StoreError.corrupt("the record of the last contact: \(error)")
    }
  }
}
