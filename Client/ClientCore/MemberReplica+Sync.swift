// Syncs a member's copy with its hub: drives the engine's loop, and applies what the hub's answers mean for the
// membership, the model and the notes stored beside the records.

internal import Cryptography
internal import RecordModel
package import Replication
package import SyncProtocol

/// A member's hub, as the peer of the sync loop.
private struct MemberHub: Peer {
  let transport: any HubTransport
  let place: HubEndpoint
  let key: SigningKey
  let ticket: [UInt8]?

  func exchange(_ request: [UInt8]) async throws(TransportError) -> [UInt8] {
    try await transport.sync(at: place, key: key, showing: ticket, request: request)
  }

  func wait(_ duration: Duration) async { await transport.wait(duration) }
}

extension MemberReplica {
  /// Sends all unsent work and fetches news.
  ///
  /// - Parameters:
  ///   - removalsAllowed: True if the member has agreed to lose many records.
  ///   - progress: Called with each event of the sync, as it happens.
  /// - Returns: A report of what happened. A lost connection or a refusal by the hub is reported, not thrown.
  /// - Throws: ``ClientError`` or ``StoreError`` if this copy itself cannot be used.
  package func sync(
    over transport: any HubTransport, removalsAllowed: Bool = false,
    progress: (SyncEvent) -> Void = { _ in }
  ) async throws -> SyncReport {
    // A cleared copy still has its membership while it keeps sealed work for the hub.
    let (membership, ticket) = try store.read {
      (try Membership.load(from: $0) ?? Self.membership(in: $0), try Contact.ticket(in: $0))
    }
    let key = try key()
    let hub = MemberHub(transport: transport, place: membership.place, key: key, ticket: ticket)
    var client = try SyncClient(self, with: hub, at: membership.hub, key: key, removalsAllowed: removalsAllowed)
    let report = try await client.run(progress: progress)
    do { try store.indexTexts() } catch StoreError.full, StoreError.inUse {
      // The fetched changes are durable, and the report must be told. Only the text index is not up to date, because the
      // disk is full or another program holds the file; the next search needs the index and reports it.
    }
    return report
  }
}

extension MemberReplica: SyncOwner {
  package func rules(in reader: any StoreReader) throws -> RuleBook { try model(in: reader).rules }

  package func role(in reader: any StoreReader) throws -> String? { try Membership.load(from: reader)?.role }

  package func adopt(_ modelText: String, version: UInt64, in transaction: any StoreTransaction) throws {
    let standing = try model(in: transaction).version
    guard version > standing else { return }
    let newer: RecordModel
    do {
      newer = try models.model(of: Array(modelText.utf8))
    } catch is ClientError { throw SyncFailure.programTooOld }
    guard version == newer.version else { return }
    try transaction.set(ClientState.model, to: Array(modelText.utf8))
    try Replica(rules: newer.rules, in: transaction).refreshContested()
  }

  package func follow(_ progress: SyncProgress, in transaction: any StoreTransaction) throws {
    if let role = progress.role, let membership = try Membership.load(from: transaction) {
      try membership.having(role).save(in: transaction)
    }
    for space in progress.left { try ClientState.looked.set(space, to: nil, in: transaction) }
    // The list last shown has positions of logs that may begin anew.
    if !progress.left.isEmpty { try ClientState.notes.set(Self.listNote, to: nil, in: transaction) }
    guard progress.revoked != nil else { return }
    try sealDraft(in: transaction)
    try ClientState.looked.removeAll(in: transaction)
    for (name, _) in try ClientState.notes.rows(in: transaction) where name != Self.draftNote {
      try ClientState.notes.set(name, to: nil, in: transaction)
    }
    try ControlOutbox.removeProposals(in: transaction)
    try Contact.setRevocationKey(key().publicKey, in: transaction)
    guard try ControlOutbox.isEmpty(in: transaction), try !ControlOutbox.hasSetAside(in: transaction) else { return }
    try Membership.forget(in: transaction)
  }

  /// Seals half-written words for the hub, in pieces that it accepts. Without the hub's sealing key they stay.
  private func sealDraft(in transaction: any StoreTransaction) throws {
    guard let draft = try ClientState.notes.value(Self.draftNote, in: transaction),
      let key = try Contact.keys(in: transaction)?.sealing
    else { return }
    var rest = Substring(draft.filter { $0 != "\0" })
    while !rest.isEmpty {
      let piece = rest.prefix(Limits.textBytesMax / 8)
      try ControlOutbox.seal(.words(String(piece)), for: key, in: transaction)
      rest = rest.dropFirst(piece.count)
    }
    try ClientState.notes.set(Self.draftNote, to: nil, in: transaction)
  }
}
