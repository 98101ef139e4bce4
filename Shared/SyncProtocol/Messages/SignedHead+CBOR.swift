// A signed head on the wire.
//
//   head: map { 1: space, 2: replica, 3: sequence, 4: header digest, 5: key, 6: signature, 7: salt }

import Cryptography
package import Replication

extension SignedHead: CBORMapItem {
  package func encode(into map: inout CBORMapWriter) {
    map.write(1, space)
    map.write(2, dot.replica)
    map.write(3, dot.sequence)
    map.write(4, digest)
    map.write(5, key)
    map.write(6, signature)
    map.write(7, salt)
  }

  package init(from map: inout CBORMapReader) throws(CBORError) {
    let space: SpaceID = try map.read(1)
    let dot = Dot(try map.read(2), try map.read(3))
    let (digest, key): (Digest, PublicKey) = (try map.read(4), try map.read(5))
    try map.require(6)
    guard (1...Limits.counterMax).contains(dot.sequence) else { throw .value }
    let signature = try map.reader.signature()
    self.init(space: space, dot: dot, digest: digest, key: key, salt: try map.read(7), signature: signature)
    try map.finish()
  }
}

extension CBORReader {
  /// An Ed25519 signature: a byte string of exactly 64 bytes.
  mutating func signature() throws(CBORError) -> [UInt8] {
    let bytes = try bytes(max: 64)
    guard bytes.count == 64 else { throw .value }
    return bytes
  }
}
