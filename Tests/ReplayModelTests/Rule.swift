// The rules of replay, each of which can be switched off to see what goes wrong without it. `Docs/replay.md` numbers
// them in this order and says what was found.

enum Rule: Int, CaseIterable {
  // MARK: The hub's word

  /// A device keeps the receipt of each verdict and shows it until it has read the row.
  case receiptsAreShown
  /// A receipt ends when the device's own log holds the row, not when some row has that position.
  case receiptsStayUntilRead
  /// A checkpoint, receipt, ticket or ledger entry that the hub does not remember begins a new epoch, and pauses a space
  /// when a device shows rows that extend it.
  case rollbackIsProved
  /// Epochs carry their ancestors, so that the hub's word of a later epoch proves that an earlier one has ended.
  case checkpointsCarryAncestors
  /// A cursor is valid by its running digest alone.
  case cursorIsDigest
  /// The running digest covers outcomes.
  case digestCoversOutcome
  /// Rows enter a log only under a checkpoint or a receipt.
  case rowsNeedProof
  /// A page is read up to its last checkpoint.
  case pagesEndWithCheckpoints
  /// Pages have checkpoints inside, close enough for the slowest line.
  case checkpointsWithinPages

  // MARK: Bringing rows back

  /// A row that the hub vouched for keeps its outcome, whatever rights and model are now.
  case vouchedIsNotJudged
  /// Taken outranks void.
  case takenOutranksVoid
  /// Late rows come in the order of their log, then receipts.
  case lateRowsComeInOrder
  /// Rows are welcome after replay has ended, too.
  case endForbidsNothing
  /// Nothing but the rows that extend a log is written to it while replay lasts.
  case hubWaitsForReplay
  /// The hub asks any device for bodies that it lacks.
  case bodiesAreWanted
  /// A device asks its hub for bodies that it lacks.
  case copiesAskForBodies

  // MARK: Names

  /// A hub writes under a new name from each opening.
  case newNameEachOpening
  /// A space made again has the id it had.
  case spaceIDFollowsName
  /// A hub lists a space that a device has and it does not know.
  case unknownSpaceIsSaid
  /// A vouched row whose dot, chain or names mean something else here is readmitted under a name of the hub's own.
  case takenDotIsReadmitted
  /// A readmitted row names its original, and is looked up by it.
  case readmissionNamesOriginal
  /// A late row comes with the digests of the changes that it names.
  case lateRowsNameByDigest

  // MARK: Fresh work

  /// While replay lasts, fresh work waits.
  case freshWorkWaits
  /// Fresh work waits until its device's cursor is valid, nothing is late, and every receipt of an abandoned chain is
  /// read.
  case freshWorkNeedsCursor
  /// Work with too high a Lamport time waits; it is not refused.
  case newerLamportIsLater
  /// Work of a newer model waits; it is not refused.
  case newerModelIsLater

  // MARK: What only the hub held

  /// A device that the hub has forgotten brings rows, by its ticket.
  case ticketsAdmitRows
  /// A ticket brings no right back by itself.
  case ticketsGiveNoRight
  /// While a ticket that says more than the hub knows waits for its answer, its device's work waits.
  case ticketsPostponeRefusals
  /// A device keeps its sealed work until every backup that may be restored has it.
  case sealedUntilSafe
  /// A revoked device brings what the hub lacks before it clears its copy.
  case bringsBeforeClearing
  /// The ledger is asked for every body, by whatever road it comes.
  case ledgerIsAskedForBodies
  /// The ledger is asked for every device, by whatever road the hub went back.
  case ledgerHoldsRevocations
  /// A hub without its ledger serves no rows until replay has ended.
  case withheldWithoutLedger

  // MARK: What no copy holds

  /// A device keeps the state of a snapshot whose rows no hub has as taken, to offer it as new.
  case snapshotStateIsOffered
  /// Work that depends on rows that no copy has is written anew at its owner's word.
  case lostWorkIsRewritten
}

/// A set of rules that hold.
struct Rules {
  private var bits: UInt64 = .max

  static let all = Rules()

  static func allBut(_ rule: Rule) -> Rules {
    var rules = Rules()
    rules.bits &= ~(1 << UInt64(rule.rawValue))
    return rules
  }

  subscript(rule: Rule) -> Bool { bits & 1 << UInt64(rule.rawValue) != 0 }
}
