// A run of one hub's log of one space, up to a checkpoint.
//
//   page: map { 1: space, 2: epoch, 3: from, 4: to, 5: last position, 6: running digest at `to`, 7: [row],
//               8: [checkpoint]?, 9: [held run]? }
//   row:  [position, time, header, body]
//       | [position, time, header, null, reason]
//       | [position, time, header, null, redacted body]      headers as in `HeaderChains`
//   checkpoint: [position, signature]
//   held: [position, time, count, replica, sequence]

package import Cryptography
package import Replication

/// A run of one hub's log of one space: everything in (from, to], signed at its end.
package struct Page: Equatable, Sendable {
  /// One row of the log.
  package struct Row: Equatable, Sendable {
    package let position: UInt64
    /// The hub's time of receipt.
    package let time: Timestamp
    package let entry: RawEntry

    package init(position: UInt64, time: Timestamp, entry: RawEntry) {
      self.position = position
      self.time = time
      self.entry = entry
    }
  }

  /// Adjoining rows that this very request brought, named instead of sent back: one chain's, received at one time.
  package struct HeldRun: Equatable, Sendable {
    /// The position of the first.
    package let position: UInt64
    /// The hub's time of receipt of all of them.
    package let time: Timestamp
    /// The number of rows, at least 1.
    package let count: UInt64
    /// The name of the first change.
    package let first: Dot

    package init(position: UInt64, time: Timestamp, count: UInt64, first: Dot) {
      self.position = position
      self.time = time
      self.count = count
      self.first = first
    }
  }

  /// The hub's signature under its log up to a position.
  package struct SignedPosition: Equatable, Sendable {
    package let position: UInt64
    /// The signature of the ``Checkpoint`` there, 64 bytes.
    package let signature: [UInt8]

    package init(position: UInt64, signature: [UInt8]) {
      self.position = position
      self.signature = signature
    }
  }

  package let space: SpaceID
  package let epoch: EpochID
  package let from: UInt64
  package let to: UInt64
  /// The last position of the hub's log; while `to` is below it, there is more to fetch.
  package let lastPosition: UInt64
  /// The running digest (``LogPlace/digest``) at `to`.
  package let digest: Digest
  /// Ascending by position.
  package let rows: [Row]
  /// Ascending by position. Together with `rows`, every position in (from, to].
  package let held: [HeldRun]
  /// The hub's signatures, ascending by position: at `to`, and before it wherever a segment (``LogSegment``) would be
  /// too long. Empty if the page covers nothing.
  package let checkpoints: [SignedPosition]

  package init(
    space: SpaceID, epoch: EpochID, from: UInt64, to: UInt64, lastPosition: UInt64, digest: Digest, rows: [Row],
    held: [HeldRun] = [], checkpoints: [SignedPosition]
  ) {
    self.space = space
    self.epoch = epoch
    self.from = from
    self.to = to
    self.lastPosition = lastPosition
    self.digest = digest
    self.rows = rows
    self.held = held
    self.checkpoints = checkpoints
  }
}

extension Page: CBORMapItem {
  package func encode(into map: inout CBORMapWriter) {
    map.write(1, space)
    map.write(2, epoch)
    map.write(3, from)
    map.write(4, to)
    map.write(5, lastPosition)
    map.write(6, digest)
    map.field(7) { writer in
      var chains = HeaderChains()
      writer.list(rows) { $0.encode(into: &$1, &chains) }
    }
    map.write(8, checkpoints.isEmpty ? nil : checkpoints)
    map.write(9, held.isEmpty ? nil : held)
  }

  package init(from map: inout CBORMapReader) throws(CBORError) {
    space = try map.read(1)
    epoch = try map.read(2)
    from = try map.read(3)
    to = try map.read(4)
    lastPosition = try map.read(5)
    digest = try map.read(6)
    try map.require(7)
    var chains = HeaderChains()
    rows = try map.reader.list { (reader) throws(CBORError) in try Row(from: &reader, &chains) }
    checkpoints = try map.next(is: 8) ? map.reader.list(1..., ascendingBy: \.position) : []
    held = try map.next(is: 9) ? map.reader.list(1..., ascendingBy: \.position) : []
    try map.finish()
    guard from <= to, to <= lastPosition, lastPosition <= Limits.counterMax,
      checkpoints.last?.position == (from == to ? nil : to), checkpoints.allSatisfy({ from < $0.position }),
      rows.allSatisfy({ from < $0.position && $0.position <= to }),
      zip(rows, rows.dropFirst()).allSatisfy({ $0.position < $1.position }),
      held.allSatisfy({ from < $0.position && $0.position <= to && $0.count <= to - $0.position + 1 }),
      zip(held, held.dropFirst()).allSatisfy({ $0.position + $0.count <= $1.position }),
      held.reduce(UInt64(rows.count), { $0 + $1.count }) == to - from
    else { throw .value }
  }
}

extension Page.HeldRun {
  /// Joins rows into as few runs as possible.
  ///
  /// - Parameter rows: The rows' dots and places, ascending by position.
  package static func runs(of rows: [(dot: Dot, place: LogPlace)]) -> [Page.HeldRun] {
    var runs: [Page.HeldRun] = []
    for (dot, place) in rows {
      if let last = runs.last, place.position == last.position + last.count, place.time == last.time,
        dot == Dot(last.first.replica, last.first.sequence + last.count)
      {
        runs[runs.count - 1] = Page.HeldRun(
          position: last.position, time: last.time, count: last.count + 1, first: last.first)
      } else {
        runs.append(Page.HeldRun(position: place.position, time: place.time, count: 1, first: dot))
      }
    }
    return runs
  }
}

extension Page.SignedPosition: CBORItem {
  package func encode(into writer: inout CBORWriter) {
    writer.array(2)
    writer.unsigned(position)
    writer.bytes(signature)
  }

  package init(from reader: inout CBORReader) throws(CBORError) {
    guard try reader.array() == 2 else { throw .type }
    self.init(position: try reader.unsigned(), signature: try reader.signature())
  }
}

extension Page.HeldRun: CBORItem {
  package func encode(into writer: inout CBORWriter) {
    writer.array(5)
    writer.unsigned(position)
    writer.integer(time.milliseconds)
    writer.unsigned(count)
    writer.id(first.replica)
    writer.unsigned(first.sequence)
  }

  package init(from reader: inout CBORReader) throws(CBORError) {
    guard try reader.array() == 5 else { throw .type }
    position = try reader.unsigned()
    time = Timestamp(milliseconds: try reader.integer())
    count = try reader.unsigned()
    first = Dot(try reader.id(), try reader.unsigned())
    guard position <= Limits.counterMax, (1...Limits.counterMax).contains(count),
      (1...Limits.counterMax).contains(first.sequence)
    else { throw .value }
  }
}

extension Page.Row {
  fileprivate func encode(into writer: inout CBORWriter, _ chains: inout HeaderChains) {
    func open(_ width: Int) {
      writer.array(width)
      writer.unsigned(position)
      writer.integer(time.milliseconds)
      writer.bytes(chains.shortened(entry.headerBytes, of: entry.content))
      if width > 4 { writer.null() }
    }
    switch entry.content {
    case .body(let body):
      open(4)
      writer.bytes(body)
    case .void(let reason):
      open(5)
      reason.encode(into: &writer)
    case .redactedBody(let body):
      open(5)
      writer.bytes(body)
    }
  }

  fileprivate init(from reader: inout CBORReader, _ chains: inout HeaderChains) throws(CBORError) {
    let width = try reader.array()
    guard (4...5).contains(width) else { throw .type }
    position = try reader.unsigned()
    time = Timestamp(milliseconds: try reader.integer())
    let header = try reader.bytes()
    let content: RawEntry.Content
    switch (width, reader.skipNull()) {
    case (4, false): content = .body(try reader.bytes())
    case (5, true) where try reader.nextMajor() == 2: content = .redactedBody(try reader.bytes())
    case (5, true): content = .void(try RefusalReason(from: &reader))
    default: throw .type
    }
    entry = RawEntry(headerBytes: try chains.completed(header, of: content), content: content)
  }
}
