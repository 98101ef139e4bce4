// One conversation with a hub, as a value with no I/O: it is told where its spaces stand and what the hub answered,
// and says what to send and which steps to take. The same session serves a device and a visiting hub, over any carrier.
//
//   ready ── request ──► awaiting ── receive ──► ready … until nothing is left to fetch or to offer

package import Cryptography
package import Replication

/// Why an answer counts for nothing. Whatever the case, the outbox is as it was.
package enum SyncFailure: Error, Equatable, Sendable {
  /// What came is no answer of a hub: a web page, rubbish, or a protocol this program cannot read.
  case notAHub
  /// The answer was cut before its end.
  case cut
  /// Another hub answers than the one this copy belongs to.
  case wrongHub(HubID)
  /// The hub speaks a newer protocol, or sends changes this program cannot read.
  case programTooOld
  /// The hub says what a hub never says; the message says what.
  case nonsense(String)
}

/// Where one space of this copy stands, as the session needs it.
package struct SpaceSyncState: Sendable {
  package let space: SpaceID
  package let cursor: Cursor?
  package let heights: [ChainHeight]
  /// Whether this copy lost its place in the hub's log and has not read to its head since. Until then it sends its
  /// vector, so that what it holds does not come again, and offers nothing: what it wrote may name dots by which the
  /// hub now means something else, and reading shows which.
  package let isResyncing: Bool
  /// The front of the outbox, in log order.
  package let outbox: [LogEntry]
  /// Who stands for it.
  package let proof: OfferProof

  package init(
    space: SpaceID, cursor: Cursor?, heights: [ChainHeight], isResyncing: Bool, outbox: [LogEntry],
    proof: OfferProof = OfferProof()
  ) {
    self.space = space
    self.cursor = cursor
    self.heights = heights
    self.isResyncing = isResyncing
    self.outbox = outbox
    self.proof = proof
  }
}

/// Who stands for the changes a device offers.
package struct OfferProof: Equatable, Sendable {
  package var heads: [SignedHead] = []
  /// Headers, each leading from a change that is offered to a head of a later one.
  package var connectingHeaders: [[UInt8]] = []

  package init() {}
}

/// What to do about an answer. The steps are taken in order: those of membership in one transaction, the others in another.
package enum SyncStep: Equatable, Sendable {
  /// The hub spoke: remember which it is, its epoch and its time.
  case remember(Welcome)
  case notice(Notice)
  case verdict(Verdict)
  /// The cursor is unknown there: forget it, and offer again what the hub's heights show that it lacks.
  case rewind(SpaceID, [ChainHeight])
  case apply(Page)
  /// The hub holds a rescue: it need not be kept here.
  case sealedChangeStored(Digest)
  /// The hub has heard what was cleared away.
  case clearingReported(Clearing)

  /// Whether it says who may hold what, or that the hub holds or has heard something: what no other step may hold up.
  package var isOfMembership: Bool {
    switch self {
    case .notice(.leave), .notice(.revoke), .notice(.restrict), .notice(.proposal), .notice(.proposalClosed),
      .sealedChangeStored, .clearingReported:
      true
    case .notice(.enter), .notice(.schema), .remember, .verdict, .rewind, .apply: false
    }
  }
}

/// A device's side of a sync.
package struct SyncSession: Sendable {
  private enum State {
    case ready
    /// A request is under way; these dots were offered, these spaces asked about.
    case awaiting(offered: [SpaceID: Set<Dot>], asked: [SpaceID: SpaceRequest], told: ControlOutbox)
  }

  private var state = State.ready
  private let modelVersion: UInt64
  private var hub: HubID?
  private var epoch: EpochID?
  /// Chains whose next change the hub cannot take yet: not to be offered again in this session.
  package private(set) var stalled: Set<Chain> = []

  /// - Parameters:
  ///   - hub: The hub this copy belongs to; `nil` before the first contact.
  ///   - epoch: Its epoch at the last contact.
  package init(modelVersion: UInt64, hub: HubID?, epoch: EpochID?) {
    self.epoch = epoch
    self.modelVersion = modelVersion
    self.hub = hub
  }

  /// The next request: how far every space is read, and the front of every outbox.
  ///
  /// - Parameter replica: This copy's name by now; a fork changes it in the middle of a session.
  package mutating func request(
    _ standings: [SpaceSyncState], _ errands: ControlOutbox = ControlOutbox(), as replica: ReplicaID
  ) -> [Message] {
    let asks = standings.map { standing in
      let needsVector = standing.cursor == nil || standing.isResyncing
      return SpaceRequest(
        space: standing.space, cursor: standing.cursor, vector: needsVector ? standing.heights : nil)
    }
    let hello = Hello(
      replica: replica, modelVersion: modelVersion, hub: hub, epoch: epoch, spaces: asks, unsent: errands.unsent,
      role: errands.role, knownProposals: errands.knownProposals)
    let offering = standings.filter { !$0.isResyncing }
    state = .awaiting(
      offered: Dictionary(uniqueKeysWithValues: offering.map { ($0.space, Set($0.outbox.map(\.dot))) }),
      asked: Dictionary(uniqueKeysWithValues: asks.map { ($0.space, $0) }), told: errands)
    return [.hello(hello)] + offering.flatMap { $0.outbox.map { .offer(RawEntry($0)) } }
      + offering.flatMap { $0.proof.heads.map { .head($0) } + $0.proof.connectingHeaders.map { .connectingHeader($0) } }
      + errands.proposalAnswers.sorted { $0.key < $1.key }.map { .proposalAnswer($0, $1) }
      + errands.sealedChanges.map { .sealedChange($0) }
      + (errands.cleared.map { [.cleared($0)] } ?? [])
  }

  /// Takes the hub's answer, whole.
  ///
  /// - Returns: The steps to take, in order, in one transaction.
  /// - Throws: ``SyncFailure``; then no step is to be taken.
  package mutating func receive(_ messages: [Message]) throws(SyncFailure) -> [SyncStep] {
    guard case .awaiting(var offered, let asked, let told) = state else { throw .nonsense("an answer to no question") }
    state = .ready
    guard case .welcome(let welcome)? = messages.first else { throw .notAHub }
    guard welcome.protocolVersion == protocolVersion else { throw .programTooOld }
    if let hub, hub != welcome.hub { throw .wrongHub(welcome.hub) }
    guard case .end? = messages.last else { throw .cut }
    let isNewEpoch = epoch.map { $0 != welcome.epoch } ?? false
    (hub, epoch) = (welcome.hub, welcome.epoch)
    var steps = [SyncStep.remember(welcome)]
    for message in messages.dropFirst().dropLast() {
      switch message {
      case .notice(let notice): steps.append(.notice(notice))
      case .verdict(let verdict):
        guard offered[verdict.space]?.remove(verdict.dot) != nil else {
          throw .nonsense("a verdict on what was not offered")
        }
        steps.append(.verdict(verdict))
      case .cursorUnknown(let space, let heights):
        guard let ask = asked[space], ask.cursor != nil || isNewEpoch else {
          throw .nonsense("an unknown cursor where none was sent")
        }
        steps.append(.rewind(space, heights))
      case .page(let page):
        guard let ask = asked[page.space] else { throw .nonsense("a page of a space not asked for") }
        guard page.epoch == welcome.epoch, page.from <= ask.cursor?.position ?? 0 else {
          throw .nonsense("a page that does not follow the cursor")
        }
        steps.append(.apply(page))
      case .sealedChangeStored(let digest):
        guard told.sealedChanges.contains(where: { SealedChange.digest(of: $0) == digest }) else {
          throw .nonsense("a rescue kept that was not sent")
        }
        steps.append(.sealedChangeStored(digest))
      case .welcome, .end, .hello, .offer, .head, .connectingHeader, .proposalAnswer, .sealedChange, .cleared:
        throw .nonsense("a message out of place")
      }
    }
    if let cleared = told.cleared { steps.append(.clearingReported(cleared)) }
    return steps
  }

  /// Hears how the steps went, so that the next request does better.
  package mutating func note(_ tally: SyncOutcome) {
    stalled.formUnion(tally.stalled)
  }
}
