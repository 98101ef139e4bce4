// The outcome of one answer, or of a whole sync: counts, for people to be told, and progress, by which the loop decides
// whether to go on.

package import Replication

/// One replica's changes in one space: what waits for its own predecessors and for nobody else's.
package struct Chain: Hashable, Sendable {
  package let space: SpaceID
  package let replica: ReplicaID

  package init(_ space: SpaceID, _ replica: ReplicaID) {
    self.space = space
    self.replica = replica
  }
}

/// The changes and records that an answer, or a whole sync, moved.
package struct SyncCounts: Equatable, Sendable {
  /// Changes that the hub now says it holds.
  package var acknowledged = 0
  /// Changes the hub refused: voids now, with their words in the rescue box.
  package var refused = 0
  /// Others' changes applied.
  package var received = 0
  /// Own changes sent out again under a new dot, after a fork.
  package var reissued = 0
  /// Changes set aside whole because the hub holds others under their dots.
  package var rescued = 0
  /// Rows offered again because the hub turned out to lack them, and steps back towards the start of a fork.
  package var reoffered = 0
  /// Records that went from this device with the spaces left, or with all.
  package var cleared = 0
  /// Unsent changes that were sealed for the hub.
  package var sealed = 0
  /// Sealed changes that the hub now says it holds.
  package var sealedStored = 0
  /// Proposals that the member is newly asked about.
  package var newProposals = 0
  /// Proposals that are decided.
  package var closedProposals = 0
  /// Per space, the records that are gone with what was set aside.
  package var vanished: [SpaceID: Int] = [:]

  package init() {}

  fileprivate mutating func add(_ later: SyncCounts) {
    for count in [
      \.acknowledged, \.refused, \.received, \.reissued, \.rescued, \.reoffered, \.cleared, \.sealed, \.sealedStored,
      \.newProposals, \.closedProposals,
    ] as [WritableKeyPath<SyncCounts, Int>] {
      self[keyPath: count] += later[keyPath: count]
    }
    vanished.merge(later.vanished, uniquingKeysWith: +)
  }
}

/// The state in which an answer, or a whole sync, leaves spaces, chains and the device.
package struct SyncProgress: Equatable, Sendable {
  /// Chains whose next change the hub cannot take yet.
  package var stalled: Set<Chain> = []
  /// Spaces whose place in the hub's log was lost; their pages in this answer were passed over.
  package var resyncing: Set<SpaceID> = []
  /// Spaces that found their place again, so that what waited there may be offered.
  package var resynced: Set<SpaceID> = []
  /// Spaces read to the hub's last position.
  package var caughtUp: Set<SpaceID> = []
  /// Spaces with more rows to fetch.
  package var behind: Set<SpaceID> = []
  /// Spaces that this device now may read.
  package var entered: Set<SpaceID> = []
  /// Spaces that this device may read no longer.
  package var left: Set<SpaceID> = []
  /// The role the hub says the member has, where it is a new one.
  package var role: String?
  /// True where everything went from this device just now, so that there is something to report.
  package var isCleared = false
  /// The time at which the device was revoked, by the hub's clock.
  package var revoked: Timestamp?
  /// True once the hub has heard that everything is gone.
  package var isReported = false

  package init() {}

  fileprivate mutating func add(_ later: SyncProgress) {
    var sum = later
    sum.entered.formUnion(entered)
    sum.left.formUnion(left)
    sum.role = later.role ?? role
    sum.revoked = later.revoked ?? revoked
    sum.isCleared = later.isCleared || isCleared
    sum.isReported = later.isReported || isReported
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
    counts.acknowledged + counts.refused + counts.received + counts.reissued + counts.rescued + counts.reoffered
      + counts.sealedStored + counts.sealed + counts.closedProposals > 0
      || [progress.resyncing, progress.entered, progress.left, progress.resynced, progress.behind]
        .contains { !$0.isEmpty }
      || progress.isCleared
  }

  /// Adds a later answer's counts; of states, the later one stands.
  package mutating func add(_ later: SyncOutcome) {
    counts.add(later.counts)
    progress.add(later.progress)
  }
}
