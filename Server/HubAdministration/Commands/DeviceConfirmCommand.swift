// `device confirm` and `device dismiss`: the decision about a device that a restore has forgotten. Its ticket says who it
// was; an administrator says whether that still holds.

internal import Cryptography
package import JSONText
internal import Replication
internal import SyncHub
internal import SyncProtocol

package struct DeviceConfirmCommand: ShortAdminCommand {
  package static let name = "device confirm"

  /// The fingerprint that `device list` shows; case and hyphens do not matter.
  let fingerprint: String

  package var parameters: [String: JSON] { ["fingerprint": fingerprint.json] }

  package func run(in hub: AdminContext) throws -> TicketDecision {
    let now = hub.clock()
    return try hub.store.write { transaction in
      let ticket = try hub.waitingTicket(of: fingerprint, transaction)
      let spaces = try TicketRegister.confirm(ticket, hub.ledger.ledger, now: now, transaction)
      let entry = AuditEntry(
        .deviceConfirm, by: hub.actor, member: ticket.member, role: ticket.readings.first?.role,
        devices: [ticket.device],
        spaces: spaces)
      try Audit.record(entry, now: now, in: transaction)
      return TicketDecision(
        member: ticket.memberName, isConfirmed: true,
        waiting: try TicketRegister.waiting(hub.ledger.ledger, in: transaction).count)
    }
  }
}

package struct DeviceDismissCommand: ShortAdminCommand {
  package static let name = "device dismiss"

  /// The fingerprint that `device list` shows; case and hyphens do not matter.
  let fingerprint: String

  package var parameters: [String: JSON] { ["fingerprint": fingerprint.json] }

  package func run(in hub: AdminContext) throws -> TicketDecision {
    let now = hub.clock()
    return try hub.store.write { transaction in
      let ticket = try hub.waitingTicket(of: fingerprint, transaction)
      try TicketRegister.dismiss(ticket, in: transaction)
      let entry = AuditEntry(.deviceDismiss, by: hub.actor, member: ticket.member, devices: [ticket.device])
      try Audit.record(entry, now: now, in: transaction)
      return TicketDecision(
        member: ticket.memberName, isConfirmed: false,
        waiting: try TicketRegister.waiting(hub.ledger.ledger, in: transaction).count)
    }
  }
}

extension AdminContext {
  fileprivate func waitingTicket(of fingerprint: String, _ reader: any StoreReader) throws -> Ticket {
    let typed = base32Plain(fingerprint)
    let waiting = try TicketRegister.waiting(ledger.ledger, in: reader)
    guard let ticket = waiting.first(where: { base32Plain($0.device.fingerprint) == typed }) else {
      throw AdminError(
        .noSuchDevice,
        "No computer with the mark '\(fingerprint)' waits to be known again. Type 'device list' to see them.")
    }
    return ticket
  }
}

extension DeviceConfirmCommand {
  package init(parameters: JSON) throws(JSONMismatch) {
    self.init(fingerprint: try parameters.member("fingerprint"))
  }
}

extension DeviceDismissCommand {
  package init(parameters: JSON) throws(JSONMismatch) {
    self.init(fingerprint: try parameters.member("fingerprint"))
  }
}

extension AdminCommand where Self == DeviceConfirmCommand {
  package static func deviceConfirm(_ fingerprint: String) -> Self { Self(fingerprint: fingerprint) }
}

extension AdminCommand where Self == DeviceDismissCommand {
  package static func deviceDismiss(_ fingerprint: String) -> Self { Self(fingerprint: fingerprint) }
}

/// The decision about one forgotten device.
package struct TicketDecision: JSONConvertible {
  package let member: String
  package let isConfirmed: Bool
  /// The number of forgotten devices that still wait.
  package let waiting: Int

  package var json: JSON {
    .object(["member": member.json, "confirmed": isConfirmed.json, "waiting": waiting.json])
  }
}

extension TicketDecision {
  package init(json: JSON) throws(JSONMismatch) {
    self.init(
      member: try json.member("member"), isConfirmed: try json.member("confirmed"),
      waiting: try json.member("waiting"))
  }
}
