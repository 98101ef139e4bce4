// Ed25519 (RFC 8032): signing keys, and the public keys that verify their signatures.

internal import COpenSSL

/// A private signing key. It leaves the program's memory only for a file that its owner alone can read.
package struct SigningKey: Sendable {
  /// The 32 secret bytes from which the key is derived (RFC 8032 calls them the private key).
  package let seed: [UInt8]
  package let publicKey: PublicKey

  /// Makes a new random key.
  package init() {
    self.init(seed: randomBytes(32))!
  }

  /// Derives the key from a seed.
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

  /// Signs a message.
  ///
  /// - Returns: 64 bytes.
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

/// The public half of a signing key: 32 bytes.
package struct PublicKey: Hashable, Sendable, CustomStringConvertible {
  package let bytes: [UInt8]

  /// Wraps the bytes of a public key.
  ///
  /// - Returns: `nil` unless there are exactly 32 bytes. They are not checked to be a point of the curve; if they are
  ///   not, no signature is valid.
  package init?(bytes: some Collection<UInt8>) {
    guard bytes.count == 32 else { return nil }
    self.bytes = Array(bytes)
  }

  /// Parses 64 hexadecimal digits; `nil` for anything else.
  package init?(_ text: String) {
    guard text.utf8.count == 64, let bytes = Cryptography.bytes(ofHex: text) else { return nil }
    self.init(bytes: bytes)
  }

  /// 64 lower-case hexadecimal digits.
  package var description: String { hex(bytes) }

  /// The fingerprint that two people compare aloud: 80 bits of the key's digest, in base 32 in groups of four.
  package var fingerprint: String {
    grouped(base32(Digest(tag: "board.fingerprint", bytes).bytes.prefix(10)))
  }

  /// Verifies a signature by this key over exactly this message.
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
