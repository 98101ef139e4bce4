// The hub's public keys, which a device learns when it joins and never from a later answer: whoever answers in the hub's
// place can neither sign its log nor have anything sealed for themselves.

package import Cryptography
internal import Replication

/// The public keys of a copy's hub.
package struct HubKeys: Equatable, Sendable {
  /// The key that signs checkpoints.
  package let signing: PublicKey
  /// The key with which to seal a ``SealedChange``.
  package let sealing: SealingPublicKey

  package init(signing: PublicKey, sealing: SealingPublicKey) {
    self.signing = signing
    self.sealing = sealing
  }
}

extension LocalCoding<HubKeys> {
  static var hubKeys: LocalCoding {
    LocalCoding {
      $0.signing.bytes + $0.sealing.bytes
    } decode: {
      guard let signing = PublicKey(bytes: Array($0.prefix(32))),
        let sealing = SealingPublicKey(bytes: Array($0.dropFirst(32)))
      else { return nil }
      return HubKeys(signing: signing, sealing: sealing)
    }
  }
}
