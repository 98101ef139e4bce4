// What tickets tell a hub that went back to a backup: devices that it has forgotten, and rights. Nothing of it counts
// before an administrator confirms it, because it may have been withdrawn since, by an act that was lost as well.

internal import Cryptography
package import Replication
package import SyncProtocol

/// The tickets of forgotten devices that wait for an administrator.
package enum TicketRegister {
  private static let shown = LocalTable("hub/ticket", .publicKey, .ticket)
  private static let decided = LocalTable(
    "hub/ticket_decided", .id() as LocalCoding<MemberID>, .id() as LocalCoding<EpochID>)
  private static let dismissed = LocalTable("hub/ticket_dismissed", .publicKey, .digest)

  /// Notes a ticket that says more than the directory.
  ///
  /// A space that it names and that is not here is made again, so that its rows can come back; nobody reads it by that.
  /// A ticket of this epoch that is newer than the directory proves that an older state of the hub was put back.
  static func note(_ ticket: Ticket, in transaction: any StoreTransaction) throws {
    try shown.set(ticket.device, to: ticket, in: transaction)
    for reading in ticket.readings where try transaction.space(reading.space) == nil {
      try transaction.put(Space(id: reading.space, name: reading.name))
    }
    let isOfEpoch = try ticket.epoch == HubIdentity.identity(in: transaction).epoch
    if isOfEpoch, try ticket.number > Directory(transaction).lastChange {
      try HubIdentity.beginEpoch(in: transaction)
    }
  }

  /// Tests whether a ticket is noted already, so that nothing need be written.
  static func isNoted(_ ticket: Ticket, in reader: any StoreReader) throws -> Bool {
    try shown.value(ticket.device, in: reader) == ticket
  }

  /// Tests whether an administrator has dismissed this very ticket.
  static func isDismissed(_ ticket: Ticket, in reader: any StoreReader) throws -> Bool {
    try dismissed.value(ticket.device, in: reader) == ticket.digest
  }

  /// Notes that an administrator has said what a member may read: in this epoch, no ticket asks about it again.
  static func decide(about member: MemberID, in transaction: any StoreTransaction) throws {
    try decided.set(member, to: HubIdentity.identity(in: transaction).epoch, in: transaction)
  }

  /// Tests whether an administrator has said in this epoch what a member may read.
  static func isDecided(about member: MemberID, in reader: any StoreReader) throws -> Bool {
    try decided.value(member, in: reader) == HubIdentity.identity(in: reader).epoch
  }

  /// The tickets that wait for an administrator, by the member's name. What the directory has learned in the meantime, as
  /// from a new invitation, waits no more.
  ///
  /// - Parameter ledger: A revoked device is not let in again.
  package static func waiting(_ ledger: Ledger, in reader: any StoreReader) throws -> [Ticket] {
    try shown.rows(in: reader).map(\.value).filter { ticket in
      try ledger.revoked[ticket.device] == nil
        && RequestingDevice(ticket.device, showing: ticket, ledger, reader).isForgotten
    }.sorted { ($0.memberName, $0.device.description) < ($1.memberName, $1.device.description) }
  }

  /// Gives member and device back what a ticket says, but for spaces that the member has left.
  ///
  /// - Returns: The spaces that the member reads again.
  package static func confirm(
    _ ticket: Ticket, _ ledger: Ledger, now: Timestamp, _ transaction: any StoreTransaction
  ) throws -> [SpaceID] {
    let left = Set(ledger.left.keys.filter { $0.member == ticket.member }.map(\.space))
      .union(try Directory(transaction).principal(ticket.member)?.left ?? [])
    let readings = ticket.readings.filter { !left.contains($0.space) }
    try Directory.readmit(ticket, reading: readings, now: now, transaction)
    try shown.set(ticket.device, to: nil, in: transaction)
    return readings.map(\.space)
  }

  /// Decides that a ticket says nothing that holds. Its device may no longer show it.
  package static func dismiss(_ ticket: Ticket, in transaction: any StoreTransaction) throws {
    try dismissed.set(ticket.device, to: ticket.digest, in: transaction)
    try shown.set(ticket.device, to: nil, in: transaction)
  }
}

extension Directory {
  /// The number of the last change to the directory.
  var lastChange: UInt64 {
    get throws {
      guard let space = try control() else { throw StoreError.unreadable("this is no hub's data") }
      return try reader.space(space)?.lastPosition ?? 0
    }
  }

  /// Makes a member and a device known, as a ticket says.
  fileprivate static func readmit(
    _ ticket: Ticket, reading readings: [Ticket.Reading], now: Timestamp, _ transaction: any StoreTransaction
  ) throws {
    let (member, device) = (RecordID(ticket.member), deviceRecord(ticket.device))
    let known = try Directory(transaction).principal(ticket.member)
    var drafts: [Draft] = [
      .create(member, kind: ControlRules.member), .set(member, field: "name", .text(known?.name ?? ticket.memberName)),
    ]
    if let role = readings.first?.role ?? (known == nil ? ticket.readings.first?.role : nil) {
      drafts.append(.set(member, field: "role", .text(role)))
    }
    drafts += readings.map { .add(member, field: "spaces", .text($0.space.description)) }
    drafts += [
      .create(device, kind: ControlRules.device), .set(device, field: "member", .link(member)),
      .set(device, field: "key", .text(ticket.device.description)),
    ]
    try commit(drafts, now, transaction)
  }
}

extension Ticket {
  fileprivate var digest: Digest { Digest(tag: "board.ticket", encoded) }
}

extension LocalCoding<Ticket> {
  fileprivate static var ticket: LocalCoding {
    .cbor {
      $0.encode(into: &$1)
    } _: { (reader) throws(CBORError) in
      try Ticket(from: &reader)
    }
  }
}
