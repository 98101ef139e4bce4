// Encodes how far a copy has read a space: in the hub's order as a cursor, in each replica's as a version vector.
//
//   cursor: map { 1: epoch, 2: position, 3: running digest there }
//   vector: array of [replica, sequence, header digest], ascending by replica

internal import Cryptography
package import Replication

extension VersionVector.Entry: CBORItem {
  package func encode(into writer: inout CBORWriter) {
    writer.array(3)
    writer.id(replica)
    writer.unsigned(sequence)
    digest.encode(into: &writer)
  }

  package init(from reader: inout CBORReader) throws(CBORError) {
    guard try reader.array() == 3 else { throw .type }
    self.init(
      replica: try reader.id(), sequence: try reader.unsigned(), digest: try Digest(from: &reader))
    guard (1...Limits.counterMax).contains(sequence) else { throw .value }
  }
}

extension Cursor: CBORMapItem {
  package func encode(into map: inout CBORMapWriter) {
    map.write(1, epoch)
    map.write(2, position)
    map.write(3, digest)
  }

  package init(from map: inout CBORMapReader) throws(CBORError) {
    self.init(epoch: try map.read(1), position: try map.read(2), digest: try map.read(3))
    try map.finish()
    guard position <= Limits.counterMax else { throw .value }
  }
}

extension VersionVector: CBORItem {
  package func encode(into writer: inout CBORWriter) { writer.list(entries) }

  package init(from reader: inout CBORReader) throws(CBORError) {
    self.init(try reader.list(ascendingBy: \.replica))
  }
}
