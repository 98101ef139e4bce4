// A request as a foreign program might make it: it offers whatever it likes, attested by any key.

package import Cryptography
internal import RecordModel
package import Replication
internal import SQLiteStorage
package import SyncHub
package import SyncProtocol

/// Invites a member and enrols a device of theirs.
package func enrol(
  _ name: String, as role: String, spaces: [SpaceID], in transaction: any StoreTransaction
) throws -> (principal: Principal, signer: Signer) {
  let (signer, now) = (Signer(), Timestamp(milliseconds: 0))
  let known = try Directory(transaction).members(called: name).first
  let invitee = try known.map { Invitee($0) } ?? Invitee(newPersonNamed: name, in: transaction)
  let invitation = try Directory.invite(invitee, role: role, spaces: spaces, now: now, transaction)
  let principal = try Directory.join(
    code: invitation.code, key: signer.key.publicKey, isPartner: role == Partner.role, now: now, transaction)
  guard let principal else { throw DirectoryError.codeUnknown }
  return (principal, signer)
}

/// What became of an offered change.
package enum Judgement: Equatable, Sendable {
  case taken
  case refused(RefusalReason)
  case missing([Dot])
  case forked(at: UInt64)
  case later

  /// The judgement that a verdict and the hub's log tell together.
  init(_ verdict: Verdict, in reader: any StoreReader) throws {
    switch verdict.outcome {
    case .recorded:
      let row = try reader.row(of: verdict.dot, in: verdict.space)
      self = row?.entry.refusal.map { .refused($0) } ?? .taken
    case .missing(let dots): self = .missing(dots)
    case .forked(let sequence): self = .forked(at: sequence)
    case .later: self = .later
    }
  }
}

/// The judgement of a hub's own acceptance on one change, in a transaction.
///
/// - Parameters:
///   - carrier: The principal who brings it.
///   - signer: Signs the head of the change.
package func judgement(
  on change: Change, broughtBy carrier: Principal, attestedBy signer: Signer, rules: RuleBook,
  policy: any HubPolicy,
  in transaction: any StoreTransaction
) throws -> Judgement? {
  let hub = try HubIdentity.identity(in: transaction).hub
  let proofs = HeadVerifier([signer.head(of: change, for: hub)], over: [change.headerBytes], at: hub)
  var acceptance = try Acceptance(
    rules: rules, policy: policy, principal: carrier, proofs: proofs, now: Timestamp(milliseconds: 0), transaction)
  let offered = try OfferedChange(headerBytes: change.headerBytes, bodyBytes: change.bodyBytes)
  return try acceptance.judge(offered).map { try Judgement($0, in: transaction) }
}

extension TestHub {
  /// Offers changes as a dishonest program might.
  ///
  /// - Parameters:
  ///   - key: The key that signs the request.
  ///   - signer: Signs the heads of what is offered; `nil` for none.
  ///   - segments: Runs of the hub's log to bring with them.
  /// - Returns: What became of each, in order.
  @discardableResult
  package func offer(
    _ changes: [(header: [UInt8], body: [UInt8])], signedBy key: SigningKey, attestedBy signer: Signer?,
    bringing segments: [LogSegment] = []
  ) async throws -> [Judgement] {
    let id = try store.read { try HubIdentity.identity(in: $0).hub }
    let hello = Hello(replica: .random(), modelVersion: model.version, hub: nil, spaces: [])
    // No head can be signed for bytes that are no header.
    let last = Dictionary(
      changes.compactMap { change in
        (try? Header(decoding: change.header)).map { ($0.dot.replica, ($0, Header.digest(of: change.header))) }
      }, uniquingKeysWith: { _, later in later })
    let heads = last.values.compactMap { header, digest in
      signer.map { Message.head($0.head(in: header.space, at: header.dot, digest: digest, for: id)) }
    }
    let request = Message.encode(
      [.hello(hello)] + segments.map { .segment($0) } + changes.map { .offer(header: $0.header, body: $0.body) } + heads
    )
    let answer = try SignedAnswer(await hub.answer(request, signedBy: key.publicKey)).messages
    return try store.read { reader in
      try answer.compactMap { if case .verdict(let verdict) = $0 { try Judgement(verdict, in: reader) } else { nil } }
    }
  }

  /// Offers changes as a dishonest program might.
  @discardableResult
  package func offer(
    _ changes: [Change], signedBy key: SigningKey, attestedBy signer: Signer?
  ) async throws -> [Judgement] {
    try await offer(changes.map { ($0.headerBytes, $0.bodyBytes) }, signedBy: key, attestedBy: signer)
  }
}
