// The hub's side of sync: decode a request in full, accept what it offers, answer with verdicts, notices and pages.
// Neither HTTP nor kinds of records are known here: the requester arrives as a principal, the rules as values.

package import Cryptography
package import Replication
internal import SyncProtocol

/// A request rejected as a whole. Nothing of it was accepted.
package enum RequestError: Error, Equatable, Sendable {
  /// The bytes are not a valid request; the message says what is wrong, and quotes nothing of the request.
  case unreadable(String)
  /// The device speaks another version of the protocol.
  case protocolVersion(UInt64)
  /// The device belongs to another hub.
  case wrongHub
  /// The request offers more changes than ``Limits/offersPerRequestMax``.
  case tooManyChanges
}

/// A hub, over its store.
package final class SyncHub: Sendable {
  package let store: any ReplicaStore
  /// The rules of the model, by which changes are merged and judged.
  package let rules: RuleBook
  /// The text of the model file, sent to devices that have an older one.
  package let modelText: String
  /// The acts that outlast backups.
  package let ledger: LedgerKeeper
  private let policy: any HubPolicy
  private let allowances: HubAllowances
  private let commits: CommitQueue
  private let reads: ReadQueue
  private let clock: @Sendable () -> Timestamp
  private let responseBytesMax: Int

  /// - Parameters:
  ///   - ledger: The acts that outlast backups; shared with whoever administers the hub.
  ///   - allowances: The most that members, devices and spaces may use.
  ///   - responseBytesMax: The most log bytes in one answer; smaller values make smaller pages.
  package init(
    store: any ReplicaStore, rules: RuleBook, modelText: String, policy: any HubPolicy,
    ledger: LedgerKeeper = LedgerKeeper(), allowances: HubAllowances = HubAllowances(),
    clock: @escaping @Sendable () -> Timestamp, responseBytesMax: Int = Limits.responseBytesMax
  ) {
    self.store = store
    self.rules = rules
    self.modelText = modelText
    self.policy = policy
    self.ledger = ledger
    self.allowances = allowances
    self.clock = clock
    self.responseBytesMax = responseBytesMax
    commits = CommitQueue(store: store)
    reads = ReadQueue(store: store)
  }

  /// Finds out whether a device may send a request at all.
  ///
  /// - Parameter ticket: The encoded ticket that it shows, if any.
  /// - Throws: ``DirectoryError/deviceUnknown`` if the hub never enrolled a device with this key, and no ticket says so.
  package func admit(_ key: PublicKey, showing ticket: [UInt8]?) async throws {
    try await reads.read { [self] in
      _ = try RequestingDevice(key, showing: .shown(ticket, by: key, in: $0), ledger.ledger, $0)
    }
  }

  /// Reads the store off the cooperative pool.
  package func read<Output: Sendable>(
    _ body: @escaping @Sendable (any StoreReader) throws -> Output
  ) async throws -> Output {
    try await reads.read(body)
  }

  /// Redeems an invitation code for a device. Durable on return.
  ///
  /// - Parameters:
  ///   - key: The device's public key; the caller has verified that the device holds the private half.
  ///   - isPartner: True for the hub of a partner.
  /// - Throws: ``DirectoryError``, ``StoreError``.
  package func join(code: String, key: PublicKey, isPartner: Bool = false) async throws -> Principal {
    // A device that a restore has forgotten is revoked all the same.
    guard ledger.ledger.revoked[key] == nil else { throw DirectoryError.deviceRevoked }
    let now = clock()
    let principal = try await commits.write {
      try Directory.join(code: code, key: key, isPartner: isPartner, now: now, $0)
    }
    guard let principal else { throw DirectoryError.codeUnknown }
    return principal
  }

  /// Answers one sync request.
  ///
  /// The principal and their rights are looked up inside the very transactions that write and read, so a device that is
  /// revoked while its request is being handled gains nothing by it.
  ///
  /// - Parameters:
  ///   - request: The whole request; the caller has verified its digest.
  ///   - key: The device's public key; the caller has verified that it signed the request.
  ///   - shown: The encoded ticket that the device shows, if any; nothing about it has been verified.
  /// - Returns: The encoded answer. Every accepted change it names is durable.
  /// - Throws: ``RequestError``, in which case nothing of the request was accepted; ``DirectoryError``, ``StoreError``.
  ///   What was accepted before the failure, or before the device was revoked, stays.
  package func answer(
    _ request: [UInt8], signedBy key: PublicKey, showing shown: [UInt8]? = nil
  ) async throws -> [UInt8] {
    let (hub, last, ticket, isTold, isForgotten) = try await reads.read { [self] reader in
      let ticket = try Ticket.shown(shown, by: key, in: reader)
      let device = try RequestingDevice(key, showing: ticket, ledger.ledger, reader)
      let isTold = try ticket.map {
        try !TicketRegister.provesRollback($0, in: reader)
          && (!device.isForgotten || TicketRegister.isNoted($0, in: reader))
      }
      return (
        try HubIdentity.identity(in: reader).hub, try LastContact.last(of: key, in: reader), ticket, isTold ?? true,
        device.isForgotten
      )
    }
    let bytes = request
    let request = try HubRequest(bytes)
    if let named = request.hello.hub, named != hub { throw RequestError.wrongHub }
    if let ticket, !isTold {
      try await commits.write { [self] in try learn(from: ticket, of: key, $0) }
    }
    let isNews = request.hello.unsent.map { LastContact(time: clock(), unsent: $0).isNews(after: last) } ?? false
    let isWriting = request.isOffering || isNews && !isForgotten
    let verdicts = isWriting ? try await accept(request, from: key, showing: ticket, at: hub) : []
    return try await reads.read { [self] reader in
      var device = try RequestingDevice(key, showing: ticket, ledger.ledger, reader)
      try device.closeEnded(at: clock(), reader)
      var answer = [Message.welcome(try welcome(reader))]
      if let revocation = device.revocation {
        // Told on a channel that every enrolled device may always read, and nothing else with it.
        answer.append(.notice(.revoke(revocation.time)))
        answer += verdicts.filter { if case .sealedChangeStored = $0 { true } else { false } }
      } else {
        // Erased words and revoked devices may be back since the restore, so nobody is given any words.
        let isRestoring = try Ledger.isLedgerMissing(in: reader)
        let notices = try notices(for: request, device, isRestoring: isRestoring, reader)
        answer += notices.map { .notice($0) }
        answer += verdicts
        answer += try PageReader(reader, bytesMax: isRestoring ? 0 : responseBytesMax)
          .messages(for: request, device, besides: notices.reduce(0) { $0 + $1.byteCount })
        if !device.isForgotten, let ticket = try Ticket(for: device.principal, device: key, in: reader) {
          answer.append(.ticket(ticket))
        }
      }
      return SignedAnswer.encode(answer, by: try HubIdentity.key(in: reader), of: hub, to: bytes, from: key)
    }
  }

  /// Learns from a ticket what this hub has forgotten, in the caller's transaction.
  private func learn(from ticket: Ticket, of key: PublicKey, _ transaction: any StoreTransaction) throws {
    if try TicketRegister.provesRollback(ticket, in: transaction) { try HubIdentity.beginEpoch(in: transaction) }
    if try RequestingDevice(key, showing: ticket, ledger.ledger, transaction).isForgotten {
      try TicketRegister.note(ticket, in: transaction)
    }
  }

  /// Judges and stores what was offered. A long request is divided among commits, each of which takes a bounded part of
  /// it, so that other visitors have their turn in between. Not called for a device that offers nothing and whose
  /// remembered contact is up to date, so such a request costs no commit.
  private func accept(
    _ request: HubRequest, from key: PublicKey, showing ticket: Ticket?, at hub: HubID
  ) async throws -> [Message] {
    let now = clock()
    let offers = try request.offers.map { try OfferedChange(headerBytes: $0.header, bodyBytes: $0.body) }
    let proofs = HeadVerifier(request.heads, over: offers.map(\.headerBytes), at: hub)
    var inVain: Set<SpaceID> = []
    for segment in request.segments where !inVain.contains(segment.space) {
      var progress = LogReplay.Progress.stopped(at: 0)
      while case .stopped(let row) = progress {
        progress = try await commits.write { [self] in
          try replay(segment, fromRow: row, of: key, showing: ticket, $0)
        }
      }
      if progress == .inVain { inVain.insert(segment.space) }
    }
    var answers = request.proposalAnswers[...]
    while !answers.isEmpty {
      let part = answers.prefix(Self.answersPerCommitMax)
      try await commits.write { [self] in try decide(part, from: key, showing: ticket, now: now, $0) }
      answers = answers.dropFirst(part.count)
    }
    var rest = offers[...]
    var accepted = Accepted()
    repeat {
      let part = Self.part(of: rest)
      accepted = try await commits.write { [self, accepted] transaction in
        try accept(
          part, after: accepted, of: request, from: key, showing: ticket, proofs, now: now, transaction)
      }
      rest = rest.dropFirst(accepted.judged)
    } while !rest.isEmpty && !accepted.isRevoked
    // A restored hub hears of erasures again. If a reader blocks the scrub, the remainder is left to the next request.
    do { try await commits.scrub() } catch StoreError.full {
      // The accepted changes are durable; only the scrub lacks disk space.
    }
    return accepted.answers
  }

  /// The results of one request's commits so far.
  private struct Accepted: Sendable {
    var answers: [Message] = []
    var forked: Set<SpaceID> = []
    var settled: UInt64 = 0
    /// The number of offers that the last commit judged.
    var judged = 0
    /// The dots that verdicts may still name as missing.
    var missingLeft = Limits.missingDotsPerAnswerMax
    /// True for the first commit, which also stores rescues and confirmations.
    var isFirst = true
    var isRevoked = false
  }

  /// The most changes of one request in one commit.
  package static let changesPerCommitMax = 500

  /// The most answers to proposals in one commit. Each may look at all that a proposal builds on.
  private static let answersPerCommitMax = 16

  /// Applies a member's answers to proposals of theirs, in the caller's transaction.
  private func decide(
    _ answers: ArraySlice<(id: RecordID, isYes: Bool)>, from key: PublicKey, showing ticket: Ticket?, now: Timestamp,
    _ transaction: any StoreTransaction
  ) throws {
    let device = try RequestingDevice(key, showing: ticket, ledger.ledger, transaction)
    guard device.revocation == nil, !device.isForgotten else { return }
    for (id, isYes) in answers {
      try Proposal.applyOwnerAnswer(
        isYes, to: id, by: device.principal, rules: rules, policy: policy, now: now, transaction)
    }
  }

  /// The beginning of the offers that one commit takes: bounded by number and size, and at least one.
  private static func part(of offers: ArraySlice<OfferedChange>) -> ArraySlice<OfferedChange> {
    var bytesLeft = Limits.offerBytesMax
    return offers.prefix(changesPerCommitMax).prefix { offer in
      defer { bytesLeft -= offer.byteCount }
      return bytesLeft > 0
    }
  }

  /// Takes back a part of a segment of this hub's log, in the caller's transaction.
  private func replay(
    _ segment: LogSegment, fromRow row: Int, of key: PublicKey, showing ticket: Ticket?,
    _ transaction: any StoreTransaction
  ) throws -> LogReplay.Progress {
    let device = try RequestingDevice(key, showing: ticket, ledger.ledger, transaction)
    guard device.revocation == nil else { return .inVain }
    var replay = try LogReplay(rules: rules, ledger: ledger, transaction)
    let progress = try replay.take(segment, from: row)
    if replay.hasForgotten, try segment.epoch == HubIdentity.identity(in: transaction).epoch {
      // This epoch's own word, and this hub does not remember it: an older state of it was put back.
      try HubIdentity.beginEpoch(in: transaction)
    }
    return progress
  }

  /// Judges and stores one part of a request, in the caller's transaction.
  ///
  /// Nothing is judged in a space where the device's cursor is invalid: the device does not know yet what this hub
  /// lacks, and a verdict is final.
  private func accept(
    _ offers: ArraySlice<OfferedChange>, after before: Accepted, of request: HubRequest, from key: PublicKey,
    showing ticket: Ticket?, _ proofs: HeadVerifier, now: Timestamp, _ transaction: any StoreTransaction
  ) throws -> Accepted {
    let hello = request.hello
    var accepted = before
    accepted.isFirst = false
    accepted.judged = offers.count
    var device = try RequestingDevice(key, showing: ticket, ledger.ledger, transaction)
    try device.closeEnded(at: now, transaction)
    var principal = device.principal
    accepted.isRevoked = device.revocation != nil
    if before.isFirst, device.isEnrolled, case .spaces(let spaces)? = request.cleared {
      try PendingWipe.end(spaces, of: key, in: transaction)
    }
    // A device that was forgotten brings rows and nothing else. Anything new may wait for a right that was forgotten, too.
    if device.isForgotten { return accepted }
    if before.isFirst {
      for rescue in request.sealedChanges
      where try Proposal.receive(
        rescue, from: principal.member, device: key, isRevoked: accepted.isRevoked, ledger: ledger.ledger, now: now,
        transaction)
      {
        accepted.answers.append(.sealedChangeStored(SealedChange.digest(of: rescue)))
      }
    }
    guard !accepted.isRevoked else {
      // Nothing is accepted directly: unsent work arrives sealed, once the device has heard of its revocation.
      if before.isFirst, request.cleared == .everything, device.isEnrolled {
        try Directory.setCleared(key, now: now, transaction)
      }
      return accepted
    }
    principal.spaces = try principal.spaces.filter { space in
      try hello.spaces.first { $0.space == space }.map { try transaction.hasPosition(of: $0) } ?? true
    }
    var acceptance = try Acceptance(
      rules: rules, policy: policy, principal: principal, proofs: proofs, forked: before.forked, ledger: ledger,
      allowances: allowances, now: now, transaction)
    for (number, offer) in offers.enumerated() {
      // The rest has its turn after the others who are waiting.
      guard number == 0 || acceptance.byteCount < Limits.commitBytesMax else {
        accepted.judged = number
        break
      }
      guard var verdict = try acceptance.judge(offer) else { continue }
      if case .missing(let dots) = verdict.outcome {
        accepted.missingLeft -= dots.count
        if accepted.missingLeft < 0 { verdict = Verdict(space: verdict.space, dot: verdict.dot, outcome: .later) }
      }
      accepted.answers.append(.verdict(verdict))
      if verdict.outcome.isSettled { accepted.settled += 1 }
    }
    accepted.forked = acceptance.forked
    try acceptance.keepHeads(of: offers.prefix(accepted.judged))
    try acceptance.chargeAllowances()
    if let unsent = hello.unsent {
      try LastContact(time: now, unsent: unsent - min(unsent, accepted.settled)).remember(of: key, in: transaction)
    }
    return accepted
  }

  private func welcome(_ reader: any StoreReader) throws -> Welcome {
    let (hub, epoch) = try HubIdentity.identity(in: reader)
    let now = clock()
    return Welcome(
      hub: hub, epoch: epoch, time: now, modelVersion: rules.version,
      safeTime: try BackupAge.safeTime(at: now, in: reader))
  }

  private func notices(
    for request: HubRequest, _ device: RequestingDevice, isRestoring: Bool, _ reader: any StoreReader
  ) throws -> [Notice] {
    let (hello, principal) = (request.hello, device.principal)
    var notices: [Notice] = isRestoring ? [.restoring] : []
    if device.isForgotten { notices.append(.forgotten) }
    guard device.isEnrolled else { return notices }
    if hello.modelVersion < rules.version { notices.append(.schema(version: rules.version, text: modelText)) }
    let asked = Set(hello.spaces.map(\.space))
    // No more than the device can ask for.
    for space in principal.spaces.subtracting(asked).sorted().prefix(Limits.spacesPerRequestMax - asked.count) {
      if let row = try reader.space(space) { notices.append(.enter(space, name: row.name)) }
    }
    // Other spaces go unmentioned: even their existence is confidential.
    notices += asked.intersection(principal.left.union(principal.withdrawn)).subtracting(principal.spaces).sorted().map
    { .leave($0) }
    if !isRestoring {
      notices += try Proposal.notices(for: principal.member, known: Set(hello.knownProposals), in: reader)
    }
    if let role = hello.role, role != principal.role, !device.isForgotten {
      notices.append(.restrict(role: principal.role))
    }
    if !request.offers.isEmpty {
      notices += try nearlyFull(for: device, asked.intersection(principal.spaces), reader).map { .allowance($0) }
    }
    return notices
  }

  /// The allowances that are nearly full, of those that the changes of a device count against.
  private func nearlyFull(
    for device: RequestingDevice, _ spaces: Set<SpaceID>, _ reader: any StoreReader
  ) throws -> [AllowanceUse] {
    let register = AllowanceRegister(allowances, at: clock(), reader)
    let own: [AllowanceSubject] = [.bytes(device.principal.member), .chains(device.key), .refused(device.key)]
    return try (own + spaces.sorted().map { .space($0) }).map { try register.use(of: $0) }.filter(\.isNearlyFull)
  }
}

extension Notice {
  /// The encoded size, approximately.
  fileprivate var byteCount: Int {
    switch self {
    case .proposal(_, let sealed): 40 + sealed.encoded.count
    case .schema(_, let text): 24 + text.utf8.count
    case .enter(_, let name): 40 + name.utf8.count
    case .leave, .restrict, .proposalClosed, .revoke, .forgotten, .restoring, .allowance: 40
    }
  }
}

extension Verdict.Outcome {
  /// True once the change no longer waits on its device.
  fileprivate var isSettled: Bool {
    switch self {
    case .recorded: true
    case .missing, .forked, .later: false
    }
  }
}
