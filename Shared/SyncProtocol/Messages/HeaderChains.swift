// Headers on the wire. A header holds two digests: that of its body, and that of the header before it in its chain. No
// compression makes a digest smaller, and of a change of one field the two would be most of what is sent. So a header
// travels without either wherever its receiver computes the same: of a body that comes whole with it, and of the header
// before it if that is the last of its chain in the same list. A wrong body or predecessor yields another header digest,
// which no signature covers; so nothing is believed that was not before.
//
// Each header has exactly one form at its place in a list.

internal import Cryptography
package import Replication

/// The ends of the chains in a list of entries, from which headers are shortened on their way out and completed on their
/// way in. A list is one page's rows, one segment's, or all offers of a request.
package struct HeaderChains {
  private struct Chain: Hashable {
    let space: SpaceID
    let replica: ReplicaID
  }

  private var ends: [Chain: (sequence: UInt64, digest: Digest)] = [:]

  package init() {}

  /// The next header of the list as it is sent. Bytes that are no header are sent as they are.
  package mutating func shortened(_ header: [UInt8], of content: RawEntry.Content) -> [UInt8] {
    guard let outline = try? HeaderOutline(header) else {
      // No author's, and no receiver takes it: a test's, or those of a rotten disk.
      return header
    }
    let (previous, body) = (previous(of: outline), bodyDigest(of: content))
    note(outline, header)
    return outline.replacing(
      previous: outline.previous == previous ? nil : outline.previous, body: outline.body == body ? nil : outline.body)
  }

  /// The next header of the list as its author made it.
  ///
  /// - Throws: ``CBORError/mapKeys`` if it lacks a digest that does not follow; ``CBORError/value`` if it has one that
  ///   does; any other for what is no map of a header.
  package mutating func completed(_ header: [UInt8], of content: RawEntry.Content) throws(CBORError) -> [UInt8] {
    let outline = try HeaderOutline(header)
    let (previous, body) = (previous(of: outline), bodyDigest(of: content))
    guard outline.previous == nil || outline.previous != previous, outline.body == nil || outline.body != body else {
      throw .value
    }
    guard outline.sequence <= 1 || outline.previous ?? previous != nil, let body = outline.body ?? body else {
      throw .mapKeys
    }
    let whole = outline.replacing(previous: outline.previous ?? previous, body: body)
    note(outline, whole)
    return whole
  }

  private func previous(of header: HeaderOutline) -> Digest? {
    guard header.sequence > 1, let end = ends[Chain(space: header.space, replica: header.replica)],
      end.sequence == header.sequence - 1
    else { return nil }
    return end.digest
  }

  private func bodyDigest(of content: RawEntry.Content) -> Digest? {
    if case .body(let body) = content { Change.bodyDigest(of: body) } else { nil }
  }

  private mutating func note(_ outline: HeaderOutline, _ whole: [UInt8]) {
    ends[Chain(space: outline.space, replica: outline.replica)] = (outline.sequence, Header.digest(of: whole))
  }
}

/// A header's name and digests, and where its other fields lie.
private struct HeaderOutline {
  let space: SpaceID
  let replica: ReplicaID
  let sequence: UInt64
  /// The digests, as far as they are there.
  private(set) var previous, body: Digest?

  private let bytes: [UInt8]
  /// The number of fields without the digests.
  private var count = 0
  /// The fields before the place of the digests, and those behind it.
  private var before, behind: Range<Int>

  private static let previousKey: UInt64 = 8
  private static let bodyKey: UInt64 = 9

  init(_ bytes: [UInt8]) throws(CBORError) {
    var (space, replica, sequence): (SpaceID?, ReplicaID?, UInt64?)
    var (previous, body): (Digest?, Digest?)
    var (count, first, end, behind): (Int, Int?, Int?, Int?) = (0, nil, nil, nil)
    var reader = CBORReader(bytes)
    try reader.fields { (key, reader) throws(CBORError) in
      let place = reader.place
      first = first ?? place
      if key >= Self.previousKey { end = end ?? place }
      switch key {
      case 1: space = try reader.id()
      case 2: replica = try reader.id()
      case 3: sequence = try reader.unsigned()
      case 4, 7: _ = try reader.unsigned()
      case 5: _ = try reader.id() as MemberID
      case 6: _ = try reader.integer()
      case Self.previousKey: previous = try reader.digest()
      case Self.bodyKey: body = try reader.digest()
      default:
        if key > Self.bodyKey { behind = behind ?? place }
        try reader.skipItem()
      }
      if key != Self.previousKey, key != Self.bodyKey { count += 1 }
    }
    try reader.finish()
    guard let space, let replica, let sequence, let first else { throw .mapKeys }
    (self.space, self.replica, self.sequence) = (space, replica, sequence)
    (self.previous, self.body, self.bytes, self.count) = (previous, body, bytes, count)
    before = first..<(end ?? bytes.count)
    self.behind = (behind ?? bytes.count)..<bytes.count
  }

  /// The header with these digests.
  func replacing(previous: Digest?, body: Digest?) -> [UInt8] {
    guard previous != self.previous || body != self.body else { return bytes }
    var writer = CBORWriter()
    writer.map(count + [previous, body].count { $0 != nil })
    writer.raw(bytes[before])
    for (key, digest) in [(Self.previousKey, previous), (Self.bodyKey, body)] {
      guard let digest else { continue }
      writer.unsigned(key)
      writer.digest(digest)
    }
    writer.raw(bytes[behind])
    return writer.bytes
  }
}
