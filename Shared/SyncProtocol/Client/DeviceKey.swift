// The key of a copy's device. Replica ids follow from it, and it signs the heads of its chains, so a device that has lost its
// key can prove nothing that it wrote before: such work is written anew under an id of the new key, like work that a fork
// has displaced.

package import Cryptography
package import Replication

/// The key of a copy's device.
package enum DeviceKey {
  /// Tests whether a key is the one that the copy's replica ids follow from.
  static func isAdopted(_ key: PublicKey, in reader: any StoreReader) throws -> Bool {
    try ReplicaIdentity(reader).follows(from: key)
  }

  /// Makes a key that of the copy's device. Where it is another than before, unsent work stays where it is until the hub's
  /// log has been read to the end, because the hub may have recorded some of it; then the remainder is re-issued.
  package static func adopt(_ key: PublicKey, in transaction: any StoreTransaction) throws {
    guard try ReplicaIdentity.adopt(key, in: transaction) else { return }
    for space in try transaction.spaces() { try Contact.setCatchingUp(true, space.id, in: transaction) }
  }
}
