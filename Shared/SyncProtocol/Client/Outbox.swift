// The outbox: every entry of a copy's log that its hub has not acknowledged, whoever wrote it, in log order. A request
// offers the front of each space's outbox.

internal import Cryptography
internal import Replication

/// A copy's outbox, read from one snapshot of its store.
struct Outbox {
  /// The most chains one request may offer: each brings heads with it, and a hub accepts a limited number of those.
  private static let chainsPerOfferMax = 100

  let reader: any StoreReader
  /// Chains to skip, because the hub cannot take their next change yet.
  let stalled: Set<Chain>

  /// The sync state of every space. The fronts of the outboxes share one request's limit on bytes and chains. A change
  /// above the limit on bytes goes alone.
  ///
  /// - Parameters:
  ///   - isOffering: False for a request that only fetches.
  ///   - bytesMax: The most bytes to offer; at least one change is offered if any waits.
  ///   - prove: Builds the proof for the front of one outbox, with at most that many bytes of connecting headers.
  func states(
    isOffering: Bool, bytesMax: Int, prove: ([LogEntry], Int) throws -> OfferProof
  ) throws -> [SpaceSyncState] {
    let spaces = try reader.spaces()
    let waiting = try spaces.filter { try reader.outboxCount(in: $0.id) > 0 }.count
    let bytesMax = min(Limits.offerBytesMax, bytesMax)
    let share = bytesMax / max(1, waiting)
    var offered = 0
    let headerBytesMax = Limits.requestBytesMax / 2 / max(1, waiting)
    var chainsLeft = Self.chainsPerOfferMax
    return try spaces.map { space in
      let isResyncing = try Contact.isResyncing(space.id, in: reader)
      let bytesLeft = bytesMax - offered
      let front = try front(
        of: space.id, bytesMax: isOffering ? max(1, min(share, bytesLeft)) : 0,
        firstMax: offered == 0 ? .max : bytesLeft, chainsMax: chainsLeft)
      chainsLeft -= Set(front.map(\.dot.replica)).count
      if !isResyncing { offered += front.reduce(0) { $0 + $1.byteCount } }
      return SpaceSyncState(
        space: space.id, cursor: space.cursor,
        vector: try space.cursor == nil || isResyncing ? vector(of: space.id) : nil,
        isResyncing: isResyncing, outbox: front, proof: try prove(front, headerBytesMax))
    }
  }

  /// Tests whether a request would have anything to offer. Decodes one row per space, and the rows of stalled chains
  /// before it.
  func hasOffers() throws -> Bool {
    try reader.spaces().contains { try !front(of: $0.id, bytesMax: 1, firstMax: .max, chainsMax: 1).isEmpty }
  }

  /// The number of changes that no hub has acknowledged, over all spaces.
  static func count(in reader: any StoreReader) throws -> Int {
    try reader.spaces().reduce(0) { try $0 + reader.outboxCount(in: $1.id) }
  }

  /// The entries to offer next, in log order: as many as fit, and at least one of up to `firstMax` bytes. They end
  /// before the first that does not fit or would begin one chain too many; nothing is left out before that but stalled
  /// chains, which hold back no other. A hub takes a change only at a Lamport time that it has reached, so a row left
  /// out would make all that come after it wait.
  private func front(of space: SpaceID, bytesMax: Int, firstMax: Int, chainsMax: Int) throws -> [LogEntry] {
    var (bytesLeft, batch) = (bytesMax, bytesMax)
    var entries: [LogEntry] = []
    var chains: Set<ReplicaID> = []
    var position: UInt64 = 0
    while bytesLeft > 0 {
      let rows = try reader.outbox(after: position, in: space, bytesMax: batch)
      guard let last = rows.last else { break }
      let isPassingOver = rows.contains { stalled.contains(Chain(space, $0.entry.dot.replica)) }
      for entry in rows.map(\.entry) where !stalled.contains(Chain(space, entry.dot.replica)) {
        chains.insert(entry.dot.replica)
        let room = entries.isEmpty ? firstMax : bytesLeft
        guard chains.count <= chainsMax, entry.byteCount <= room else { return entries }
        entries.append(entry)
        bytesLeft -= entry.byteCount
      }
      // Unless stalled chains took up the room, there is no more, or it does not fit.
      guard isPassingOver else { break }
      position = last.position
      batch = Limits.offerBytesMax
    }
    return entries
  }

  /// The version vector of what a hub need not send again. Each chain ends before its first void or redacted change: a
  /// restored hub may hold something else there, and must be free to send it.
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
