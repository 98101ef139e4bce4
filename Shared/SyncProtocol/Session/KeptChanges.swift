// The own changes that a repaired copy took over from the file before it, where nothing proves that the hub has them. They
// wait beside the log, because what they were made on is not here yet. Once the hub's log has been read to its end, those
// that are in it are done, and the others are made again.

internal import Cryptography
internal import Replication

/// The changes kept over a repair, by space, in the order in which they were made.
enum KeptChanges {
  private static let changes = LocalTable("kept_change", of: .id() as LocalCoding<SpaceID>, .number, .change)
  /// Per chain, the last change that the copy before had and that the hub's signatures proved. What a kept change names
  /// beyond that, nobody else has.
  private static let chains = LocalTable(
    "kept_chain", of: .id() as LocalCoding<SpaceID>, .id() as LocalCoding<ReplicaID>, .number)

  /// The kept changes of a space, oldest first.
  static func all(in space: SpaceID, _ reader: any StoreReader) throws -> [Change] {
    try changes.rows(of: space, in: reader).map(\.value)
  }

  static func count(in space: SpaceID, _ reader: any StoreReader) throws -> Int {
    try all(in: space, reader).count
  }

  /// Keeps changes of a copy that proved its chains so far.
  static func keep(
    _ kept: [Change], of space: SpaceID, proved: [ReplicaID: UInt64], _ transaction: any StoreTransaction
  ) throws {
    for (number, change) in kept.enumerated() {
      try changes.set(UInt64(number), of: space, to: change, in: transaction)
    }
    for (replica, sequence) in proved { try chains.set(replica, of: space, to: sequence, in: transaction) }
  }

  /// The last change of another's chain that a kept change may name.
  static func proved(_ replica: ReplicaID, in space: SpaceID, _ reader: any StoreReader) throws -> UInt64 {
    try chains.value(replica, of: space, in: reader) ?? 0
  }

  static func removeAll(in space: SpaceID, _ transaction: any StoreTransaction) throws {
    try changes.removeAll(of: space, in: transaction)
    try chains.removeAll(of: space, in: transaction)
  }
}

extension AnswerApplication {
  /// Makes again what this copy kept over a repair and the hub's log, read to its end, does not have.
  mutating func reissueKept(in space: SpaceID) throws {
    let kept = try KeptChanges.all(in: space, transaction)
    guard !kept.isEmpty else { return }
    let again = try kept.filter { try transaction.outline(of: $0.dot, in: space)?.digest != $0.digest }
    let reissued = try replica.reissue(again, in: space) {
      try replica.identity.owns($0) ? .max : KeptChanges.proved($0, in: space, transaction)
    }
    try KeptChanges.removeAll(in: space, transaction)
    outcome.counts.acknowledged += kept.count - again.count
    outcome.counts.reissued += reissued
    outcome.counts.rescued += again.count - reissued
  }
}

extension LocalCoding<Change> {
  fileprivate static var change: LocalCoding {
    LocalCoding { change in
      var writer = CBORWriter()
      writer.bytes(change.headerBytes)
      writer.bytes(change.bodyBytes)
      return writer.bytes
    } decode: { bytes in
      var reader = CBORReader(bytes)
      do {
        let change = try Change(headerBytes: reader.bytes(), bodyBytes: reader.bytes())
        try reader.finish()
        return change
      } catch { return nil }
    }
  }
}
