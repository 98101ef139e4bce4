// Lookups shared by the changes of one request: their authors, the owners of their keys, and the hub that judges them. A
// request brings hundreds of changes of a few authors, so each is looked up once.

internal import Cryptography
internal import Replication

/// The directory's answers about the authors of one request's changes, each looked up at most once.
///
/// Valid while the transaction judges that request, which changes nothing of what is remembered here.
final class AcceptanceContext {
  let hub: HubID
  let key: SigningKey
  let keeper: LedgerKeeper
  /// The ledger as the request found it.
  let ledger: Ledger

  private let transaction: any StoreTransaction
  private var principals = Memo<MemberID, Principal?>()
  private var keyOwners = Memo<PublicKey, MemberID?>()
  private var parts = Memo<SpaceID, PartnerSpace?>()

  /// - Throws: ``StoreError/unreadable(_:)`` if the store does not belong to a hub.
  init(ledger keeper: LedgerKeeper, _ transaction: any StoreTransaction) throws {
    self.keeper = keeper
    ledger = keeper.ledger
    hub = try HubIdentity.identity(in: transaction).hub
    key = try HubIdentity.key(in: transaction)
    self.transaction = transaction
  }

  /// The principal for a member; `nil` if there is no such member.
  func principal(_ member: MemberID) throws -> Principal? {
    try principals.value(of: member) { try Directory(transaction).principal(member) }
  }

  /// The part of a space between this hub and a partner's; `nil` for a space of members.
  func part(of space: SpaceID) throws -> PartnerSpace? {
    try parts.value(of: space) { try PartnerSpace.part(of: space, in: transaction) }
  }

  /// The member whose device has this key; `nil` for an unknown or revoked one.
  func owner(of key: PublicKey) throws -> MemberID? {
    try keyOwners.value(of: key) { try Directory(transaction).owner(of: key) }
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
}
