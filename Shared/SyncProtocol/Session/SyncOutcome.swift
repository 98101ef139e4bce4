// What the steps of an answer did, for the person and for the loop that decides whether to go on.

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

/// The counts of one answer, or of a whole sync.
package struct SyncOutcome: Equatable, Sendable {
  /// Changes the hub now says it holds.
  package var acknowledged = 0
  /// Changes the hub refused, now voids with their words in the rescue box.
  package var refused = 0
  /// Others' changes taken in.
  package var received = 0
  /// Own changes sent out again under a new dot, after a fork.
  package var reissued = 0
  /// Changes set aside whole because the hub holds others under their dots.
  package var rescued = 0
  /// Per space, the records that are gone with what was set aside.
  package var vanished: [SpaceID: Int] = [:]
  /// Rows offered again because the hub turned out to lack them, and steps back towards the start of a fork.
  package var reoffered = 0
  /// Chains whose next change the hub cannot take yet.
  package var stalled: Set<Chain> = []
  /// Spaces whose place in the hub's log was lost; their pages in this answer were passed over.
  package var resyncing: Set<SpaceID> = []
  /// Spaces read to the hub's head.
  package var caughtUp: Set<SpaceID> = []
  /// Spaces that found their place again, so that what waited there may be offered.
  package var resynced: Set<SpaceID> = []
  /// Spaces with more rows to fetch.
  package var behind: Set<SpaceID> = []
  /// Spaces this device now may, and may no longer, read.
  package var entered: Set<SpaceID> = []
  package var left: Set<SpaceID> = []
  /// Records that went from this device with the spaces left, or with all.
  package var cleared = 0
  /// Unsent changes that were sealed for the hub, and how many rescues it now says it holds.
  package var sealed = 0
  package var sealedStored = 0
  /// Pieces of held work that the member is newly asked about, and that are decided.
  package var newProposals = 0
  package var closedProposals = 0
  /// The role the hub says the member has, where it is a new one.
  package var role: String?
  /// Whether everything went from this device just now, so that there is something to report.
  package var isCleared = false
  /// When the device was taken off, as the hub says.
  package var revoked: Timestamp?
  /// Whether the hub has heard that everything is gone.
  package var isReported = false

  package init() {}

  /// Whether this answer moved anything, so that another request may move more.
  package var madeProgress: Bool {
    acknowledged + refused + received + reissued + rescued + reoffered + sealedStored + sealed + closedProposals > 0
      || ![resyncing, entered, left, resynced, behind].allSatisfy(\.isEmpty) || isCleared
  }

  /// Adds a later answer's counts; of states, the later one stands.
  package mutating func add(_ later: SyncOutcome) {
    acknowledged += later.acknowledged
    refused += later.refused
    received += later.received
    reissued += later.reissued
    rescued += later.rescued
    vanished.merge(later.vanished, uniquingKeysWith: +)
    reoffered += later.reoffered
    stalled = later.stalled
    resyncing = later.resyncing
    caughtUp = later.caughtUp
    resynced = later.resynced
    behind = later.behind
    entered.formUnion(later.entered)
    left.formUnion(later.left)
    cleared += later.cleared
    sealed += later.sealed
    sealedStored += later.sealedStored
    newProposals += later.newProposals
    closedProposals += later.closedProposals
    role = later.role ?? role
    revoked = later.revoked ?? revoked
    isCleared = later.isCleared || isCleared
    isReported = later.isReported || isReported
  }
}
