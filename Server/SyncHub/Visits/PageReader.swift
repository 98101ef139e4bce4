// Reads the part of an answer that is about spaces: for each space requested, a page of its log, or where the log ends if
// the device has read another one.

internal import Cryptography
internal import Replication
internal import SyncProtocol

/// The pages of one answer, read from one snapshot of a hub's store.
struct PageReader {
  private let reader: any StoreReader
  /// The most bytes of rows to read; with 0, pages have no rows and say only where the log ends.
  private let bytesMax: Int

  init(_ reader: any StoreReader, bytesMax: Int) {
    self.reader = reader
    self.bytesMax = bytesMax
  }

  /// The messages about the spaces that a request asks for and that the device may read, or bring to.
  func messages(for request: HubRequest, _ device: RequestingDevice) throws -> [Message] {
    var bytesLeft = min(bytesMax, max(1, Int(clamping: request.hello.answerBytesMax ?? .max)))
    var messages: [Message] = []
    let brought = Set(request.offers.map { Header.digest(of: $0.header) })
    for ask in request.hello.spaces {
      let mayRead = device.principal.spaces.contains(ask.space)
      guard mayRead || device.mayBring(to: ask.space) && ask.position != nil, let space = try reader.space(ask.space)
      else { continue }
      guard try reader.hasPosition(of: ask) else {
        messages.append(.cursorUnknown(space.id, try positions(of: space)))
        continue
      }
      let page = try page(
        of: space, after: ask.position, without: brought, bytesMax: mayRead ? bytesLeft : 0, showsEnd: mayRead)
      bytesLeft -= page.rows.reduce(0) { $0 + $1.entry.byteCount }
      messages.append(.page(page))
      guard mayRead, bytesMax > 0 else { continue }
      let news = try BodyRegister.news(
        in: space.id, after: ask.bodyNews, epoch: page.epoch, bytesMax: max(bytesLeft, 1), reader)
      if let news { messages.append(.bodies(news)) }
    }
    return messages
  }

  /// Positions of a log from which a device sees how far it has read the same: the last, and then ever wider apart.
  private func positions(of space: Space) throws -> [ReadPosition] {
    var (positions, position, step): ([ReadPosition], UInt64, UInt64) = ([], space.lastPosition, 1)
    while true {
      guard let digest = try reader.runningDigest(at: position, in: space.id) else {
        throw StoreError.corrupt("the log has no row at \(position)")
      }
      positions.append(ReadPosition(position, digest))
      guard position > 0 else { return positions.reversed() }
      position -= min(position, step)
      step *= 2
    }
  }

  /// - Parameters:
  ///   - brought: The header digests of what this very request offered, which need not go back.
  ///   - showsEnd: False for a device that may bring to the space and not read it: to that, the log ends where its own
  ///     reading does.
  private func page(
    of space: Space, after read: ReadPosition?, without brought: Set<Digest>, bytesMax: Int, showsEnd: Bool
  ) throws -> Page {
    let from = read?.position ?? 0
    func isHeld(_ row: LogRow) -> Bool {
      guard case .change = row.entry else { return false }
      return brought.contains(row.entry.digest)
    }
    let rows = try rows(after: from, in: space, bytesMax: bytesMax, passingOver: isHeld)
    let sent = try rows.filter { !isHeld($0) }.map {
      Page.Row(position: $0.position, time: try place(of: $0).time, entry: RawEntry($0.entry))
    }
    return Page(
      space: space.id, epoch: try HubIdentity.identity(in: reader).epoch, from: from, to: rows.last?.position ?? from,
      lastPosition: showsEnd ? space.lastPosition : from,
      digest: try rows.last.map { try place(of: $0).digest } ?? read?.digest ?? LogPlace.start(of: space.id),
      rows: sent,
      held: try Page.HeldRun.runs(of: rows.filter(isHeld).map { ($0.entry.dot, try place(of: $0)) }),
      checkpoints: try checkpoints(under: rows))
  }

  /// The checkpoints under the rows of a page: at its end, and wherever a segment would become too long.
  private func checkpoints(under rows: [LogRow]) throws -> [Page.SignedPosition] {
    let (hub, epoch) = try HubIdentity.identity(in: reader)
    let key = try HubIdentity.key(in: reader)
    var checkpoints: [Page.SignedPosition] = []
    var (count, bytes) = (0, 0)
    for row in rows {
      count += 1
      bytes += row.entry.byteCount
      guard count == LogSegment.rowsMax || bytes >= LogSegment.bytesMax || row.position == rows.last?.position else {
        continue
      }
      let place = try place(of: row)
      let checkpoint = Checkpoint(
        hub: hub, epoch: epoch, space: row.entry.header.space, position: place.position, digest: place.digest)
      checkpoints.append(Page.SignedPosition(position: place.position, signature: checkpoint.signature(by: key)))
      (count, bytes) = (0, 0)
    }
    return checkpoints
  }

  /// The rows of one page: at least one if `bytesMax` is above 0, and no more bytes of those to send. Rows that the
  /// device holds cost its connection next to nothing, so they count only towards the hub's own limit.
  private func rows(
    after position: UInt64, in space: Space, bytesMax: Int, passingOver isHeld: (LogRow) -> Bool
  ) throws -> [LogRow] {
    var (rows, from, bytesLeft, readLeft) = ([] as [LogRow], position, bytesMax, self.bytesMax)
    while bytesLeft > 0, readLeft > 0, from < space.lastPosition {
      let batch = try reader.rows(after: from, in: space.id, bytesMax: min(bytesLeft, readLeft))
      let sentBytes = batch.filter { !isHeld($0) }.reduce(0) { $0 + $1.entry.byteCount }
      guard let last = batch.last, rows.isEmpty || sentBytes <= bytesLeft else { break }
      rows += batch
      bytesLeft -= sentBytes
      readLeft -= batch.reduce(0) { $0 + $1.entry.byteCount }
      from = last.position
      // Unless some are held, there are no more, or the next does not fit.
      guard batch.contains(where: isHeld) else { break }
    }
    return rows
  }

  /// - Throws: ``StoreError/corrupt(_:)`` for a row without a place, which no hub's log has.
  private func place(of row: LogRow) throws -> LogPlace {
    guard let place = row.place else { throw StoreError.corrupt("log row \(row.position) has no place") }
    return place
  }
}

extension StoreReader {
  /// Tests whether the position that a device has read is in this hub's log: the running digest there is the same. A
  /// device without a position passes.
  func hasPosition(of ask: SpaceRequest) throws -> Bool {
    guard let read = ask.position else { return true }
    return try runningDigest(at: read.position, in: ask.space) == read.digest
  }

  /// The running digest of a hub's log of a space at a position; `nil` beyond its end.
  fileprivate func runningDigest(at position: UInt64, in space: SpaceID) throws -> Digest? {
    position == 0 ? LogPlace.start(of: space) : try place(at: position, in: space)?.digest
  }
}
