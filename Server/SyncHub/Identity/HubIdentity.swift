// A hub's identity: an id for life, and an epoch that ends with every restore. A hub is also a replica, since it
// imports files and resolves conflicts. It writes under a new replica id from each opening, because an older state of
// its whole folder may have been put back, which nothing in the folder can show. So no dot is ever used twice.

package import Cryptography
package import Replication
package import SyncProtocol

/// The identity and the keys of a hub, kept in its store.
package enum HubIdentity {
  private static let hub = LocalKey("hub/id", LocalCoding<HubID>.id())
  private static let key = LocalKey("hub/key", .signingKey)
  private static let sealing = LocalKey("hub/sealing", .sealingKey)
  private static let epoch = LocalKey("hub/epoch", LocalCoding<EpochID>.id())
  private static let opening = LocalKey("hub/opening", LocalCoding<EpochID>.id())

  /// Gives a fresh store its keys, hub id and first epoch; a store that has them keeps them.
  package static func begin(in transaction: any StoreTransaction) throws {
    if try transaction.value(of: key) == nil { try transaction.set(key, to: SigningKey()) }
    if try transaction.value(of: sealing) == nil { try transaction.set(sealing, to: SealingKey()) }
    guard try transaction.value(of: hub) == nil else { return }
    try transaction.set(hub, to: .random())
    try transaction.set(epoch, to: .random())
  }

  /// The author of this hub's own changes.
  package static func centre(in reader: any StoreReader) throws -> MemberID {
    .centre(of: try identity(in: reader).hub)
  }

  /// The author of what this hub imports.
  package static func importer(in reader: any StoreReader) throws -> MemberID {
    .importer(of: try identity(in: reader).hub)
  }

  /// Tests whether an author is this hub or its importer.
  static func writes(as author: MemberID, in reader: any StoreReader) throws -> Bool {
    try author == centre(in: reader) || author == importer(in: reader)
  }

  /// Starts a new epoch, after a restore or when the file turns out to be a copy. What the hub writes from now on, it
  /// writes under a new replica id.
  @discardableResult
  package static func drawNewEpoch(in transaction: any StoreTransaction) throws -> EpochID {
    try transaction.set(opening, to: nil)
    try BackupAge.markBackup(madeAt: nil, in: transaction)
    return try beginEpoch(in: transaction)
  }

  /// Starts a new epoch of an open hub, once it turns out that it does not remember what it signed in this one.
  @discardableResult
  static func beginEpoch(in transaction: any StoreTransaction) throws -> EpochID {
    try TicketRegister.endEpoch(in: transaction)
    try Proposal.expectFromAll(in: transaction)
    let fresh = EpochID.random()
    try transaction.set(epoch, to: fresh)
    try ReplicaIdentity.retire(in: transaction)
    return fresh
  }

  /// The token of this file's last opening; `nil` before the first of an epoch. A copy that was put back is recognised
  /// by its older token.
  package static func openToken(in reader: any StoreReader) throws -> EpochID? {
    try reader.value(of: opening)
  }

  /// Records an opening under its token. The first change that the hub makes from now on draws a new replica id.
  package static func noteOpening(_ token: EpochID, in transaction: any StoreTransaction) throws {
    try setOpenToken(token, in: transaction)
    try ReplicaIdentity.retire(in: transaction)
  }

  /// Stores the token of an opening; `nil` removes it.
  private static func setOpenToken(_ name: EpochID?, in transaction: any StoreTransaction) throws {
    try transaction.set(opening, to: name)
  }

  /// Copies the store while it bears a token no opening has, so that the copy is never mistaken for the store itself, and
  /// the time, so that the copy tells its age. A crash in between only makes the next start draw a new epoch.
  ///
  /// - Parameter now: The time before the copying begins: the copy has everything up to then.
  package static func backUp(_ store: any ReplicaStore, at now: Timestamp, _ copy: () throws -> Void) throws {
    let name = try store.read { try openToken(in: $0) }
    try store.write { transaction in
      try setOpenToken(.random(), in: transaction)
      try BackupAge.markBackup(madeAt: now, in: transaction)
    }
    let copied = Result { try copy() }
    try store.write { transaction in
      try setOpenToken(name, in: transaction)
      try BackupAge.markBackup(madeAt: nil, in: transaction)
    }
    try copied.get()
  }

  /// The id and the current epoch of this hub.
  ///
  /// - Throws: ``StoreError/unreadable(_:)`` if the store does not belong to a hub.
  package static func identity(in reader: any StoreReader) throws -> (hub: HubID, epoch: EpochID) {
    (try required(hub, in: reader), try required(epoch, in: reader))
  }

  /// The key with which this hub signs its log. It lives in the store, so that a hub
  /// restored from a backup still recognises its own signatures.
  ///
  /// - Throws: ``StoreError/unreadable(_:)`` if the store does not belong to a hub.
  package static func key(in reader: any StoreReader) throws -> SigningKey {
    try required(key, in: reader)
  }

  /// The key that decrypts what devices seal for this hub, kept like `key`.
  ///
  /// - Throws: ``StoreError/unreadable(_:)`` if the store does not belong to a hub.
  package static func sealingKey(in reader: any StoreReader) throws -> SealingKey {
    try required(sealing, in: reader)
  }

  /// The public halves of both keys, which a device learns when it joins.
  ///
  /// - Throws: ``StoreError/unreadable(_:)`` if the store does not belong to a hub.
  package static func publicKeys(in reader: any StoreReader) throws -> HubKeys {
    HubKeys(signing: try key(in: reader).publicKey, sealing: try sealingKey(in: reader).publicKey)
  }

  private static func required<Value>(_ key: LocalKey<Value>, in reader: any StoreReader) throws -> Value {
    guard let value = try reader.value(of: key) else { throw StoreError.unreadable("this is no hub's data") }
    return value
  }
}

extension LocalCoding<SigningKey> {
  fileprivate static var signingKey: LocalCoding {
    LocalCoding {
      $0.seed
    } decode: {
      SigningKey(seed: $0)
    }
  }
}

extension LocalCoding<SealingKey> {
  fileprivate static var sealingKey: LocalCoding {
    LocalCoding {
      $0.secret
    } decode: {
      SealingKey(secret: $0)
    }
  }
}
