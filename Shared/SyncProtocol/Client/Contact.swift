// The state a copy keeps about its hub between syncs, stored beside its records.

package import Cryptography
package import Replication

/// The last contact with the hub.
package struct Contact: Equatable, Sendable {
  package let hub: HubID
  package let epoch: EpochID
  /// The hub's clock at that contact; the only clock used to tell a person how fresh their copy is.
  package let time: Timestamp

  private static let lastContact = LocalKey("contact", .contact)
  private static let hubKeys = LocalKey("contact/keys", .hubKeys)
  private static let speaker = LocalKey("contact/speaking", LocalCoding<EpochID>.id())
  private static let shownTicket = LocalKey("contact/ticket", .bytes)
  private static let revoked = LocalKey("revoked", .timestamp)
  private static let revokedKey = LocalKey("revoked/key", .publicKey)
  private static let unknown = LocalTable("unknown_space", .id() as LocalCoding<SpaceID>, .presence)
  private static let bodyNews = LocalTable("body_news", .id() as LocalCoding<SpaceID>, .bodyNewsPosition)
  private static let catchingUp = LocalTable("catching_up", .id() as LocalCoding<SpaceID>, .presence)
  private static let allowances = LocalTable("allowance", .number, .allowanceUse)
  private static let ends = LocalTable("hub_log_end", .id() as LocalCoding<SpaceID>, .readPosition)

  /// Stores the contact that this welcome opens.
  static func remember(_ welcome: Welcome, in transaction: any StoreTransaction) throws {
    try transaction.set(lastContact, to: Contact(hub: welcome.hub, epoch: welcome.epoch, time: welcome.time))
    try noteSpeaker(welcome, in: transaction)
  }

  /// Stores the epoch of the hub whose answer is being applied.
  package static func noteSpeaker(_ welcome: Welcome, in transaction: any StoreTransaction) throws {
    try transaction.set(speaker, to: welcome.epoch)
  }

  /// The last contact; `nil` before the first.
  package static func last(in reader: any StoreReader) throws -> Contact? { try reader.value(of: lastContact) }

  /// The epoch of the hub whose answer is being applied, whether or not it is stored as the last contact yet.
  static func epochSpeaking(in reader: any StoreReader) throws -> EpochID? { try reader.value(of: speaker) }

  /// Stores the hub's keys, on joining it.
  package static func pin(_ keys: HubKeys, in transaction: any StoreTransaction) throws {
    try transaction.set(hubKeys, to: keys)
  }

  /// The hub's keys; `nil` for a copy that has joined none.
  package static func keys(in reader: any StoreReader) throws -> HubKeys? { try reader.value(of: hubKeys) }

  /// Keeps the hub's ticket for this device in place of the one before.
  ///
  /// - Returns: False, and nothing is kept, if the hub that this copy belongs to did not sign it.
  static func keep(_ ticket: Ticket, in transaction: any StoreTransaction) throws -> Bool {
    let encoded = ticket.encoded
    if try transaction.value(of: shownTicket) == encoded { return true }
    guard let hub = try last(in: transaction)?.hub, let keys = try keys(in: transaction),
      ticket.isValid(of: hub, by: keys.signing)
    else { return false }
    try transaction.set(shownTicket, to: encoded)
    return true
  }

  /// The encoded ticket to show to the hub; `nil` before the first.
  package static func ticket(in reader: any StoreReader) throws -> [UInt8]? { try reader.value(of: shownTicket) }

  /// Removes the last contact, the hub's keys, epoch and ticket, once this copy no longer belongs to anyone.
  package static func forget(in transaction: any StoreTransaction) throws {
    try transaction.set(lastContact, to: nil)
    try transaction.set(hubKeys, to: nil)
    try transaction.set(speaker, to: nil)
    try transaction.set(shownTicket, to: nil)
    try allowances.removeAll(in: transaction)
  }

  /// Takes over a copy's last contact, the hub's keys and ticket, and the time of a revocation.
  static func carry(from other: any StoreReader, to transaction: any StoreTransaction) throws {
    try transaction.carry(lastContact, from: other)
    try transaction.carry(hubKeys, from: other)
    try transaction.carry(speaker, from: other)
    try transaction.carry(shownTicket, from: other)
    try transaction.carry(revoked, from: other)
    try transaction.carry(revokedKey, from: other)
  }

  // MARK: A hub's log that differs

  /// Tests whether the hub's log of a space turned out to differ from what this copy had read, or this copy's device got
  /// another key, and this copy has not read the log to its end since.
  package static func isCatchingUp(_ space: SpaceID, in reader: any StoreReader) throws -> Bool {
    try catchingUp.contains(space, in: reader)
  }

  /// Marks a space as catching up, or as read to the end again.
  static func setCatchingUp(_ isCatchingUp: Bool, _ space: SpaceID, in transaction: any StoreTransaction) throws {
    try catchingUp.set(space, to: isCatchingUp ? () : nil, in: transaction)
  }

  /// The end of the hub's log of a space, if it turned out to be before this copy's position: the hub lacks what
  /// follows. `nil` while the hub has everything that this copy has read.
  static func end(ofHubsLogIn space: SpaceID, in reader: any StoreReader) throws -> ReadPosition? {
    try ends.value(space, in: reader)
  }

  /// Notes the end of a hub's log that is before this copy's position; `nil` once the hub has everything again.
  static func setEnd(
    ofHubsLogIn space: SpaceID, to end: ReadPosition?, in transaction: any StoreTransaction
  ) throws {
    try ends.set(space, to: end, in: transaction)
  }

  // MARK: Allowances

  /// The allowances that were nearly full when the hub last said so, in its order. Those of a day may be free again.
  package static func allowances(in reader: any StoreReader) throws -> [AllowanceUse] {
    try allowances.rows(in: reader).map(\.value)
  }

  /// Keeps what the hub says of its allowances in place of what it said before.
  static func set(_ uses: [AllowanceUse], in transaction: any StoreTransaction) throws {
    guard try allowances(in: transaction) != uses else { return }
    try allowances.removeAll(in: transaction)
    for (number, use) in uses.enumerated() { try allowances.set(UInt64(number), to: use, in: transaction) }
  }

  // MARK: News of bodies

  /// The last news of bodies in a space that this copy has heard; `nil` before the first.
  static func lastBodyNews(in space: SpaceID, _ reader: any StoreReader) throws -> BodyNewsPosition? {
    try bodyNews.value(space, in: reader)
  }

  /// Remembers the last news of bodies heard.
  static func setLastBodyNews(
    in space: SpaceID, to position: BodyNewsPosition?, _ transaction: any StoreTransaction
  ) throws {
    try bodyNews.set(space, to: position, in: transaction)
  }

  // MARK: Unknown spaces

  /// The spaces of this copy that its hub did not know at the last contact, ordered by id.
  package static func unknownSpaces(in reader: any StoreReader) throws -> [SpaceID] {
    try unknown.rows(in: reader).map(\.key)
  }

  /// Tests whether the hub did not know a space at the last contact.
  static func isUnknown(_ space: SpaceID, in reader: any StoreReader) throws -> Bool {
    try unknown.contains(space, in: reader)
  }

  /// Notes a space as unknown to the hub, or as known again.
  static func setUnknown(_ isUnknown: Bool, _ space: SpaceID, in transaction: any StoreTransaction) throws {
    try unknown.set(space, to: isUnknown ? () : nil, in: transaction)
  }

  // MARK: Revocation

  /// The time at which this device was revoked, by the hub's clock; `nil` if it is not revoked.
  package static func revocation(in reader: any StoreReader) throws -> Timestamp? { try reader.value(of: revoked) }

  /// Stores the time of revocation; `nil` clears it once the device is admitted again.
  package static func setRevocation(_ time: Timestamp?, in transaction: any StoreTransaction) throws {
    try transaction.set(revoked, to: time)
  }

  /// The key that was revoked, kept to tell it from a new one.
  package static func revocationKey(in reader: any StoreReader) throws -> PublicKey? {
    try reader.value(of: revokedKey)
  }

  /// Stores the key that was revoked.
  package static func setRevocationKey(_ key: PublicKey, in transaction: any StoreTransaction) throws {
    try transaction.set(revokedKey, to: key)
  }
}

extension LocalCoding<Contact> {
  static var contact: LocalCoding {
    .cbor { contact, writer in
      writer.array(3)
      writer.id(contact.hub)
      writer.id(contact.epoch)
      writer.integer(contact.time.milliseconds)
    } _: { (reader) throws(CBORError) in
      guard try reader.array() == 3 else { throw .type }
      return Contact(
        hub: try reader.id(), epoch: try reader.id(), time: Timestamp(milliseconds: try reader.integer()))
    }
  }
}

extension LocalCoding<ReadPosition> {
  fileprivate static var readPosition: LocalCoding {
    .cbor {
      $0.encode(into: &$1)
    } _: { (reader) throws(CBORError) in
      try ReadPosition(from: &reader)
    }
  }
}

extension LocalCoding<BodyNewsPosition> {
  fileprivate static var bodyNewsPosition: LocalCoding {
    .cbor {
      $0.encode(into: &$1)
    } _: { (reader) throws(CBORError) in
      try BodyNewsPosition(from: &reader)
    }
  }
}
