// A run of a hub's log that a device brings back to it. The hub has signed the running digest at its end, and whoever
// leads the rows to that digest has what the hub once had: the same rows, in that order, with those outcomes. So a hub
// that went back to a backup takes them as they were, and judges nothing.
//
//   segment: map { 1: space, 2: epoch, 3: from, 4: running digest at `from`, 5: [row], 6: signature of the checkpoint at
//                  the end, 7: [name]? }
//   row:     [time, header, body] | [time, header, null, reason] | [time, header, null, redacted body]
//          | [time, null, header digest] | [time, null, header digest, reason]     a row that is not sent
//   headers as in `HeaderChains`
//   name:    [replica, sequence, header digest]

package import Cryptography
package import Replication

/// Successive rows of one hub's log of one space, up to a checkpoint.
package struct LogSegment: Equatable, Sendable {
  /// One row of the log.
  package struct Row: Equatable, Sendable {
    /// A row's content, or what the running digest needs of it.
    package enum Content: Equatable, Sendable {
      case entry(RawEntry)
      /// A row that the sender leaves out, because the hub has it.
      case stub(Digest, refusedFor: RefusalReason?)
    }

    /// The hub's time of receipt.
    package let time: Timestamp
    package let content: Content

    package init(time: Timestamp, content: Content) {
      self.time = time
      self.content = content
    }
  }

  package let space: SpaceID
  /// The epoch in which the hub signed the checkpoint.
  package let epoch: EpochID
  /// The position before the first row.
  package let from: UInt64
  /// The running digest (``LogPlace/digest``) at `from`.
  package let start: Digest
  package let rows: [Row]
  /// The hub's signature of its checkpoint at the last row.
  package let signature: [UInt8]
  /// The changes that the rows name in their edits, by the digests of their headers. A hub that has written other rows
  /// since needs them: under a name, it may have another change.
  package let names: [Name]

  /// A change that a row names.
  package struct Name: Equatable, Sendable {
    package let dot: Dot
    /// The digest of its header.
    package let digest: Digest

    package init(_ dot: Dot, _ digest: Digest) {
      self.dot = dot
      self.digest = digest
    }
  }

  package init(
    space: SpaceID, epoch: EpochID, from: UInt64, start: Digest, rows: [Row], signature: [UInt8], names: [Name] = []
  ) {
    self.space = space
    self.epoch = epoch
    self.from = from
    self.start = start
    self.rows = rows
    self.signature = signature
    self.names = names
  }

  /// The number of rows in one segment, and the bytes of them after which it ends: few enough for a slow connection.
  package static let rowsMax = 256
  package static let bytesMax = 64 * 1024

  /// A row with its place in the log.
  package struct ProvedRow: Equatable, Sendable {
    /// The entry; `nil` for a row that was left out.
    package let entry: LogEntry?
    package let place: LogPlace
  }

  /// The rows, proved by the checkpoint at the end; `nil` if this hub did not sign them, or one cannot be read.
  package func proved(of hub: HubID, by key: PublicKey) -> [ProvedRow]? {
    var (proved, position, digest): ([ProvedRow], UInt64, Digest) = ([], from, start)
    proved.reserveCapacity(rows.count)
    for row in rows {
      guard let (entry, header, refusal) = row.decoded(of: space) else { return nil }
      let place = LogPlace(after: position, digest, of: header, refusedFor: refusal, at: row.time)
      proved.append(ProvedRow(entry: entry, place: place))
      (position, digest) = (place.position, place.digest)
    }
    let checkpoint = Checkpoint(hub: hub, epoch: epoch, space: space, position: position, digest: digest)
    return checkpoint.isSigned(with: signature, by: key) ? proved : nil
  }
}

extension LogSegment.Row {
  /// The parts that the running digest covers, and the entry if it was sent; `nil` for what is no entry of the space.
  fileprivate func decoded(of space: SpaceID) -> (entry: LogEntry?, header: Digest, refusal: RefusalReason?)? {
    switch content {
    case .stub(let header, let refusal): return (nil, header, refusal)
    case .entry(let raw):
      let entry: LogEntry
      // The hub once took the row, so it can read it; what it cannot read it never took.
      do throws(Change.DecodingError) { entry = try raw.decoded() } catch { return nil }
      return entry.header.space == space ? (entry, entry.digest, entry.refusal) : nil
    }
  }
}

extension LogSegment: CBORMapItem {
  package func encode(into map: inout CBORMapWriter) {
    map.write(1, space)
    map.write(2, epoch)
    map.write(3, from)
    map.write(4, start)
    map.field(5) { writer in
      var chains = HeaderChains()
      writer.list(rows) { $0.encode(into: &$1, &chains) }
    }
    map.write(6, signature)
    map.write(7, names.isEmpty ? nil : names)
  }

  package init(from map: inout CBORMapReader) throws(CBORError) {
    space = try map.read(1)
    epoch = try map.read(2)
    from = try map.read(3)
    start = try map.read(4)
    try map.require(5)
    var chains = HeaderChains()
    rows = try map.reader.list(1...Self.rowsMax) { (reader) throws(CBORError) in try Row(from: &reader, &chains) }
    try map.require(6)
    signature = try map.reader.signature()
    names = try map.next(is: 7) ? map.reader.list(1..., ascendingBy: \.dot) : []
    try map.finish()
    guard from <= Limits.counterMax - UInt64(rows.count) else { throw .value }
  }
}

extension LogSegment.Name: CBORItem {
  package func encode(into writer: inout CBORWriter) {
    writer.array(3)
    writer.id(dot.replica)
    writer.unsigned(dot.sequence)
    digest.encode(into: &writer)
  }

  package init(from reader: inout CBORReader) throws(CBORError) {
    guard try reader.array() == 3 else { throw .type }
    self.init(Dot(try reader.id(), try reader.unsigned()), try Digest(from: &reader))
    guard (1...Limits.counterMax).contains(dot.sequence) else { throw .value }
  }
}

extension LogSegment.Row {
  fileprivate func encode(into writer: inout CBORWriter, _ chains: inout HeaderChains) {
    func open(_ width: Int, _ header: [UInt8]?) {
      writer.array(width)
      writer.integer(time.milliseconds)
      if let header { writer.bytes(header) } else { writer.null() }
    }
    switch content {
    case .entry(let entry):
      let header = chains.shortened(entry.headerBytes, of: entry.content)
      switch entry.content {
      case .body(let body):
        open(3, header)
        writer.bytes(body)
      case .void(let reason):
        open(4, header)
        writer.null()
        reason.encode(into: &writer)
      case .redactedBody(let body):
        open(4, header)
        writer.null()
        writer.bytes(body)
      }
    case .stub(let digest, let refusal):
      open(refusal == nil ? 3 : 4, nil)
      digest.encode(into: &writer)
      refusal?.encode(into: &writer)
    }
  }

  fileprivate init(from reader: inout CBORReader, _ chains: inout HeaderChains) throws(CBORError) {
    let width = try reader.array()
    guard (3...4).contains(width) else { throw .type }
    time = Timestamp(milliseconds: try reader.integer())
    if reader.skipNull() {
      let digest = try Digest(from: &reader)
      content = .stub(digest, refusedFor: width == 4 ? try RefusalReason(from: &reader) : nil)
      return
    }
    let header = try reader.bytes()
    let sent: RawEntry.Content
    switch (width, reader.skipNull()) {
    case (3, false): sent = .body(try reader.bytes())
    case (4, true) where try reader.nextMajor() == 2: sent = .redactedBody(try reader.bytes())
    case (4, true): sent = .void(try RefusalReason(from: &reader))
    default: throw .type
    }
    content = .entry(RawEntry(headerBytes: try chains.completed(header, of: sent), content: sent))
  }
}
