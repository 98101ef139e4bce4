// `device revoke`: revokes a device permanently.

internal import Cryptography
package import JSONText
internal import Replication
internal import SyncHub

package struct DeviceRevokeCommand: ShortAdminCommand {
  package static let name = "device revoke"

  /// The fingerprint that `device list` shows; case and hyphens do not matter.
  let fingerprint: String
  let reason: String
  let isPreview: Bool

  package var parameters: [String: JSON] {
    ["fingerprint": fingerprint.json, "reason": reason.json, "preview": isPreview.json]
  }

  /// Revokes the device. If it is revoked already, the first revocation stands and is returned.
  package func run(in hub: AdminContext) throws -> MembershipAnswer<DeviceSummary> {
    let reason = try reason.asReason()
    let typed = base32Plain(fingerprint)
    let now = hub.clock()
    return try hub.store.write { transaction in
      // Two keys with one fingerprint can be made on purpose, at great expense; then both are revoked.
      let meant = try Directory(transaction).devices().filter { base32Plain($0.key.fingerprint) == typed }
      if isPreview, !meant.isEmpty {
        let spaces = try Directory(transaction).principal(meant[0].member)?.spaces ?? []
        return .preview(try MembershipImpact(devices: meant, leaving: Array(spaces), arriving: [], transaction))
      }
      try hub.ledger.enter(
        meant.filter { $0.revocation == nil }.map { .revoked($0.key, now) }, in: transaction)
      let revoked = try meant.map { try Directory.revoke($0, reason: reason, now: now, transaction) }
      guard let device = revoked.first else {
        throw AdminError(
          .noSuchDevice, "There is no computer with the mark '\(fingerprint)'. Type 'device list' to see them.")
      }
      let taken = meant.filter { $0.revocation == nil }
      if let first = taken.first {
        let entry = AuditEntry(.deviceRevoke, by: hub.actor, member: first.member, devices: taken.map(\.key))
        try Audit.record(entry, now: now, in: transaction)
      }
      return .done(try DeviceSummary(device, transaction))
    }
  }
}

extension DeviceRevokeCommand {
  package init(parameters: JSON) throws(JSONMismatch) {
    self.init(
      fingerprint: try parameters.member("fingerprint"), reason: try parameters.member("reason"),
      isPreview: try parameters.member("preview"))
  }
}

extension AdminCommand where Self == DeviceRevokeCommand {
  /// - Parameter isPreview: True to report the revocation's impact without revoking.
  package static func deviceRevoke(_ fingerprint: String, reason: String, isPreview: Bool = false) -> Self {
    Self(fingerprint: fingerprint, reason: reason, isPreview: isPreview)
  }
}
