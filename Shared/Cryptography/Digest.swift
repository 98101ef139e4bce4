// Digests and random bytes from the system's OpenSSL, behind an interface that names only what the engine needs. The
// implementation stays the distribution's to patch.

internal import COpenSSL

/// A SHA-256 digest: 32 bytes, ordered and compared as bytes.
package struct Digest: Hashable, Sendable, Comparable, CustomStringConvertible {
  /// The digest's 32 bytes.
  package let bytes: [UInt8]

  /// Wraps bytes that already are a digest, for example read from a file.
  ///
  /// - Returns: `nil` unless there are exactly 32 bytes.
  package init?(bytes: some Collection<UInt8>) {
    guard bytes.count == 32 else { return nil }
    self.bytes = Array(bytes)
  }

  /// The SHA-256 digest of a domain tag, a zero byte and the message (FIPS 180-4).
  ///
  /// - Parameters:
  ///   - tag: The kind of data hashed, so that one kind's bytes can never pass for another's.
  ///   - message: The bytes to hash.
  package init(tag: String, _ message: some Sequence<UInt8>) {
    var hasher = Hasher256()
    hasher.update(Array(tag.utf8) + [0])
    hasher.update(Array(message))
    self = hasher.finish()
  }

  fileprivate init(finished bytes: [UInt8]) {
    self.bytes = bytes
  }

  /// 64 lower-case hexadecimal digits.
  package var description: String { hex(bytes) }

  package static func < (left: Digest, right: Digest) -> Bool {
    left.bytes.lexicographicallyPrecedes(right.bytes)
  }
}

/// SHA-256 over a stream of bytes, for data that should not be in memory as a whole.
package struct Hasher256: ~Copyable {
  private let context: OpaquePointer

  /// Starts a hash without a domain tag.
  package init() {
    guard let context = EVP_MD_CTX_new(), EVP_DigestInit_ex(context, EVP_sha256(), nil) == 1 else {
      preconditionFailure("OpenSSL offers no SHA-256 on this machine")
    }
    self.context = context
  }

  deinit { EVP_MD_CTX_free(context) }

  /// Hashes the next bytes.
  package mutating func update(_ bytes: [UInt8]) {
    precondition(EVP_DigestUpdate(context, bytes, bytes.count) == 1, "OpenSSL could not hash")
  }

  /// Returns the digest of all bytes and consumes the hasher.
  package consuming func finish() -> Digest {
    var output = [UInt8](repeating: 0, count: 32)
    precondition(EVP_DigestFinal_ex(context, &output, nil) == 1, "OpenSSL could not hash")
    return Digest(finished: output)
  }
}

/// Random bytes from OpenSSL's generator, fit for identities and secrets.
package func randomBytes(_ count: Int) -> [UInt8] {
  var bytes = [UInt8](repeating: 0, count: count)
  precondition(RAND_bytes(&bytes, Int32(count)) == 1, "the system has no randomness to give")
  return bytes
}

/// Encodes bytes as lower-case hexadecimal digits, two per byte.
package func hex(_ bytes: some Sequence<UInt8>) -> String {
  let digits = Array("0123456789abcdef".utf8)
  var text: [UInt8] = []
  for byte in bytes {
    text.append(digits[Int(byte >> 4)])
    text.append(digits[Int(byte & 15)])
  }
  return String(decoding: text, as: UTF8.self)
}

/// Decodes hexadecimal digits of either case, two per byte.
///
/// - Returns: `nil` for anything else.
package func bytes(ofHex text: some StringProtocol) -> [UInt8]? {
  let digits = text.utf8.compactMap { character -> UInt8? in
    switch character {
    case UInt8(ascii: "0")...UInt8(ascii: "9"): character - UInt8(ascii: "0")
    case UInt8(ascii: "a")...UInt8(ascii: "f"): character - UInt8(ascii: "a") + 10
    case UInt8(ascii: "A")...UInt8(ascii: "F"): character - UInt8(ascii: "A") + 10
    default: nil
    }
  }
  guard digits.count == text.utf8.count, digits.count.isMultiple(of: 2) else { return nil }
  return stride(from: 0, to: digits.count, by: 2).map { digits[$0] << 4 | digits[$0 + 1] }
}
