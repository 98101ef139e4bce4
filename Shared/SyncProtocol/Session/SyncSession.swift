// A device's side of a sync, as a value without I/O: given the state of its spaces and the hub's answers, it returns
// the messages to send and the steps to take. It does not depend on the transport.
//
//   ready ── request ──► awaiting ── receive ──► ready … until nothing is left to fetch or to offer

internal import Cryptography
package import Replication

/// The reason an answer is discarded. In every case the outbox is unchanged.
package enum SyncFailure: Error, Equatable, Sendable {
  /// The answer is not a hub's: a web page, rubbish, or a protocol this program cannot read.
  case notAHub
  /// The answer was cut off before its end.
  case cut
  /// The answer is from a hub other than the one this copy belongs to.
  case wrongHub(HubID)
  /// The hub speaks a newer protocol, or sends changes this program cannot read.
  case programTooOld
  /// The answer breaks the protocol, in the way that the message describes.
  case nonsense(String)
}

/// A device's side of a sync.
package struct SyncSession: Sendable {
  private enum State {
    /// No request is in flight. Next: `awaiting`.
    case ready
    /// A request is in flight: the dots it offered, the spaces it asked for, and its control messages. Next: `ready` on
    /// an answer, or `awaiting` on another request if no answer came.
    case awaiting(offered: [SpaceID: Set<Dot>], requested: [SpaceID: SpaceRequest], told: ControlOutbox)
  }

  private var state = State.ready
  private let modelVersion: UInt64
  private var hub: HubID?
  private var epoch: EpochID?
  /// Chains whose next change the hub cannot take yet; they are not offered again in this session.
  package private(set) var stalled: Set<Chain> = []

  /// Starts a session.
  ///
  /// - Parameters:
  ///   - hub: The hub this copy belongs to; `nil` before the first contact.
  ///   - epoch: Its epoch at the last contact.
  package init(modelVersion: UInt64, hub: HubID?, epoch: EpochID?) {
    self.epoch = epoch
    self.modelVersion = modelVersion
    self.hub = hub
  }

  /// Builds the next request: the read position of every space, the front of every outbox, and the control messages.
  ///
  /// - Parameters:
  ///   - replica: This copy's current id; a fork changes it in the middle of a session.
  ///   - answerBytesMax: The most bytes of rows to ask for; `nil` for as many as the hub sends.
  package mutating func request(
    _ spaces: [SpaceSyncState], _ control: ControlOutbox = ControlOutbox(), as replica: ReplicaID,
    answerBytesMax: UInt64? = nil
  ) -> [Message] {
    let requests = spaces.map { SpaceRequest(space: $0.space, cursor: $0.cursor, vector: $0.vector) }
    let hello = Hello(
      replica: replica, modelVersion: modelVersion, hub: hub, epoch: epoch, spaces: requests, unsent: control.unsent,
      role: control.role, knownProposals: control.knownProposals, answerBytesMax: answerBytesMax)
    let offering = spaces.filter { !$0.isResyncing }
    state = .awaiting(
      offered: Dictionary(uniqueKeysWithValues: offering.map { ($0.space, Set($0.outbox.map(\.dot))) }),
      requested: Dictionary(uniqueKeysWithValues: requests.map { ($0.space, $0) }), told: control)
    return [.hello(hello)] + offering.flatMap { $0.outbox.map { .offer(RawEntry($0)) } }
      + offering.flatMap { $0.proof.heads.map { .head($0) } + $0.proof.connectingHeaders.map { .connectingHeader($0) } }
      + control.proposalAnswers.sorted { $0.key < $1.key }.map { .proposalAnswer($0, $1) }
      + control.sealedChanges.map { .sealedChange($0) }
      + (control.cleared.map { [.cleared($0)] } ?? [])
  }

  /// Checks the hub's whole answer against the request.
  ///
  /// - Returns: The steps to take, in order.
  /// - Throws: ``SyncFailure``; then no step may be taken.
  package mutating func receive(_ messages: [Message]) throws(SyncFailure) -> [SyncStep] {
    guard case .awaiting(var offered, var requested, let told) = state else {
      throw .nonsense("an answer to no question")
    }
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
      case .notice(let notice):
        if case .leave(let space) = notice { requested[space] = nil }
        if case .revoke = notice { requested = [:] }
        steps.append(.notice(notice))
      case .verdict(let verdict):
        guard offered[verdict.space]?.remove(verdict.dot) != nil else {
          throw .nonsense("a verdict on what was not offered")
        }
        steps.append(.verdict(verdict))
      case .cursorUnknown(let space, let vector):
        guard let ask = requested.removeValue(forKey: space), ask.cursor != nil || isNewEpoch else {
          throw .nonsense("an unknown cursor where none was sent")
        }
        steps.append(.rewind(space, vector))
      case .page(let page):
        guard let ask = requested.removeValue(forKey: page.space) else {
          throw .nonsense("a page of a space not asked for")
        }
        guard page.epoch == welcome.epoch, page.from == ask.cursor?.position ?? 0 else {
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
    steps += requested.keys.sorted().map { .unknownSpace($0) }
    if let cleared = told.cleared { steps.append(.clearingReported(cleared)) }
    return steps
  }

  /// Notes the outcome of the steps, so that the next request leaves out stalled chains.
  package mutating func note(_ outcome: SyncOutcome) {
    stalled.formUnion(outcome.progress.stalled)
  }
}
