// Checks a member's copy against itself and against its hub's signatures: what the hub never signed did not come from
// it, however it got here, and what the log does not merge to is no record. Read-only.

internal import Cryptography
package import Replication

/// A fault of a member's copy.
package enum CopyFault: Equatable, Sendable {
  /// The copy has more spaces than a request may name.
  case spaces(Int)
  /// The log, or what is derived from it, is not what it should be.
  case integrity(IntegrityFailure)
  /// The hub's signatures reach only so far in what this copy holds of the space's log.
  case unproved(SpaceID, after: UInt64)

  /// The space whose records alone are wrong, so that its log makes them anew; `nil` for every other fault.
  package var spaceOfRecords: SpaceID? {
    guard case .integrity(let failure) = self, case .record = failure.place else { return nil }
    return failure.space
  }
}

/// The result of checking a copy.
package struct CopyCheck: Equatable, Sendable {
  /// The first fault of every space, and those of the copy as a whole.
  package private(set) var faults: [CopyFault] = []
  /// Changes in all logs, whole or redacted.
  package private(set) var changes = 0
  package private(set) var records = 0

  /// The most rows to verify at a time.
  private static let rowsMax = 1024

  /// Checks everything that the copy holds, on one snapshot. Cost grows with the copy.
  ///
  /// - Throws: ``StoreError``, above all ``StoreError/corrupt(_:)`` if local state does not decode.
  package init(of reader: any StoreReader) throws {
    let spaces = try reader.spaces()
    if spaces.count > Limits.spacesPerRequestMax { faults.append(.spaces(spaces.count)) }
    for space in spaces {
      do {
        try check(space, reader)
      } catch let failure as IntegrityFailure {
        faults.append(.integrity(failure))
      } catch StoreError.corrupt(let what) {
        let failure = IntegrityFailure(
          space: space.id, spaceName: space.name, place: .space, kind: .unreadable(what), byte: nil)
        faults.append(.integrity(failure))
      }
    }
  }

  private mutating func check(_ space: Space, _ reader: any StoreReader) throws {
    var log = LogVerifier(of: space, isHome: false)
    while try log.verifyPage(rowsMax: Self.rowsMax, from: reader) {}
    try log.checkEnds(in: reader)
    changes += log.changes
    let proof = try ProvedLog(of: space, reader)
    guard try proof.isAll(of: space, reader) else {
      return faults.append(.unproved(space.id, after: proof.end.position))
    }
    guard space.lamport < Limits.counterMax else { throw log.failure(.space, .counts) }
    var records = RecordVerifier(of: log)
    while try records.verifyRun(from: reader) {}
    self.records += records.count
  }
}

/// The part of a copy's log of a space that the hub's signatures prove.
struct ProvedLog {
  /// The last position that a signature covers.
  private(set) var end: ReadPosition
  /// The last sequence of every chain that is proved.
  private(set) var chains: [ReplicaID: UInt64] = [:]

  /// Follows the running digest from the log's beginning, and checks every signature on the way. Stops at the first row
  /// that does not decode or does not follow.
  init(of space: Space, _ reader: any StoreReader) throws {
    end = ReadPosition(0, LogPlace.start(of: space.id))
    let keys = try Contact.keys(in: reader)
    let hub = try Contact.last(in: reader)?.hub
    var reached = end
    var unproved: [ReplicaID: UInt64] = [:]
    while let row = try Self.row(after: reached.position, in: space.id, reader) {
      guard let place = row.place, place.position == reached.position + 1 else { return }
      let follows = LogPlace(
        after: reached.position, reached.digest, of: row.entry.digest, refusedFor: row.entry.refusal, at: place.time)
      guard follows.digest == place.digest else { return }
      reached = ReadPosition(place.position, place.digest)
      unproved[row.entry.dot.replica] = row.entry.dot.sequence
      guard let signature = place.signature else { continue }
      guard let key = keys?.signing, let hub else { return }
      let checkpoint = Checkpoint(
        hub: hub, epoch: signature.epoch, space: space.id, position: place.position, digest: place.digest)
      guard checkpoint.isSigned(with: signature.bytes, by: key) else { return }
      end = reached
      chains.merge(unproved) { max($0, $1) }
      unproved = [:]
    }
  }

  /// Tests whether everything that the copy takes for the hub's is proved, and its cursor is there.
  ///
  /// - Throws: ``StoreError/corrupt(_:)`` if a row does not decode.
  func isAll(of space: Space, _ reader: any StoreReader) throws -> Bool {
    let last = try reader.lastPlace(in: space.id)?.position ?? 0
    let cursor = space.cursor.map { ReadPosition($0) } ?? ReadPosition(0, LogPlace.start(of: space.id))
    return try last == end.position && cursor == end && !Self.hasBaseless(in: space.id, reader)
  }

  /// The row whose place follows a position; `nil` if there is none, or none that decodes.
  private static func row(after position: UInt64, in space: SpaceID, _ reader: any StoreReader) throws -> LogRow? {
    do { return try reader.rows(placedAfter: position, in: space, bytesMax: 1).first } catch StoreError.corrupt {
      return nil
    }
  }

  /// Tests whether the copy takes a row for acknowledged that has no place in the hub's log, though nothing is known by
  /// which it could have lost that.
  private static func hasBaseless(in space: SpaceID, _ reader: any StoreReader) throws -> Bool {
    if try LateSegment.exist(in: space, reader) || Contact.isCatchingUp(space, in: reader) { return false }
    var isFound = false
    var position: UInt64 = 0
    while !isFound {
      let rows = try reader.rows(after: position, in: space, bytesMax: Limits.offerBytesMax)
      guard let last = rows.last else { break }
      isFound = rows.contains { $0.isAcknowledged && $0.place == nil }
      position = last.position
    }
    return isFound
  }
}
