// Encodes positions in a hub's log of a space. A position means the same log on both sides exactly if both have the same
// running digest there; neither epoch nor number decides it.
//
//   position: [position, running digest there]

package import Cryptography
package import Replication

/// A position in a hub's log of a space, with the running digest (``LogPlace/digest``) there.
package struct ReadPosition: Equatable, Sendable {
  package let position: UInt64
  package let digest: Digest

  package init(_ position: UInt64, _ digest: Digest) {
    self.position = position
    self.digest = digest
  }

  package init(_ cursor: Cursor) { self.init(cursor.position, cursor.digest) }
}

extension ReadPosition: CBORItem {
  package func encode(into writer: inout CBORWriter) {
    writer.array(2)
    writer.unsigned(position)
    digest.encode(into: &writer)
  }

  package init(from reader: inout CBORReader) throws(CBORError) {
    guard try reader.array() == 2 else { throw .type }
    self.init(try reader.unsigned(), try Digest(from: &reader))
    guard position <= Limits.counterMax else { throw .value }
  }
}
