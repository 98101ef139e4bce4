// The one face over the system's OpenSSL that the engine sees: digests and random bytes.
// It exists so that the core names what it needs and the distribution patches how it is done.

internal import COpenSSL

/// A SHA-256 digest: 32 bytes, ordered and compared as bytes.
package struct Digest: Hashable, Sendable, Comparable, CustomStringConvertible {
  /// The 32 bytes.
  package let bytes: [UInt8]

  /// Wraps bytes that are already a digest, for example read from a file.
  ///
  /// - Returns: `nil` unless there are exactly 32 bytes.
  package init?(bytes: some Collection<UInt8>) {
    guard bytes.count == 32 else { return nil }
    self.bytes = Array(bytes)
  }

  /// The SHA-256 digest of a domain tag, a zero byte and the message (FIPS 180-4).
  ///
  /// - Parameters:
  ///   - tag: What kind of thing is hashed, so that one kind's bytes can never pass for another's.
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

/// SHA-256 over a stream of bytes, for what should not be held in memory whole.
package struct Hasher256: ~Copyable {
  private let context: OpaquePointer

  package init() {
    guard let context = EVP_MD_CTX_new(), EVP_DigestInit_ex(context, EVP_sha256(), nil) == 1 else {
      preconditionFailure("OpenSSL offers no SHA-256 on this machine")
    }
    self.context = context
  }

  deinit { EVP_MD_CTX_free(context) }

  /// Takes in the next bytes.
  package mutating func update(_ bytes: [UInt8]) {
    precondition(EVP_DigestUpdate(context, bytes, bytes.count) == 1, "OpenSSL could not hash")
  }

  /// The digest of all bytes taken in; the hasher is used up.
  package consuming func finish() -> Digest {
    var output = [UInt8](repeating: 0, count: 32)
    precondition(EVP_DigestFinal_ex(context, &output, nil) == 1, "OpenSSL could not hash")
    return Digest(finished: output)
  }
}

/// Random bytes from the system, fit for identities and secrets.
package func randomBytes(_ count: Int) -> [UInt8] {
  var bytes = [UInt8](repeating: 0, count: count)
  precondition(RAND_bytes(&bytes, Int32(count)) == 1, "the system has no randomness to give")
  return bytes
}

/// Lower-case hexadecimal digits, two a byte.
package func hex(_ bytes: some Sequence<UInt8>) -> String {
  let digits = Array("0123456789abcdef".utf8)
  var text: [UInt8] = []
  for byte in bytes {
    text.append(digits[Int(byte >> 4)])
    text.append(digits[Int(byte & 15)])
  }
  return String(decoding: text, as: UTF8.self)
}

/// The bytes of hexadecimal digits, two a byte, of either case.
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
