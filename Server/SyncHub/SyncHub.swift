// The hub's side of a sync: read a request whole, take in what it offers, answer with verdicts, notices and pages.
// No HTTP and no kinds here: who is asking arrives as a visitor, the rules as values.

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
    store: any ReplicaStore, rules: RuleBook, modelText: String, policy: any HubPolicy = SpaceMembersPolicy(),
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
  package func join(code: String, replica: ReplicaID, key: PublicKey) async throws -> Visitor {
    let now = clock()
    let visitor = try await commits.write {
      try Directory.join(code: code, replica: replica, key: key, now: now, $0)
    }
    guard let visitor else { throw DirectoryError.codeUnknown }
    return visitor
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
    let identity = try store.read { reader in
      _ = try Directory(reader).visitor(key: key)
      return try HubLife.identity(in: reader)
    }
    let (hello, offers) = try Self.read(request)
    if let hub = hello.hub, hub != identity.hub { throw RequestError.wrongHub }
    let verdicts = offers.isEmpty ? [] : try await take(offers, signedBy: key, hello)
    return try store.read { reader in
      let visitor = try Directory(reader).visitor(key: key)
      var answer = [Message.welcome(try welcome(reader))]
      answer += try notices(for: hello, visitor, reader)
      answer += verdicts
      answer += try pages(for: hello, visitor, reader)
      return Message.encode(answer + [.end])
    }
  }

  private static func read(_ request: [UInt8]) throws -> (Hello, [RawEntry]) {
    let messages: [Message]
    do throws(CBORError) {
      messages = try Message.decode(request)
    } catch { throw RequestError.unreadable("not a sequence of messages: \(error)") }
    guard case .hello(let hello)? = messages.first else {
      throw RequestError.unreadable("the first message is not hello")
    }
    guard hello.protocolVersion == protocolVersion else {
      throw RequestError.protocolVersion(hello.protocolVersion)
    }
    let offers = try messages.dropFirst().map { message in
      guard case .offer(let entry) = message else { throw RequestError.unreadable("a message out of place") }
      return entry
    }
    return (hello, offers)
  }

  /// Judges and takes in what was offered, in one commit; a device with nothing to offer costs none.
  ///
  /// In a space where the device has lost its place nothing is judged: it does not know yet what this hub lacks, and
  /// a verdict is final.
  private func take(_ offers: [RawEntry], signedBy key: PublicKey, _ hello: Hello) async throws -> [Message] {
    let now = clock()
    let verdicts = try await commits.write { [self] transaction in
      var visitor = try Directory(transaction).visitor(key: key)
      visitor.spaces = try visitor.spaces.filter { space in
        try hello.spaces.first { $0.space == space }.map { try hasPlace($0, hello, transaction) } ?? true
      }
      var acceptance = Acceptance(rules: rules, policy: policy, visitor: visitor, now: now, transaction)
      var verdicts: [Message] = []
      for offer in offers {
        if let verdict = try acceptance.take(offer) { verdicts.append(.verdict(verdict)) }
      }
      return verdicts
    }
    // A hub put back to a backup hears of erasures anew. A reader in the way leaves the rest to the next request.
    try store.sweep()
    return verdicts
  }

  /// Whether what a device holds for acknowledged in a space was acknowledged in this epoch, up to a row that is here.
  private func hasPlace(_ ask: SpaceAsk, _ hello: Hello, _ reader: any StoreReader) throws -> Bool {
    let epoch = try HubLife.identity(in: reader).epoch
    guard hello.epoch ?? epoch == epoch else { return false }
    guard let cursor = ask.cursor, let space = try reader.space(ask.space) else { return true }
    guard cursor.epoch == epoch, cursor.position <= space.head else { return false }
    return try cursor.position == 0
      || reader.row(at: cursor.position, in: space.id)?.entry.digest == cursor.digest
  }

  private func welcome(_ reader: any StoreReader) throws -> Welcome {
    let (hub, epoch) = try HubLife.identity(in: reader)
    return Welcome(hub: hub, epoch: epoch, time: clock(), modelVersion: rules.version)
  }

  private func notices(for hello: Hello, _ visitor: Visitor, _ reader: any StoreReader) throws -> [Message] {
    var notices: [Notice] = []
    if hello.modelVersion < rules.version { notices.append(.schema(version: rules.version, text: modelText)) }
    let asked = Set(hello.spaces.map(\.space))
    for space in visitor.spaces.subtracting(asked).sorted() {
      if let row = try reader.space(space) { notices.append(.enter(space, name: row.name)) }
    }
    notices += asked.subtracting(visitor.spaces).sorted().map { .leave($0) }
    return notices.map { .notice($0) }
  }

  // MARK: Pages

  private func pages(for hello: Hello, _ visitor: Visitor, _ reader: any StoreReader) throws -> [Message] {
    let epoch = try HubLife.identity(in: reader).epoch
    var bytesLeft = responseBytesMax
    var messages: [Message] = []
    for ask in hello.spaces where visitor.spaces.contains(ask.space) {
      guard let space = try reader.space(ask.space) else { continue }
      guard try hasPlace(ask, hello, reader) else {
        messages.append(.cursorUnknown(space.id, ChainHeight.lines(try reader.tips(in: space.id))))
        continue
      }
      let page = try page(of: space, after: ask.cursor, without: ask.vector ?? [], epoch, bytesLeft, reader)
      bytesLeft -= page.rows.reduce(0) { $0 + $1.entry.byteCount }
      messages.append(.page(page))
    }
    return messages
  }

  private func page(
    of space: Space, after cursor: Cursor?, without vector: [ChainHeight], _ epoch: EpochID, _ bytesLeft: Int,
    _ reader: any StoreReader
  ) throws -> Page {
    let from = cursor?.position ?? 0
    let rows =
      bytesLeft > 0 && from < space.head
      ? try reader.rows(after: from, in: space.id, bytesMax: bytesLeft) : []
    // A height counts only where this very header is here. Of a chain that differs, or that this hub does not hold so
    // far, all is sent: the asker must meet what is other here before what was built on it.
    let held = try vector.filter { height in
      try reader.row(of: Dot(height.replica, height.sequence), in: space.id)?.entry.digest == height.digest
    }
    let heights = VersionVector(
      Dictionary(held.map { ($0.replica, $0.sequence) }, uniquingKeysWith: { first, _ in first }))
    return Page(
      space: space.id, epoch: epoch, from: from, to: rows.last?.position ?? from, head: space.head,
      digest: rows.last?.entry.digest ?? cursor?.digest,
      rows: rows.filter { !heights.contains($0.entry.dot) || $0.entry.isHollow }.map {
        Page.Row(position: $0.position, entry: RawEntry($0.entry))
      })
  }
}

extension RawEntry {
  fileprivate var byteCount: Int {
    switch content {
    case .body(let body), .rest(let body): headerBytes.count + body.count
    case .void: headerBytes.count
    }
  }
}

extension LogEntry {
  /// A void is never left out of a page, nor what is left of a change: the asker may hold the change itself.
  fileprivate var isHollow: Bool {
    switch self {
    case .change: false
    case .void, .erased: true
    }
  }
}
