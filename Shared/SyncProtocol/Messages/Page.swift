// A run of one hub's log of one space.
//
//   page: map { 1: space, 2: epoch, 3: from, 4: to, 5: head, 6: header digest of the row at `to`?, 7: [row],
//               8: [head of a page]? }
//   row:  [position, header, body]
//       | [position, header, null, reason, signature?]
//       | [position, header, null, redacted body]

package import Cryptography
package import Replication

/// A run of one hub's log of one space: every row in (from, to], except those within the requester's vector.
package struct Page: Equatable, Sendable {
  /// One row of the log.
  package struct Row: Equatable, Sendable {
    package let position: UInt64
    package let entry: RawEntry

    package init(position: UInt64, entry: RawEntry) {
      self.position = position
      self.entry = entry
    }
  }

  package let space: SpaceID
  package let epoch: EpochID
  package let from: UInt64
  package let to: UInt64
  /// The last position of the hub's log; while `to` is below it, there is more to fetch.
  package let lastPosition: UInt64
  /// The header digest of the row at `to`; `nil` where `to` is 0.
  package let digest: Digest?
  /// Ascending by position.
  package let rows: [Row]
  /// Heads for every chain in `rows`: the hub's own at the chain's last row here, and its authors' up to that row.
  package let heads: [SignedHead]

  package init(
    space: SpaceID, epoch: EpochID, from: UInt64, to: UInt64, lastPosition: UInt64, digest: Digest?, rows: [Row],
    heads: [SignedHead] = []
  ) {
    self.space = space
    self.epoch = epoch
    self.from = from
    self.to = to
    self.lastPosition = lastPosition
    self.digest = digest
    self.rows = rows
    self.heads = heads
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
    map.write(7, rows)
    guard !heads.isEmpty else { return }
    map.field(8) {
      $0.array(heads.count)
      for head in heads { head.encodeInPage(into: &$0) }
    }
  }

  package init(from map: inout CBORMapReader) throws(CBORError) {
    space = try map.read(1)
    epoch = try map.read(2)
    from = try map.read(3)
    to = try map.read(4)
    lastPosition = try map.read(5)
    digest = try map.readIfPresent(6)
    try map.require(7)
    rows = try map.reader.list(ascendingBy: \.position)
    var heads: [SignedHead] = []
    if try map.next(is: 8) {
      for _ in 0..<(try map.reader.array()) { heads.append(try SignedHead(inPageOf: space, from: &map.reader)) }
      guard !heads.isEmpty else { throw .value }
    }
    self.heads = heads
    try map.finish()
    guard from <= to, to <= lastPosition, (to == 0) == (digest == nil),
      rows.allSatisfy({ from < $0.position && $0.position <= to })
    else { throw .value }
  }
}

extension Page.Row: CBORItem {
  package func encode(into writer: inout CBORWriter) {
    func open(_ width: Int) {
      writer.array(width)
      writer.unsigned(position)
      writer.bytes(entry.headerBytes)
      if width > 3 { writer.null() }
    }
    switch entry.content {
    case .body(let body):
      open(3)
      writer.bytes(body)
    case .void(let reason, let signature):
      open(signature == nil ? 4 : 5)
      reason.encode(into: &writer)
      if let signature { writer.bytes(signature) }
    case .redactedBody(let body):
      open(4)
      writer.bytes(body)
    }
  }

  package init(from reader: inout CBORReader) throws(CBORError) {
    let width = try reader.array()
    guard (3...5).contains(width) else { throw .type }
    position = try reader.unsigned()
    let header = try reader.bytes()
    let content: RawEntry.Content
    switch (width, reader.skipNull()) {
    case (3, false): content = .body(try reader.bytes())
    case (4, true) where try reader.nextMajor() == 2: content = .redactedBody(try reader.bytes())
    case (4, true): content = .void(try RefusalReason(from: &reader))
    case (5, true): content = .void(try RefusalReason(from: &reader), signature: try reader.signature())
    default: throw .type
    }
    entry = RawEntry(headerBytes: header, content: content)
  }
}
