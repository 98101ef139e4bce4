// How far a copy has read a space, in the hub's order and in each replica's.
//
//   cursor: map { 1: epoch, 2: position, 3: header digest of the row there? }, absent exactly at position 0
//   vector: array of [replica, sequence, header digest], ascending by replica

package import Cryptography
package import Replication

/// One line of a version vector on the wire: how far one replica's chain is held, and the digest of that header, so
/// that two copies that hold different changes under one dot notice.
package struct ChainHeight: Equatable, Sendable {
  package let replica: ReplicaID
  package let sequence: UInt64
  package let digest: Digest

  package init(replica: ReplicaID, sequence: UInt64, digest: Digest) {
    self.replica = replica
    self.sequence = sequence
    self.digest = digest
  }

  /// A vector's lines, in the order of replicas.
  package static func lines(_ tips: [ReplicaID: Tip]) -> [ChainHeight] {
    tips.map { ChainHeight(replica: $0, sequence: $1.sequence, digest: $1.digest) }
      .sorted { $0.replica < $1.replica }
  }
}

extension ChainHeight: CBORItem {
  package func encode(into writer: inout CBORWriter) {
    writer.array(3)
    writer.id(replica)
    writer.unsigned(sequence)
    digest.encode(into: &writer)
  }

  package init(from reader: inout CBORReader) throws(CBORError) {
    guard try reader.array() == 3 else { throw .type }
    replica = try reader.id()
    sequence = try reader.unsigned()
    digest = try Digest(from: &reader)
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
    self.init(epoch: try map.read(1), position: try map.read(2), digest: try map.readIfPresent(3))
    try map.finish()
    guard position <= Limits.counterMax, (position == 0) == (digest == nil) else { throw .value }
  }
}

extension CBORReader {
  mutating func vector() throws(CBORError) -> [ChainHeight] { try list(ascendingBy: \.replica) }
}
