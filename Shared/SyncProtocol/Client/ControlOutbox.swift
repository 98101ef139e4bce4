// Control messages queued for the hub, kept until the hub acknowledges them: sealed changes, reports of cleared spaces,
// and the member's answers to proposals. Sealed changes stay on the device for longer: until every backup of the hub
// that may be restored has them (decision 25).

package import Cryptography
package import Replication

/// The control messages to send with the next request.
package struct ControlOutbox: Equatable, Sendable {
  /// Sealed changes, as many as fit into one request.
  package var sealedChanges: [[UInt8]] = []
  /// The cleared spaces not yet reported to the hub.
  package var cleared: Clearing?
  /// The number of changes on this device that no hub has acknowledged.
  package var unsent: UInt64?
  /// The member's role as this device knows it.
  package var role: String?
  /// Undecided proposals that the hub has sent to this device.
  package var knownProposals: [RecordID] = []
  /// The member's answers to proposals: true accepts, false declines.
  package var proposalAnswers: [RecordID: Bool] = [:]

  package init() {}

  private static let sealed = LocalTable("sealed_outbox", .digest, .bytes)
  private static let keptBytes = LocalTable("sealed_kept", .digest, .bytes)
  /// The contact at which the hub said that it keeps a sealed change.
  private static let receipts = LocalTable("sealed_receipt", .digest, .contact)
  private static let clearedSpaces = LocalTable("cleared_space", .id() as LocalCoding<SpaceID>, .presence)
  private static let everythingCleared = LocalKey("everything_cleared", .presence)
  private static let proposals = LocalTable("own_proposal", .id() as LocalCoding<RecordID>, .sealedChange)
  private static let answers = LocalTable("proposal_answer", .id() as LocalCoding<RecordID>, .flag)

  /// The most bytes of sealed changes in one request: less than half of what a hub accepts.
  private static let sealedBytesMax = Limits.requestBytesMax / 4

  /// Reads the queued messages, as many as fit into one request. The caller sets `unsent` and `role`.
  ///
  /// - Parameters:
  ///   - bytesMax: The most bytes of sealed changes.
  ///   - isFirst: True if the request carries nothing else of size; then there is at least one sealed change, if any.
  package init(from reader: any StoreReader, bytesMax: Int = .max, isFirst: Bool = true) throws {
    var bytesLeft = min(Self.sealedBytesMax, bytesMax)
    for (_, bytes) in try Self.sealed.rows(limit: Limits.sealedChangesPerRequestMax, in: reader) {
      guard sealedChanges.isEmpty && isFirst || bytes.count <= bytesLeft else { break }
      sealedChanges.append(bytes)
      bytesLeft -= bytes.count
    }
    knownProposals = try Self.proposals.rows(limit: Limits.proposalsPerRequestMax, in: reader).map(\.key)
    for (id, answer) in try Self.answers.rows(in: reader) { proposalAnswers[id] = answer }
    let spaces = try Self.clearedSpaces.rows(limit: Limits.spacesPerRequestMax, in: reader).map(\.key)
    if try reader.value(of: Self.everythingCleared) != nil {
      cleared = .everything
    } else if !spaces.isEmpty {
      cleared = .spaces(spaces)
    }
  }

  /// Tests whether every queue is empty, so that nothing is left to send. Reads at most one row of each.
  package static func isEmpty(in reader: any StoreReader) throws -> Bool {
    try sealed.rows(limit: 1, in: reader).isEmpty && answers.rows(limit: 1, in: reader).isEmpty
      && clearedSpaces.rows(limit: 1, in: reader).isEmpty && reader.value(of: everythingCleared) == nil
  }

  /// Takes over everything that another copy has queued, and the sealed changes that it keeps.
  static func carry(from other: any StoreReader, to transaction: any StoreTransaction) throws {
    try sealed.carry(of: (), from: other, to: transaction)
    try keptBytes.carry(of: (), from: other, to: transaction)
    try receipts.carry(of: (), from: other, to: transaction)
    try clearedSpaces.carry(of: (), from: other, to: transaction)
    try transaction.carry(everythingCleared, from: other)
    try proposals.carry(of: (), from: other, to: transaction)
    try answers.carry(of: (), from: other, to: transaction)
  }

  // MARK: Sealed changes

  /// Seals a change for the hub and queues it.
  ///
  /// - Returns: False if there is no key to seal with, or none that can be used; nothing is queued then.
  @discardableResult
  package static func seal(
    _ change: SealedChange, for key: SealingPublicKey?, in transaction: any StoreTransaction
  ) throws -> Bool {
    guard let bytes = key?.seal(change.encoded) else { return false }
    try sealed.set(SealedChange.digest(of: bytes), to: bytes, in: transaction)
    return true
  }

  /// Stops offering a sealed change that the hub now holds. It stays here until it is safe there.
  static func setAside(_ digest: Digest, keptBy hub: Welcome, in transaction: any StoreTransaction) throws {
    guard let bytes = try sealed.value(digest, in: transaction) else { return }
    try sealed.set(digest, to: nil, in: transaction)
    try keptBytes.set(digest, to: bytes, in: transaction)
    try receipts.set(digest, to: Contact(hub: hub.hub, epoch: hub.epoch, time: hub.time), in: transaction)
  }

  /// Removes what no restore of the hub can lose any more, and offers again what the hub kept in another epoch, because
  /// it may have been restored to before that.
  ///
  /// - Returns: The number of sealed changes that are offered again.
  static func reviewSetAside(by hub: Welcome, in transaction: any StoreTransaction) throws -> Int {
    var count = 0
    for (digest, receipt) in try receipts.rows(in: transaction) where receipt.hub == hub.hub {
      let isOfEpoch = receipt.epoch == hub.epoch
      guard !isOfEpoch || hub.safeTime.map({ receipt.time.milliseconds <= $0.milliseconds }) ?? false else { continue }
      if !isOfEpoch, let bytes = try keptBytes.value(digest, in: transaction) {
        try sealed.set(digest, to: bytes, in: transaction)
        count += 1
      }
      try keptBytes.set(digest, to: nil, in: transaction)
      try receipts.set(digest, to: nil, in: transaction)
    }
    return count
  }

  /// Tests whether this device has sealed changes that the hub keeps and that are not safe there yet.
  package static func hasSetAside(in reader: any StoreReader) throws -> Bool {
    try !receipts.rows(limit: 1, in: reader).isEmpty
  }

  // MARK: Reports of what was cleared

  /// Queues a report that a space was cleared.
  static func queueReport(ofCleared space: SpaceID, in transaction: any StoreTransaction) throws {
    try clearedSpaces.set(space, to: (), in: transaction)
  }

  /// Queues a report that every space was cleared.
  static func queueReportOfEverythingCleared(in transaction: any StoreTransaction) throws {
    try transaction.set(everythingCleared, to: ())
  }

  /// Removes a report that the hub has received.
  static func removeReport(_ clearing: Clearing, in transaction: any StoreTransaction) throws {
    switch clearing {
    case .spaces(let spaces): for space in spaces { try clearedSpaces.set(space, to: nil, in: transaction) }
    case .everything: try transaction.set(everythingCleared, to: nil)
    }
  }

  // MARK: Proposals

  /// Proposals from the member's revoked devices, ordered by id; `answer` is `nil` until the member gives one.
  package static func proposals(
    in reader: any StoreReader
  ) throws -> [(id: RecordID, change: SealedChange, answer: Bool?)] {
    try proposals.rows(in: reader).map { ($0.key, $0.value, try answers.value($0.key, in: reader)) }
  }

  /// Stores a proposal for the member to answer.
  static func keepProposal(_ id: RecordID, _ change: SealedChange, in transaction: any StoreTransaction) throws {
    try proposals.set(id, to: change, in: transaction)
  }

  /// Queues the member's answer to a proposal.
  package static func answerProposal(
    _ id: RecordID, _ isAccepted: Bool, in transaction: any StoreTransaction
  ) throws {
    try answers.set(id, to: isAccepted, in: transaction)
  }

  /// Removes a decided proposal, with the member's answer to it.
  static func closeProposal(_ id: RecordID, in transaction: any StoreTransaction) throws {
    try proposals.set(id, to: nil, in: transaction)
    try answers.set(id, to: nil, in: transaction)
  }

  /// Removes every proposal and answer, because they may reveal what somebody wrote.
  package static func removeProposals(in transaction: any StoreTransaction) throws {
    try proposals.removeAll(in: transaction)
    try answers.removeAll(in: transaction)
  }
}

extension LocalCoding<SealedChange> {
  fileprivate static var sealedChange: LocalCoding {
    LocalCoding {
      $0.encoded
    } decode: { bytes in
      do throws(CBORError) { return try SealedChange(decoding: bytes) } catch { return nil }
    }
  }
}
