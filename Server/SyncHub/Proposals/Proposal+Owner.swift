// Unsent work recovered from a revoked device may have been written by other hands, so its owner decides, on another
// device of theirs.

internal import Cryptography
internal import Replication
internal import SyncProtocol

extension Proposal {
  /// The undecided proposals put to each member, by member.
  static let questions = LocalTable(
    "proposal_question", of: .id() as LocalCoding<MemberID>, .id() as LocalCoding<RecordID>, .presence)

  /// The proposals a member is to be asked about. Costs one lookup if there are none.
  private static func open(of member: MemberID, in reader: any StoreReader) throws -> [Proposal] {
    try questions.rows(of: member, in: reader).compactMap { try Directory(reader).proposal($0.key) }
      .filter { $0.answer == nil }
  }

  /// The proposal notices for a member's device: the new questions, as many as fit into one answer and as the device can
  /// name in its next request, and the questions that are closed.
  ///
  /// - Parameter known: The proposals the device already knows of.
  static func notices(for member: MemberID, known: Set<RecordID>, in reader: any StoreReader) throws -> [Notice] {
    let asked = try open(of: member, in: reader)
    var bytesLeft = Limits.offerBytesMax
    let unknown = asked.filter { !known.contains($0.id) }
    let most = max(0, Limits.proposalsPerRequestMax - (asked.count - unknown.count))
    let news = unknown.prefix(most).prefix { work in
      defer { bytesLeft -= work.sealedChange.encoded.count }
      return bytesLeft > 0
    }
    return news.map { .proposal($0.id, $0.sealedChange) }
      + known.subtracting(asked.map(\.id)).sorted().map { .proposalClosed($0) }
  }

  private var sealedChange: SealedChange {
    switch content {
    case .change(let change): SealedChange(change, reason)
    case .words(let words): .words(words)
    }
  }

  /// Applies a member's answer to a proposal of theirs; an answer to any other is ignored. A proposal their yes alone
  /// cannot get applied waits for an administrator.
  static func applyOwnerAnswer(
    _ isYes: Bool, to id: RecordID, by principal: Principal, rules: RuleBook, policy: any HubPolicy, now: Timestamp,
    _ transaction: any StoreTransaction
  ) throws {
    guard try questions.contains(id, of: principal.member, in: transaction) else { return }
    try questions.set(id, of: principal.member, to: nil, in: transaction)
    guard let work = try Directory(transaction).proposal(id), work.answer == nil else { return }
    guard isYes, case .change(let change) = work.content else { return try work.decline(now: now, transaction) }
    let mayWrite =
      try change.header.author == work.member && principal.spaces.contains(change.header.space)
      && policy.refusal(of: change, by: principal, transaction) == nil
    if mayWrite, try work.accept(rules: rules, now: now, transaction) == nil { return }
    try Directory.commit([.set(id, field: "owner", .text("yes"))], now, transaction)
  }
}
