// `device revoke`: a computer is taken off, for good.

internal import Cryptography
package import Replication
internal import SyncHub

package struct DeviceRevokeCommand: AdminCommand {
  package static let name = "device revoke"

  /// As `device list` shows it; case and dashes do not matter.
  let fingerprint: String
  let reason: String
  let isPreview: Bool

  package var parameters: [String: JSON] {
    ["fingerprint": fingerprint.json, "reason": reason.json, "preview": isPreview.json]
  }

  /// The answer of a device that was revoked before is its first revocation, which stands.
  package func run(in hub: AdminContext) throws -> MembershipAnswer<DeviceSummary> {
    let reason = try reason.asReason()
    let typed = base32Plain(fingerprint)
    let now = hub.clock()
    return try hub.store.write { transaction in
      // Two of one fingerprint could be made on purpose, with much work; then both are meant.
      let meant = try Directory(transaction).devices().filter { base32Plain($0.key.fingerprint) == typed }
      if isPreview, !meant.isEmpty {
        let spaces = try Directory(transaction).principal(meant[0].member)?.spaces ?? []
        return .preview(try MembershipImpact(devices: meant, leaving: Array(spaces), arriving: [], transaction))
      }
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
  /// - Parameter isPreview: Says what the revocation would do, and does nothing.
  package static func deviceRevoke(_ fingerprint: String, reason: String, isPreview: Bool = false) -> Self {
    Self(fingerprint: fingerprint, reason: reason, isPreview: isPreview)
  }
}
