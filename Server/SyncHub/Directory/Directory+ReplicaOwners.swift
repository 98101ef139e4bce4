// The members to whom replica ids belong: the first to write under one owns it.

internal import Cryptography
package import Replication

extension Directory {
  /// The owner of a replica id; `nil` for one unknown to this hub, and for the hub's own.
  package func owner(of replica: ReplicaID) throws -> MemberID? {
    if try ReplicaIdentity(reader).owns(replica) { return nil }
    return try fields(Self.replicaRecord(replica))?["member"].flatMap(MemberID.init(link:))
  }

  /// Binds a replica id to a member. The first to write under an id owns it; for an id that is owned, or is the hub's,
  /// this does nothing.
  package static func bind(
    _ replica: ReplicaID, to member: MemberID, now: Timestamp, _ transaction: any StoreTransaction
  ) throws {
    let isOwn = try ReplicaIdentity(transaction).owns(replica)
    let owner = try Directory(transaction).owner(of: replica)
    guard !isOwn, owner == nil else { return }
    let record = replicaRecord(replica)
    let drafts: [Draft] = [
      .create(record, kind: ControlRules.replica),
      .set(record, field: "member", .link(RecordID(member))),
    ]
    try commit(drafts, now, transaction)
  }

  /// A replica id's record, under a digest, like a device's.
  fileprivate static func replicaRecord(_ replica: ReplicaID) -> RecordID {
    RecordID(bytes: Digest(tag: "board.replica", replica.bytes).bytes.prefix(16))!
  }
}
