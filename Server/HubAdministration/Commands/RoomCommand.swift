// `room`: says, or sets, how much members' changes may take in a space.

package import JSONText
internal import Replication
internal import SyncHub

package struct RoomCommand: ShortAdminCommand {
  package static let name = "room"

  let space: String
  /// The new setting, in GiB; `nil` leaves it as it is.
  let gibibytes: UInt64?

  /// The settings that an administrator may choose.
  private static let allowed: ClosedRange<UInt64> = 1...1_000_000

  package var parameters: [String: JSON] { ["space": space.json, "gib": gibibytes.json] }

  package func run(in hub: AdminContext) throws -> SpaceRoom {
    if let gibibytes, !Self.allowed.contains(gibibytes) {
      throw AdminError(.badRoom, "The room of a space is 1 to \(Self.allowed.upperBound) GiB.")
    }
    return try hub.store.write { transaction in
      let spaces = try transaction.sharedSpaces()
      guard let found = spaces.first(where: { $0.name == space }) else {
        let known = spaces.map(\.name).joined(separator: ", ")
        throw AdminError(.noSuchSpace, "There is no space '\(space)'. The spaces are: \(known).")
      }
      if let gibibytes, try hub.allowances.room(of: found.id, in: transaction).most != gibibytes << 30 {
        try HubAllowances.setRoom(gibibytes << 30, of: found.id, in: transaction)
        let entry = AuditEntry(.room, by: hub.actor, spaces: [found.id], counts: ["gib": Int64(gibibytes)])
        try Audit.record(entry, now: hub.clock(), in: transaction)
      }
      let room = try hub.allowances.room(of: found.id, in: transaction)
      return SpaceRoom(space: found.name, used: room.used, most: room.most)
    }
  }
}

extension RoomCommand {
  package init(parameters: JSON) throws(JSONMismatch) {
    self.init(space: try parameters.member("space"), gibibytes: try parameters.member("gib"))
  }
}

extension AdminCommand where Self == RoomCommand {
  /// - Parameter gibibytes: The new setting; `nil` to read it.
  package static func room(_ space: String, gibibytes: UInt64? = nil) -> Self {
    Self(space: space, gibibytes: gibibytes)
  }
}

/// The answer of `room`.
package struct SpaceRoom: JSONConvertible {
  package let space: String
  /// The bytes that members' changes take.
  package let used: UInt64
  /// The most that they may.
  package let most: UInt64

  package var json: JSON { .object(["space": space.json, "used": used.json, "most": most.json]) }
}

extension SpaceRoom {
  package init(json: JSON) throws(JSONMismatch) {
    self.init(space: try json.member("space"), used: try json.member("used"), most: try json.member("most"))
  }
}
