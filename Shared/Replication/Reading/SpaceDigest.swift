// One digest per space, which shows whether two copies are equal. It covers what changes determine (states and voids)
// and nothing local to a copy: no winner, no conflict, no position, no model version.
//
//   SHA-256 over the tag "board.space", then
//   every record in the byte order of ids:   0x01 | id (16) | state length (8, big-endian) | state
//   every void in the order of dots:         0x02 | header digest (32) | reason length (8) | reason in UTF-8

package import Cryptography

/// Computes the digest of a whole space. Copies that have seen the same changes compute the same one (guarantee G1).
///
/// Cost grows with the space: every record is read and hashed, and none is decoded, because what a store keeps of a state
/// is its encoding.
package func spaceDigest(of space: SpaceID, in reader: any StoredBytesReader & VoidReader) throws -> Digest {
  var hasher = Hasher256()
  hasher.update(Array("board.space".utf8) + [0])
  try reader.forEachStoredRecord(after: nil, in: space) { record, state in
    hasher.update([1] + record + bigEndian(state.count))
    hasher.update(state)
    return true
  }
  for void in try reader.voids(in: space) {
    let reason = Array(void.reason.rawValue.utf8)
    hasher.update([2] + void.digest.bytes + bigEndian(reason.count) + reason)
  }
  return hasher.finish()
}

private func bigEndian(_ count: Int) -> [UInt8] {
  (0..<8).map { UInt8(truncatingIfNeeded: count >> (56 - 8 * $0)) }
}
