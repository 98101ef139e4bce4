// Ed25519 as others have it: the test vectors of RFC 8032 section 7.1, and what must not pass.

import Cryptography
import Testing

@Suite("Signing keys")
struct SigningKeyTests {
  struct Vector: Sendable {
    let seed, publicKey, message, signature: String
  }

  private static let vectors = [
    Vector(
      seed: "9d61b19deffd5a60ba844af492ec2cc44449c5697b326919703bac031cae7f60",
      publicKey: "d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a", message: "",
      signature: "e5564300c360ac729086e2cc806e828a84877f1eb8e5d974d873e065224901555fb8821590a33bacc61e39701cf9b46b"
        + "d25bf5f0595bbe24655141438e7a100b"),
    Vector(
      seed: "4ccd089b28ff96da9db6c346ec114e0f5b8a319f35aba624da8cf6ed4fb8a6fb",
      publicKey: "3d4017c3e843895a92b70aa74d1b7ebc9c982ccf2ec4968cc0cd55f12af4660c", message: "72",
      signature: "92a009a9f0d4cab8720e820b5f642540a2b27b5416503f8fb3762223ebdb69da085ac1e43e15996e458f3613d0f11d8c"
        + "387b2eaeb4302aeeb00d291612bb0c00"),
  ]

  @Test("sign what RFC 8032 says they sign", arguments: vectors)
  func knownSignatures(vector: Vector) throws {
    let seed = try #require(bytes(ofHex: vector.seed))
    let key = try #require(SigningKey(seed: seed))
    let message = try #require(bytes(ofHex: vector.message))
    let signature = try #require(bytes(ofHex: vector.signature))
    #expect(key.publicKey.description == vector.publicKey)
    #expect(key.signature(for: message) == signature)
    #expect(key.publicKey.isValid(signature, for: message))
  }

  @Test("a signature holds for one key and one message, and only whole")
  func invalid() throws {
    let (key, other) = (SigningKey(), SigningKey())
    let signature = key.signature(for: [1, 2, 3])
    #expect(key.publicKey.isValid(signature, for: [1, 2, 3]))
    #expect(!key.publicKey.isValid(signature, for: [1, 2]))
    #expect(!other.publicKey.isValid(signature, for: [1, 2, 3]))
    #expect(!key.publicKey.isValid(Array(signature.dropLast()), for: [1, 2, 3]))
    #expect(!key.publicKey.isValid([], for: [1, 2, 3]))
    for bit in 0..<512 {
      var changed = signature
      changed[bit / 8] ^= 1 << UInt8(bit % 8)
      #expect(!key.publicKey.isValid(changed, for: [1, 2, 3]))
    }
  }

  @Test("bytes that are no key are refused", arguments: [0, 31, 33])
  func noKey(count: Int) {
    let bytes = [UInt8](repeating: 1, count: count)
    #expect(SigningKey(seed: bytes) == nil && PublicKey(bytes: bytes) == nil && PublicKey(hex(bytes)) == nil)
  }

  @Test("a fingerprint is four groups that can be read out")
  func fingerprint() {
    let fingerprint = SigningKey().publicKey.fingerprint
    let groups = fingerprint.split(separator: "-")
    #expect(groups.count == 4 && groups.allSatisfy { $0.count == 4 && $0.allSatisfy(base32Digits.contains) })
  }

  @Test(
    "base 32 is Crockford's",
    arguments: [
      ([0, 0, 0, 0, 0], "00000000"), ([255, 255, 255, 255, 255], "ZZZZZZZZ"),
      ([0x12, 0x34, 0x56, 0x78, 0x9a], "28T5CY4T"),
    ])
  func crockford(bytes: [UInt8], text: String) {
    #expect(base32(bytes) == text)
  }

  @Test("hexadecimal digits are read in pairs, of either case, and nothing else", arguments: ["0", "0g", "é0", " 00"])
  func noHex(text: String) {
    #expect(bytes(ofHex: text) == nil)
    #expect(bytes(ofHex: "0aFf") == [0x0a, 0xff])
  }
}
