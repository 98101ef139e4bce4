// `device list`: the devices that have joined, and what the hub knows of the copies on them.

internal import Cryptography
package import JSONText
package import Replication
internal import SyncHub
internal import SyncProtocol

package struct DeviceListCommand: PlainAdminCommand {
  package static let name = "device list"
  package init() {}

  package func run(in hub: AdminContext) throws -> DeviceList {
    try hub.store.read { reader in
      DeviceList(
        devices: try Directory(reader).devices().map { try DeviceSummary($0, reader) },
        forgotten: try TicketRegister.waiting(hub.ledger.ledger, in: reader).map {
          try ForgottenDevice($0, hub.ledger.ledger, reader)
        })
    }
  }
}

extension AdminCommand where Self == DeviceListCommand {
  package static var deviceList: Self { Self() }
}

/// The answer of `device list`.
package struct DeviceList: JSONConvertible {
  package let devices: [DeviceSummary]
  /// The devices about which a restored hub asks an administrator.
  package let forgotten: [ForgottenDevice]

  package var json: JSON { .object(["devices": devices.json, "forgotten": forgotten.json]) }
}

extension DeviceList {
  package init(json: JSON) throws(JSONMismatch) {
    self.init(devices: try json.member("devices"), forgotten: try json.member("forgotten"))
  }
}

/// A device that a restored hub does not know, or whose member had other rights, with what confirming it would give.
package struct ForgottenDevice: JSONConvertible {
  package let member: String
  package let fingerprint: String
  package let role: String
  /// The names of the spaces.
  package let spaces: [String]

  package var json: JSON {
    .object([
      "member": member.json, "fingerprint": fingerprint.json, "role": role.json, "spaces": spaces.json,
    ])
  }
}

extension ForgottenDevice {
  package init(json: JSON) throws(JSONMismatch) {
    self.init(
      member: try json.member("member"), fingerprint: try json.member("fingerprint"), role: try json.member("role"),
      spaces: try json.member("spaces"))
  }

  fileprivate init(_ ticket: Ticket, _ ledger: Ledger, _ reader: any StoreReader) throws {
    let (known, gain) = (
      try Directory(reader).principal(ticket.member), try TicketRegister.gain(by: ticket, ledger, in: reader)
    )
    let kept = try known?.spaces.compactMap { try reader.space($0)?.name } ?? []
    self.init(
      member: ticket.memberName, fingerprint: ticket.device.fingerprint,
      role: gain.first?.role ?? known?.role ?? ticket.readings.first?.role ?? "",
      spaces: Set(kept).union(gain.map(\.name)).sorted())
  }
}

/// A device, as shown to an administrator.
package struct DeviceSummary: JSONConvertible {
  package let member: String
  package let fingerprint: String
  /// The time and reason of its revocation; `nil` if it is not revoked.
  package let revoked: Timestamp?
  package let reason: String?
  /// The time at which it reported that its copy was cleared; `nil` while the copy may still be there.
  package let cleared: Timestamp?
  /// The time of its last contact; `nil` before the first.
  package let lastSeen: Timestamp?
  /// The number of changes that were waiting on it then.
  package let unsent: UInt64?
  /// The names of the spaces it must clear and has not confirmed clearing.
  package let pendingWipes: [String]

  package var json: JSON {
    .object([
      "member": member.json, "fingerprint": fingerprint.json, "revoked": revoked.json, "reason": reason.json,
      "cleared": cleared.json, "lastSeen": lastSeen.json, "unsent": unsent.json, "stillHolds": pendingWipes.json,
    ])
  }
}

extension DeviceSummary {
  package init(json: JSON) throws(JSONMismatch) {
    self.init(
      member: try json.member("member"), fingerprint: try json.member("fingerprint"),
      revoked: try json.member("revoked"), reason: try json.member("reason"), cleared: try json.member("cleared"),
      lastSeen: try json.member("lastSeen"), unsent: try json.member("unsent"),
      pendingWipes: try json.member("stillHolds"))
  }

  init(_ device: Device, _ reader: any StoreReader) throws {
    let names = try Dictionary(reader.spaces().map { ($0.id, $0.name) }) { first, _ in first }
    self.init(
      member: device.memberName, fingerprint: device.key.fingerprint, revoked: device.revocation?.time,
      reason: device.revocation?.reason, cleared: device.cleared, lastSeen: device.lastContact?.time,
      unsent: device.lastContact?.unsent,
      pendingWipes: try PendingWipe.spaces(of: device, in: reader).map { names[$0] ?? $0.description })
  }
}
