// The loop that drives a session: read the state of the spaces, send a request, apply the steps, and repeat until
// nothing is left to fetch or to offer. Downloads never wait for uploads: if a request with changes is rejected, one
// without changes follows.
//
// A member's copy runs it against its hub. It knows nothing of members, so a hub can run it against another hub.

package import Cryptography
package import Replication

/// The reason a sync ended before everything was sent and fetched. None of these loses data.
package enum SyncProblem: Error, Equatable, Sendable {
  case transport(TransportError)
  case session(SyncFailure)
  /// Too many records would vanish from these spaces: a person must agree first. The other spaces were synced.
  case massRemoval([MassRemoval])
  /// The hub went back to a backup that knows less of this device. It has back what this copy has read; an administrator
  /// is asked about the device, and new work waits.
  case forgotten
  /// The hub has lost data. It takes work, and gives no rows until an administrator lets it.
  case restoring
}

extension SyncProblem {
  /// True if a connection was made, and broke before the answer was whole: a smaller exchange may complete.
  package var isBreak: Bool {
    switch self {
    case .transport(.silent), .transport(.cut), .session(.cut): true
    default: false
    }
  }
}

/// The result of one sync.
package struct SyncReport: Equatable, Sendable {
  package let outcome: SyncOutcome
  /// The number of changes that no hub has acknowledged yet.
  package let unsent: Int
  /// `nil` if everything was sent and fetched.
  package let problem: SyncProblem?
  /// The hub's clock at its last applied answer; `nil` if there was none.
  package let hubTime: Timestamp?
}

/// The owner of the copy being synced: supplies the store, model and role, and keeps state beside the engine's records.
package protocol SyncOwner: Sendable {
  var store: any ReplicaStore { get }
  /// The rules of the model in force.
  func rules(in reader: any StoreReader) throws -> RuleBook
  /// The role to report to the hub; `nil` for a copy without one.
  func role(in reader: any StoreReader) throws -> String?
  /// Adopts a newer model, in the transaction that applies the answer.
  ///
  /// - Throws: ``SyncFailure/programTooOld`` for one this program cannot read.
  func adopt(_ modelText: String, version: UInt64, in transaction: any StoreTransaction) throws
  /// Records an answer's news of role, spaces and device, in the transaction that applied the answer.
  func follow(_ progress: SyncProgress, in transaction: any StoreTransaction) throws
}

/// Something to tell a person while a sync is going on.
package enum SyncEvent: Equatable, Sendable {
  /// An answer was applied. With it, the outcome so far.
  case applied(SyncOutcome)
  /// The hub is busy. The sync goes on after this time.
  case waiting(Duration)
}

/// One sync of a copy with a peer.
package struct SyncClient {
  /// The most requests of one sync, in case a hub never reports the end of its log.
  private static let requestsMax = 10_000
  /// The further tries after an answer was lost. Each is half as large as the one before; a connection that carries none
  /// of them is left to the next sync.
  private static let retriesMax = 2
  /// The longest wait for a hub that is busy. With its jitter it is a minute.
  private static let waitMax = Duration.seconds(48)
  /// The longest time spent waiting between two answers. A hub that is busy for longer is left to the next sync.
  private static let patience = Duration.seconds(300)

  private let owner: any SyncOwner
  private let peer: any Peer
  private let hub: HubID
  private let key: SigningKey
  private let removalsAllowed: Bool

  private var session: SyncSession
  private var size: TransferSize
  private var isOffering = true
  /// True for one request after a break. The hub may have stored what was offered although its answer was lost; then the
  /// rows' own place in a page says so, and nothing large goes both ways in one exchange.
  private var isFetchingFirst = false
  /// The last wait, and the sum of all, since the last answer.
  private var (lastWait, waited) = (Duration.zero, Duration.zero)
  private var outcome = SyncOutcome()
  private var problem: SyncProblem?
  private var hubTime: Timestamp?

  private var store: any ReplicaStore { owner.store }

  /// - Parameters:
  ///   - hub: The hub that the peer is expected to be.
  ///   - key: The key that signs the heads of this copy's own chains.
  ///   - removalsAllowed: True if a person has agreed that many records may vanish (``MassRemoval``).
  /// - Throws: ``StoreError``, and what the owner throws.
  package init(
    _ owner: any SyncOwner, with peer: any Peer, at hub: HubID, key: SigningKey, removalsAllowed: Bool = false
  ) throws {
    self.owner = owner
    self.peer = peer
    self.hub = hub
    self.key = key
    self.removalsAllowed = removalsAllowed
    (session, size) = try owner.store.read { reader in
      let session = SyncSession(modelVersion: try owner.rules(in: reader).version, hub: hub)
      return (session, try TransferSize(from: reader))
    }
  }

  /// Sends everything queued and fetches everything new.
  ///
  /// Waits where the hub asks for it, and then goes on: nothing is held meanwhile, so the program may be ended.
  ///
  /// - Parameter progress: Called with each event, as it happens.
  /// - Returns: The report; a lost connection or a hub that refuses is its `problem`, not a thrown error.
  /// - Throws: ``StoreError``, and what the owner throws: failures of this copy itself.
  package mutating func run(progress: (SyncEvent) -> Void) async throws -> SyncReport {
    try adoptKey()
    var retriesLeft = Self.retriesMax
    for _ in 0..<Self.requestsMax {
      do {
        let last = try await exchange()
        progress(.applied(outcome))
        (lastWait, waited) = (.zero, .zero)
        let hasFetchedFirst = isFetchingFirst
        isFetchingFirst = false
        if !hasFetchedFirst { retriesLeft = Self.retriesMax }
        let mayMove = last.madeProgress || session.hasBroughtMore || session.mayBringLate || hasFetchedFirst
        guard mayMove, try !isQuiet(after: last) else { break }
      } catch let failure as SyncProblem {
        if case .transport(.rejected) = failure, isOffering {
          // One of the changes may be the cause. Fetching need not wait for it.
          isOffering = false
          problem = failure
          continue
        }
        if case .transport(.busy(let asked?)) = failure, let time = nextWait(asked) {
          progress(.waiting(time))
          await peer.wait(time)
          if !Task.isCancelled { continue }
        }
        if failure.isBreak {
          try noteBreak()
          if retriesLeft > 0, isWorthRetrying(failure) {
            retriesLeft -= 1
            isFetchingFirst = true
            continue
          }
        }
        problem = problem ?? failure
        break
      }
    }
    let news: SyncProblem? =
      outcome.progress.isForgotten ? .forgotten : outcome.progress.isRestoring ? .restoring : nil
    let questions = outcome.progress.questions
    let question = questions.isEmpty ? nil : SyncProblem.massRemoval(questions)
    return SyncReport(
      outcome: outcome, unsent: try store.read { try Outbox.count(in: $0) }, problem: problem ?? question ?? news,
      hubTime: hubTime)
  }

  /// Draws the copy's replica ids from this key from now on. Usually it does so already.
  private func adoptKey() throws {
    guard try !store.read({ try DeviceKey.isAdopted(key.publicKey, in: $0) }) else { return }
    try store.write { try DeviceKey.adopt(key.publicKey, in: $0) }
  }

  /// The time to wait for a hub that is busy: what it asks for, or more each time in a row, and up to a quarter on top.
  /// The part on top follows from the device's key, so that a crowd that was told to wait does not come back at once.
  ///
  /// - Returns: `nil` once patience is at its end.
  private mutating func nextWait(_ asked: Duration) -> Duration? {
    let time = min(max(asked, lastWait * 2), Self.waitMax)
    let jittered = time + time / 1_024 * Int(key.publicKey.bytes[0])
    guard waited + jittered <= Self.patience else { return nil }
    (lastWait, waited) = (time, waited + jittered)
    return jittered
  }

  private mutating func noteBreak() throws {
    size.halve()
    do { try store.write { try size.save(in: $0) } } catch StoreError.full {
      // The next sync finds the size again.
    }
  }

  /// Tests whether the same hub is likely to answer a smaller request now. Where nothing has answered yet and nothing is
  /// said, as behind some captive portals, more of the same would only keep a person waiting.
  private func isWorthRetrying(_ failure: SyncProblem) -> Bool {
    if case .transport(.silent) = failure { hubTime != nil } else { true }
  }

  /// The number of changes that no hub has acknowledged, over all spaces.
  package static func unsent(in reader: any StoreReader) throws -> Int { try Outbox.count(in: reader) }

  private mutating func exchange() async throws -> SyncOutcome {
    let sent = Message.encode(try store.read { try request(from: $0) }.madeUnique)
    let answer: [UInt8]
    do throws(TransportError) {
      answer = try await peer.exchange(sent)
    } catch { throw SyncProblem.transport(error) }
    let steps: [SyncStep]
    do {
      let proved = try store.read { try SignedAnswer.messages(in: answer, of: hub, to: sent, from: key.publicKey, $0) }
      steps = try session.receive(proved)
    } catch let failure as SyncFailure {
      throw SyncProblem.session(failure)
    }
    size.complete(carried: max(sent.count, answer.count))
    let last = try apply(steps)
    session.note(last)
    outcome.add(last)
    if case .remember(let welcome)? = steps.first { hubTime = welcome.time }
    return last
  }

  private mutating func request(from reader: any StoreReader) throws -> [Message] {
    guard let replica = try ReplicaIdentity(reader).current() else {
      throw StoreError.corrupt("this copy has no replica name")
    }
    let outbox = Outbox(reader: reader, session: session)
    let spaces = try outbox.states(isOffering: isOffering && !isFetchingFirst, bytesMax: size.bytes) {
      SignedHead(of: $0, for: hub, by: key, salt: $1)
    }
    let offered = spaces.reduce(0) { $0 + $1.byteCount }
    var control = try ControlOutbox(
      from: reader, bytesMax: isFetchingFirst ? 0 : size.bytes - offered, isFirst: offered == 0 && !isFetchingFirst)
    control.unsent = try UInt64(Outbox.count(in: reader))
    control.role = try owner.role(in: reader)
    return session.request(spaces, control, as: replica, answerBytesMax: UInt64(size.bytes))
  }

  /// Applies the steps of one answer in two transactions: first those of membership, which nothing else in the answer
  /// may hold up; then the others, all or none. A revoked device skips the second.
  private func apply(_ steps: [SyncStep]) throws -> SyncOutcome {
    do {
      var applied = SyncOutcome()
      let first = steps.filter(\.isOfMembership)
      let welcome: Welcome? = if case .remember(let welcome)? = steps.first { welcome } else { nil }
      if !first.isEmpty {
        applied = try store.write { transaction in
          if let welcome { try Contact.noteSpeaker(welcome, in: transaction) }
          return try perform(first, of: welcome, in: transaction)
        }
      }
      if applied.progress.revoked == nil {
        let others = steps.filter { !$0.isOfMembership }
        applied.add(
          try store.write { transaction in
            for case .notice(.schema(let version, let text)) in others {
              try owner.adopt(text, version: version, in: transaction)
            }
            try size.save(in: transaction)
            return try perform(others, of: welcome, in: transaction)
          })
      }
      do { try store.scrub() } catch StoreError.full {
        // The answer is applied and durable; only the scrub found no room. The next opening tries again.
      }
      return applied
    } catch let failure as SyncFailure {
      throw SyncProblem.session(failure)
    }
  }

  private func perform(
    _ steps: [SyncStep], of welcome: Welcome?, in transaction: any StoreTransaction
  ) throws -> SyncOutcome {
    let replica = Replica(rules: try owner.rules(in: transaction), in: transaction)
    let again = try welcome.map { try ControlOutbox.reviewSetAside(by: $0, in: transaction) } ?? 0
    var applied = try replica.perform(
      steps, stalled: session.stalled, vanished: outcome.counts.vanished, removalsAllowed: removalsAllowed)
    applied.counts.reoffered += again
    try owner.follow(applied.progress, in: transaction)
    return applied
  }

  private func isQuiet(after last: SyncOutcome) throws -> Bool {
    let progress = last.progress
    guard !progress.hasMoreToFetch, progress.entered.isEmpty else { return false }
    return try store.read { reader in
      try ControlOutbox.isEmpty(in: reader) && !Outbox(reader: reader, session: session).hasOffers()
    }
  }
}
