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

  /// The most rows of a log to verify in one transaction.
  private static let rowsMax = 1024

  /// Verifies everything, while others read and write: each page of a log, and each run of records with the rows that
  /// edit them, in a transaction of its own. Cost grows with the store; one page or run at a time is held in memory.
  ///
  /// - Throws: ``IntegrityFailure`` for the first fault; ``StoreError``.
  package init(of store: any ReplicaStore) throws {
    let (hub, all, control) = try store.read { reader in
      guard let control = try HubSpaces.control(in: reader), try HubSpaces.audit(in: reader) != nil else {
        throw StoreError.unreadable("it does not say which spaces are the hub's own")
      }
      return (try HubIdentity.identity(in: reader).hub, try reader.spaces(), control)
    }
    for space in all.filter({ $0.id == control }) + all.filter({ $0.id != control }) {
      do {
        spaces.append(try Self.checked(space, of: hub, in: store))
      } catch StoreError.corrupt(let what) {
        throw IntegrityFailure(
          space: space.id, spaceName: space.name, place: .space, kind: .unreadable(what), byte: nil)
      }
    }
  }

  private static func checked(
    _ row: Replication.Space, of hub: HubID, in store: any ReplicaStore
  ) throws -> Space {
    var log = LogVerifier(of: row, isHome: true)
    var space = Space(id: row.id, name: row.name)
    var isAtEnd = false
    while !isAtEnd {
      isAtEnd = try store.read { reader in
        guard try !log.verifyPage(rowsMax: rowsMax, from: reader) else { return false }
        try log.checkEnds(in: reader)
        let proved = try check(headsOf: log, of: hub, reader)
        for (replica, tip) in log.chains where try !ReplicaIdentity(reader).owns(replica) {
          space.unproved += tip.sequence - (proved[replica] ?? 0)
        }
        return true
      }
    }
    (space.changes, space.voids, space.chains) = (log.changes, log.voids, log.chains.count)
    var records = RecordVerifier(of: log)
    while try store.read({ try records.verifyRun(from: $0) }) {}
    space.records = records.count
    return space
  }

  // MARK: Heads

  /// - Returns: Per replica, the sequence of the last change that a head attests.
  private static func check(
    headsOf log: LogVerifier, of hub: HubID, _ reader: any StoreReader
  ) throws -> [ReplicaID: UInt64] {
    var proved: [ReplicaID: UInt64] = [:]
    for head in try reader.heads(in: log.space.id) {
      guard head.isValid(for: hub) else { throw log.failure(.head(head.dot), .signature) }
      guard let entry = try reader.row(of: head.dot, in: log.space.id)?.entry, entry.digest == head.digest else {
        throw log.failure(.head(head.dot), .signedOther)
      }
      guard try Directory(reader).member(ofEnrolled: head.key) == entry.header.author else {
        throw log.failure(.head(head.dot), .signer)
      }
      proved[head.dot.replica] = max(proved[head.dot.replica] ?? 0, head.dot.sequence)
    }
    return proved
  }
}
