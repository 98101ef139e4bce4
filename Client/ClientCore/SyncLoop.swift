// The loop that drives a session: read where the spaces stand, ask, take the steps, until nothing is left to fetch or
// to offer. Downloads never wait for uploads: where a request with changes is rejected, one without them follows.

internal import BoardModel
internal import Cryptography
package import Replication
package import SyncProtocol

/// Why a sync ended before everything was sent and fetched. Nothing is lost by any of these.
package enum SyncProblem: Error, Equatable, Sendable {
  case transport(TransportError)
  case session(SyncFailure)
  /// A person must agree first: that many records would vanish.
  case massRemoval(MassRemoval)
}

/// What one sync did.
package struct SyncReport: Equatable, Sendable {
  package let tally: SyncOutcome
  /// Changes still waiting on this computer.
  package let unsent: Int
  /// `nil` where everything went through.
  package let problem: SyncProblem?
  /// The hub's clock at this contact; `nil` where there was none.
  package let hubTime: Timestamp?
}

extension MemberReplica {
  /// Requests in one sync, at the most: a bound on a hub that never comes to an end.
  private static let requestsMax = 10_000
  /// Chains of which one request offers changes: each brings some heads, and a hub takes so many heads and no more.
  private static let chainsPerOfferMax = 100

  /// Sends what waits and fetches the news.
  ///
  /// - Parameters:
  ///   - removalsAllowed: Whether the member has agreed that many records vanish.
  ///   - progress: Called after each answer with the counts so far.
  /// - Returns: What happened; a lost line or a refusing hub is part of it, not an error.
  /// - Throws: ``ClientError``, ``StoreError``: this copy itself is in trouble.
  package func sync(
    over transport: any HubTransport, removalsAllowed: Bool = false,
    progress: @Sendable (SyncOutcome) -> Void = { _ in }
  ) async throws -> SyncReport {
    let membership = try membership()
    let key = try key()
    let model = try model()
    let epoch = try store.read { try Contact.last(in: $0)?.epoch }
    var session = SyncSession(modelVersion: model.version, hub: membership.hub, epoch: epoch)
    var round = SyncRun(place: membership.place, hub: membership.hub, key: key, removalsAllowed: removalsAllowed)
    for _ in 0..<Self.requestsMax {
      do {
        let last = try await exchange(&session, &round, over: transport)
        progress(round.tally)
        guard last.madeProgress, try !isQuiet(after: last, session.stalled) else { break }
      } catch let problem as SyncProblem {
        if case .transport(.rejected) = problem, round.isOffering {
          // Perhaps one of the changes is more than the hub can stomach. The news need not wait for that.
          round.isOffering = false
          round.problem = problem
          continue
        }
        if round.problem == nil { round.problem = problem }
        break
      }
    }
    let unsent = try store.read { try Self.unsent(in: $0) }
    return SyncReport(tally: round.tally, unsent: unsent, problem: round.problem, hubTime: round.hubTime)
  }

  private struct SyncRun {
    let place: HubEndpoint
    let hub: HubID
    let key: SigningKey
    let removalsAllowed: Bool
    var isOffering = true
    var tally = SyncOutcome()
    var problem: SyncProblem?
    var hubTime: Timestamp?
  }

  private func exchange(
    _ session: inout SyncSession, _ round: inout SyncRun, over transport: any HubTransport
  ) async throws -> SyncOutcome {
    let isOffering = round.isOffering
    let stalled = session.stalled
    let (hub, key) = (round.hub, round.key)
    let request = try store.read { reader in
      guard let replica = try ReplicaIdentity(reader).current() else { throw ClientError.notJoined }
      let standings = try Self.standings(in: reader, isOffering: isOffering, stalled) {
        try OfferProof(of: $0, for: hub, by: key, linkBytesMax: $1, reader)
      }
      var errands = try ControlOutbox(from: reader)
      errands.unsent = try UInt64(Self.unsent(in: reader))
      errands.role = try Membership.load(from: reader)?.role
      return session.request(standings, errands, as: replica)
    }
    let answer: [UInt8]
    do throws(TransportError) {
      answer = try await transport.sync(at: round.place, key: round.key, request: Message.encode(request))
    } catch { throw SyncProblem.transport(error) }
    let steps: [SyncStep]
    do {
      steps = try session.receive(try Message.decode(answer))
    } catch let failure as SyncFailure {
      throw SyncProblem.session(failure)
    } catch { throw SyncProblem.session(.notAHub) }
    let last = try apply(steps, removalsAllowed: round.removalsAllowed)
    session.note(last)
    round.tally.add(last)
    if case .remember(let welcome)? = steps.first { round.hubTime = welcome.time }
    return last
  }

  /// Takes the steps of one answer: first what the hub says of who may hold what, which nothing else in the answer may hold
  /// up; then the rest, all or none.
  private func apply(_ steps: [SyncStep], removalsAllowed: Bool) throws -> SyncOutcome {
    do {
      var tally = SyncOutcome()
      let first = steps.filter(\.isOfMembership)
      if !first.isEmpty {
        tally = try store.write { transaction in
          if case .remember(let welcome)? = steps.first { try Contact.noteSpeaker(welcome, in: transaction) }
          return try perform(first, removalsAllowed: removalsAllowed, in: transaction)
        }
      }
      if tally.revoked == nil {
        let rest = steps.filter { !$0.isOfMembership }
        tally.add(
          try store.write { transaction in
            for case .notice(.schema(let version, let text)) in rest {
              try adopt(text, version: version, in: transaction)
            }
            return try perform(rest, removalsAllowed: removalsAllowed, in: transaction)
          })
      }
      do { try store.scrub() } catch StoreError.full {
        // What was taken is durable; there is only no room for tidying up. The next opening tries again.
      }
      return tally
    } catch let failure as SyncFailure {
      throw SyncProblem.session(failure)
    } catch let removal as MassRemoval {
      throw SyncProblem.massRemoval(removal)
    }
  }

  private func perform(
    _ steps: [SyncStep], removalsAllowed: Bool, in transaction: any StoreTransaction
  ) throws -> SyncOutcome {
    let replica = Replica(rules: try model(in: transaction).rules, in: transaction)
    let tally = try replica.perform(steps, removalsAllowed: removalsAllowed)
    try handle(tally, in: transaction)
    return tally
  }

  /// What the hub's notices mean for what a member's copy holds besides the engine's records.
  private func handle(_ tally: SyncOutcome, in transaction: any StoreTransaction) throws {
    if let role = tally.role, let membership = try Membership.load(from: transaction) {
      try membership.having(role).save(in: transaction)
    }
    for space in tally.left { try ClientState.looked.set(space, to: nil, in: transaction) }
    if tally.revoked != nil {
      try sealDraft(in: transaction)
      try ClientState.looked.removeAll(in: transaction)
      for (name, _) in try ClientState.notes.rows(in: transaction) where name != Self.draftNote {
        try ClientState.notes.set(name, to: nil, in: transaction)
      }
      try ControlOutbox.removeProposals(in: transaction)
      try Contact.setRevocationKey(key().publicKey, in: transaction)
    }
    if tally.revoked != nil, try ControlOutbox.isEmpty(in: transaction) { try Membership.forget(in: transaction) }
  }

  /// Half-written words go sealed to the hub, in pieces that it takes. Without a key to seal with they stay.
  private func sealDraft(in transaction: any StoreTransaction) throws {
    guard let draft = try ClientState.notes.value(Self.draftNote, in: transaction),
      let key = try Contact.sealing(in: transaction)
    else { return }
    var rest = Substring(draft.filter { $0 != "\0" })
    while !rest.isEmpty {
      let piece = rest.prefix(Limits.textBytesMax / 8)
      try ControlOutbox.seal(.words(String(piece)), for: key, in: transaction)
      rest = rest.dropFirst(piece.count)
    }
    try ClientState.notes.set(Self.draftNote, to: nil, in: transaction)
  }

  /// Takes a newer model, and shows anew what may read differently by it.
  private func adopt(_ text: String, version: UInt64, in transaction: any StoreTransaction) throws {
    let newer: BoardModel
    do throws(ModelError) {
      newer = try BoardModel(parsing: text)
    } catch { throw SyncFailure.programTooOld }
    guard version == newer.version, version > (try model(in: transaction).version) else { return }
    try transaction.set(ClientState.model, to: Array(text.utf8))
    try Replica(rules: newer.rules, in: transaction).refreshContested()
  }

  /// Where every space stands, with the fronts of the outboxes, which share what one request may offer.
  ///
  /// - Parameter prove: Says who stands for the front of one outbox, with links of so many bytes at the most.
  static func standings(
    in reader: any StoreReader, isOffering: Bool, _ stalled: Set<Chain>, prove: ([LogEntry], Int) throws -> OfferProof
  ) throws -> [SpaceSyncState] {
    let spaces = try reader.spaces()
    let waiting = try spaces.filter { try reader.outboxCount(in: $0.id) > 0 }.count
    let share = isOffering ? Limits.offerBytesMax / max(1, waiting) : 0
    let linkBytesMax = Limits.requestBytesMax / 2 / max(1, waiting)
    var chainsLeft = Self.chainsPerOfferMax
    return try spaces.map { space in
      let front = try front(ofOutboxIn: space.id, share, without: stalled, reader)
      var chains: Set<ReplicaID> = []
      let outbox = front.filter { entry in
        if chains.contains(entry.dot.replica) { return true }
        guard chainsLeft > 0 else { return false }
        chainsLeft -= 1
        chains.insert(entry.dot.replica)
        return true
      }
      return SpaceSyncState(
        space: space.id, cursor: space.cursor, heights: try heights(of: space.id, in: reader),
        isResyncing: try Contact.isResyncing(space.id, in: reader), outbox: outbox,
        proof: try prove(outbox, linkBytesMax))
    }
  }

  /// The version vector, as far as a hub need not send again. Every chain ends before its first void here, and before the
  /// first change whose words were erased: a hub that was restored may hold otherwise since, and its word is to come.
  private static func heights(of space: SpaceID, in reader: any StoreReader) throws -> [ChainHeight] {
    var firstHollows: [ReplicaID: UInt64] = [:]
    for header in try reader.voids(in: space).map(\.header) + reader.redactedChanges(in: space).map(\.header) {
      firstHollows[header.replica] = min(firstHollows[header.replica] ?? .max, header.sequence)
    }
    return try ChainHeight.lines(reader.tips(in: space)).compactMap { line in
      guard let hollow = firstHollows[line.replica] else { return line }
      guard let before = try reader.row(of: Dot(line.replica, hollow - 1), in: space) else { return nil }
      return ChainHeight(replica: line.replica, sequence: hollow - 1, digest: before.entry.digest)
    }
  }

  /// As many rows as fit, in log order; a chain that waits holds back nobody else's.
  private static func front(
    ofOutboxIn space: SpaceID, _ bytesMax: Int, without stalled: Set<Chain>, _ reader: any StoreReader
  ) throws -> [LogEntry] {
    guard bytesMax > 0 else { return [] }
    var position: UInt64 = 0
    while true {
      let rows = try reader.outbox(after: position, in: space, bytesMax: bytesMax)
      guard let last = rows.last else { return [] }
      let entries = rows.map(\.entry).filter { !stalled.contains(Chain(space, $0.dot.replica)) }
      if !entries.isEmpty { return entries }
      position = last.position
    }
  }

  private func isQuiet(after last: SyncOutcome, _ stalled: Set<Chain>) throws -> Bool {
    guard last.behind.isEmpty, last.resyncing.isEmpty, last.entered.isEmpty else { return false }
    return try store.read { reader in
      guard try ControlOutbox.isEmpty(in: reader) else { return false }
      return try Self.standings(in: reader, isOffering: true, stalled) { _, _ in OfferProof() }.allSatisfy(
        \.outbox.isEmpty)
    }
  }
}
