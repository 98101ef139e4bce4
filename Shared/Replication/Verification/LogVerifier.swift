// Verifies one space's log, row by row as stored: each row against itself, and each against its predecessor in its
// chain. In a hub's own log, also each against the row before it.

internal import Cryptography

/// The verified part of a log, so far.
package struct LogVerifier {
  /// The tip of each replica's chain.
  package private(set) var chains: [ReplicaID: Tip] = [:]
  /// The number of changes, whole or redacted.
  package private(set) var changes = 0
  package private(set) var voids = 0

  package let space: Space
  /// True for a hub's own log, whose positions are dense and follow from the rows.
  private let isHome: Bool
  /// The highest Lamport time of a change, whole or redacted.
  private var changesLamport: UInt64 = 0
  private var position: UInt64 = 0
  /// The running digest at `position`.
  private var digest: Digest

  /// - Parameter isHome: True for a hub's own log; false for a member's copy of it.
  package init(of space: Space, isHome: Bool) {
    self.space = space
    self.isHome = isHome
    digest = LogPlace.start(of: space.id)
  }

  /// A failure in this space.
  package func failure(_ place: IntegrityFailure.Place, _ fault: IntegrityFailure.Kind, byte: Int? = nil)
    -> IntegrityFailure
  {
    IntegrityFailure(space: space.id, spaceName: space.name, place: place, kind: fault, byte: byte)
  }

  /// Verifies the next rows.
  ///
  /// - Returns: False if the log has no more rows.
  /// - Throws: The first fault. The verifier is then not to be used further.
  package mutating func verifyPage(rowsMax: Int, from reader: any StoreReader) throws -> Bool {
    var left = rowsMax
    try reader.forEachStoredRow(after: position, in: space.id) { row in
      try verify(row, reader)
      left -= 1
      return left > 0
    }
    return left == 0
  }

  private mutating func verify(_ row: StoredRow, _ reader: any StoreReader) throws {
    guard row.position == position + 1 || !isHome && row.position > position else {
      throw failure(.row(position + 1, nil), .gap)
    }
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
    if isHome { try follow(row, with: entry) }
    for record in entry.edits.records
    where try !reader.isTouched(RecordKey(space.id, record), at: row.position) {
      throw failure(.row(row.position, header.dot), .index)
    }
    if case .void = entry {
      voids += 1
    } else {
      changes += 1
      changesLamport = max(changesLamport, header.lamport)
    }
    position = row.position
  }

  /// Checks the next row of a hub's own log against the running digest.
  private mutating func follow(_ row: StoredRow, with entry: LogEntry) throws(IntegrityFailure) {
    let time = Timestamp(milliseconds: row.place?.time ?? 0)
    let place = LogPlace(after: position, digest, of: entry.digest, refusedFor: entry.refusal, at: time)
    guard row.place == StoredPlace(place) else { throw failure(.row(row.position, entry.dot), .log) }
    digest = place.digest
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

  /// Compares the tips, last position and Lamport time that the space stores with those of its log, all of which has been
  /// verified. On a member's copy, rows may have been removed, and refused changes may have claimed any Lamport time.
  package func checkEnds(in reader: any StoreReader) throws {
    let tips = try reader.tips(in: space.id)
    for replica in Set(chains.keys).union(tips.keys).sorted() {
      let (found, stored) = (chains[replica], tips[replica])
      guard isHome ? found == stored : found?.sequence == stored?.sequence && found?.digest == stored?.digest else {
        throw failure(.tip(replica), .end)
      }
    }
    let highest = chains.values.map(\.lamport).max() ?? 0
    guard let row = try reader.space(space.id),
      isHome
        ? row.lastPosition == position && row.lamport == highest
        : row.lastPosition >= position && (changesLamport...highest).contains(row.lamport)
    else { throw failure(.space, .counts) }
  }
}
