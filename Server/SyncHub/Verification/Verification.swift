// Verifies a hub's whole store against itself: every row of every log, the chains, the signatures, and every record
// against what the log merges to. Verification is read-only. It trusts one thing: the hub's own key.

internal import Cryptography
package import Replication

/// The result of verifying a store without finding a fault.
package struct Verification: Equatable, Sendable {
  /// The counts of one space.
  package struct Space: Equatable, Sendable {
    package let id: SpaceID
    package let name: String
    /// Changes in the log, whole or redacted.
    package internal(set) var changes = 0
    /// Refused changes, whose voids stand in the log.
    package internal(set) var voids = 0
    /// Replicas that have written in the space.
    package internal(set) var chains = 0
    package internal(set) var records = 0
    /// Changes at the ends of members' chains that no stored head attests.
    package internal(set) var unproved: UInt64 = 0
  }

  /// The spaces in the order they were verified. The hub's directory is first, because it tells whose the keys are.
  package private(set) var spaces: [Space] = []

  /// Verifies everything.
  ///
  /// Cost grows with the store; the records of one space at a time are held in memory.
  ///
  /// - Throws: ``IntegrityFailure`` for the first fault; ``StoreError``.
  package init(of reader: any StoreReader) throws {
    let hub = try HubIdentity.identity(in: reader).hub
    let all = try reader.spaces()
    guard let control = try HubSpaces.control(in: reader), try HubSpaces.audit(in: reader) != nil else {
      throw StoreError.unreadable("it does not say which spaces are the hub's own")
    }
    for space in all.filter({ $0.id == control }) + all.filter({ $0.id != control }) {
      do {
        spaces.append(try Self.checked(space, of: hub, reader))
      } catch StoreError.corrupt(let what) {
        throw IntegrityFailure(
          space: space.id, spaceName: space.name, place: .space, kind: .unreadable(what), byte: nil)
      }
    }
  }

  private static func checked(
    _ row: Replication.Space, of hub: HubID, _ reader: any StoreReader
  ) throws -> Space {
    let heads = try reader.heads(in: row.id)
    var log = LogVerifier(of: row, watching: Set(heads.map(\.dot)))
    try reader.forEachStoredRow(in: row.id) { try log.verify($0) }
    try log.checkEnds(tips: reader.tips(in: row.id))
    let proved = try check(heads, log, of: hub, reader)
    let records = try check(recordsOf: row, log, reader)
    var space = Space(id: row.id, name: row.name)
    (space.changes, space.voids) = (log.changes, log.voids)
    (space.chains, space.records) = (log.chains.count, records)
    for (replica, tip) in log.chains where try !ReplicaIdentity(reader).owns(replica) {
      space.unproved += tip.sequence - (proved[replica] ?? 0)
    }
    return space
  }

  // MARK: Heads

  /// - Returns: Per replica, the sequence of the last change that a head attests.
  private static func check(
    _ heads: [SignedHead], _ log: LogVerifier, of hub: HubID, _ reader: any StoreReader
  ) throws -> [ReplicaID: UInt64] {
    var proved: [ReplicaID: UInt64] = [:]
    for head in heads {
      guard head.isValid(for: hub) else { throw log.failure(.head(head.dot), .signature) }
      guard let header = log.watched[head.dot], header.digest == head.digest else {
        throw log.failure(.head(head.dot), .signedOther)
      }
      guard try Directory(reader).member(ofEnrolled: head.key) == header.author else {
        throw log.failure(.head(head.dot), .signer)
      }
      proved[head.dot.replica] = max(proved[head.dot.replica] ?? 0, head.dot.sequence)
    }
    return proved
  }

  // MARK: Records

  private static func check(
    recordsOf space: Replication.Space, _ log: LogVerifier, _ reader: any StoreReader
  ) throws -> Int {
    var left = log.records
    var count = 0
    try reader.forEachStoredRecord(in: space.id) { name, state in
      guard let record = RecordID(bytes: name) else {
        throw log.failure(.space, .unreadable("the name of a record is not 16 bytes"))
      }
      guard let meant = left.removeValue(forKey: record)?.encoded else {
        throw log.failure(.record(record), .recordUnmade)
      }
      if let byte = firstDifference(state, meant) { throw log.failure(.record(record), .record, byte: byte) }
      count += 1
    }
    if let record = left.keys.min() { throw log.failure(.record(record), .recordMissing) }
    return count
  }
}
