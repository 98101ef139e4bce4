// The header of a change: everything about it except its content. Headers form one digest chain per replica and space.
// The chain covers only the body's digest, so it still verifies after a body has been erased.
//
//   map { 1: space, 2: replica, 3: sequence, 4: Lamport time, 5: author, 6: wall time in ms,
//         7: model version, 8: digest of the same replica's previous header in this space (absent for the first),
//         9: digest of the body }

package import Cryptography

/// The author of a change, its place in causal time, and the digest of its body.
package struct Header: Equatable, Sendable {
  package let space: SpaceID
  package let replica: ReplicaID
  /// Dense from 1, per replica and space.
  package let sequence: UInt64
  /// 1 + the highest Lamport time its replica had applied in the space (Lamport, "Time, Clocks", 1978).
  package let lamport: UInt64
  package let author: MemberID
  /// The author's wall clock: stored and shown, never compared.
  package let time: Timestamp
  /// The model version of the author's program.
  package let modelVersion: UInt64
  /// The digest of the replica's preceding header in this space; `nil` if and only if `sequence` is 1.
  package let previous: Digest?
  package let bodyDigest: Digest

  package init(
    space: SpaceID, replica: ReplicaID, sequence: UInt64, lamport: UInt64, author: MemberID, time: Timestamp,
    modelVersion: UInt64, previous: Digest?, bodyDigest: Digest
  ) {
    self.space = space
    self.replica = replica
    self.sequence = sequence
    self.lamport = lamport
    self.author = author
    self.time = time
    self.modelVersion = modelVersion
    self.previous = previous
    self.bodyDigest = bodyDigest
  }

  package var dot: Dot { Dot(replica, sequence) }
  package var stamp: Stamp { Stamp(dot: dot, lamport: lamport, author: author, time: time) }

  /// The digest that identifies a header in chains, cursors and forks.
  package static func digest(of headerBytes: [UInt8]) -> Digest {
    Digest(tag: "board.header", headerBytes)
  }

  /// The header's one encoding, freshly written at each call.
  package var encoded: [UInt8] {
    var writer = CBORWriter()
    writer.map {
      $0.write(1, space)
      $0.write(2, replica)
      $0.write(3, sequence)
      $0.write(4, lamport)
      $0.write(5, author)
      $0.write(6, time)
      $0.write(7, modelVersion)
      $0.write(8, previous)
      $0.write(9, bodyDigest)
    }
    return writer.bytes
  }

  /// Reads a header from its one encoding.
  ///
  /// - Throws: ``CBORError`` for any other bytes, and for a header that could not be part of a chain.
  package init(decoding bytes: [UInt8]) throws(CBORError) {
    var reader = CBORReader(bytes)
    try self.init(from: &reader)
  }

  /// Reads a header to the end of the reader. After an error, the reader's `place` tells where.
  package init(from reader: inout CBORReader) throws(CBORError) {
    var space: SpaceID?
    var replica: ReplicaID?
    var author: MemberID?
    var (sequence, lamport, model): (UInt64?, UInt64?, UInt64?)
    var time: Int64?
    var (previous, body): (Digest?, Digest?)
    try reader.fields { (key, reader) throws(CBORError) in
      switch key {
      case 1: space = try reader.id()
      case 2: replica = try reader.id()
      case 3: sequence = try reader.unsigned()
      case 4: lamport = try reader.unsigned()
      case 5: author = try reader.id()
      case 6: time = try reader.integer()
      case 7: model = try reader.unsigned()
      case 8: previous = try reader.digest()
      case 9: body = try reader.digest()
      default:
        // Of a later version. The bytes are kept as they came, so nothing of it is lost.
        guard key >= CBORReader.firstReservedKey else { throw .mapKeys }
        try reader.skipItem()
      }
    }
    try reader.finish()
    guard let space, let replica, let author, let time, let body, let sequence, let lamport, let model else {
      throw .mapKeys
    }
    guard (1...Limits.counterMax).contains(sequence), (1...Limits.counterMax).contains(lamport),
      model <= Limits.counterMax, time.magnitude <= Limits.counterMax, (sequence == 1) == (previous == nil)
    else { throw .value }
    self.init(
      space: space, replica: replica, sequence: sequence, lamport: lamport, author: author,
      time: Timestamp(milliseconds: time), modelVersion: model, previous: previous, bodyDigest: body)
  }
}
