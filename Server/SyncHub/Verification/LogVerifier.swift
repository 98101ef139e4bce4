// Verifies one space's log, row by row as stored: each row against itself, each against its predecessor in its chain,
// and the records that all of them merge to, by the same merge as everywhere else.

internal import Cryptography
internal import Replication

/// The verified part of a log, so far. Holds every record of the space in memory.
struct LogVerifier {
  /// The tip of each replica's chain.
  private(set) var chains: [ReplicaID: Tip] = [:]
  /// The records as merged so far.
  private(set) var records: [RecordID: RecordState] = [:]
  /// The number of changes, whole or redacted.
  private(set) var changes = 0
  private(set) var voids = 0
  /// The header digests and authors of the watched dots that were met.
  private(set) var watched: [Dot: (digest: Digest, author: MemberID)] = [:]

  private let space: Space
  private let watching: Set<Dot>
  private var position: UInt64 = 0
  /// The running digest at `position`.
  private var digest: Digest

  /// - Parameters:
  ///   - watching: The dots of the stored heads, to be found in `watched` afterwards.
  init(of space: Space, watching: Set<Dot>) {
    self.space = space
    self.watching = watching
    digest = LogPlace.start(of: space.id)
  }

  /// A failure in this space.
  func failure(_ place: IntegrityFailure.Place, _ fault: IntegrityFailure.Kind, byte: Int? = nil) -> IntegrityFailure {
    IntegrityFailure(space: space.id, spaceName: space.name, place: place, kind: fault, byte: byte)
  }

  /// Verifies the next row, and merges it.
  ///
  /// - Throws: The first fault of the row. The verifier is then not to be used further.
  mutating func verify(_ row: StoredRow) throws(IntegrityFailure) {
    guard row.position == position + 1 else { throw failure(.row(position + 1, nil), .gap) }
    let header = try header(of: row)
    let entry = try entry(of: row, header)
    guard header.space == space.id, header.replica.bytes == row.replica, header.sequence == row.sequence else {
      throw failure(.row(row.position, header.dot), .name)
    }
    let tip = chains[header.replica]
    guard header.sequence == (tip?.sequence ?? 0) + 1, header.previous == tip?.digest else {
      throw failure(.row(row.position, header.dot), .chain)
    }
    chains[header.replica] = Tip(
      sequence: header.sequence, digest: entry.digest, lamport: max(tip?.lamport ?? 0, header.lamport))
    if watching.contains(header.dot) { watched[header.dot] = (entry.digest, header.author) }
    let time = Timestamp(milliseconds: row.place?.time ?? 0)
    let place = LogPlace(after: position, digest, of: entry.digest, refusedFor: entry.refusal, at: time)
    guard row.place == StoredPlace(place) else { throw failure(.row(row.position, header.dot), .log) }
    merge(entry)
    (position, digest) = (place.position, place.digest)
  }

  private mutating func merge(_ entry: LogEntry) {
    switch entry {
    case .void: voids += 1
    case .change, .redacted:
      changes += 1
      for edit in entry.edits {
        records[edit.record, default: RecordState(kind: edit.kind)].merge(edit, by: entry.header.stamp)
      }
    }
  }

  /// The entry stored in the row, whose header has been verified.
  private func entry(of row: StoredRow, _ header: Header) throws(IntegrityFailure) -> LogEntry {
    let place = IntegrityFailure.Place.row(row.position, header.dot)
    switch (row.body, row.reason) {
    case (let rest?, nil) where row.isRedacted:
      // No digest covers a redacted body; all that can be checked is that it decodes.
      do throws(Change.DecodingError) {
        return .redacted(try RedactedChange(headerBytes: row.header, redactedBody: rest))
      } catch {
        let byte = Self.placeOfError(in: rest) { (reader) throws(CBORError) in
          _ = try Change.edits(from: &reader, fewest: 0)
        }
        throw failure(place, .body, byte: byte)
      }
    case (let body?, nil):
      do throws(Change.DecodingError) {
        return .change(try Change(headerBytes: row.header, bodyBytes: body))
      } catch { throw failure(place, .body, byte: Self.wrongByte(ofBody: body, header)) }
    case (nil, let reason?):
      do throws(CBORError) {
        return .void(try VoidEntry(headerBytes: row.header, reason: RefusalReason(rawValue: reason)))
      } catch { throw failure(place, .header) }
    case (nil, nil), (_?, _?): throw failure(place, .body)
    }
  }

  private static func wrongByte(ofBody body: [UInt8], _ header: Header) -> Int? {
    if let byte = oneWrongByte(of: body, isMeant: { Change.bodyDigest(of: $0) == header.bodyDigest }) { return byte }
    return placeOfError(in: body) { (reader) throws(CBORError) in _ = try Change.edits(from: &reader, fewest: 1) }
  }

  private func header(of row: StoredRow) throws(IntegrityFailure) -> Header {
    let digest = Header.digest(of: row.header)
    let decoded: Header?
    do throws(CBORError) { decoded = try Header(decoding: row.header) } catch { decoded = nil }
    if let decoded, digest.bytes == row.digest { return decoded }
    let place = IntegrityFailure.Place.row(row.position, ReplicaID(bytes: row.replica).map { Dot($0, row.sequence) })
    // A different header has a completely different digest; if only a few bytes differ, the stored digest is corrupt.
    let isTouched =
      digest.bytes != row.digest && (row.digest.count != 32 || zip(digest.bytes, row.digest).count { $0 != $1 } <= 16)
    guard !isTouched else { throw failure(place, .digest, byte: firstDifference(row.digest, digest.bytes)) }
    let byte = oneWrongByte(of: row.header) { Header.digest(of: $0).bytes == row.digest }
    throw failure(
      place, .header,
      byte: byte
        ?? Self.placeOfError(in: row.header) { (reader) throws(CBORError) in _ = try Header(from: &reader) })
  }

  /// The offset at which decoding fails; `nil` if it succeeds.
  private static func placeOfError(
    in bytes: [UInt8], _ read: (inout CBORReader) throws(CBORError) -> Void
  ) -> Int? {
    var reader = CBORReader(bytes)
    do throws(CBORError) {
      try read(&reader)
      return nil
    } catch { return reader.place }
  }

  /// Compares the tips, last position and Lamport time that the space stores with those of its log.
  func checkEnds(tips: [ReplicaID: Tip]) throws(IntegrityFailure) {
    for replica in Set(chains.keys).union(tips.keys).sorted() where chains[replica] != tips[replica] {
      throw failure(.tip(replica), .end)
    }
    guard space.lastPosition == position, space.lamport == chains.values.map(\.lamport).max() ?? 0 else {
      throw failure(.space, .counts)
    }
  }
}
