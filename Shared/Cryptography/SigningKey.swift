// Ed25519 (RFC 8032): a device's key, and what anybody can check with its public half.

internal import COpenSSL

/// A private key that signs. It leaves the memory of a program only for a file that its owner alone can read.
package struct SigningKey: Sendable {
  /// The 32 secret bytes from which the key is derived (RFC 8032 calls them the private key).
  package let seed: [UInt8]
  package let publicKey: PublicKey

  /// A new key.
  package init() {
    self.init(seed: randomBytes(32))!
  }

  /// The key of a seed.
  ///
  /// - Returns: `nil` unless there are exactly 32 bytes.
  package init?(seed: [UInt8]) {
    guard seed.count == 32 else { return nil }
    self.seed = seed
    publicKey = Self.withKey(seed) { key in
      var bytes = [UInt8](repeating: 0, count: 32)
      var count = 32
      precondition(EVP_PKEY_get_raw_public_key(key, &bytes, &count) == 1, "OpenSSL gives no public key")
      return PublicKey(bytes: bytes)!
    }
  }

  /// The 64 bytes of a signature.
  package func signature(for message: [UInt8]) -> [UInt8] {
    Self.withKey(seed) { key in
      let context = EVP_MD_CTX_new()
      defer { EVP_MD_CTX_free(context) }
      var signature = [UInt8](repeating: 0, count: 64)
      var count = 64
      precondition(
        EVP_DigestSignInit(context, nil, nil, nil, key) == 1
          && EVP_DigestSign(context, &signature, &count, message, message.count) == 1, "OpenSSL could not sign")
      return signature
    }
  }

  private static func withKey<Result>(_ seed: [UInt8], _ body: (OpaquePointer) -> Result) -> Result {
    guard let key = EVP_PKEY_new_raw_private_key(EVP_PKEY_ED25519, nil, seed, seed.count) else {
      preconditionFailure("OpenSSL offers no Ed25519 on this machine")
    }
    defer { EVP_PKEY_free(key) }
    return body(key)
  }
}

/// The half of a key that everybody may know: 32 bytes.
package struct PublicKey: Hashable, Sendable, CustomStringConvertible {
  package let bytes: [UInt8]

  /// - Returns: `nil` unless there are exactly 32 bytes. Whether they are a point of the curve shows when they are used.
  package init?(bytes: some Collection<UInt8>) {
    guard bytes.count == 32 else { return nil }
    self.bytes = Array(bytes)
  }

  /// Reads 64 hexadecimal digits.
  package init?(_ text: String) {
    guard text.utf8.count == 64, let bytes = Cryptography.bytes(ofHex: text) else { return nil }
    self.init(bytes: bytes)
  }

  /// 64 lower-case hexadecimal digits.
  package var description: String { hex(bytes) }

  /// What two people compare aloud to be sure that they mean the same key: 80 bits of its digest, as a code is read out.
  package var fingerprint: String {
    grouped(base32(Digest(tag: "board.fingerprint", bytes).bytes.prefix(10)))
  }

  /// Whether a signature is this key's, over exactly this message.
  package func isValid(_ signature: [UInt8], for message: [UInt8]) -> Bool {
    guard signature.count == 64, let key = EVP_PKEY_new_raw_public_key(EVP_PKEY_ED25519, nil, bytes, bytes.count) else {
      return false
    }
    defer { EVP_PKEY_free(key) }
    let context = EVP_MD_CTX_new()
    defer { EVP_MD_CTX_free(context) }
    return EVP_DigestVerifyInit(context, nil, nil, nil, key) == 1
      && EVP_DigestVerify(context, signature, signature.count, message, message.count) == 1
  }
}
