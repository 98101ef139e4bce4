// Takes in the pages of an answer. A page is believed only as a whole and up to its checkpoint: its rows must lead from this
// copy's place in the hub's log to a running digest that the hub has signed, with nothing left out in between.

internal import Cryptography
internal import Replication

extension AnswerApplication {
  /// Applies a page, after checking it whole against its checkpoint.
  ///
  /// - Throws: ``SyncFailure/programTooOld`` or ``SyncFailure/nonsense(_:)``; the caller must then roll back.
  mutating func apply(_ page: Page) throws {
    guard let space = try transaction.space(page.space) else { return }
    guard page.from == space.cursor?.position ?? 0 else { throw SyncFailure.nonsense("a page beside the cursor") }
    try Contact.setUnknown(false, page.space, in: transaction)
    if try Contact.end(ofHubsLogIn: page.space, in: transaction) != nil {
      outcome.progress.caughtUpAgain.insert(page.space)
      try Contact.setEnd(ofHubsLogIn: page.space, to: nil, in: transaction)
    }
    let start = space.cursor.map { ReadPosition($0) } ?? ReadPosition(0, LogPlace.start(of: space.id))
    var reached = start
    for (row, place) in try proved(page, after: start) {
      switch row {
      case .sent(let entry): try apply(entry, at: place)
      case .held(let dot):
        // A fork in this very page may have taken it out of the log. The next page sends it.
        guard let row = try transaction.outline(of: dot, in: page.space) else {
          outcome.progress.behind.insert(page.space)
          let proved = try lastProved(upTo: reached, in: page.space)
          try transaction.removePlaces(after: proved.position, in: page.space)
          return try move(to: proved, in: page)
        }
        try confirm(row, of: dot, in: page.space, at: place)
      }
      reached = ReadPosition(place.position, place.digest)
    }
    try move(to: reached, in: page)
    guard page.to == page.lastPosition else {
      outcome.progress.behind.insert(page.space)
      return
    }
    try LateSegment.removeSettled(in: page.space, transaction)
    // To a device that it has forgotten, a hub does not show where a log ends.
    if try !outcome.progress.isForgotten && Contact.isCatchingUp(page.space, in: transaction) {
      outcome.progress.caughtUpAgain.insert(page.space)
      try Contact.setCatchingUp(false, page.space, in: transaction)
      try reissueUnprovable(in: page.space)
      try reissueKept(in: page.space)
    }
  }

  /// Re-issues the unsent changes of replica ids that the device's key does not prove. The hub's log, read to its end, does
  /// not have them, and no head can be signed for them any more.
  private mutating func reissueUnprovable(in space: SpaceID) throws {
    for name in try replica.identity.unprovable() {
      let first = try transaction.rows(of: name, from: 1, in: space).first { !$0.isAcknowledged }
      if let first { try resolveFork(of: name, from: first.entry.dot.sequence, in: space) }
    }
  }

  private func move(to position: ReadPosition, in page: Page) throws {
    guard var space = try transaction.space(page.space) else { return }
    space.cursor = Cursor(epoch: page.epoch, position: position.position, digest: position.digest)
    try transaction.put(space)
  }

  private enum PageRow {
    case sent(LogEntry)
    case held(Dot)
  }

  /// Proves a page by its checkpoints: every position is there, and the hub has signed the running digests that result,
  /// often enough that this copy could bring every row back.
  ///
  /// - Parameter start: The page's beginning.
  /// - Returns: The page's rows in the hub's order, with their places.
  private func proved(_ page: Page, after start: ReadPosition) throws -> [(PageRow, LogPlace)] {
    var (proved, digest): ([(PageRow, LogPlace)], Digest) = ([], start.digest)
    let rows = try rowsByPosition(of: page)
    proved.reserveCapacity(rows.count)
    for (row, position, time) in rows {
      guard position == page.from + UInt64(proved.count) + 1 else { throw SyncFailure.nonsense("a page with a gap") }
      let place =
        switch row {
        case .sent(let entry):
          LogPlace(after: position - 1, digest, of: entry.digest, refusedFor: entry.refusal, at: time)
        case .held(let dot):
          LogPlace(
            after: position - 1, digest, of: try heldDigest(of: dot, in: page.space), refusedFor: nil, at: time)
        }
      proved.append((row, place))
      digest = place.digest
    }
    guard page.from + UInt64(proved.count) == page.to, digest == page.digest else {
      throw SyncFailure.nonsense("a page that does not lead to its checkpoint")
    }
    guard !page.checkpoints.isEmpty else { return proved }
    guard let key = try Contact.keys(in: transaction)?.signing, let hub = try Contact.last(in: transaction)?.hub else {
      throw StoreError.corrupt("a copy without its hub's key")
    }
    var last = page.from
    for signed in page.checkpoints {
      let index = Int(signed.position - page.from) - 1
      let place = proved[index].1
      let checkpoint = Checkpoint(
        hub: hub, epoch: page.epoch, space: page.space, position: place.position, digest: place.digest)
      guard checkpoint.isSigned(with: signed.signature, by: key) else {
        throw SyncFailure.nonsense("a page without the hub's signature")
      }
      guard signed.position - last <= UInt64(LogSegment.rowsMax) else {
        throw SyncFailure.nonsense("a page with too few checkpoints")
      }
      proved[index].1.signature = CheckpointSignature(epoch: page.epoch, bytes: signed.signature)
      last = signed.position
    }
    return proved
  }

  /// - Throws: ``SyncFailure`` for a row that no hub sends, and for a run beyond what this copy holds, before it is
  ///   expanded.
  private func rowsByPosition(of page: Page) throws -> [(PageRow, position: UInt64, time: Timestamp)] {
    for run in page.held {
      let end = try transaction.tip(of: run.first.replica, in: page.space)?.sequence ?? 0
      guard run.first.sequence + run.count - 1 <= end else {
        throw SyncFailure.nonsense("a page that leaves out what this copy lacks")
      }
    }
    let sent = try page.rows.map {
      (PageRow.sent(try decoded($0, of: page.space)), position: $0.position, time: $0.time)
    }
    let held = page.held.flatMap { run in
      (0..<run.count).map {
        (PageRow.held(Dot(run.first.replica, run.first.sequence + $0)), position: run.position + $0, time: run.time)
      }
    }
    return held.isEmpty ? sent : (sent + held).sorted { $0.position < $1.position }
  }

  private func heldDigest(of dot: Dot, in space: SpaceID) throws -> Digest {
    guard let row = try transaction.outline(of: dot, in: space) else {
      throw SyncFailure.nonsense("a page that leaves out what this copy lacks")
    }
    return row.digest
  }

  private func decoded(_ row: Page.Row, of space: SpaceID) throws -> LogEntry {
    let entry: LogEntry
    do {
      entry = try row.entry.decoded()
    } catch .body {
      throw SyncFailure.programTooOld
    } catch {
      throw SyncFailure.nonsense("a row that is no change")
    }
    guard entry.header.space == space else { throw SyncFailure.nonsense("a row of another space") }
    // No digest covers what is left of a redacted change, and what erases is never redacted.
    if case .redacted = entry, entry.edits.contains(where: \.isErasure) {
      throw SyncFailure.nonsense("a remainder that erases")
    }
    return entry
  }

  /// Applies one row of a page. Where this copy has other changes under the row's dot or before it, the hub's win.
  private mutating func apply(_ entry: LogEntry, at place: LogPlace) throws {
    let header = entry.header
    let space = header.space
    if try transaction.outline(of: entry.dot, in: space)?.digest == entry.digest,
      let held = try transaction.row(of: entry.dot, in: space)
    {
      return try confirm(held, as: entry, at: place)
    }
    var tip = try transaction.tip(of: header.replica, in: space)
    if header.sequence <= tip?.sequence ?? 0 {
      try resolveFork(of: header.replica, from: header.sequence, in: space)
      tip = try transaction.tip(of: header.replica, in: space)
    } else if try replica.identity.current() == header.replica {
      // An own dot that this copy never made: this copy was restored, or it was cloned.
      try ReplicaIdentity.renew(in: transaction)
    }
    guard header.sequence == (tip?.sequence ?? 0) + 1, header.previous == tip?.digest else {
      throw SyncFailure.nonsense("a row that does not follow its chain")
    }
    try replica.apply(entry, at: place)
    outcome.counts.received += 1
  }

  /// Offers the bodies that the hub lacks and this copy has, and takes over those that the hub has again. The header of a
  /// change vouches for its body.
  mutating func apply(_ news: BodyNews) throws {
    guard try transaction.space(news.space) != nil, let epoch = try Contact.epochSpeaking(in: transaction) else {
      return
    }
    for dot in news.wanted {
      guard case .change? = try transaction.row(of: dot, in: news.space)?.entry else { continue }
      try FullerBodies.note(dot, in: news.space, transaction)
      outcome.counts.reoffered += 1
    }
    for body in news.arrived {
      let change: Change
      do {
        change = try Change(headerBytes: body.headerBytes, bodyBytes: body.bodyBytes)
      } catch .body { throw SyncFailure.programTooOld } catch { throw SyncFailure.nonsense("a body of no change") }
      guard let row = try transaction.row(of: change.dot, in: news.space), row.entry.digest == change.digest,
        case .redacted = row.entry
      else { continue }
      try confirm(row, as: .change(change))
    }
    try Contact.setLastBodyNews(
      in: news.space, to: BodyNewsPosition(epoch: epoch, number: news.number), transaction)
    outcome.progress.behind.insert(news.space)
  }

  /// Reconciles a row that this request offered with its place in the hub's log. It need not even be decoded, where
  /// nothing is erased that it might have written.
  private mutating func confirm(_ held: RowOutline, of dot: Dot, in space: SpaceID, at place: LogPlace) throws {
    guard try held.isWhole && !transaction.hasErased(in: space) else {
      guard let row = try transaction.row(of: dot, in: space) else { return }
      return try confirm(row, as: row.entry, at: place)
    }
    if !held.isAcknowledged {
      outcome.counts.acknowledged += 1
    } else if !held.isPlaced {
      outcome.counts.returned += 1
    }
    try transaction.setPlace(of: dot, in: space, to: place)
  }

  private mutating func confirm(_ held: LogRow, as entry: LogEntry, at place: LogPlace) throws {
    try confirm(held, as: entry)
    if held.isAcknowledged, held.place == nil { outcome.counts.returned += 1 }
    try transaction.setPlace(of: entry.dot, in: entry.header.space, to: place)
  }

  /// Reconciles a row that both sides hold. The hub's row acknowledges this copy's, and its decision on a refusal is
  /// final.
  private mutating func confirm(
    _ held: LogRow, as entry: LogEntry
  ) throws {
    let (space, dot) = (entry.header.space, entry.dot)
    switch (held.entry, entry) {
    case (.change, .void(let void)), (.redacted, .void(let void)):
      if held.isAcknowledged { endangered.formUnion(held.entry.edits.records) }
      try replica.refuse(dot, in: space, reason: void.reason, leaving: &stale)
      outcome.counts.refused += 1
    case (.void, .change), (.void, .redacted):
      try replica.reinstate(entry, leaving: &stale)
      try replica.acknowledge([dot], in: space)
      outcome.counts.received += 1
    case (.change, .redacted):
      // No digest covers a redacted body, so a whole change stays whole until the erasure itself has arrived. Until
      // then it is offered to the hub whole, in case somebody brought the hub less than should remain.
      if try replica.redacted(held.entry) == held.entry {
        try FullerBodies.note(dot, in: space, transaction)
        outcome.counts.reoffered += 1
      }
      try replica.acknowledge([dot], in: space)
      if !held.isAcknowledged { outcome.counts.acknowledged += 1 }
    case (.redacted, .change), (.redacted, .redacted):
      // This copy takes over the hub's body, except for what is erased here and not yet at the hub.
      if try replica.redacted(entry) != held.entry { try replica.reinstate(entry, leaving: &stale) }
      try replica.acknowledge([dot], in: space)
      if !held.isAcknowledged { outcome.counts.acknowledged += 1 }
    case (.void(let own), .void(let void)) where own.reason != void.reason:
      try replica.correct(void)
      if !held.isAcknowledged { outcome.counts.acknowledged += 1 }
    case (.change, .change), (.void, .void):
      guard !held.isAcknowledged else { return }
      try replica.acknowledge([dot], in: space)
      outcome.counts.acknowledged += 1
    }
  }
}
