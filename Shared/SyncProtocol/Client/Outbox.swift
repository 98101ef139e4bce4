// The outbox: everything in a copy's log that its hub has not acknowledged, whoever made it, in log order. A request
// offers the front of it, space by space.

internal import Cryptography
internal import Replication

/// The outgoing side of a copy, read from one state of its store.
struct Outbox {
  /// The most chains of which one request offers changes: each brings some heads, and a hub takes only so many.
  private static let chainsPerOfferMax = 100

  let reader: any StoreReader
  /// Chains that are not to be offered: the hub cannot take their next change yet.
  let stalled: Set<Chain>

  /// The state of every space, with the fronts of the outboxes, which share what one request may offer.
  ///
  /// - Parameters:
  ///   - isOffering: False for a request that only fetches.
  ///   - prove: Proves the front of one outbox, with at most so many bytes of connecting headers.
  func states(
    isOffering: Bool, prove: ([LogEntry], Int) throws -> OfferProof
  ) throws -> [SpaceSyncState] {
    let spaces = try reader.spaces()
    let waiting = try spaces.filter { try reader.outboxCount(in: $0.id) > 0 }.count
    let share = isOffering ? Limits.offerBytesMax / max(1, waiting) : 0
    let headerBytesMax = Limits.requestBytesMax / 2 / max(1, waiting)
    var chainsLeft = Self.chainsPerOfferMax
    return try spaces.map { space in
      var chains: Set<ReplicaID> = []
      let front = try front(of: space.id, bytesMax: share).filter { entry in
        if chains.contains(entry.dot.replica) { return true }
        guard chainsLeft > 0 else { return false }
        chainsLeft -= 1
        chains.insert(entry.dot.replica)
        return true
      }
      let isResyncing = try Contact.isResyncing(space.id, in: reader)
      return SpaceSyncState(
        space: space.id, cursor: space.cursor,
        vector: try space.cursor == nil || isResyncing ? vector(of: space.id) : nil,
        isResyncing: isResyncing, outbox: front, proof: try prove(front, headerBytesMax))
    }
  }

  /// Tests whether a request would have anything to offer. Decodes at most one row a space.
  func hasOffers() throws -> Bool {
    try reader.spaces().contains { try !front(of: $0.id, bytesMax: 1).isEmpty }
  }

  /// The number of changes that no hub has acknowledged, in every space.
  static func count(in reader: any StoreReader) throws -> Int {
    try reader.spaces().reduce(0) { try $0 + reader.outboxCount(in: $1.id) }
  }

  /// As many rows as fit, in log order; at least one, if any is to be offered. A stalled chain holds back nobody else's.
  private func front(of space: SpaceID, bytesMax: Int) throws -> [LogEntry] {
    guard bytesMax > 0 else { return [] }
    var position: UInt64 = 0
    while true {
      let rows = try reader.outbox(after: position, in: space, bytesMax: bytesMax)
      guard let last = rows.last else { return [] }
      let entries = rows.map(\.entry).filter { !stalled.contains(Chain(space, $0.dot.replica)) }
      if !entries.isEmpty { return entries }
      position = last.position
    }
  }

  /// The version vector, as far as a hub need not send again. Every chain ends before its first void here, and before
  /// its first redacted change: a hub that was restored may hold otherwise since, and its word is to come.
  private func vector(of space: SpaceID) throws -> VersionVector {
    var firstPlaceholders: [ReplicaID: UInt64] = [:]
    for header in try reader.voids(in: space).map(\.header) + reader.redactedChanges(in: space).map(\.header) {
      firstPlaceholders[header.replica] = min(firstPlaceholders[header.replica] ?? .max, header.sequence)
    }
    let ends = try VersionVector(reader.tips(in: space)).entries.compactMap { end -> VersionVector.Entry? in
      guard let first = firstPlaceholders[end.replica] else { return end }
      guard let before = try reader.row(of: Dot(end.replica, first - 1), in: space) else { return nil }
      return VersionVector.Entry(replica: end.replica, sequence: first - 1, digest: before.entry.digest)
    }
    return VersionVector(ends)
  }
}
