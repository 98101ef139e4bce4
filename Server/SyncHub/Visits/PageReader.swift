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
  ///
  /// - Parameter besides: The bytes of the answer that are no rows, and take of what the rows may.
  func messages(for request: HubRequest, _ device: RequestingDevice, besides: Int) throws -> [Message] {
    var bytesLeft = max(1, min(bytesMax, Int(clamping: request.hello.answerBytesMax ?? .max)) - besides)
    var isFirst = true
    var messages: [Message] = []
    let brought = Set(request.offers.map { Header.digest(of: $0.header) })
    for ask in request.hello.spaces {
      let mayRead = device.principal.spaces.contains(ask.space)
      guard mayRead || device.mayBring(to: ask.space) && ask.position != nil, let space = try reader.space(ask.space)
      else { continue }
      guard try reader.hasPosition(of: ask) else {
        let positions = try positions(of: space)
        bytesLeft -= positions.count * Self.positionBytes
        messages.append(.cursorUnknown(space.id, positions))
        continue
      }
      let page = try page(
        of: space, after: ask.position, without: brought, bytesMax: mayRead ? bytesLeft : 0, showsEnd: mayRead)
      bytesLeft -= page.rows.reduce(0) { $0 + $1.entry.answerByteCount }
      isFirst = isFirst && page.rows.isEmpty
      messages.append(.page(page))
      // The remainder comes with a later answer, like the rows behind those that filled this one.
      guard mayRead, bytesMax > 0, isFirst || bytesLeft > 0 else { continue }
      let news = try BodyRegister.news(
        in: space.id, after: ask.bodyNews, epoch: page.epoch, bytesMax: max(bytesLeft, 1), reader)
      guard let news else { continue }
      bytesLeft -= news.byteCount
      isFirst = false
      messages.append(.bodies(news))
    }
    return messages
  }

  /// The encoded size of a position in `cursorUnknown`.
  private static let positionBytes = 46

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
    let rows = try rows(after: read?.position ?? 0, in: space, without: brought, bytesMax: bytesMax)
    let from = read?.position ?? 0
    return Page(
      space: space.id, epoch: try HubIdentity.identity(in: reader).epoch, from: from,
      to: rows.last?.place.position ?? from, lastPosition: showsEnd ? space.lastPosition : from,
      digest: rows.last?.place.digest ?? read?.digest ?? LogPlace.start(of: space.id),
      rows: rows.filter { !$0.isHeld }.map {
        Page.Row(position: $0.place.position, time: $0.place.time, entry: $0.entry)
      },
      held: Page.HeldRun.runs(of: rows.filter(\.isHeld).map { ($0.dot, $0.place) }),
      checkpoints: try checkpoints(under: rows, of: space.id))
  }

  /// The checkpoints under the rows of a page: at its end, and wherever a segment would become too long.
  private func checkpoints(under rows: [PageRow], of space: SpaceID) throws -> [Page.SignedPosition] {
    let (hub, epoch) = try HubIdentity.identity(in: reader)
    let key = try HubIdentity.key(in: reader)
    var checkpoints: [Page.SignedPosition] = []
    var (count, bytes) = (0, 0)
    for (index, row) in rows.enumerated() {
      count += 1
      bytes += row.entry.byteCount
      guard count == LogSegment.rowsMax || bytes >= LogSegment.bytesMax || index == rows.count - 1 else { continue }
      let checkpoint = Checkpoint(
        hub: hub, epoch: epoch, space: space, position: row.place.position, digest: row.place.digest)
      checkpoints.append(Page.SignedPosition(position: row.place.position, signature: checkpoint.signature(by: key)))
      (count, bytes) = (0, 0)
    }
    return checkpoints
  }

  /// The rows of one page: at least one if `bytesMax` is above 0, and no more bytes of those to send. Rows that the
  /// device holds cost its connection next to nothing, so they count only towards the hub's own limit.
  private func rows(
    after position: UInt64, in space: Space, without brought: Set<Digest>, bytesMax: Int
  ) throws -> [PageRow] {
    guard bytesMax > 0, self.bytesMax > 0, position < space.lastPosition else { return [] }
    var (rows, bytesLeft, readLeft): ([PageRow], Int, Int) = ([], bytesMax, self.bytesMax)
    try reader.forEachStoredRow(after: position, in: space.id) { stored in
      let row = try PageRow(stored, without: brought)
      let size = row.entry.answerByteCount
      guard rows.isEmpty || (row.isHeld || size <= bytesLeft) && size <= readLeft else { return false }
      rows.append(row)
      if !row.isHeld { bytesLeft -= size }
      readLeft -= size
      return bytesLeft > 0 && readLeft > 0
    }
    return rows
  }
}

/// A row of a hub's log on its way into a page: its bytes are copied from the store and not decoded. The device that takes
/// them in checks them in any case; that the header is the one that was stored is checked here, so that a hub whose disk
/// rots says so itself.
private struct PageRow {
  let dot: Dot
  let place: LogPlace
  let entry: RawEntry
  /// True for a change that this very request offered.
  let isHeld: Bool

  /// - Throws: ``StoreError/corrupt(_:)`` for a row that no hub's log has.
  init(_ row: StoredRow, without brought: Set<Digest>) throws(StoreError) {
    guard let replica = ReplicaID(bytes: row.replica), let digest = Digest(bytes: row.digest),
      let place = try LogPlace(row.place)
    else { throw .corrupt("log row \(row.position) has no name, no digest or no place") }
    guard Header.digest(of: row.header) == digest else {
      throw .corrupt("log row \(row.position): the header is not the one that was stored")
    }
    dot = Dot(replica, row.sequence)
    self.place = place
    entry = try RawEntry(row)
    isHeld = if case .body = entry.content { brought.contains(digest) } else { false }
  }
}

extension RawEntry {
  /// The encoded size as a row of a page, at most.
  fileprivate var answerByteCount: Int {
    let reason = if case .void(let reason) = content { reason.rawValue.utf8.count } else { 0 }
    return byteCount + reason + 36
  }
}

extension BodyNews {
  /// The encoded size, at most.
  fileprivate var byteCount: Int {
    arrived.reduce(40 + 30 * wanted.count) { $0 + $1.headerBytes.count + $1.bodyBytes.count + 12 }
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
