// The exchange with partners' hubs: dials those whose address is known, answers the turns of those that dial, and keeps
// both sides of every agreement up to date. Everything here can be done again: what was cut off is taken up by the next
// exchange.

package import ClientCore
package import Cryptography
internal import Glibc
package import RecordModel
package import Replication
package import SyncHub
package import SyncProtocol
internal import Synchronization

/// A transport to partners' hubs. It joins as a partner's hub does.
package protocol PartnerTransport: HubTransport {
  /// Makes one turn (``Turn``).
  ///
  /// - Returns: The encoded ``TurnReply``.
  func turn(at place: HubEndpoint, key: SigningKey, _ turn: [UInt8]) async throws(TransportError) -> [UInt8]
}

/// The reason an exchange with a partner did not take place, or ended early. Nothing is lost by any of them.
package enum PartnerError: Error, Equatable, Sendable {
  case noSuchPartner(String)
  /// The partner's hub has not joined yet.
  case notJoined(String)
  /// The partner's hub dials this one; its address is not known here.
  case noAddress(String)
  /// Another exchange with the partner is going on.
  case busy
  /// The turn answers a request that nobody here has made, or that its maker waits for no more.
  case notBegun
  case transport(TransportError)
  case sync(SyncProblem)
  /// What came back was not signed by the partner's hub.
  case notProved
  /// The partner's hub could not read this one to the end.
  case failedThere
  /// The hub that answered is not the one that an address or a key stood for.
  case wrongHub
}

/// The result of an exchange with one partner.
package struct PartnerReport: Equatable, Sendable {
  package let partner: String
  /// The rows of the partner's spaces that came.
  package let received: Int
}

/// The exchange of one hub with its partners.
package final class PartnerService: Sendable {
  /// The most turns of one exchange, in case the other hub never ends.
  private static let turnsMax = 10_000
  /// The tries to scrub at a time, and the pause after each.
  private static let scrubsMax = 20
  private static let scrubPauseMicroseconds: UInt32 = 10_000
  /// The longest wait for the turn that answers a request.
  package static let turnWait = Duration.seconds(120)

  private let hub: SyncHub
  private let model: RecordModel
  private let copies: any PartnerCopies
  private let transport: any PartnerTransport
  private let clock: @Sendable () -> Timestamp
  private let state = Mutex(State())

  private struct State {
    var stores: [HubID: any ReplicaStore] = [:]
    var busy: Set<MemberID> = []
    var sessions: [PublicKey: PartnerSession] = [:]
  }

  private var store: any ReplicaStore { hub.store }

  package init(
    hub: SyncHub, model: RecordModel, copies: any PartnerCopies, transport: any PartnerTransport,
    clock: @escaping @Sendable () -> Timestamp
  ) {
    self.hub = hub
    self.model = model
    self.copies = copies
    self.transport = transport
    self.clock = clock
  }

  // MARK: Dialling

  /// Joins a partner's hub at an address.
  ///
  /// - Parameter trustRoots: The only root certificates to trust there, in PEM; `nil` for those that the system trusts.
  package func join(
    address: String, trustRoots: String?, code: String, partnerNamed name: String
  ) async throws -> Partner {
    try await join(at: HubEndpoint(address, trustRoots: trustRoots), code: code, partnerNamed: name)
  }

  /// Joins a partner's hub with the code that its administrator gave, and introduces this hub to it.
  ///
  /// - Parameters:
  ///   - name: The partner's name, as this hub's people know it.
  /// - Throws: ``PartnerError``, ``DirectoryError``, ``StoreError``.
  package func join(at place: HubEndpoint, code: String, partnerNamed name: String) async throws -> Partner {
    let key = try store.read { try HubIdentity.key(in: $0) }
    let reply: JoinReply
    do throws(TransportError) {
      reply = try await transport.join(at: place, code: code, key: key)
    } catch { throw PartnerError.transport(error) }
    guard reply.role == Partner.role else { throw PartnerError.wrongHub }
    let partnerHub = PartnerHub(id: reply.hub, keys: reply.keys, address: place.url, trustRoots: place.trustRoots)
    let now = clock()
    let partner = try store.write { transaction in
      let known = try Directory(transaction).partner(called: name)?.member
      let member = try known ?? Invitee(newPersonNamed: name, in: transaction).member
      return try Directory.setHub(partnerHub, of: member, named: name, now: now, transaction)
    }
    try copy(of: partnerHub, key).adopt(
      partnerHub, member: reply.member, name: reply.memberName, model: reply.model)
    _ = try await exchange(with: partner)
    return partner
  }

  /// Opens and closes what is to be, and exchanges everything with each partner whose address is known.
  ///
  /// - Parameter failed: Called for each partner with whom it failed.
  package func exchangeWithAll(failed: (Partner, any Error) -> Void) async {
    let partners: [Partner]
    do { partners = try store.read { try Directory($0).partners() } } catch {
      // The hub's own store failed, which every request of members says as well.
      return
    }
    for partner in partners {
      do { try prepare(partner) } catch { failed(partner, error) }
    }
    for partner in partners where partner.hub?.address != nil {
      do { _ = try await exchange(with: partner) } catch { failed(partner, error) }
    }
  }

  /// Exchanges everything with one partner whose address is known.
  ///
  /// - Throws: ``PartnerError``, ``StoreError``.
  package func exchange(with partner: Partner) async throws -> PartnerReport {
    guard let partnerHub = partner.hub else { throw PartnerError.notJoined(partner.name) }
    guard let address = partnerHub.address else { throw PartnerError.noAddress(partner.name) }
    guard state.withLock({ $0.busy.insert(partner.member).inserted }) else { throw PartnerError.busy }
    defer { state.withLock { _ = $0.busy.remove(partner.member) } }
    let key = try store.read { try HubIdentity.key(in: $0) }
    let place = HubEndpoint(address, trustRoots: partnerHub.trustRoots)
    let copy = try copy(of: partnerHub, key)
    var received = 0
    // What the first round brings, such as a signature, may open what the second fetches.
    for _ in 0..<2 {
      try prepare(partner)
      do { try await takeTurns(with: partnerHub, at: place, key) } catch PartnerError.transport(.notKnown) {
        // A hub that went back to a backup may have forgotten this one. The sync shows it this hub's ticket.
      }
      let report = try await copy.replica.sync(over: transport, removalsAllowed: true)
      if let problem = report.problem { throw PartnerError.sync(problem) }
      received += report.outcome.counts.received
      try takeIn(partner, copy)
    }
    return PartnerReport(partner: partner.name, received: received)
  }

  /// Lets the partner's hub read this one, turn by turn.
  private func takeTurns(with partner: PartnerHub, at place: HubEndpoint, _ key: SigningKey) async throws {
    var turn = Turn.begin(try store.read { try introduction($0) }, to: partner.id, nonce: randomBytes(16)).encoded
    for _ in 0..<Self.turnsMax {
      let bytes: [UInt8]
      do throws(TransportError) {
        bytes = try await transport.turn(at: place, key: key, turn)
      } catch { throw PartnerError.transport(error) }
      guard
        let reply = TurnReply(decoding: bytes, signedBy: partner.keys.signing, to: turn, from: key.publicKey),
        reply.introduction.hub == partner.id
      else { throw PartnerError.notProved }
      guard !reply.isFailed else { throw PartnerError.failedThere }
      guard let request = reply.request else { return }
      turn = Turn.answer(try await hub.answer(request, signedBy: partner.keys.signing)).encoded
    }
  }

  // MARK: Answering

  /// Answers one turn of a partner's hub.
  ///
  /// - Parameter key: The key of the hub that dials; the caller has verified that it signed the turn.
  /// - Returns: The encoded ``TurnReply``.
  /// - Throws: ``PartnerError``, ``CBORError``, ``StoreError``.
  package func answer(turn bytes: [UInt8], from key: PublicKey) async throws -> [UInt8] {
    let own = try store.read { try HubIdentity.key(in: $0) }
    let session: PartnerSession
    switch try Turn(decoding: bytes) {
    case .begin(let introduction, let addressed, _):
      guard try store.read({ try HubIdentity.identity(in: $0).hub }) == addressed else { throw PartnerError.wrongHub }
      let before = state.withLock { $0.sessions.removeValue(forKey: key) }
      await before?.cancel()
      session = try begin(introduction, from: key, own)
    case .answer(let answer):
      guard let open = state.withLock({ $0.sessions[key] }), open.give(answer) else { throw PartnerError.notBegun }
      session = open
    }
    let request = await session.nextRequest()
    if request == nil { state.withLock { $0.sessions[key] = $0.sessions[key] === session ? nil : $0.sessions[key] } }
    let reply = TurnReply(
      request: request, introduction: try store.read { try introduction($0) },
      isFailed: request == nil && session.hasFailed)
    return reply.encoded(by: own, to: bytes, from: key)
  }

  /// Begins to read the hub of a partner that dials.
  private func begin(
    _ introduction: Introduction, from key: PublicKey, _ own: SigningKey
  ) throws -> PartnerSession {
    guard let known = try store.read({ try Directory($0).partner(key: key) }) else {
      throw PartnerError.noSuchPartner(key.fingerprint)
    }
    // Before anything of the introduction is kept.
    do throws(ModelError) { _ = try RecordModel(parsing: introduction.model) } catch { throw CBORError.value }
    let partnerHub = PartnerHub(
      id: introduction.hub, keys: HubKeys(signing: key, sealing: introduction.sealing), address: known.hub?.address,
      trustRoots: known.hub?.trustRoots)
    let now = clock()
    let partner =
      known.hub == partnerHub
      ? known
      : try store.write {
        try Directory.setHub(partnerHub, of: known.member, named: known.name, now: now, $0)
      }
    let copy = try copy(of: partnerHub, own)
    let home = try store.read { try HubIdentity.identity(in: $0).hub }
    try copy.adopt(partnerHub, member: .centre(of: home), name: partner.name, model: introduction.model)
    let session = PartnerSession { [self] transport in
      try prepare(partner)
      let report = try await copy.replica.sync(over: transport, removalsAllowed: true)
      if let problem = report.problem { throw PartnerError.sync(problem) }
      try takeIn(partner, copy)
    }
    state.withLock { $0.sessions[key] = session }
    session.start()
    return session
  }

  private func introduction(_ reader: any StoreReader) throws -> Introduction {
    Introduction(
      hub: try HubIdentity.identity(in: reader).hub, sealing: try HubIdentity.publicKeys(in: reader).sealing,
      model: model.source)
  }

  // MARK: Both

  /// Opens and closes what the calendar and the agreements say, for every partner, and writes what each is given.
  ///
  /// - Throws: The first partner's failure, once all the others were served.
  package func keep() throws {
    var failure: (any Error)?
    for partner in try store.read({ try Directory($0).partners() }) {
      do { try prepare(partner) } catch { failure = failure ?? error }
    }
    if let failure { throw failure }
  }

  private func prepare(_ partner: Partner) throws {
    guard let partnerHub = partner.hub else { return }
    let now = clock()
    let (inForce, over, closed) = try store.write { transaction in
      let closed = try AgreementKeeper(of: partner, ledger: hub.ledger, now: now, in: transaction)?.keep() ?? []
      let states = try Papers(with: partner, in: transaction)?.all(in: transaction) ?? []
      let inForce = states.inForce(on: CivilDay(of: now))
      return (inForce, states.over(besides: inForce), closed)
    }
    if !closed.isEmpty { try scrub() }
    for (states, isOver) in [(inForce.filter(\.isConfirmed), false), (over, true)] {
      for state in states {
        try Projector(of: state, to: partnerHub, model: model, ledger: hub.ledger, clock: clock, isOver: isOver)
          .run(on: store)
      }
    }
    // What is now up to date may be read.
    try store.write { _ = try AgreementKeeper(of: partner, ledger: hub.ledger, now: now, in: $0)?.keep() }
  }

  /// Removes what was closed or erased from wherever the store's files still have it. A reader blocks that for a moment;
  /// where one does so for longer, the next exchange or request tries again.
  private func scrub() throws {
    do {
      for _ in 0..<Self.scrubsMax {
        guard try !store.scrub() else { return }
        usleep(Self.scrubPauseMicroseconds)
      }
    } catch StoreError.full {
      // What was decided is durable. The next opening scrubs.
    }
  }

  private func takeIn(_ partner: Partner, _ copy: PartnerCopy) throws {
    try store.read {
      try Intake(of: partner, copy: copy.store, model: model, clock: clock, in: $0)
    }?.run(on: store)
    try prepare(partner)
    guard let partnerHub = partner.hub else { return }
    let now = clock()
    let open = try store.read { reader in
      let home = try HubIdentity.identity(in: reader).hub
      let ours = try HubIdentity.key(in: reader).publicKey
      let inForce = try Papers(with: partner, in: reader)?.inForce(at: now, in: reader) ?? []
      return Set(
        inForce.map { PartnerSpace.outgoing(of: $0.agreement.id, from: partnerHub.id, to: home) }
          + [PartnerSpace.link(from: partnerHub.id, to: ours)])
    }
    try copy.clear(allBut: open)
    try scrub()
  }

  private func copy(of partner: PartnerHub, _ key: SigningKey) throws -> PartnerCopy {
    let store = try state.withLock { state in
      if let store = state.stores[partner.id] { return store }
      let store = try copies.open(of: partner.id)
      state.stores[partner.id] = store
      return store
    }
    return PartnerCopy(store: store, key: key, clock: clock)
  }
}
