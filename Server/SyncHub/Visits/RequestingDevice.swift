// Who makes a request. The directory says, if it knows the device's key. A hub that went back to a backup may have
// forgotten the device; then its ticket says who it was, and a device that a restore has forgotten may bring rows.

internal import Cryptography
internal import Replication
internal import SyncProtocol

/// The device that makes a request, as the hub knows it in one transaction.
struct RequestingDevice {
  /// The member, with the spaces that the directory grants; a device that only its ticket names may read none.
  let principal: Principal
  /// The device's revocation; `nil` while it may sync.
  let revocation: Revocation?
  /// True if the directory knows the device.
  let isEnrolled: Bool
  /// The ticket of an earlier state of this hub that the device showed.
  let ticket: Ticket?
  /// True if the ticket says more than the directory, and no administrator has decided about it.
  let isForgotten: Bool

  /// - Parameter ticket: A ticket of this hub for this device (``Ticket/shown(_:by:in:)``).
  /// - Throws: ``DirectoryError/deviceUnknown``.
  init(_ key: PublicKey, showing ticket: Ticket?, _ ledger: Ledger, _ reader: any StoreReader) throws {
    let isWaiting = try ticket.map { try !TicketRegister.isDismissed($0, in: reader) } ?? false
    self.ticket = ticket
    if let known = try Directory(reader).knownEnrolment(of: key) {
      (principal, revocation) = known
      isEnrolled = true
      isForgotten =
        try isWaiting && ticket?.saysMore(than: principal) == true
        && !TicketRegister.isDecided(about: principal.member, in: reader)
    } else {
      guard let ticket, isWaiting else { throw DirectoryError.deviceUnknown }
      principal = Principal(member: ticket.member, name: ticket.memberName, role: "", spaces: [])
      revocation = ledger.revoked[key].map { Revocation(time: $0, reason: "") }
      isEnrolled = false
      isForgotten = revocation == nil
    }
  }

  /// Tests whether the device may be shown where a space's log ends, so that it can bring what the hub lacks.
  func mayBring(to space: SpaceID) -> Bool {
    guard let ticket, isForgotten, !principal.left.contains(space) else { return false }
    return ticket.readings.contains { $0.space == space }
  }
}

extension Ticket {
  /// The ticket that a device shows, if it may say more than the directory: this hub signed it for this device, in
  /// another epoch or after the last change that the directory remembers, or the directory does not know the device.
  ///
  /// Costs a signature check in these cases only. Bytes that are no such ticket say nothing.
  static func shown(_ bytes: [UInt8]?, by key: PublicKey, in reader: any StoreReader) throws -> Ticket? {
    guard let bytes else { return nil }
    let ticket: Ticket
    do throws(CBORError) {
      ticket = try Ticket(decoding: bytes)
    } catch { return nil }
    let (hub, epoch) = try HubIdentity.identity(in: reader)
    guard ticket.device == key else { return nil }
    if ticket.epoch == epoch, try ticket.number <= Directory(reader).lastChange, try Directory(reader).isEnrolled(key) {
      return nil
    }
    return try ticket.isValid(of: hub, by: HubIdentity.key(in: reader).publicKey) ? ticket : nil
  }

  /// A ticket for a device, from what the directory says; `nil` for a member who may read nothing.
  init?(for principal: Principal, device: PublicKey, in reader: any StoreReader) throws {
    let readings = try principal.spaces.sorted().prefix(Limits.spacesPerTicketMax).compactMap { id in
      try reader.space(id).map { Reading(space: id, name: $0.name, role: principal.role) }
    }
    guard !readings.isEmpty else { return nil }
    let (hub, epoch) = try HubIdentity.identity(in: reader)
    self.init(
      hub: hub, epoch: epoch, number: try Directory(reader).lastChange, member: principal.member,
      memberName: principal.name, readings: readings, device: device, signedBy: try HubIdentity.key(in: reader))
  }

  /// Tests whether the ticket grants something that the directory does not. A space that the member has left since is
  /// nothing that was forgotten.
  func saysMore(than principal: Principal) -> Bool {
    readings.contains { reading in
      guard !principal.left.contains(reading.space) else { return false }
      return !principal.spaces.contains(reading.space) || reading.role != principal.role
    }
  }
}
