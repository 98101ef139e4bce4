// The rows that a copy had read of its hub's log where that log now goes on otherwise. The hub once took them, and its
// signatures prove it, so the copy keeps the proofs until the hub has every row again. The changes themselves stay in the
// copy's log, without a place.

internal import Cryptography
internal import Replication

/// A run of rows that a hub once had, up to a checkpoint: what a ``LogSegment`` needs besides the changes.
struct LateSegment: Equatable, Sendable {
  struct Row: Equatable, Sendable {
    let time: Timestamp
    let dot: Dot
    let digest: Digest
    let refusal: RefusalReason?
  }

  let from: UInt64
  /// The running digest at `from`.
  let start: Digest
  let rows: [Row]
  let signature: CheckpointSignature

  private static let segments = LocalTable(
    "late_segment", of: .id() as LocalCoding<SpaceID>, .number, .lateSegment)

  // MARK: Stored segments

  /// The late segments of a space, in the order in which its hub once had them, with their numbers.
  static func all(in space: SpaceID, _ reader: any StoreReader) throws -> [(number: UInt64, segment: LateSegment)] {
    try segments.rows(of: space, in: reader).map { ($0.key, $0.value) }
  }

  /// Tests whether a space has late segments. Reads at most one row.
  static func exist(in space: SpaceID, _ reader: any StoreReader) throws -> Bool {
    try !segments.rows(of: space, limit: 1, in: reader).isEmpty
  }

  /// The number of late rows of a space that the hub does not have.
  static func rowCount(in space: SpaceID, _ reader: any StoreReader) throws -> Int {
    try all(in: space, reader).reduce(0) { try $0 + $1.segment.rows.count { try $0.waits(in: space, reader) } }
  }

  /// Keeps segments behind those kept before.
  static func keep(_ late: [LateSegment], in space: SpaceID, _ transaction: any StoreTransaction) throws {
    guard !late.isEmpty else { return }
    let next = try all(in: space, transaction).last.map { $0.number + 1 } ?? 0
    for (offset, segment) in late.enumerated() {
      try segments.set(next + UInt64(offset), of: space, to: segment, in: transaction)
    }
  }

  /// Removes the segments of which nothing waits any more.
  static func removeSettled(in space: SpaceID, _ transaction: any StoreTransaction) throws {
    for (number, segment) in try all(in: space, transaction)
    where try !segment.rows.contains(where: { try $0.waits(in: space, transaction) }) {
      try segments.set(number, of: space, to: nil, in: transaction)
    }
  }

  /// Removes every segment of a space.
  static func removeAll(in space: SpaceID, _ transaction: any StoreTransaction) throws {
    try segments.removeAll(of: space, in: transaction)
  }

  // MARK: To and from segments to send

  /// Keeps the proof of a run.
  init(_ run: LogRun) {
    self.init(
      from: run.start.position, start: run.start.digest,
      rows: run.rows.map {
        Row(time: $0.time, dot: $0.entry.dot, digest: $0.entry.digest, refusal: $0.entry.refusal)
      }, signature: run.signature)
  }

  private init(from: UInt64, start: Digest, rows: [Row], signature: CheckpointSignature) {
    self.from = from
    self.start = start
    self.rows = rows
    self.signature = signature
  }

  /// The segment to send: the rows that wait whole, of the others what the running digest needs.
  func toSend(in space: SpaceID, _ reader: any StoreReader) throws -> LogSegment {
    var named: Set<Dot> = []
    let rows = try rows.map { row in
      let entry = try row.waits(in: space, reader) ? reader.row(of: row.dot, in: space)?.entry : nil
      named.formUnion(entry?.edits.flatMap(\.operation.dependencies) ?? [])
      return LogSegment.Row(
        time: row.time, content: entry.map { .entry(RawEntry($0)) } ?? .stub(row.digest, refusedFor: row.refusal))
    }
    let names = try named.sorted().compactMap { dot in
      try reader.row(of: dot, in: space).map { LogSegment.Name(dot, $0.entry.digest) }
    }
    return LogSegment(
      space: space, epoch: signature.epoch, from: from, start: start, rows: rows, signature: signature.bytes,
      names: names)
  }

  fileprivate static func decode(_ reader: inout CBORReader) throws(CBORError) -> LateSegment {
    let (from, start) = (try reader.unsigned(), try Digest(from: &reader))
    let signature = CheckpointSignature(epoch: try reader.id(), bytes: try reader.signature())
    return LateSegment(from: from, start: start, rows: try reader.list(), signature: signature)
  }
}

extension LateSegment.Row {
  /// Tests whether this copy has the row and its hub, as far as this copy has read, does not.
  fileprivate func waits(in space: SpaceID, _ reader: any StoreReader) throws -> Bool {
    guard let row = try reader.row(of: dot, in: space), row.entry.digest == digest else { return false }
    return row.place == nil && row.entry.refusal == refusal
  }
}

extension LateSegment.Row: CBORItem {
  func encode(into writer: inout CBORWriter) {
    writer.array(refusal == nil ? 4 : 5)
    writer.integer(time.milliseconds)
    writer.id(dot.replica)
    writer.unsigned(dot.sequence)
    digest.encode(into: &writer)
    refusal?.encode(into: &writer)
  }

  init(from reader: inout CBORReader) throws(CBORError) {
    let width = try reader.array()
    guard (4...5).contains(width) else { throw .type }
    time = Timestamp(milliseconds: try reader.integer())
    dot = Dot(try reader.id(), try reader.unsigned())
    digest = try Digest(from: &reader)
    refusal = width == 5 ? try RefusalReason(from: &reader) : nil
  }
}

extension LocalCoding<LateSegment> {
  fileprivate static var lateSegment: LocalCoding {
    .cbor { segment, writer in
      writer.unsigned(segment.from)
      segment.start.encode(into: &writer)
      writer.id(segment.signature.epoch)
      writer.bytes(segment.signature.bytes)
      writer.list(segment.rows)
    } _: { (reader) throws(CBORError) in
      try LateSegment.decode(&reader)
    }
  }
}
