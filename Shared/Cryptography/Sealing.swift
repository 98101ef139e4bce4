// Encrypts bytes for one reader from an anonymous sender. Devices that may no longer read a space deliver their unsent
// work this way. The one construction, from the system's OpenSSL:
//
//   ephemeral  a fresh X25519 key (RFC 7748), used once and discarded
//   shared     X25519(ephemeral, reader)
//   key        HKDF-SHA256 (RFC 5869), salt = ephemeral public | reader public, input = shared, info = "board.seal",
//              32 bytes
//   sealed     ephemeral public (32) | AES-256-GCM of the bytes (NIST SP 800-38D) | tag (16)
//
// The nonce is twelve zero bytes, because no key is ever used twice.

internal import COpenSSL

/// An X25519 private key, for a reader of sealed bytes.
package struct SealingKey: Sendable {
  /// The 32 secret bytes.
  package let secret: [UInt8]
  /// The public half, for which others seal.
  package let publicKey: SealingPublicKey

  /// Makes a new random key.
  package init() {
    self.init(secret: randomBytes(32))!
  }

  /// Restores a key from its secret bytes.
  ///
  /// - Returns: `nil` unless there are exactly 32 bytes.
  package init?(secret: [UInt8]) {
    guard secret.count == 32 else { return nil }
    self.secret = secret
    publicKey = withX25519(secret) { key in
      var bytes = [UInt8](repeating: 0, count: 32)
      var count = 32
      precondition(EVP_PKEY_get_raw_public_key(key, &bytes, &count) == 1, "OpenSSL gives no public key")
      return SealingPublicKey(bytes: bytes)!
    }
  }

  /// Decrypts bytes sealed for this key.
  ///
  /// - Returns: `nil` if they were sealed for another key, or altered since.
  package func open(_ sealed: [UInt8]) -> [UInt8]? {
    guard sealed.count >= 48, let sender = SealingPublicKey(bytes: sealed.prefix(32)),
      let shared = agree(secret, sender)
    else { return nil }
    let key = sealingKey(shared, salt: sender.bytes + publicKey.bytes)
    return decrypt(Array(sealed.dropFirst(32).dropLast(16)), tag: Array(sealed.suffix(16)), key)
  }
}

/// The public half of a sealing key: 32 bytes.
package struct SealingPublicKey: Hashable, Sendable {
  package let bytes: [UInt8]

  /// Wraps the bytes of a public key.
  ///
  /// - Returns: `nil` unless there are exactly 32 bytes.
  package init?(bytes: some Collection<UInt8>) {
    guard bytes.count == 32 else { return nil }
    self.bytes = Array(bytes)
  }

  /// Encrypts bytes for the holder of the private half. The result is 48 bytes longer.
  ///
  /// - Parameter once: The ephemeral key, which must never be used again. Only tests pass one.
  /// - Returns: `nil` if this is not a usable public key.
  package func seal(_ bytes: [UInt8], with once: SealingKey = SealingKey()) -> [UInt8]? {
    guard let shared = agree(once.secret, self) else { return nil }
    let key = sealingKey(shared, salt: once.publicKey.bytes + self.bytes)
    return once.publicKey.bytes + encrypt(bytes, key)
  }
}

private func withX25519<Result>(_ secret: [UInt8], _ body: (OpaquePointer) -> Result) -> Result {
  guard let key = EVP_PKEY_new_raw_private_key(EVP_PKEY_X25519, nil, secret, secret.count) else {
    preconditionFailure("OpenSSL offers no X25519 on this machine")
  }
  defer { EVP_PKEY_free(key) }
  return body(key)
}

/// The shared secret of two keys.
///
/// - Returns: `nil` if the other key's point yields no secret (RFC 7748, section 6.1).
private func agree(_ secret: [UInt8], _ other: SealingPublicKey) -> [UInt8]? {
  guard let peer = EVP_PKEY_new_raw_public_key(EVP_PKEY_X25519, nil, other.bytes, 32) else { return nil }
  defer { EVP_PKEY_free(peer) }
  return withX25519(secret) { key in
    let context = EVP_PKEY_CTX_new(key, nil)
    defer { EVP_PKEY_CTX_free(context) }
    var shared = [UInt8](repeating: 0, count: 32)
    var count = 32
    let isDone =
      EVP_PKEY_derive_init(context) == 1 && EVP_PKEY_derive_set_peer(context, peer) == 1
      && EVP_PKEY_derive(context, &shared, &count) == 1
    return isDone ? shared : nil
  }
}

/// Derives the encryption key from a shared secret with HKDF-SHA256.
private func sealingKey(_ shared: [UInt8], salt: [UInt8]) -> [UInt8] {
  let context = EVP_PKEY_CTX_new_id(EVP_PKEY_HKDF, nil)
  defer { EVP_PKEY_CTX_free(context) }
  let info = Array("board.seal".utf8)
  var key = [UInt8](repeating: 0, count: 32)
  var count = 32
  precondition(
    EVP_PKEY_derive_init(context) == 1 && EVP_PKEY_CTX_set_hkdf_md(context, EVP_sha256()) == 1
      && EVP_PKEY_CTX_set1_hkdf_salt(context, salt, Int32(salt.count)) == 1
      && EVP_PKEY_CTX_set1_hkdf_key(context, shared, Int32(shared.count)) == 1
      && EVP_PKEY_CTX_add1_hkdf_info(context, info, Int32(info.count)) == 1
      && EVP_PKEY_derive(context, &key, &count) == 1, "OpenSSL could not derive a key")
  return key
}

private let nonce = [UInt8](repeating: 0, count: 12)

/// - Returns: The ciphertext, followed by the tag.
private func encrypt(_ bytes: [UInt8], _ key: [UInt8]) -> [UInt8] {
  let context = EVP_CIPHER_CTX_new()
  defer { EVP_CIPHER_CTX_free(context) }
  var output = [UInt8](repeating: 0, count: bytes.count)
  var tag = [UInt8](repeating: 0, count: 16)
  var count: Int32 = 0
  var rest: Int32 = 0
  precondition(
    EVP_EncryptInit_ex(context, EVP_aes_256_gcm(), nil, key, nonce) == 1
      && EVP_EncryptUpdate(context, &output, &count, bytes, Int32(bytes.count)) == 1
      && EVP_EncryptFinal_ex(context, nil, &rest) == 1
      && EVP_CIPHER_CTX_ctrl(context, EVP_CTRL_AEAD_GET_TAG, 16, &tag) == 1, "OpenSSL could not encrypt")
  return output + tag
}

/// - Returns: `nil` if the tag does not authenticate the bytes.
private func decrypt(_ bytes: [UInt8], tag: [UInt8], _ key: [UInt8]) -> [UInt8]? {
  let context = EVP_CIPHER_CTX_new()
  defer { EVP_CIPHER_CTX_free(context) }
  var tag = tag
  var output = [UInt8](repeating: 0, count: bytes.count)
  var count: Int32 = 0
  var rest: Int32 = 0
  precondition(
    EVP_DecryptInit_ex(context, EVP_aes_256_gcm(), nil, key, nonce) == 1
      && EVP_DecryptUpdate(context, &output, &count, bytes, Int32(bytes.count)) == 1
      && EVP_CIPHER_CTX_ctrl(context, EVP_CTRL_AEAD_SET_TAG, 16, &tag) == 1, "OpenSSL could not decrypt")
  return EVP_DecryptFinal_ex(context, nil, &rest) == 1 ? output : nil
}
