// What a device has to tell its hub besides its changes, kept as settings until the hub has heard it.

package import Cryptography
package import Replication

/// What goes with the next request.
package struct ControlOutbox: Equatable, Sendable {
  /// Sealed rescues, as many as fit.
  package var sealedChanges: [[UInt8]] = []
  /// What was cleared away, and not yet reported.
  package var cleared: Clearing?
  /// Changes that wait on this device.
  package var unsent: UInt64?
  /// The role this device thinks its member has.
  package var role: String?

  /// Held work that this device was told of.
  package var knownProposals: [RecordID] = []
  /// The member's yes or no to some of it.
  package var proposalAnswers: [RecordID: Bool] = [:]

  package init() {}

  package var isEmpty: Bool { sealedChanges.isEmpty && cleared == nil && proposalAnswers.isEmpty }

  private static let sealedPrefix = "rescue/"
  private static let clearedPrefix = "cleared/"
  private static let everything = "cleared"
  /// So much of one request may be rescues: less than half of what a hub takes.
  private static let sealedBytesMax = Limits.requestBytesMax / 4

  private static let proposalPrefix = "held/"
  private static let answerPrefix = "answer/"

  private static func sealedChange(_ digest: Digest) -> String { sealedPrefix + digest.description }
  private static func cleared(_ space: SpaceID) -> String { clearedPrefix + space.description }

  /// What waits to be told. Counts and role are the caller's to add.
  package init(from reader: any StoreReader) throws {
    var bytesLeft = Self.sealedBytesMax
    let waiting = try reader.settings(startingWith: Self.sealedPrefix).sorted { $0.key < $1.key }
    for sealed in waiting.map(\.value) {
      guard sealedChanges.isEmpty || sealed.count <= bytesLeft, sealedChanges.count < Limits.sealedChangesPerRequestMax
      else { break }
      sealedChanges.append(sealed)
      bytesLeft -= sealed.count
    }
    let spaces = try reader.settings(startingWith: Self.clearedPrefix).keys.sorted()
      .compactMap { SpaceID(String($0.dropFirst(Self.clearedPrefix.count))) }
    knownProposals = try Array(Self.ids(Self.proposalPrefix, reader).prefix(Limits.proposalsPerRequestMax))
    for id in try Self.ids(Self.answerPrefix, reader) {
      proposalAnswers[id] = try reader.setting(Self.answerPrefix + id.description) == [1]
    }
    if try reader.setting(Self.everything) != nil {
      cleared = .everything
    } else if !spaces.isEmpty {
      cleared = .spaces(Array(spaces.prefix(Limits.spacesPerRequestMax)))
    }
  }

  /// Seals a rescue and keeps it to be sent.
  ///
  /// - Returns: False where this copy's hub has given no key to seal with.
  @discardableResult
  package static func seal(
    _ rescue: SealedChange, for key: SealingPublicKey?, in transaction: any StoreTransaction
  ) throws -> Bool {
    guard let sealed = key?.seal(rescue.encoded) else { return false }
    try transaction.set(Self.sealedChange(SealedChange.digest(of: sealed)), to: sealed)
    return true
  }

  /// The hub holds a rescue.
  static func removeSealedChange(_ digest: Digest, in transaction: any StoreTransaction) throws {
    try transaction.set(sealedChange(digest), to: nil)
  }

  /// Remembers to report a space.
  static func queueReport(ofCleared space: SpaceID, in transaction: any StoreTransaction) throws {
    try transaction.set(cleared(space), to: [])
  }

  /// Remembers to report that everything is gone.
  static func queueReportOfEverythingCleared(in transaction: any StoreTransaction) throws {
    try transaction.set(everything, to: [])
  }

  /// The hub has heard it.
  static func removeReport(_ clearing: Clearing, in transaction: any StoreTransaction) throws {
    switch clearing {
    case .spaces(let spaces): for space in spaces { try transaction.set(cleared(space), to: nil) }
    case .everything: try transaction.set(everything, to: nil)
    }
  }

  private static func ids(_ prefix: String, _ reader: any StoreReader) throws -> [RecordID] {
    try reader.settings(startingWith: prefix).keys.sorted().compactMap { RecordID(String($0.dropFirst(prefix.count))) }
  }

  // MARK: Held work

  /// Work that came from a computer of the member's that was taken off, in the order of ids.
  ///
  /// - Throws: ``StoreError/corrupt(_:)``.
  package static func proposals(in reader: any StoreReader) throws -> [(
    id: RecordID, rescue: SealedChange, answer: Bool?
  )] {
    try ids(proposalPrefix, reader).map { id in
      let bytes = try reader.setting(proposalPrefix + id.description) ?? []
      let answer = try reader.setting(answerPrefix + id.description).map { $0 == [1] }
      do throws(CBORError) {
        return (id, try SealedChange(decoding: bytes), answer)
      } catch { throw StoreError.corrupt("held work \(id): \(error)") }
    }
  }

  /// Remembers held work, to ask the member about.
  static func keepProposal(_ id: RecordID, _ rescue: SealedChange, in transaction: any StoreTransaction) throws {
    try transaction.set(proposalPrefix + id.description, to: rescue.encoded)
  }

  /// Keeps the member's answer, to be sent.
  package static func answerProposal(_ id: RecordID, _ isYes: Bool, in transaction: any StoreTransaction) throws {
    try transaction.set(answerPrefix + id.description, to: [isYes ? 1 : 0])
  }

  /// Nobody is asked any more.
  static func closeProposal(_ id: RecordID, in transaction: any StoreTransaction) throws {
    for prefix in [proposalPrefix, answerPrefix] { try transaction.set(prefix + id.description, to: nil) }
  }

  /// What the names of settings begin with that may tell of what somebody wrote.
  package static let withWords = [proposalPrefix, answerPrefix]
}
