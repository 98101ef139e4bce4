// What a device has to tell its hub besides its changes, kept as settings until the hub has heard it.

package import Cryptography
package import Replication

/// What goes with the next request.
package struct Errands: Equatable, Sendable {
  /// Sealed rescues, as many as fit.
  package var rescues: [[UInt8]] = []
  /// What was cleared away, and not yet reported.
  package var cleared: Clearing?
  /// Changes that wait on this device.
  package var unsent: UInt64?
  /// The role this device thinks its member has.
  package var role: String?

  /// Held work that this device was told of.
  package var held: [RecordID] = []
  /// The member's yes or no to some of it.
  package var answers: [RecordID: Bool] = [:]

  package init() {}

  package var isEmpty: Bool { rescues.isEmpty && cleared == nil && answers.isEmpty }

  private static let rescuePrefix = "rescue/"
  private static let clearedPrefix = "cleared/"
  private static let everything = "cleared"
  /// So much of one request may be rescues: less than half of what a hub takes.
  private static let rescueBytesMax = Limits.requestBytesMax / 4

  private static let heldPrefix = "held/"
  private static let answerPrefix = "answer/"

  private static func rescue(_ digest: Digest) -> String { rescuePrefix + digest.description }
  private static func cleared(_ space: SpaceID) -> String { clearedPrefix + space.description }

  /// What waits to be told. Counts and role are the caller's to add.
  package init(from reader: any StoreReader) throws {
    var bytesLeft = Self.rescueBytesMax
    let waiting = try reader.settings(startingWith: Self.rescuePrefix).sorted { $0.key < $1.key }
    for sealed in waiting.map(\.value) {
      guard rescues.isEmpty || sealed.count <= bytesLeft, rescues.count < Limits.rescuesPerRequestMax else { break }
      rescues.append(sealed)
      bytesLeft -= sealed.count
    }
    let spaces = try reader.settings(startingWith: Self.clearedPrefix).keys.sorted()
      .compactMap { SpaceID(String($0.dropFirst(Self.clearedPrefix.count))) }
    held = try Array(Self.ids(Self.heldPrefix, reader).prefix(Limits.heldPerRequestMax))
    for id in try Self.ids(Self.answerPrefix, reader) {
      answers[id] = try reader.setting(Self.answerPrefix + id.description) == [1]
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
    _ rescue: Rescue, for key: SealingPublicKey?, in transaction: any StoreTransaction
  ) throws -> Bool {
    guard let sealed = key?.seal(rescue.encoded) else { return false }
    try transaction.set(Self.rescue(Rescue.digest(of: sealed)), to: sealed)
    return true
  }

  /// The hub holds a rescue.
  static func drop(_ digest: Digest, in transaction: any StoreTransaction) throws {
    try transaction.set(rescue(digest), to: nil)
  }

  /// Remembers to report a space.
  static func willReport(_ space: SpaceID, in transaction: any StoreTransaction) throws {
    try transaction.set(cleared(space), to: [])
  }

  /// Remembers to report that everything is gone.
  static func willReportEverything(in transaction: any StoreTransaction) throws {
    try transaction.set(everything, to: [])
  }

  /// The hub has heard it.
  static func forget(_ clearing: Clearing, in transaction: any StoreTransaction) throws {
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
  package static func held(in reader: any StoreReader) throws -> [(id: RecordID, rescue: Rescue, answer: Bool?)] {
    try ids(heldPrefix, reader).map { id in
      let bytes = try reader.setting(heldPrefix + id.description) ?? []
      let answer = try reader.setting(answerPrefix + id.description).map { $0 == [1] }
      do throws(CBORError) {
        return (id, try Rescue(decoding: bytes), answer)
      } catch { throw StoreError.corrupt("held work \(id): \(error)") }
    }
  }

  /// Remembers held work, to ask the member about.
  static func remember(_ id: RecordID, _ rescue: Rescue, in transaction: any StoreTransaction) throws {
    try transaction.set(heldPrefix + id.description, to: rescue.encoded)
  }

  /// Keeps the member's answer, to be sent.
  package static func answer(_ id: RecordID, _ isYes: Bool, in transaction: any StoreTransaction) throws {
    try transaction.set(answerPrefix + id.description, to: [isYes ? 1 : 0])
  }

  /// Nobody is asked any more.
  static func settle(_ id: RecordID, in transaction: any StoreTransaction) throws {
    for prefix in [heldPrefix, answerPrefix] { try transaction.set(prefix + id.description, to: nil) }
  }

  /// What the names of settings begin with that may tell of what somebody wrote.
  package static let withWords = [heldPrefix, answerPrefix]
}
