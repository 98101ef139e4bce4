// What is sealed for one reader, and what becomes of it on the way.

import Cryptography
import Testing

@Suite("Sealing")
struct SealingTests {
  @Test("another program's library seals to the same bytes", arguments: [(1, 65)])
  func sameBytesElsewhere(_ reader: UInt8, _ once: UInt8) throws {
    // Made by the Python package cryptography (X25519, HKDF, AESGCM), as the head of Sealing.swift says.
    let expected =
      "64b101b1d0be5a8704bd078f9895001fc03e8e9f9522f188dd128d9846d48466"
      + "3c5a44e5661a3f79632e460139f4a1600417b2f81b07bd"
    let reader = try #require(SealingKey(secret: (reader..<reader + 32).map { $0 }))
    let once = try #require(SealingKey(secret: (once..<once + 32).map { $0 }))
    let sealed = try #require(reader.publicKey.seal(Array("Minutes".utf8), with: once))
    #expect(hex(sealed) == expected)
    #expect(reader.open(sealed) == Array("Minutes".utf8))
  }

  @Test("only the recipient opens a sealed message, and only unchanged")
  func onlyTheReader() throws {
    let reader = SealingKey()
    let words = Array("words that nobody may read on the way".utf8)
    let sealed = try #require(reader.publicKey.seal(words))
    #expect(reader.open(sealed) == words)
    #expect(SealingKey().open(sealed) == nil)
    for place in sealed.indices {
      var changed = sealed
      changed[place] ^= 1
      #expect(reader.open(changed) == nil, "byte \(place)")
    }
    for count in [0, 31, 47, sealed.count - 1] { #expect(reader.open(Array(sealed.prefix(count))) == nil) }
  }

  @Test("the same words sealed twice are not the same bytes; no words are words too")
  func neverTheSame() throws {
    let reader = SealingKey()
    #expect(reader.publicKey.seal([1]) != reader.publicKey.seal([1]))
    #expect(try reader.open(#require(reader.publicKey.seal([]))) == [])
  }

  @Test("sealing refuses a public key that gives a known secret (RFC 7748, section 6.1)")
  func pointOfSmallOrder() throws {
    let nobody = try #require(SealingPublicKey(bytes: [UInt8](repeating: 0, count: 32)))
    #expect(nobody.seal([1]) == nil)
    #expect(SealingKey().open([UInt8](repeating: 0, count: 64)) == nil)
  }
}
