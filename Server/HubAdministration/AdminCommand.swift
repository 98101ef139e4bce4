// Administrative commands as values: the same command runs in the program itself or, while the hub is served, in the
// serving process, where it arrives as JSON. Each is one file of Commands/: the value, its JSON, its work, and its
// answer.
//
// A command names the type of its answer, so no caller can be handed the answer of another command, and each door
// chooses its own form: JSON for scripts and the socket, wording at a terminal, a page of the web.

package import Replication

/// One command of a data administrator.
package protocol AdminCommand: Equatable, Sendable {
  associatedtype Answer: JSONConvertible

  /// The stable word by which scripts and the socket know the command.
  static var name: String { get }
  /// The members of its JSON beside `act`.
  var parameters: [String: JSON] { get }
  /// Reads what ``parameters`` writes; further members of the object are passed over.
  init(parameters: JSON) throws(JSONMismatch)

  /// Does the command, in one transaction of the hub's store. Called by ``AdminService`` alone.
  func run(in hub: AdminContext) throws -> Answer
}

extension AdminCommand {
  /// The command as the socket carries it.
  package var json: JSON {
    .object(parameters.merging(["act": .string(Self.name)]) { parameter, _ in parameter })
  }
}

/// A command that is said by its name alone.
package protocol PlainAdminCommand: AdminCommand {
  init()
}

extension PlainAdminCommand {
  package var parameters: [String: JSON] { [:] }
  package init(parameters: JSON) throws(JSONMismatch) { self.init() }
}

/// The commands there are.
package enum AdminCommands {
  private static let all: [any AdminCommand.Type] = [
    ImportCommand.self, InviteCommand.self, LeaveCommand.self, DeviceListCommand.self, DeviceRevokeCommand.self,
    ProposalListCommand.self, ProposalTakeCommand.self, ProposalDeclineCommand.self, ReviewListCommand.self,
    ReviewShowCommand.self, ReviewSettleCommand.self, EraseCommand.self, BackupCommand.self, DigestCommand.self,
    VerifyCommand.self, AuditCommand.self, StatusCommand.self,
  ]

  /// Reads a command as ``AdminCommand/json`` writes it.
  package static func command(json: JSON) throws(JSONMismatch) -> any AdminCommand {
    let name: String = try json.member("act")
    guard let type = all.first(where: { $0.name == name }) else { throw JSONMismatch() }
    return try type.init(parameters: json)
  }
}
