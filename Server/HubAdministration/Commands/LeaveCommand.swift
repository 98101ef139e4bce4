// `leave`: ends a member's access to a space.

package import JSONText
internal import Replication
internal import SyncHub

package struct LeaveCommand: ShortAdminCommand {
  package static let name = "leave"

  let member: String
  let space: String
  let isPreview: Bool

  package var parameters: [String: JSON] {
    ["member": member.json, "space": space.json, "preview": isPreview.json]
  }

  package func run(in hub: AdminContext) throws -> MembershipAnswer<ReadingEnded> {
    let now = hub.clock()
    return try hub.store.write { transaction in
      let principal = try Directory(transaction).member(called: member.trimmingSpaces)
      // What a partner has given comes and goes with the space that it is shown with.
      let invited = principal.spaces.subtracting(principal.received)
      let readable = try transaction.spaces().filter { invited.contains($0.id) }
      // A member reads no private space but their own.
      let fits = readable.first { $0.name == space } ?? readable.first { $0.name.hasPrefix(space + ":") }
      guard let left = fits else {
        let known = readable.map(\.name).joined(separator: ", ")
        throw AdminError(.noSuchSpace, "\(principal.name) does not read '\(space)', but: \(known).")
      }
      let impact = try MembershipImpact(
        devices: Directory(transaction).devices(of: principal.member), leaving: [left.id], arriving: [], transaction)
      guard !isPreview else { return .preview(impact) }
      try hub.ledger.enter([.left(principal.member, left.id, now)], in: transaction)
      _ = try Directory.leave(left.id, member: principal.member, now: now, transaction)
      try Audit.record(
        AuditEntry(.leave, by: hub.actor, member: principal.member, spaces: [left.id]), now: now, in: transaction)
      return .done(ReadingEnded(member: principal.name, space: left.name, devices: impact.devices))
    }
  }
}

extension LeaveCommand {
  package init(parameters: JSON) throws(JSONMismatch) {
    self.init(
      member: try parameters.member("member"), space: try parameters.member("space"),
      isPreview: try parameters.member("preview"))
  }
}

extension AdminCommand where Self == LeaveCommand {
  /// - Parameter isPreview: True to report the impact of leaving without ending access.
  package static func leave(member: String, space: String, isPreview: Bool = false) -> Self {
    Self(member: member, space: space, isPreview: isPreview)
  }
}

/// A member's access to a space that has ended.
package struct ReadingEnded: JSONConvertible {
  package let member: String
  package let space: String
  /// The number of the member's devices that must clear the space.
  package let devices: Int

  package var json: JSON { .object(["member": member.json, "space": space.json, "devices": devices.json]) }
}

extension ReadingEnded {
  package init(json: JSON) throws(JSONMismatch) {
    self.init(
      member: try json.member("member"), space: try json.member("space"), devices: try json.member("devices"))
  }
}
