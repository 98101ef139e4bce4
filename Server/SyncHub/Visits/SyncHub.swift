// The hub's side of a sync: read a request whole, take in what it offers, answer with verdicts, notices and pages.
// No HTTP and no kinds here: who is asking arrives as a principal, the rules as values.

package import Cryptography
package import Replication
internal import SyncProtocol

/// Why a request got no answer. Nothing of it was taken in.
package enum RequestError: Error, Equatable, Sendable {
  /// The bytes are no request; the message says what was wrong, and holds nothing of the request.
  case unreadable(String)
  /// The device speaks another version of the protocol.
  case protocolVersion(UInt64)
  /// The device belongs to another hub.
  case wrongHub
  /// More changes are offered than one request may.
  case tooManyChanges
}

/// A hub, over its store.
package final class SyncHub: Sendable {
  package let store: any ReplicaStore
  package let rules: RuleBook
  /// The model file's text, for devices with an older one.
  package let modelText: String
  private let policy: any HubPolicy
  private let commits: CommitQueue
  private let clock: @Sendable () -> Timestamp
  private let responseBytesMax: Int

  /// - Parameters:
  ///   - responseBytesMax: The log bytes of one answer; small ones make small pages.
  package init(
    store: any ReplicaStore, rules: RuleBook, modelText: String, policy: any HubPolicy,
    clock: @escaping @Sendable () -> Timestamp, responseBytesMax: Int = Limits.responseBytesMax
  ) {
    self.store = store
    self.rules = rules
    self.modelText = modelText
    self.policy = policy
    self.clock = clock
    self.responseBytesMax = responseBytesMax
    commits = CommitQueue(store: store)
  }

  /// Whether a key is no stranger's.
  package func isEnrolled(_ key: PublicKey) throws -> Bool {
    try store.read { try Directory($0).isEnrolled(key) }
  }

  /// Spends a code for a device. Durable when this returns.
  ///
  /// - Parameter key: The device's; that it holds the private half was checked.
  /// - Throws: ``DirectoryError``, ``StoreError``.
  package func join(code: String, replica: ReplicaID, key: PublicKey) async throws -> Principal {
    let now = clock()
    let principal = try await commits.write {
      try Directory.join(code: code, replica: replica, key: key, now: now, $0)
    }
    guard let principal else { throw DirectoryError.codeUnknown }
    return principal
  }

  /// Answers one sync request.
  ///
  /// Who asks, and what they may, is looked up in the very transactions that take in and give out: whoever is revoked
  /// while a request is under way gets nothing by it.
  ///
  /// - Parameters:
  ///   - request: The request's bytes, whole; their digest was checked.
  ///   - key: The device's; that it signed the request was checked.
  /// - Returns: The answer's bytes. Every accepted change it names is durable.
  /// - Throws: ``RequestError``, ``DirectoryError``, ``StoreError``. Where the device was revoked in between, what was
  ///   taken in before stays; otherwise nothing of the request was taken in.
  package func answer(_ request: [UInt8], signedBy key: PublicKey) async throws -> [UInt8] {
    let (identity, hubsKey, last) = try store.read { reader in
      _ = try Directory(reader).enrolment(of: key)
      return (
        try HubIdentity.identity(in: reader), try HubIdentity.key(in: reader).publicKey,
        try LastContact.last(of: key, in: reader)
      )
    }
    let request = try HubRequest(request)
    if let hub = request.hello.hub, hub != identity.hub { throw RequestError.wrongHub }
    let proofs = HeadVerifier(
      request.heads, over: request.offers.map(\.headerBytes) + request.connectingHeaders, at: identity.hub,
      with: hubsKey)
    let isNews = request.hello.unsent.map { LastContact(time: clock(), unsent: $0).isNews(after: last) } ?? false
    let verdicts = request.isOffering || isNews ? try await accept(request, signedBy: key, proofs) : []
    return try store.read { reader in
      let (principal, revocation) = try Directory(reader).enrolment(of: key)
      var answer = [Message.welcome(try welcome(reader))]
      if let revocation {
        // Told on a road that every enrolled device may always take, and nothing else with it.
        answer.append(.notice(.revoke(revocation.time)))
        answer += verdicts.filter { if case .sealedChangeStored = $0 { true } else { false } }
      } else {
        answer += try notices(for: request.hello, principal, reader)
        answer += verdicts
        answer += try pages(for: request.hello, principal, reader)
      }
      return Message.encode(answer + [.end])
    }
  }

  /// Judges and takes in what was offered, in one commit; a device with nothing to offer costs none.
  ///
  /// In a space where the device has lost its place nothing is judged: it does not know yet what this hub lacks, and
  /// a verdict is final.
  private func accept(
    _ request: HubRequest, signedBy key: PublicKey, _ proofs: HeadVerifier
  ) async throws -> [Message] {
    let now = clock()
    let hello = request.hello
    let verdicts = try await commits.write { [self] transaction in
      var (principal, revocation) = try Directory(transaction).enrolment(of: key)
      var answers: [Message] = []
      for rescue in request.sealedChanges
      where try Proposal.receive(
        rescue, from: principal.member, device: key, isRevoked: revocation != nil, now: now, transaction)
      {
        answers.append(.sealedChangeStored(SealedChange.digest(of: rescue)))
      }
      guard revocation == nil else {
        // Nothing is taken in live: what waits on the device comes sealed, once it has heard.
        if request.cleared == .everything { try Directory.setCleared(key, now: now, transaction) }
        return answers
      }
      for (id, isYes) in request.proposalAnswers {
        try Proposal.applyOwnerAnswer(isYes, to: id, by: principal, rules: rules, policy: policy, now: now, transaction)
      }
      if case .spaces(let spaces)? = request.cleared { try PendingWipe.end(spaces, of: key, in: transaction) }
      principal.spaces = try principal.spaces.filter { space in
        try hello.spaces.first { $0.space == space }.map { try hasValidCursor($0, hello, transaction) } ?? true
      }
      var acceptance = try Acceptance(
        rules: rules, policy: policy, principal: principal, proofs: proofs, now: now, transaction)
      var settled: UInt64 = 0
      for offer in request.offers {
        guard let verdict = try acceptance.judge(offer) else { continue }
        answers.append(.verdict(verdict))
        if verdict.outcome.isSettled { settled += 1 }
      }
      try acceptance.keepHeads()
      if let unsent = hello.unsent {
        try LastContact(time: now, unsent: unsent - min(unsent, settled)).remember(of: key, in: transaction)
      }
      return answers
    }
    // A hub put back to a backup hears of erasures anew. A reader in the way leaves the rest to the next request.
    do { try store.scrub() } catch StoreError.full {
      // What was taken in is durable; there is only no room for tidying up.
    }
    return verdicts
  }

  /// Whether what a device holds for acknowledged in a space was acknowledged in this epoch, up to a row that is here.
  private func hasValidCursor(_ ask: SpaceRequest, _ hello: Hello, _ reader: any StoreReader) throws -> Bool {
    let epoch = try HubIdentity.identity(in: reader).epoch
    guard hello.epoch ?? epoch == epoch else { return false }
    guard let cursor = ask.cursor, let space = try reader.space(ask.space) else { return true }
    guard cursor.epoch == epoch, cursor.position <= space.lastPosition else { return false }
    return try cursor.position == 0
      || reader.row(at: cursor.position, in: space.id)?.entry.digest == cursor.digest
  }

  private func welcome(_ reader: any StoreReader) throws -> Welcome {
    let (hub, epoch) = try HubIdentity.identity(in: reader)
    return Welcome(
      hub: hub, epoch: epoch, time: clock(), modelVersion: rules.version,
      sealing: try HubIdentity.sealingKey(in: reader).publicKey)
  }

  private func notices(for hello: Hello, _ principal: Principal, _ reader: any StoreReader) throws -> [Message] {
    var notices: [Notice] = []
    if hello.modelVersion < rules.version { notices.append(.schema(version: rules.version, text: modelText)) }
    let asked = Set(hello.spaces.map(\.space))
    for space in principal.spaces.subtracting(asked).sorted() {
      if let row = try reader.space(space) { notices.append(.enter(space, name: row.name)) }
    }
    // Of other spaces nothing is said: whether they are here is nobody's business.
    notices += asked.intersection(principal.left).subtracting(principal.spaces).sorted().map { .leave($0) }
    notices += try Proposal.notices(for: principal.member, known: Set(hello.knownProposals), in: reader)
    if let role = hello.role, role != principal.role { notices.append(.restrict(role: principal.role)) }
    return notices.map { .notice($0) }
  }

  // MARK: Pages

  private func pages(for hello: Hello, _ principal: Principal, _ reader: any StoreReader) throws -> [Message] {
    let epoch = try HubIdentity.identity(in: reader).epoch
    var bytesLeft = responseBytesMax
    var messages: [Message] = []
    for ask in hello.spaces where principal.spaces.contains(ask.space) {
      guard let space = try reader.space(ask.space) else { continue }
      guard try hasValidCursor(ask, hello, reader) else {
        messages.append(.cursorUnknown(space.id, VersionVector(try reader.tips(in: space.id))))
        continue
      }
      let page = try page(of: space, after: ask.cursor, without: ask.vector ?? [], epoch, bytesLeft, reader)
      bytesLeft -= page.rows.reduce(0) { $0 + $1.entry.byteCount }
      messages.append(.page(page))
    }
    return messages
  }

  private func page(
    of space: Space, after cursor: Cursor?, without vector: VersionVector, _ epoch: EpochID, _ bytesLeft: Int,
    _ reader: any StoreReader
  ) throws -> Page {
    let from = cursor?.position ?? 0
    let rows =
      bytesLeft > 0 && from < space.lastPosition
      ? try reader.rows(after: from, in: space.id, bytesMax: bytesLeft) : []
    // An entry counts only where this very header is here. Of a chain that differs, or that this hub does not hold so
    // far, all is sent: the asker must meet what is other here before what was built on it.
    let common = try VersionVector(
      vector.entries.filter { try reader.row(of: $0.dot, in: space.id)?.entry.digest == $0.digest })
    let sent = rows.filter { !common.contains($0.entry.dot) || $0.entry.isPlaceholder }
    return Page(
      space: space.id, epoch: epoch, from: from, to: rows.last?.position ?? from, lastPosition: space.lastPosition,
      digest: rows.last?.entry.digest ?? cursor?.digest,
      rows: sent.map { Page.Row(position: $0.position, entry: RawEntry($0.entry)) },
      heads: try heads(for: sent.map(\.entry), reader))
  }

  /// Who stands for what a page holds: of every chain this hub itself, at its last row there, and its authors as far as
  /// they have signed up to there. By the hub's word a device can bring the page back to a hub that has lost it.
  private func heads(for entries: [LogEntry], _ reader: any StoreReader) throws -> [SignedHead] {
    guard !entries.isEmpty else { return [] }
    let hub = try HubIdentity.identity(in: reader).hub
    let key = try HubIdentity.key(in: reader)
    let last = Dictionary(entries.map { ($0.dot.replica, $0) }, uniquingKeysWith: { _, later in later })
    return try last.values.sorted { $0.dot < $1.dot }.flatMap { entry in
      let authors = try reader.heads(of: entry.dot.replica, in: entry.header.space)
        .filter { $0.dot.sequence <= entry.dot.sequence }
      return [SignedHead(of: entry, for: hub, by: key)] + authors
    }
  }
}

extension RawEntry {
  fileprivate var byteCount: Int {
    switch content {
    case .body(let body), .redactedBody(let body): headerBytes.count + body.count
    case .void: headerBytes.count
    }
  }
}

extension LogEntry {
  /// A void is never left out of a page, nor what is left of a change: the asker may hold the change itself.
  fileprivate var isPlaceholder: Bool {
    switch self {
    case .change: false
    case .void, .redacted: true
    }
  }
}

extension Verdict.Outcome {
  /// Whether the change does not wait on its device any more.
  fileprivate var isSettled: Bool {
    switch self {
    case .accepted, .alreadyHad, .refused: true
    case .missing, .forked, .later: false
    }
  }
}
