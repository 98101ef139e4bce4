// The replica ids of devices. Each follows from its device's key, so that nobody can write under another's, and whoever
// sees a signed head can tell whose it is: also a hub that went back to a backup and has forgotten the device.
//
//   replica id: the first 16 bytes of the digest, tag "board.replica-name", of the key (32 bytes) and the salt (16 bytes)
//
// A hub's own ids are random: nobody signs heads for them.

package import Cryptography

package enum ReplicaSaltRole {}

/// The random part of a device's replica id, which lets one key have many of them. No secret.
package typealias ReplicaSalt = Identifier<ReplicaSaltRole>

extension ReplicaID {
  /// The id that follows from a device's key and a salt. Costs one digest.
  package init(of key: PublicKey, salt: ReplicaSalt) {
    self = ReplicaID(prefixOf: Digest(tag: "board.replica-name", key.bytes + salt.bytes))
  }
}
