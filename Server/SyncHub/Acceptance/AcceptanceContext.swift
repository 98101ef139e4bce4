// Lookups shared by the changes of one request: their authors, the owners of their keys and replica ids, and the hub that
// judges them. A request brings hundreds of changes of a few authors, so each is looked up once.

internal import Cryptography
internal import Replication

/// The directory's answers about the authors of one request's changes, each looked up at most once.
///
/// Valid while the transaction judges that request: nothing but ``bind(_:to:)`` changes what is remembered here.
final class AcceptanceContext {
  let hub: HubID
  let key: SigningKey
  let keeper: LedgerKeeper
  /// The ledger as the request found it.
  let ledger: Ledger
  /// The hub's time.
  let now: Timestamp

  private let transaction: any StoreTransaction
  private var principals = Memo<MemberID, Principal?>()
  private var keyOwners = Memo<PublicKey, MemberID?>()
  private var replicaOwners = Memo<ReplicaID, MemberID?>()
  private var own = Memo<ReplicaID, Bool>()

  /// - Throws: ``StoreError/unreadable(_:)`` if the store does not belong to a hub.
  init(ledger keeper: LedgerKeeper, now: Timestamp, _ transaction: any StoreTransaction) throws {
    self.keeper = keeper
    ledger = keeper.ledger
    hub = try HubIdentity.identity(in: transaction).hub
    key = try HubIdentity.key(in: transaction)
    self.now = now
    self.transaction = transaction
  }

  /// The principal for a member; `nil` if there is no such member.
  func principal(_ member: MemberID) throws -> Principal? {
    try principals.value(of: member) { try Directory(transaction).principal(member) }
  }

  /// The member whose device has this key; `nil` for an unknown or revoked one.
  func owner(of key: PublicKey) throws -> MemberID? {
    try keyOwners.value(of: key) { try Directory(transaction).owner(of: key) }
  }

  /// The owner of a replica id; `nil` for one unknown to this hub, and for the hub's own.
  func owner(of replica: ReplicaID) throws -> MemberID? {
    try replicaOwners.value(of: replica) { try Directory(transaction).owner(of: replica) }
  }

  /// Tests whether this hub writes, or once wrote, under a replica id.
  func owns(_ replica: ReplicaID) throws -> Bool {
    try own.value(of: replica) { try ReplicaIdentity(transaction).owns(replica) }
  }

  /// Binds a replica id to the member who wrote under it first (``Directory/bind(_:to:now:_:)``).
  func bind(_ replica: ReplicaID, to member: MemberID) throws {
    guard try !owns(replica), try owner(of: replica) == nil else { return }
    try Directory.bind(replica, to: member, now: now, transaction)
    replicaOwners.set(member, of: replica)
  }
}

/// Values that are looked up once.
private struct Memo<Key: Hashable, Value> {
  private var values: [Key: Value] = [:]

  mutating func value(of key: Key, _ lookUp: () throws -> Value) rethrows -> Value {
    if let value = values[key] { return value }
    let value = try lookUp()
    values[key] = value
    return value
  }

  mutating func set(_ value: Value, of key: Key) { values[key] = value }
}
