// The administrators' acts that no restore may take back: erasures, revocations and leavings. They are kept outside what
// a backup or a copy of the database rolls back (decision 25), as ids and times, without anybody's words.

package import Cryptography
package import Replication

/// The acts of a hub that outlast its backups.
package struct Ledger: Sendable {
  /// One act.
  package enum Entry: Equatable, Sendable {
    /// The ledger was begun; its first entry, so that an empty file is never a ledger.
    case begun(Timestamp)
    /// A record was erased. The kind is that of the erasing change, so that it can be written again for a record that a
    /// backup does not have.
    case erased(RecordKey, kind: String)
    /// A device was revoked, for good.
    case revoked(PublicKey, Timestamp)
    /// A member left a space.
    case left(MemberID, SpaceID, Timestamp)
    /// A member who had left a space was invited to it again.
    case readmitted(MemberID, SpaceID, Timestamp)
    /// The setting of ``BackupAge`` was changed, at which time none from before the second was safe to restore.
    case backupDays(UInt64, safeTime: Timestamp)
    /// This hub ended the version of an agreement with this digest.
    case agreementEnded(Digest)
  }

  /// A member and a space.
  package struct Reading: Hashable, Sendable {
    package let member: MemberID
    package let space: SpaceID
  }

  /// The number of entries that were added.
  package private(set) var count = 0
  /// The erased records, with their kinds.
  package private(set) var erased: [RecordKey: String] = [:]
  /// The revoked devices, with the time of the first revocation.
  package private(set) var revoked: [PublicKey: Timestamp] = [:]
  /// The members who left a space and were not invited to it again: the last word counts.
  package private(set) var left: [Reading: Timestamp] = [:]
  /// The last setting of ``BackupAge``; `nil` if it was never changed.
  package private(set) var backupDays: (days: UInt64, safeTime: Timestamp)?
  /// The digests of the versions of agreements that this hub has ended.
  package private(set) var endedAgreements: Set<Digest> = []

  package init(_ entries: [Entry] = []) {
    for entry in entries { add(entry) }
  }

  /// Adds one entry; later entries have the last word.
  package mutating func add(_ entry: Entry) {
    count += 1
    switch entry {
    case .begun: return
    case .erased(let key, let kind): erased[key] = kind
    case .revoked(let key, let time): revoked[key] = revoked[key] ?? time
    case .left(let member, let space, let time): left[Reading(member: member, space: space)] = time
    case .readmitted(let member, let space, _): left[Reading(member: member, space: space)] = nil
    case .backupDays(let days, let safeTime): backupDays = (days, safeTime)
    case .agreementEnded(let digest): endedAgreements.insert(digest)
    }
  }

  /// The spaces that a member left and was not invited to again.
  package func spacesLeft(by member: MemberID) -> Set<SpaceID> {
    Set(left.keys.filter { $0.member == member }.map(\.space))
  }

  /// The entry without its edits of records that were erased; edits that erase are kept.
  package func redacted(_ entry: LogEntry) -> LogEntry {
    entry.redacting(Set(entry.edits.records.filter { erased[RecordKey(entry.header.space, $0)] != nil }))
  }
}
