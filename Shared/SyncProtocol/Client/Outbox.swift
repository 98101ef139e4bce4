// The outbox: every change of a copy's log that its hub has not acknowledged, in log order. A request offers the front of
// each space's outbox, once the hub has back what it may have lost.

internal import Cryptography
internal import Replication

/// A copy's outbox, read from one snapshot of its store.
struct Outbox {
  let reader: any StoreReader
  /// The session, which knows what this sync has tried already.
  let session: SyncSession

  /// The sync state of every space, but those that wait for a person. The spaces with something to send share one
  /// request's limit on bytes. What is larger than that goes alone.
  ///
  /// - Parameters:
  ///   - isOffering: False for a request that only fetches.
  ///   - bytesMax: The most bytes to send; at least one segment or change is sent if any waits.
  ///   - sign: Signs the head of an own chain, given the last entry of it that is sent, and the salt of its replica id.
  func states(isOffering: Bool, bytesMax: Int, sign: (LogEntry, ReplicaSalt) -> SignedHead) throws -> [SpaceSyncState] {
    let spaces = try spaces
    let waiting = try spaces.filter { try Self.count(in: $0, reader) > 0 }.count
    let bytesMax = min(Limits.offerBytesMax, bytesMax)
    let share = bytesMax / max(1, waiting)
    var (sent, segmentsLeft) = (0, Limits.segmentsPerRequestMax)
    return try spaces.map { space in
      let state = try state(
        of: space, bytesMax: isOffering ? max(1, min(share, bytesMax - sent)) : 0,
        firstMax: sent == 0 ? .max : bytesMax - sent, segmentsMax: segmentsLeft, sign: sign)
      sent += state.byteCount
      segmentsLeft -= state.segments.count
      return state
    }
  }

  private var spaces: [Space] {
    get throws { try reader.spaces().filter { !session.isQuestioned($0.id) } }
  }

  /// The sync state of one space.
  ///
  /// - Parameter firstMax: The most bytes of the first segment or change.
  private func state(
    of space: Space, bytesMax: Int, firstMax: Int, segmentsMax: Int, sign: (LogEntry, ReplicaSalt) -> SignedHead
  ) throws -> SpaceSyncState {
    let position = space.cursor.map { ReadPosition($0) }
    let bodyNews = try Contact.lastBodyNews(in: space.id, reader)
    let segments = bytesMax > 0 ? try self.segments(of: space, bytesMax: bytesMax) : []
    guard bytesMax > 0, segments.isEmpty, try mayOffer(in: space.id) else {
      let isFitting = segments.first.map { $0.byteCount <= firstMax } ?? true
      return SpaceSyncState(
        space: space.id, position: position, bodyNews: bodyNews,
        segments: isFitting ? Array(segments.prefix(segmentsMax)) : [])
    }
    let front = try front(of: space.id, bytesMax: bytesMax, firstMax: firstMax)
    return SpaceSyncState(
      space: space.id, position: position, bodyNews: bodyNews, outbox: front,
      heads: try ownEnds(of: front).map { sign($0.entry, $0.salt) })
  }

  /// The last change of each of this copy's own chains among these, with the salt of its replica id.
  private func ownEnds(of changes: [Change]) throws -> [(entry: LogEntry, salt: ReplicaSalt)] {
    let last = Dictionary(changes.map { ($0.dot.replica, $0) }, uniquingKeysWith: { _, later in later })
    return try last.values.sorted { $0.dot < $1.dot }.compactMap { change in
      try ReplicaIdentity(reader).salt(proving: change.dot.replica).map { (.change(change), $0) }
    }
  }

  /// Tests whether a request would have anything to bring or to offer. Decodes one row per space, and those of stalled
  /// chains before it.
  func hasOffers() throws -> Bool {
    try spaces.contains { space in
      if try !segments(of: space, bytesMax: 1).isEmpty { return true }
      return try mayOffer(in: space.id) && !front(of: space.id, bytesMax: 1, firstMax: .max).isEmpty
    }
  }

  /// The number of changes that the hub does not have, as far as this copy knows, over all spaces.
  static func count(in reader: any StoreReader) throws -> Int {
    try reader.spaces().reduce(0) { try $0 + count(in: $1, reader) }
  }

  private static func count(in space: Space, _ reader: any StoreReader) throws -> Int {
    let read = Int(space.cursor?.position ?? 0)
    let lacking =
      if try Contact.isUnknown(space.id, in: reader) {
        read
      } else {
        try Contact.end(ofHubsLogIn: space.id, in: reader).map { read - min(read, Int($0.position)) } ?? 0
      }
    return try reader.outboxCount(in: space.id) + lacking + LateSegment.rowCount(in: space.id, reader)
      + KeptChanges.count(in: space.id, reader)
  }

  // MARK: What the hub once had

  /// The segments to bring next: what follows the end of a hub's log that is the beginning of this copy's; or what this
  /// copy had read of a log that the hub has left.
  private func segments(of space: Space, bytesMax: Int) throws -> [LogSegment] {
    guard try !Contact.isUnknown(space.id, in: reader), !session.isGivenUp(space.id) else { return [] }
    if let end = try Contact.end(ofHubsLogIn: space.id, in: reader) {
      return try LogSegment.read(after: end, in: space.id, bytesMax: bytesMax, reader)
    }
    let canReadOn = !session.isRestoring && !session.isForgotten
    guard try !canReadOn || !Contact.isCatchingUp(space.id, in: reader) else { return [] }
    var (segments, bytesLeft): ([LogSegment], Int) = ([], bytesMax)
    for (_, late) in try LateSegment.all(in: space.id, reader) where !session.hasBrought(late) {
      guard bytesLeft > 0 else { break }
      let segment = try late.toSend(in: space.id, reader)
      segments.append(segment)
      bytesLeft -= segment.byteCount
    }
    return segments
  }

  /// Tests whether new work of a space may be offered: the hub knows this device and the space, has what this copy has
  /// read of its log, and this copy has read that log to its end since they last differed. Otherwise new work might name
  /// changes that the hub lacks, or dots that now mean other changes.
  private func mayOffer(in space: SpaceID) throws -> Bool {
    guard !session.isForgotten else { return false }
    return try !Contact.isUnknown(space, in: reader) && Contact.end(ofHubsLogIn: space, in: reader) == nil
      && !Contact.isCatchingUp(space, in: reader)
  }

  // MARK: New work

  /// The changes to offer next, in log order: as many as fit, and at least one of up to `firstMax` bytes. They end before
  /// the first that does not fit; nothing is left out before that but what the hub has recorded, and stalled chains, which
  /// hold back no other. A hub takes a change only at a Lamport time that it has reached, so a row left out would make
  /// all that come after it wait.
  private func front(of space: SpaceID, bytesMax: Int, firstMax: Int) throws -> [Change] {
    var (changes, bytesLeft): ([Change], Int) = ([], bytesMax)
    for change in try FullerBodies.changes(in: space, reader) where !session.passesOver(change.dot, of: space) {
      let byteCount = LogEntry.change(change).byteCount
      guard byteCount <= (changes.isEmpty ? firstMax : bytesLeft) else { return changes }
      changes.append(change)
      bytesLeft -= byteCount
    }
    var batch = max(1, bytesLeft)
    var position: UInt64 = 0
    while bytesLeft > 0 {
      let rows = try reader.outbox(after: position, in: space, bytesMax: batch)
      guard let last = rows.last else { break }
      let offered = rows.map(\.entry).filter { !session.passesOver($0.dot, of: space) }
      for entry in offered {
        guard case .change(let change) = entry else { throw StoreError.corrupt("an unsent \(entry.dot) without words") }
        guard entry.byteCount <= (changes.isEmpty ? firstMax : bytesLeft) else { return changes }
        changes.append(change)
        bytesLeft -= entry.byteCount
      }
      // Unless rows were passed over, there is no more, or it does not fit.
      guard offered.count < rows.count else { break }
      position = last.position
      batch = Limits.offerBytesMax
    }
    return changes
  }
}

extension LogSegment {
  /// The approximate encoded size.
  var byteCount: Int {
    rows.reduce(signature.count) { sum, row in
      switch row.content {
      case .entry(let entry): sum + entry.byteCount
      case .stub: sum + 48
      }
    }
  }
}

extension RawEntry {
  /// The approximate encoded size.
  package var byteCount: Int {
    switch content {
    case .body(let body), .redactedBody(let body): headerBytes.count + body.count
    case .void: headerBytes.count
    }
  }
}
