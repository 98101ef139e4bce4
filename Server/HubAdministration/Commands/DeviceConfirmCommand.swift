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
    try hub.decide(about: fingerprint, isConfirmed: true) { ticket, now, transaction in
      let member = try TicketRegister.confirm(ticket, hub.ledger.ledger, now: now, transaction)
      let introduction = Introduction(member: member.member, name: member.name, role: member.role)
      for space in member.spaces.sorted() {
        try hub.checkReader(member.role, of: space, transaction)
        try introduction.commit(in: space, model: hub.model, now: now, transaction)
      }
      return AuditEntry(
        .deviceConfirm, by: hub.actor, member: member.member, role: member.role, devices: [ticket.device],
        spaces: member.spaces.sorted())
    }
  }
}

package struct DeviceDismissCommand: ShortAdminCommand {
  package static let name = "device dismiss"

  /// The fingerprint that `device list` shows; case and hyphens do not matter.
  let fingerprint: String

  package var parameters: [String: JSON] { ["fingerprint": fingerprint.json] }

  package func run(in hub: AdminContext) throws -> TicketDecision {
    try hub.decide(about: fingerprint, isConfirmed: false) { ticket, _, transaction in
      try TicketRegister.dismiss(ticket, in: transaction)
      return AuditEntry(.deviceDismiss, by: hub.actor, member: ticket.member, devices: [ticket.device])
    }
  }
}

extension AdminContext {
  /// Decides about the ticket that waits of a device, and enters the decision in the audit.
  fileprivate func decide(
    about fingerprint: String, isConfirmed: Bool,
    _ act: (Ticket, Timestamp, any StoreTransaction) throws -> AuditEntry
  ) throws -> TicketDecision {
    let now = clock()
    return try store.write { transaction in
      let ticket = try waitingTicket(of: fingerprint, transaction)
      try Audit.record(act(ticket, now, transaction), now: now, in: transaction)
      return TicketDecision(
        member: ticket.memberName, isConfirmed: isConfirmed,
        waiting: try TicketRegister.waiting(ledger.ledger, in: transaction).count)
    }
  }

  private func waitingTicket(of fingerprint: String, _ reader: any StoreReader) throws -> Ticket {
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
