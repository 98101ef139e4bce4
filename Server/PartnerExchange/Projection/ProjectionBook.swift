// What is remembered of a projection: which record of ours is which record of the partner's space, who links to whom, and
// how far each space has been read. All of it is derived: a hub that went back to a backup projects anew.

internal import Cryptography
internal import Replication
internal import SyncHub

/// A record of ours as it stands in an outgoing space.
struct Projected: Equatable {
  /// The number of times that the record got another id, because what had crossed was erased.
  var generation: UInt64
  /// The record's id in the outgoing space.
  var target: RecordID
  /// False once it was erased there.
  var isStanding: Bool
}

/// How far the records of one space have been read for one version of an agreement.
struct ProjectionProgress: Equatable {
  /// The version, and the hub's epoch, for which the reading began; for others it begins anew.
  var version: Digest
  var epoch: EpochID
  /// The last record of the first reading; `nil` at its beginning.
  var after: RecordID?
  /// True once every record has been read.
  var isThrough = false
  /// The position of the log from which changes are still to be read.
  var position: UInt64
}

/// The memory of one agreement's projection.
struct ProjectionBook {
  /// The agreement and the partner: two partners may call their agreements alike.
  let agreement: String

  init(of agreement: String, with partner: HubID) {
    self.agreement = "\(agreement) \(partner)"
  }

  private static let byRecord = LocalTable("projected", of: .text, .recordKey, .projected)
  private static let byTarget = LocalTable(
    "projection_source", of: .text, .id() as LocalCoding<RecordID>, .recordKey)
  private static let dependents = LocalTable("projection_link", of: .bytes, .recordKey, .presence)
  private static let awakened = LocalTable(
    "projection_awakened", of: .text, .id() as LocalCoding<RecordID>, .presence)
  private static let pending = LocalTable("projection_pending", of: .text, .recordKey, .presence)
  private static let refused = LocalTable("projection_refused", of: .text, .recordKey, .text)
  private static let unlinked = LocalTable("projection_unlinked", of: .text, .recordKey, .presence)
  private static let progress = LocalTable(
    "projection_progress", of: .text, .id() as LocalCoding<SpaceID>, .projectionProgress)

  /// The id of a record in the outgoing space: a keyed digest, so that the partner learns none of ours.
  func target(of key: RecordKey, generation: UInt64, in reader: any StoreReader) throws -> RecordID {
    var writer = CBORWriter()
    writer.text(agreement)
    writer.id(key.space)
    writer.id(key.record)
    writer.unsigned(generation)
    let secret = try HubIdentity.key(in: reader).seed
    return RecordID(prefixOf: Digest(tag: "board.projection-id", secret + writer.bytes))
  }

  func projected(_ key: RecordKey, in reader: any LocalStateReader) throws -> Projected? {
    try Self.byRecord.value(key, of: agreement, in: reader)
  }

  /// The record of ours that stands in the outgoing space under an id.
  func source(of target: RecordID, in reader: any LocalStateReader) throws -> RecordKey? {
    try Self.byTarget.value(target, of: agreement, in: reader)
  }

  func set(_ key: RecordKey, to projected: Projected, in transaction: any LocalStateWriter) throws {
    if let before = try self.projected(key, in: transaction), before.target != projected.target {
      try Self.byTarget.set(before.target, of: agreement, to: nil, in: transaction)
    }
    try Self.byRecord.set(key, of: agreement, to: projected, in: transaction)
    try Self.byTarget.set(projected.target, of: agreement, to: key, in: transaction)
  }

  /// Notes why a record cannot be written into the outgoing space; `nil` if it can.
  func setRefused(_ reason: String?, _ key: RecordKey, in transaction: any LocalStateWriter) throws {
    guard try reason != nil || Self.refused.contains(key, of: agreement, in: transaction) else { return }
    try Self.refused.set(key, of: agreement, to: reason, in: transaction)
  }

  /// The number of records that cannot be written into the outgoing space.
  func refusedCount(in reader: any LocalStateReader) throws -> Int {
    try Self.refused.rows(of: agreement, in: reader).count
  }

  // MARK: Links

  /// Notes that a record links to others, so that it is read again when one of them comes or goes.
  func note(_ key: RecordKey, linksTo records: Set<RecordID>, in transaction: any LocalStateWriter) throws {
    for record in records { try Self.dependents.set(key, of: scope(of: record), to: (), in: transaction) }
  }

  /// Notes that a record came, went or got another id, so that those that link to it are to be read.
  func awaken(_ key: RecordKey, in transaction: any LocalStateWriter) throws {
    try Self.awakened.set(key.record, of: agreement, to: (), in: transaction)
  }

  /// Puts the next records that link to such a record on the list of those to read, at most `limit`. They note their
  /// links again when they are read.
  ///
  /// - Returns: False if there are none.
  func listDependents(limit: Int, in transaction: any LocalStateWriter) throws -> Bool {
    guard let record = try Self.awakened.rows(of: agreement, limit: 1, in: transaction).first?.key else { return false }
    let dependents = try Self.dependents.rows(of: scope(of: record), limit: limit, in: transaction).map(\.key)
    for key in dependents {
      try Self.dependents.set(key, of: scope(of: record), to: nil, in: transaction)
      try setPending(true, key, in: transaction)
    }
    if dependents.count < limit { try Self.awakened.set(record, of: agreement, to: nil, in: transaction) }
    return true
  }

  /// The records to read again, at most `limit`.
  func pending(limit: Int, in reader: any LocalStateReader) throws -> [RecordKey] {
    try Self.pending.rows(of: agreement, limit: limit, in: reader).map(\.key)
  }

  func setPending(_ isPending: Bool, _ key: RecordKey, in transaction: any LocalStateWriter) throws {
    try Self.pending.set(key, of: agreement, to: isPending ? () : nil, in: transaction)
  }

  /// The records that were made again without the links that are written once, at most `limit`.
  func unlinked(limit: Int, in reader: any LocalStateReader) throws -> [RecordKey] {
    try Self.unlinked.rows(of: agreement, limit: limit, in: reader).map(\.key)
  }

  func isUnlinked(_ key: RecordKey, in reader: any LocalStateReader) throws -> Bool {
    try Self.unlinked.contains(key, of: agreement, in: reader)
  }

  func setUnlinked(_ isUnlinked: Bool, _ key: RecordKey, in transaction: any LocalStateWriter) throws {
    try Self.unlinked.set(key, of: agreement, to: isUnlinked ? () : nil, in: transaction)
  }

  private func scope(of record: RecordID) -> [UInt8] { record.bytes + Array(agreement.utf8) }

  // MARK: Progress

  /// Tests whether everything has been read for a version: the outgoing space, which is read last, as well.
  func isThrough(_ version: Digest, _ outgoing: SpaceID, in reader: any StoreReader) throws -> Bool {
    guard let progress = try progress(of: outgoing, in: reader), progress.isThrough, progress.version == version else {
      return false
    }
    return try progress.epoch == HubIdentity.identity(in: reader).epoch
  }

  func progress(of space: SpaceID, in reader: any LocalStateReader) throws -> ProjectionProgress? {
    try Self.progress.value(space, of: agreement, in: reader)
  }

  func set(_ progress: ProjectionProgress, of space: SpaceID, in transaction: any LocalStateWriter) throws {
    try Self.progress.set(space, of: agreement, to: progress, in: transaction)
  }
}

extension LocalCoding<RecordKey> {
  /// Encodes the space's 16 bytes and the record's.
  static var recordKey: LocalCoding {
    LocalCoding {
      $0.space.bytes + $0.record.bytes
    } decode: { bytes in
      guard bytes.count == 32, let space = SpaceID(bytes: Array(bytes.prefix(16))),
        let record = RecordID(bytes: Array(bytes.suffix(16)))
      else { return nil }
      return RecordKey(space, record)
    }
  }
}

extension LocalCoding<Projected> {
  fileprivate static var projected: LocalCoding {
    .cbor { projected, writer in
      writer.array(3)
      writer.unsigned(projected.generation)
      writer.id(projected.target)
      writer.bool(projected.isStanding)
    } _: { (reader) throws(CBORError) in
      guard try reader.array() == 3 else { throw .value }
      return Projected(
        generation: try reader.unsigned(), target: try reader.id(), isStanding: try reader.bool())
    }
  }
}

extension LocalCoding<ProjectionProgress> {
  fileprivate static var projectionProgress: LocalCoding {
    .cbor { progress, writer in
      writer.map { map in
        map.write(1, progress.version)
        map.write(2, progress.epoch)
        map.write(3, progress.after)
        map.write(4, progress.isThrough)
        map.write(5, progress.position)
      }
    } _: { (reader) throws(CBORError) in
      try reader.map { (map) throws(CBORError) in
        ProjectionProgress(
          version: try map.read(1), epoch: try map.read(2), after: try map.readIfPresent(3),
          isThrough: try map.read(4), position: try map.read(5))
      }
    }
  }
}
