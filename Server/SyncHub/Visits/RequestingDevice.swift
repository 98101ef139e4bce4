// Tells which device makes a request, and what it may do. The directory says, if it knows the device's key. A hub that went
// back to a backup may have forgotten the device or a right of its member; then the device's ticket says what it was.

internal import Cryptography
internal import Replication
internal import SyncProtocol

/// The device that makes a request, as the hub knows it in one transaction.
struct RequestingDevice {
  let key: PublicKey
  /// The member, with the spaces that the directory grants; a device that only its ticket names may read none.
  private(set) var principal: Principal
  /// The device's revocation; `nil` while it may sync.
  let revocation: Revocation?
  /// True if the directory knows the device.
  let isEnrolled: Bool
  /// True if the ticket says what the directory does not, and no administrator has decided about it. Such a device brings
  /// rows of the hub's own log, and nothing else of it is judged.
  let isForgotten: Bool
  private let ticket: Ticket?

  /// - Parameter ticket: A ticket that may say what the directory has forgotten (``Ticket/shown(_:by:in:)``).
  /// - Throws: ``DirectoryError/deviceUnknown``.
  init(_ key: PublicKey, showing ticket: Ticket?, _ ledger: Ledger, _ reader: any StoreReader) throws {
    let ticket = try ticket.flatMap { try TicketRegister.isDismissed($0, in: reader) ? nil : $0 }
    (self.key, self.ticket) = (key, ticket)
    if let known = try Directory(reader).knownEnrolment(of: key) {
      (principal, revocation) = known
      isEnrolled = true
      isForgotten =
        if revocation == nil, let ticket, ticket.differs(from: principal) {
          try !TicketRegister.isDecided(ticket, in: reader)
        } else { false }
    } else {
      guard let ticket else { throw DirectoryError.deviceUnknown }
      let left = try Directory(reader).principal(ticket.member)?.left ?? []
      principal = Principal(
        member: ticket.member, name: ticket.memberName, role: "", spaces: [],
        left: left.union(ledger.spacesLeft(by: ticket.member)))
      revocation = ledger.revoked[key].map { Revocation(time: $0, reason: "") }
      isEnrolled = false
      isForgotten = revocation == nil
    }
  }

  /// Takes away a partner's spaces whose agreement has ended at a time: an agreement ends by this hub's calendar, in the
  /// very transaction that would give or take.
  mutating func closeEnded(at now: Timestamp, _ reader: any StoreReader) throws {
    guard principal.role == Partner.role else { return }
    principal.spaces = try principal.spaces.filter { try PartnerSpace.isOpen($0, at: now, reader) }
  }

  /// Tests whether the device may be shown where a space's log ends, so that it can bring what the hub lacks.
  func mayBring(to space: SpaceID) -> Bool {
    guard let ticket, isForgotten, !principal.left.contains(space) else { return false }
    return ticket.readings.contains { $0.space == space }
  }
}

extension Ticket {
  /// The ticket that a device shows, if it may say what the directory has forgotten: this hub signed it for this device,
  /// after the last change that the directory has of the ticket's epoch.
  ///
  /// Costs a signature check in that case only. Bytes that are no such ticket say nothing.
  static func shown(_ bytes: [UInt8]?, by key: PublicKey, in reader: any StoreReader) throws -> Ticket? {
    guard let bytes else { return nil }
    let ticket: Ticket
    do throws(CBORError) {
      ticket = try Ticket(decoding: bytes)
    } catch { return nil }
    guard ticket.device == key, try TicketRegister.isNews(ticket, in: reader) else { return nil }
    let hub = try HubIdentity.identity(in: reader).hub
    return try ticket.isValid(of: hub, by: HubIdentity.key(in: reader).publicKey) ? ticket : nil
  }

  /// A ticket for a device, from what the directory says; `nil` for a member who may read nothing.
  init?(for principal: Principal, device: PublicKey, in reader: any StoreReader) throws {
    let invited = principal.spaces.subtracting(principal.received).sorted()
    let readings = try invited.prefix(Limits.spacesPerTicketMax).compactMap { id in
      try reader.space(id).map { Reading(space: id, name: $0.name, role: principal.role) }
    }
    guard !readings.isEmpty else { return nil }
    let (hub, epoch) = try HubIdentity.identity(in: reader)
    self.init(
      hub: hub, epoch: epoch, number: try Directory(reader).lastChange, member: principal.member,
      memberName: principal.name, readings: readings, device: device, signedBy: try HubIdentity.key(in: reader))
  }

  /// Tests whether the ticket grants what the directory does not, to the member whom the directory names for the device.
  /// A space that the member has left since is nothing that was forgotten.
  fileprivate func differs(from principal: Principal) -> Bool {
    member == principal.member
      && readings.contains { reading in
        guard !principal.left.contains(reading.space) else { return false }
        return !principal.spaces.contains(reading.space) || reading.role != principal.role
      }
  }
}
