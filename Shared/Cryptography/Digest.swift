// Digests and random bytes from the system's OpenSSL, behind an interface that names only what the engine needs. The
// implementation stays the distribution's to patch.

internal import COpenSSL

/// A SHA-256 digest: 32 bytes, ordered and compared as bytes. A value of four words and no allocation.
package struct Digest: Hashable, Sendable, Comparable, CustomStringConvertible {
  /// The bytes by eights, as big-endian numbers, so that numbers are ordered as the bytes are.
  @usableFromInline let words: (UInt64, UInt64, UInt64, UInt64)

  /// Wraps bytes that already are a digest, for example read from a file.
  ///
  /// - Returns: `nil` unless there are exactly 32 bytes.
  @inlinable package init?(bytes: [UInt8]) {
    let digest = bytes.withUnsafeBytes { Digest(raw: $0) }
    guard let digest else { return nil }
    self = digest
  }

  /// Wraps bytes that already are a digest, wherever they lie.
  ///
  /// - Returns: `nil` unless there are exactly 32 bytes.
  @inlinable package init?(raw bytes: UnsafeRawBufferPointer) {
    guard bytes.count == 32 else { return nil }
    func word(_ offset: Int) -> UInt64 {
      UInt64(bigEndian: bytes.loadUnaligned(fromByteOffset: offset, as: UInt64.self))
    }
    words = (word(0), word(8), word(16), word(24))
  }

  /// The digest's 32 bytes.
  @inlinable package var bytes: [UInt8] { withBytes { Array($0) } }

  /// Calls the body with the digest's 32 bytes.
  @inlinable package func withBytes<Result>(_ body: (UnsafeRawBufferPointer) throws -> Result) rethrows -> Result {
    let (first, second, third, fourth) = words
    return try withUnsafeBytes(
      of: (first.bigEndian, second.bigEndian, third.bigEndian, fourth.bigEndian), body)
  }

  /// The SHA-256 digest of a domain tag, a zero byte and the message (FIPS 180-4).
  ///
  /// - Parameters:
  ///   - tag: The kind of data hashed, so that one kind's bytes can never pass for another's.
  ///   - message: The bytes to hash.
  package init(tag: String, _ message: [UInt8]) {
    var hasher = Hasher256()
    hasher.update(tag: tag)
    hasher.update(message)
    self = hasher.finish()
  }

  /// 64 lower-case hexadecimal digits.
  package var description: String { hex(bytes) }

  @inlinable package static func == (left: Digest, right: Digest) -> Bool { left.words == right.words }

  @inlinable package static func < (left: Digest, right: Digest) -> Bool { left.words < right.words }

  @inlinable package func hash(into hasher: inout Hasher) {
    // All of them: a stranger may send digests of nothing, alike in any part.
    hasher.combine(words.0)
    hasher.combine(words.1)
    hasher.combine(words.2)
    hasher.combine(words.3)
  }
}

/// SHA-256 over a stream of bytes, for data that should not be in memory as a whole.
package struct Hasher256: ~Copyable {
  private let context: OpaquePointer

  /// Starts a hash without a domain tag.
  package init() {
    guard let context = EVP_MD_CTX_new(), EVP_DigestInit_ex(context, sha256.pointer, nil) == 1 else {
      preconditionFailure("OpenSSL offers no SHA-256 on this machine")
    }
    self.context = context
  }

  deinit { EVP_MD_CTX_free(context) }

  /// Hashes the next bytes.
  package mutating func update(_ bytes: [UInt8]) {
    precondition(EVP_DigestUpdate(context, bytes, bytes.count) == 1, "OpenSSL could not hash")
  }

  /// Hashes a domain tag and the zero byte after it.
  fileprivate mutating func update(tag: String) {
    var tag = tag
    tag.withUTF8 { precondition(EVP_DigestUpdate(context, $0.baseAddress, $0.count) == 1, "OpenSSL could not hash") }
    update([0])
  }

  /// Returns the digest of all bytes and consumes the hasher.
  package consuming func finish() -> Digest {
    withUnsafeTemporaryAllocation(byteCount: 32, alignment: 8) { output in
      precondition(EVP_DigestFinal_ex(context, output.baseAddress, nil) == 1, "OpenSSL could not hash")
      return Digest(raw: UnsafeRawBufferPointer(output))!
    }
  }
}

/// SHA-256 as OpenSSL implements it here, looked up once: by name, each lookup takes a lock.
private let sha256 = Algorithm()

/// A pointer is not `Sendable`, but this one is safe to use from every thread: OpenSSL counts its references atomically, and
/// nothing changes or frees it (openssl.org, EVP_MD_fetch).
private struct Algorithm: @unchecked Sendable {
  let pointer: OpaquePointer

  init() {
    guard let pointer = EVP_MD_fetch(nil, "SHA256", nil) else {
      preconditionFailure("OpenSSL offers no SHA-256 on this machine")
    }
    self.pointer = pointer
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
