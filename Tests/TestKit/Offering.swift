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
) throws -> (principal: Principal, key: SigningKey) {
  let (key, now) = (SigningKey(), Timestamp(milliseconds: 0))
  let known = try Directory(transaction).members(called: name).first
  let invitee = try known.map { Invitee($0) } ?? Invitee(newPersonNamed: name, in: transaction)
  let invitation = try Directory.invite(invitee, role: role, spaces: spaces, now: now, transaction)
  let principal = try Directory.join(
    code: invitation.code, replica: .random(), key: key.publicKey, now: now, transaction)
  guard let principal else { throw DirectoryError.codeUnknown }
  return (principal, key)
}

/// The verdict of a hub's own acceptance on one change, in a transaction.
///
/// - Parameters:
///   - carrier: The principal who brings it.
///   - signer: The key that signs the head of the change.
package func verdict(
  on change: Change, broughtBy carrier: Principal, attestedBy signer: SigningKey, rules: RuleBook,
  policy: any HubPolicy,
  in transaction: any StoreTransaction
) throws -> Verdict.Outcome? {
  let hub = try HubIdentity.identity(in: transaction).hub
  let proofs = HeadVerifier(
    [SignedHead(of: .change(change), for: hub, by: signer)], over: [change.headerBytes], at: hub,
    with: try HubIdentity.key(in: transaction).publicKey)
  var acceptance = try Acceptance(
    rules: rules, policy: policy, principal: carrier, proofs: proofs, now: Timestamp(milliseconds: 0), transaction)
  return try acceptance.judge(OfferedEntry(RawEntry(.change(change))))?.outcome.unsigned
}

extension TestHub {
  /// Offers entries as a dishonest program might.
  ///
  /// - Parameters:
  ///   - key: The key that signs the request.
  ///   - signer: The key that signs the heads of what is offered; `nil` for none.
  /// - Returns: The hub's verdicts, in order.
  @discardableResult
  package func offer(
    _ entries: [RawEntry], signedBy key: SigningKey, attestedBy signer: SigningKey?
  ) async throws -> [Verdict.Outcome] {
    let id = try store.read { try HubIdentity.identity(in: $0).hub }
    let hello = Hello(replica: .random(), modelVersion: model.version, hub: nil, spaces: [])
    let last = Dictionary(
      entries.compactMap { entry in
        (try? Header(decoding: entry.headerBytes)).map { ($0.dot.replica, ($0, Header.digest(of: entry.headerBytes))) }
      }, uniquingKeysWith: { _, later in later })
    let heads = last.values.compactMap { header, digest in
      signer.map { Message.head(SignedHead(space: header.space, dot: header.dot, digest: digest, for: id, by: $0)) }
    }
    let request = Message.encode([.hello(hello)] + entries.map { .offer($0) } + heads)
    let answer = try await hub.answer(request, signedBy: key.publicKey)
    return try Message.decode(answer).compactMap { if case .verdict(let verdict) = $0 { verdict.outcome } else { nil } }
  }
}

extension Verdict.Outcome {
  /// This outcome without a hub's signature, to be compared.
  package var unsigned: Verdict.Outcome {
    if case .refused(let reason, _) = self { .refused(reason) } else { self }
  }
}
