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
    /// A request is in flight: the dots it offered, the spaces it asked for, the signatures of its segments, and its
    /// control messages. Next: `ready` on an answer, or `awaiting` on another request if no answer came.
    case awaiting(
      offered: [SpaceID: Set<Dot>], requested: [SpaceID: SpaceRequest], bringing: [SpaceID: [[UInt8]]],
      told: ControlOutbox)
  }

  private var state = State.ready
  private let modelVersion: UInt64
  private var hub: HubID?
  /// Chains whose next change the hub cannot take yet; they are not offered again in this session.
  package private(set) var stalled: Set<Chain> = []
  /// The spaces that wait for a person (``MassRemoval``).
  private var questioned: Set<SpaceID> = []
  /// True if the hub gives no rows (``Notice/restoring``), so that this copy cannot read on before it brings what it has.
  private(set) var isRestoring = false
  /// True if the hub asks an administrator about this device (``Notice/forgotten``), and judges nothing new of it.
  private(set) var isForgotten = false
  /// True if the last answer was the first to say that this copy cannot read on, so that it brings at once what waited
  /// for reading on.
  private(set) var mayBringLate = false
  /// Changes that the hub has recorded, and that no page has shown yet.
  private var recorded: [SpaceID: Set<Dot>] = [:]
  /// The end of the hub's log where it is before this copy's position.
  private var lacking: [SpaceID: UInt64] = [:]
  /// Spaces of which the hub does not take what it lacks.
  private var givenUp: Set<SpaceID> = []
  /// The signatures of the segments that the hub has been brought in this session.
  private var brought: Set<[UInt8]> = []
  /// True if the last request brought segments for the first time in this session, so that something else may follow.
  private(set) var hasBroughtMore = false
  /// The spaces of which the last request brought segments.
  private var broughtOf: Set<SpaceID> = []

  /// Starts a session.
  ///
  /// - Parameters:
  ///   - hub: The hub this copy belongs to; `nil` before the first contact.
  package init(modelVersion: UInt64, hub: HubID?) {
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
    let requests = spaces.map { SpaceRequest(space: $0.space, position: $0.position, bodyNews: $0.bodyNews) }
    let hello = Hello(
      replica: replica, modelVersion: modelVersion, hub: hub, spaces: requests, unsent: control.unsent,
      role: control.role, knownProposals: control.knownProposals, answerBytesMax: answerBytesMax)
    state = .awaiting(
      offered: Dictionary(uniqueKeysWithValues: spaces.map { ($0.space, Set($0.outbox.map(\.dot))) }),
      requested: Dictionary(uniqueKeysWithValues: requests.map { ($0.space, $0) }),
      bringing: Dictionary(uniqueKeysWithValues: spaces.map { ($0.space, $0.segments.map(\.signature)) }), told: control
    )
    return [.hello(hello)] + spaces.flatMap { $0.segments.map { .segment($0) } }
      + spaces.flatMap { $0.outbox.map { .offer(header: $0.headerBytes, body: $0.bodyBytes) } }
      + spaces.flatMap { $0.heads.map { .head($0) } }
      + control.proposalAnswers.sorted { $0.key < $1.key }.map { .proposalAnswer($0, $1) }
      + control.sealedChanges.map { .sealedChange($0) }
      + (control.cleared.map { [.cleared($0)] } ?? [])
  }

  /// Checks the messages of the hub's answer against the request. The caller has already checked that the answer is whole
  /// and signed by the hub (``SignedAnswer``).
  ///
  /// - Returns: The steps to take, in order.
  /// - Throws: ``SyncFailure``; then no step may be taken.
  package mutating func receive(_ messages: [Message]) throws(SyncFailure) -> [SyncStep] {
    guard case .awaiting(var offered, var requested, let bringing, let told) = state else {
      throw .nonsense("an answer to no question")
    }
    state = .ready
    guard case .welcome(let welcome)? = messages.first else { throw .notAHub }
    guard welcome.protocolVersion == protocolVersion else { throw .programTooOld }
    if let hub, hub != welcome.hub { throw .wrongHub(welcome.hub) }
    hub = welcome.hub
    let asked = Set(requested.keys)
    let hasOffered = offered.values.contains { !$0.isEmpty }
    var uses: [AllowanceUse] = []
    var steps = [SyncStep.remember(welcome)]
    for message in messages.dropFirst() {
      switch message {
      // It was not requested, because it waits for a person.
      case .notice(.enter(let space, _)) where questioned.contains(space): continue
      case .notice(.allowance(let use)):
        guard !uses.contains(where: { $0.allowance == use.allowance }), use.allowance.space.map(asked.contains) ?? true
        else { throw .nonsense("an allowance told twice, or of a space not asked for") }
        uses.append(use)
      case .notice(let notice):
        if case .leave(let space) = notice { requested[space] = nil }
        if case .revoke = notice { requested = [:] }
        steps.append(.notice(notice))
      case .verdict(let verdict):
        guard offered[verdict.space]?.remove(verdict.dot) != nil else {
          throw .nonsense("a verdict on what was not offered")
        }
        // A hub that went back in between has forgotten what it recorded.
        if case .missing(let dots) = verdict.outcome { recorded[verdict.space]?.subtract(dots) }
        steps.append(.verdict(verdict))
      case .cursorUnknown(let space, let positions):
        guard requested.removeValue(forKey: space)?.position != nil else {
          throw .nonsense("an unknown cursor where none was sent")
        }
        steps.append(.realign(space, positions))
      case .page(let page):
        guard let ask = requested.removeValue(forKey: page.space) else {
          throw .nonsense("a page of a space not asked for")
        }
        guard page.epoch == welcome.epoch, page.from == ask.position?.position ?? 0 else {
          throw .nonsense("a page that does not follow the cursor")
        }
        steps.append(.apply(page))
      case .bodies(let news):
        guard asked.contains(news.space) else { throw .nonsense("bodies of a space not asked for") }
        steps.append(.bodies(news))
      case .ticket(let ticket): steps.append(.keep(ticket))
      case .sealedChangeStored(let digest):
        guard told.sealedChanges.contains(where: { SealedChange.digest(of: $0) == digest }) else {
          throw .nonsense("a rescue kept that was not sent")
        }
        steps.append(.sealedChangeStored(digest, by: welcome))
      case .welcome, .hello, .offer, .head, .segment, .proposalAnswer, .sealedChange, .cleared:
        throw .nonsense("a message out of place")
      }
    }
    if hasOffered { steps.append(.allowances(uses)) }
    steps += requested.keys.sorted().map { .unknownSpace($0) }
    let signatures = bringing.values.joined()
    hasBroughtMore = !brought.isSuperset(of: signatures)
    brought.formUnion(signatures)
    broughtOf = Set(bringing.filter { !$0.value.isEmpty }.keys)
    if let cleared = told.cleared { steps.append(.clearingReported(cleared)) }
    return steps
  }

  /// Notes the outcome of the steps, so that the next request leaves out what would not move.
  package mutating func note(_ outcome: SyncOutcome) {
    stalled.formUnion(outcome.progress.stalled)
    let couldReadOn = !isRestoring && !isForgotten
    isRestoring = outcome.progress.isRestoring
    isForgotten = outcome.progress.isForgotten
    mayBringLate = couldReadOn && (isRestoring || isForgotten)
    questioned.formUnion(outcome.progress.questions.map(\.space))
    recorded.merge(outcome.progress.recorded) { $0.union($1) }
    for (space, end) in outcome.progress.lacking {
      if let before = lacking[space], before >= end, broughtOf.contains(space) { givenUp.insert(space) }
      lacking[space] = end
    }
  }

  /// Tests whether a change of the outbox is not to be offered again in this session.
  func passesOver(_ dot: Dot, of space: SpaceID) -> Bool {
    stalled.contains(Chain(space, dot.replica)) || recorded[space]?.contains(dot) == true
  }

  /// Tests whether this session has brought the hub a segment.
  func hasBrought(_ segment: LateSegment) -> Bool { brought.contains(segment.signature.bytes) }

  /// Tests whether a space waits for a person (``MassRemoval``), and is not requested again in this session.
  func isQuestioned(_ space: SpaceID) -> Bool { questioned.contains(space) }

  /// Tests whether the hub has not taken what it lacks of a space, though this session brought it.
  func isGivenUp(_ space: SpaceID) -> Bool { givenUp.contains(space) }
}
