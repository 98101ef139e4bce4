// The outcome of one answer, or of a whole sync: counts to report to people, and progress from which the loop decides
// whether to continue.

package import Replication

/// One replica's changes in one space. A change waits for its predecessors in its own chain, never for another chain.
package struct Chain: Hashable, Sendable {
  package let space: SpaceID
  package let replica: ReplicaID

  package init(_ space: SpaceID, _ replica: ReplicaID) {
    self.space = space
    self.replica = replica
  }
}

/// Counts of the changes and records that an answer, or a whole sync, moved.
package struct SyncCounts: Equatable, Sendable {
  /// Changes that the hub has now acknowledged.
  package var acknowledged = 0
  /// Changes the hub refused; each is now a void, with its text in the rescue box.
  package var refused = 0
  /// Others' changes applied.
  package var received = 0
  /// Own changes re-issued under a new dot after a fork.
  package var reissued = 0
  /// Changes moved whole to the rescue box because the hub holds others under their dots.
  package var rescued = 0
  /// Rows of a log that the hub had left, and has again.
  package var returned = 0
  /// Changes queued again because the hub has less of them than this copy.
  package var reoffered = 0
  /// Records removed from this device, with the spaces left or with all of them.
  package var cleared = 0
  /// Unsent changes that were sealed for the hub.
  package var sealed = 0
  /// Sealed changes that the hub has now confirmed holding.
  package var sealedStored = 0
  /// New proposals for the member to answer.
  package var newProposals = 0
  /// Proposals that have been decided.
  package var closedProposals = 0
  /// Per space, the records that vanished unexplained (``MassRemoval``).
  package var vanished: [SpaceID: Int] = [:]

  package init() {}

  fileprivate mutating func add(_ later: SyncCounts) {
    for count in [
      \.acknowledged, \.refused, \.received, \.returned, \.reissued, \.rescued, \.reoffered, \.cleared, \.sealed,
      \.sealedStored,
      \.newProposals, \.closedProposals,
    ] as [WritableKeyPath<SyncCounts, Int>] {
      self[keyPath: count] += later[keyPath: count]
    }
    vanished.merge(later.vanished, uniquingKeysWith: +)
  }
}

/// The state of spaces, chains and the device after an answer, or a whole sync.
package struct SyncProgress: Equatable, Sendable {
  /// Chains whose next change the hub cannot take yet.
  package var stalled: Set<Chain> = []
  /// Changes that the hub has recorded; its pages show what became of them.
  package var recorded: [SpaceID: Set<Dot>] = [:]
  /// Per space, the end of a hub's log that lacks what this copy had read of it.
  package var lacking: [SpaceID: UInt64] = [:]
  /// Spaces read to the end since the hub's log turned out to differ, so that their outboxes may be offered again.
  package var caughtUpAgain: Set<SpaceID> = []
  /// Spaces that wait as they were until a person has agreed.
  package var questions: [MassRemoval] = []
  /// Spaces with more rows to fetch.
  package var behind: Set<SpaceID> = []
  /// Spaces that this device may now read.
  package var entered: Set<SpaceID> = []
  /// Spaces that this device may no longer read.
  package var left: Set<SpaceID> = []
  /// True if the hub takes work, and gives no rows until an administrator lets it.
  package var isRestoring = false
  /// The member's new role according to the hub; `nil` if it has not changed.
  package var role: String?
  /// True if the hub went back to a backup that knows less of this device, and asks an administrator about it.
  package var isForgotten = false
  /// True if everything was just removed from this device, which is then to be reported.
  package var isCleared = false
  /// The time at which the device was revoked, by the hub's clock.
  package var revoked: Timestamp?
  /// True once the hub has received the report that everything was removed.
  package var isReported = false
  /// The allowances that are nearly full, or full; `nil` if nothing was offered that counts against one.
  package var allowances: [AllowanceUse]?

  package init() {}

  /// True if another request would fetch more.
  var hasMoreToFetch: Bool { !behind.isEmpty && !isRestoring }

  fileprivate mutating func add(_ later: SyncProgress) {
    var sum = later
    sum.questions = questions + later.questions
    sum.entered.formUnion(entered)
    sum.left.formUnion(left)
    sum.role = later.role ?? role
    sum.revoked = later.revoked ?? revoked
    sum.isCleared = later.isCleared || isCleared
    sum.isReported = later.isReported || isReported
    sum.allowances = later.allowances ?? allowances
    self = sum
  }
}

/// The outcome of one answer, or of a whole sync.
package struct SyncOutcome: Equatable, Sendable {
  package var counts = SyncCounts()
  package var progress = SyncProgress()

  package init() {}

  /// Tests whether this answer moved anything, so that another request may move more.
  package var madeProgress: Bool {
    counts.acknowledged + counts.refused + counts.received + counts.returned + counts.reissued + counts.rescued
      + counts.reoffered
      + counts.sealedStored + counts.sealed + counts.closedProposals > 0
      || [progress.entered, progress.left, progress.caughtUpAgain].contains { !$0.isEmpty }
      || progress.hasMoreToFetch
      || !progress.recorded.isEmpty || !progress.lacking.isEmpty
      // A chain that stalls is offered no more, which makes room for what is behind it.
      || !progress.stalled.isEmpty || progress.isCleared
      // So does a space that waits for a person.
      || !progress.questions.isEmpty
  }

  /// Adds a later answer's counts. Its state replaces the earlier one, except that questions, entered and left spaces,
  /// role, revocation and clearing carry over.
  package mutating func add(_ later: SyncOutcome) {
    counts.add(later.counts)
    progress.add(later.progress)
  }
}
