// The steps that follow from an answer: `SyncSession` returns them, `AnswerApplication` takes them.

package import Cryptography
package import Replication

/// One step of applying an answer: those of membership are taken in one transaction, the others in a second. Of the
/// others, those that concern no space come first, and then space by space; otherwise, their order is the answer's.
package enum SyncStep: Equatable, Sendable {
  /// Stores which hub answered, its epoch and its time.
  case remember(Welcome)
  case notice(Notice)
  case verdict(Verdict)
  /// Finds how far this copy's reading and the hub's log agree, given positions of that log.
  case realign(SpaceID, [ReadPosition])
  case apply(Page)
  /// Offers the bodies that the hub lacks, and takes those that it has again.
  case bodies(BodyNews)
  /// Notes a space that was asked for and that the answer says nothing of: the hub does not know it, or no longer knows
  /// that this device may read it.
  case unknownSpace(SpaceID)
  /// Stops offering a sealed change that the hub now holds.
  case sealedChangeStored(Digest, by: Welcome)
  /// Keeps a ticket, to show it with the next requests.
  case keep(Ticket)
  /// Keeps what the hub says of the allowances that are nearly full, in place of what it said before.
  case allowances([AllowanceUse])
  /// Drops a report of cleared spaces that the hub has received.
  case clearingReported(Clearing)

  /// The space whose rows the step is about; `nil` for one about the whole copy, or about which spaces it has.
  var space: SpaceID? {
    switch self {
    case .verdict(let verdict): verdict.space
    case .realign(let space, _), .unknownSpace(let space): space
    case .apply(let page): page.space
    case .bodies(let news): news.space
    case .remember, .notice, .sealedChangeStored, .clearingReported, .keep, .allowances: nil
    }
  }

  /// True for steps that say who may hold what, or that confirm what the hub has received. No other step may hold these
  /// up.
  package var isOfMembership: Bool {
    switch self {
    case .notice(.leave), .notice(.revoke), .notice(.restrict), .notice(.proposal), .notice(.proposalClosed),
      .sealedChangeStored, .clearingReported:
      true
    case .notice(.enter), .notice(.schema), .notice(.forgotten), .notice(.restoring), .notice(.allowance), .remember,
      .verdict, .realign, .apply, .bodies, .unknownSpace, .keep, .allowances:
      false
    }
  }
}
