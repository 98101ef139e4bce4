// Administrative commands as values. A command runs in the program itself or, while the hub is being served, in the
// serving process, which receives it as JSON. Each has a file of its own in Commands/: the value, its JSON, its
// implementation and its answer.
//
// A command names the type of its answer, so the compiler ties the two together. An answer that can be long is told in
// entries, which are shown as they are found and never held together, and a short end. Each door presents answers in its
// own form: JSON for scripts and the socket, sentences at a terminal, HTML on a web page.

package import JSONText

/// A command of a data administrator.
package protocol AdminCommand: Equatable, Sendable {
  associatedtype Answer: JSONConvertible
  /// One entry of a long answer, told before its end; `Never` if the answer cannot be long.
  associatedtype Entry: JSONConvertible = Never

  /// The stable name of the command, for scripts and the socket.
  static var name: String { get }
  /// The members of the command's JSON besides `act`.
  var parameters: [String: JSON] { get }
  /// Reads what ``parameters`` writes; other members of the object are ignored.
  init(parameters: JSON) throws(JSONMismatch)

  /// Carries the command out. Only ``AdminService`` calls this.
  ///
  /// - Parameter telling: Called with the next entries. It may block for as long as a reader takes, so it must be called
  ///   outside of every transaction. What it throws must be thrown.
  func run(in hub: AdminContext, telling: ([Entry]) throws -> Void) throws -> Answer
}

/// A command whose answer is short.
package protocol ShortAdminCommand: AdminCommand where Entry == Never {
  // Declared again, so that it is inferred from `run`.
  associatedtype Answer

  /// Carries the command out. Only ``AdminService`` calls this.
  func run(in hub: AdminContext) throws -> Answer
}

extension ShortAdminCommand {
  package func run(in hub: AdminContext, telling: ([Entry]) throws -> Void) throws -> Answer { try run(in: hub) }
}

extension AdminCommand {
  /// The command as the socket carries it.
  package var json: JSON {
    .object(parameters.merging(["act": .string(Self.name)]) { parameter, _ in parameter })
  }
}

/// A command without parameters.
package protocol PlainAdminCommand: ShortAdminCommand {
  init()
}

extension PlainAdminCommand {
  package var parameters: [String: JSON] { [:] }
  package init(parameters: JSON) throws(JSONMismatch) { self.init() }
}

/// The list of all commands, by which JSON finds its type.
package enum AdminCommands {
  private static let all: [any AdminCommand.Type] = [
    ImportCommand.self, InviteCommand.self, LeaveCommand.self, DeviceListCommand.self, DeviceRevokeCommand.self,
    DeviceConfirmCommand.self, DeviceDismissCommand.self,
    ProposalListCommand.self, ProposalTakeCommand.self, ProposalDeclineCommand.self, ReviewListCommand.self,
    ReviewShowCommand.self, ReviewSettleCommand.self, EraseCommand.self, BackupCommand.self, BackupDaysCommand.self,
    RoomCommand.self, LedgerAcceptCommand.self, DigestCommand.self, VerifyCommand.self, AuditCommand.self,
    StatusCommand.self,
    PartnerInviteCommand.self, PartnerJoinCommand.self, PartnerListCommand.self, PartnerStatusCommand.self,
    PartnerSyncCommand.self, PartnerRecordsCommand.self, PartnerSuggestCommand.self, AgreementProposeCommand.self,
    AgreementShowCommand.self, AgreementSignCommand.self, AgreementConfirmCommand.self,
    AgreementEndCommand.self, AgreementPreviewCommand.self, AgreementCertificateCommand.self,
  ]

  /// Reads a command from the form that ``AdminCommand/json`` writes.
  package static func command(json: JSON) throws(JSONMismatch) -> any AdminCommand {
    let name: String = try json.member("act")
    guard let type = all.first(where: { $0.name == name }) else { throw JSONMismatch() }
    return try type.init(parameters: json)
  }
}
