// Keeps what tickets tell a hub that went back to a backup: devices that it has forgotten, and rights. Nothing of it counts
// before an administrator confirms it, because it may have been withdrawn since, by an act that was lost as well.

internal import Cryptography
package import Replication
package import SyncProtocol

/// The tickets of forgotten devices that wait for an administrator.
package enum TicketRegister {
  /// An epoch that ended with the hub's going back.
  fileprivate struct PastEpoch {
    /// The number of epochs that had ended before.
    let ordinal: UInt64
    /// The number of the last change to the directory that this hub has of it.
    let lastChange: UInt64
  }

  private static let shown = LocalTable("hub/ticket", .publicKey, .ticket)
  private static let decided = LocalTable(
    "hub/ticket_decided", .id() as LocalCoding<MemberID>, .id() as LocalCoding<EpochID>)
  private static let dismissed = LocalTable("hub/ticket_dismissed", .publicKey, .ticket)
  private static let past = LocalTable("hub/past_epoch", .id() as LocalCoding<EpochID>, .pastEpoch)

  // MARK: What a ticket tells

  /// Remembers how much the directory has of the epoch that ends. The tickets noted in it are shown again if they still
  /// tell anything.
  static func endEpoch(in transaction: any StoreTransaction) throws {
    let epoch = try HubIdentity.identity(in: transaction).epoch
    let ordinal = UInt64(try past.rows(in: transaction).count)
    try past.set(
      epoch, to: PastEpoch(ordinal: ordinal, lastChange: Directory(transaction).lastChange), in: transaction)
    try shown.removeAll(in: transaction)
  }

  /// Tests whether a ticket may tell something new: it is of an epoch that this hub does not remember, or later than the
  /// last change that the directory has of its epoch.
  static func isNews(_ ticket: Ticket, in reader: any StoreReader) throws -> Bool {
    if try ticket.epoch == HubIdentity.identity(in: reader).epoch {
      return try ticket.number > Directory(reader).lastChange
    }
    return try past.value(ticket.epoch, in: reader).map { ticket.number > $0.lastChange } ?? true
  }

  /// Tests whether a ticket proves that an older state of the hub was put back in the present epoch.
  static func provesRollback(_ ticket: Ticket, in reader: any StoreReader) throws -> Bool {
    try ticket.epoch == HubIdentity.identity(in: reader).epoch && isNews(ticket, in: reader)
  }

  /// Notes the ticket of a forgotten device. A space that it names and that is not here is made again, so that its rows
  /// can come back; nobody reads it by that.
  static func note(_ ticket: Ticket, in transaction: any StoreTransaction) throws {
    try shown.set(ticket.device, to: ticket, in: transaction)
    for reading in ticket.readings where try transaction.space(reading.space) == nil {
      try transaction.put(Space(id: reading.space, name: reading.name))
    }
  }

  /// Tests whether a ticket is noted already, so that nothing need be written.
  static func isNoted(_ ticket: Ticket, in reader: any StoreReader) throws -> Bool {
    try shown.value(ticket.device, in: reader) == ticket
  }

  // MARK: Decisions

  /// Notes that an administrator has said what a member may read. Tickets of earlier epochs ask about it no more.
  static func decide(about member: MemberID, in transaction: any StoreTransaction) throws {
    try decided.set(member, to: HubIdentity.identity(in: transaction).epoch, in: transaction)
  }

  /// Tests whether an administrator has said what the ticket's member may read, in an epoch after the ticket's.
  package static func isDecided(_ ticket: Ticket, in reader: any StoreReader) throws -> Bool {
    guard let decision = try decided.value(ticket.member, in: reader) else { return false }
    if try decision == HubIdentity.identity(in: reader).epoch { return true }
    guard let last = try past.value(decision, in: reader), let told = try past.value(ticket.epoch, in: reader) else {
      return false
    }
    return told.ordinal < last.ordinal
  }

  /// Tests whether an administrator has dismissed a ticket, or a later one of its epoch.
  static func isDismissed(_ ticket: Ticket, in reader: any StoreReader) throws -> Bool {
    guard let last = try dismissed.value(ticket.device, in: reader) else { return false }
    return ticket.epoch == last.epoch && ticket.number <= last.number
  }

  /// The tickets that wait for an administrator, by the member's name. What the directory has learned in the meantime, as
  /// from a new invitation, waits no more.
  ///
  /// - Parameter ledger: A revoked device is not let in again.
  package static func waiting(_ ledger: Ledger, in reader: any StoreReader) throws -> [Ticket] {
    try shown.rows(in: reader).map(\.value).filter { ticket in
      try ledger.revoked[ticket.device] == nil && !isDismissed(ticket, in: reader)
        && RequestingDevice(ticket.device, showing: ticket, ledger, reader).isForgotten
    }.sorted { ($0.memberName, $0.device.description) < ($1.memberName, $1.device.description) }
  }

  /// What confirming a ticket gives its member: nothing more, if an administrator has decided about the member since,
  /// and no space that the member has left.
  package static func gain(
    by ticket: Ticket, _ ledger: Ledger, in reader: any StoreReader
  ) throws -> [Ticket.Reading] {
    let known = try Directory(reader).principal(ticket.member)
    if try known != nil && isDecided(ticket, in: reader) { return [] }
    let left = ledger.spacesLeft(by: ticket.member).union(known?.left ?? [])
    return ticket.readings.filter { !left.contains($0.space) }
  }

  /// Makes a device known, as its ticket says, and gives its member ``gain(by:_:in:)``.
  ///
  /// - Returns: The member as the directory has them now.
  package static func confirm(
    _ ticket: Ticket, _ ledger: Ledger, now: Timestamp, _ transaction: any StoreTransaction
  ) throws -> Principal {
    let isDecided = try isDecided(ticket, in: transaction)
    try Directory.readmit(ticket, reading: gain(by: ticket, ledger, in: transaction), now: now, transaction)
    for space in ledger.spacesLeft(by: ticket.member).sorted() {
      _ = try Directory.recordLeaving(space, of: ticket.member, now: now, transaction)
    }
    if !isDecided { try decide(about: ticket.member, in: transaction) }
    try shown.set(ticket.device, to: nil, in: transaction)
    guard let principal = try Directory(transaction).principal(ticket.member) else {
      throw StoreError.corrupt("no member \(ticket.member) after they were let in")
    }
    return principal
  }

  /// Decides that a ticket, and every earlier one of its epoch, counts for nothing.
  package static func dismiss(_ ticket: Ticket, in transaction: any StoreTransaction) throws {
    try dismissed.set(ticket.device, to: ticket, in: transaction)
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

  /// Makes a device known, as a ticket says, and its member, where the directory does not have them.
  ///
  /// - Parameter readings: What the member gets; if empty, a known member keeps role and spaces.
  fileprivate static func readmit(
    _ ticket: Ticket, reading readings: [Ticket.Reading], now: Timestamp, _ transaction: any StoreTransaction
  ) throws {
    let known = try Directory(transaction).principal(ticket.member)
    let (member, device) = (RecordID(ticket.member), deviceRecord(ticket.device))
    var drafts: [Draft] = [.create(member, kind: ControlRules.member)]
    if known == nil { drafts.append(.set(member, field: "name", .text(ticket.memberName))) }
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

extension LocalCoding<Ticket> {
  fileprivate static var ticket: LocalCoding {
    .cbor {
      $0.encode(into: &$1)
    } _: { (reader) throws(CBORError) in
      try Ticket(from: &reader)
    }
  }
}

extension LocalCoding<TicketRegister.PastEpoch> {
  fileprivate static var pastEpoch: LocalCoding {
    .cbor { past, writer in
      writer.array(2)
      writer.unsigned(past.ordinal)
      writer.unsigned(past.lastChange)
    } _: { (reader) throws(CBORError) in
      guard try reader.array() == 2 else { throw .type }
      return TicketRegister.PastEpoch(ordinal: try reader.unsigned(), lastChange: try reader.unsigned())
    }
  }
}
