// The unit that is logged, sent and merged: one atomic set of edits to records of one space, by one author, on one
// replica. It is encoded once, here; every copy hashes, stores and forwards those bytes.

package import Cryptography

/// A header and its body, both decoded and as the bytes they were read from.
package struct Change: Equatable, Sendable {
  /// The decoded header.
  package let header: Header
  /// The decoded body: 1 to `Limits.editsPerChangeMax` edits.
  package let edits: [Edit]
  /// The encoded header, as hashed, stored and sent.
  package let headerBytes: [UInt8]
  /// The encoded body, as hashed, stored and sent.
  package let bodyBytes: [UInt8]
  /// The header's digest, which identifies this change unambiguously.
  package let digest: Digest

  /// A failure to read a change from bytes.
  package enum DecodingError: Error, Equatable, Sendable {
    /// The header cannot be read, so nothing is known about the change.
    case header(CBORError)
    /// The body does not match the digest in the header.
    case bodyDigest
    /// The header is valid and the body matches it, but the body cannot be read.
    case body(Header, CBORError)
  }

  /// Creates a change from edits, assigning its dot and its times.
  ///
  /// - Parameters:
  ///   - previous: The tip of this replica's chain in the space; `nil` before its first change there.
  ///   - lamport: 1 + the highest Lamport time the replica has applied in the space.
  package init(
    edits: [Edit], space: SpaceID, replica: ReplicaID, previous: Tip?, lamport: UInt64, author: MemberID,
    time: Timestamp, modelVersion: UInt64
  ) {
    let body = Self.bytes(of: edits)
    let header = Header(
      space: space, replica: replica, sequence: (previous?.sequence ?? 0) + 1, lamport: lamport, author: author,
      time: time, modelVersion: modelVersion, previous: previous?.digest, bodyDigest: Self.bodyDigest(of: body))
    self.header = header
    self.edits = edits
    headerBytes = header.encoded
    bodyBytes = body
    digest = Header.digest(of: headerBytes)
  }

  /// Reads a change from a peer or from disk, and checks the body against the digest in the header.
  package init(headerBytes: [UInt8], bodyBytes: [UInt8]) throws(DecodingError) {
    do throws(CBORError) {
      header = try Header(decoding: headerBytes)
    } catch { throw .header(error) }
    guard Self.bodyDigest(of: bodyBytes) == header.bodyDigest else { throw .bodyDigest }
    do throws(CBORError) {
      var reader = CBORReader(bodyBytes)
      edits = try Self.edits(from: &reader, fewest: 1)
    } catch { throw .body(header, error) }
    self.headerBytes = headerBytes
    self.bodyBytes = bodyBytes
    digest = Header.digest(of: headerBytes)
  }

  /// Creates a change from some of another's edits, to be shown or re-issued. Only the header's body digest differs.
  init(_ edits: [Edit], of header: Header) {
    bodyBytes = Self.bytes(of: edits)
    self.header = Header(
      space: header.space, replica: header.replica, sequence: header.sequence, lamport: header.lamport,
      author: header.author, time: header.time, modelVersion: header.modelVersion, previous: header.previous,
      bodyDigest: Self.bodyDigest(of: bodyBytes))
    self.edits = edits
    headerBytes = self.header.encoded
    digest = Header.digest(of: headerBytes)
  }

  package var dot: Dot { header.dot }

  /// The records edited, each once, in the order of their first edit.
  package var records: [RecordID] { edits.records }

  /// The digest of a body, as recorded in the header.
  package static func bodyDigest(of bytes: [UInt8]) -> Digest {
    Digest(tag: "board.body", bytes)
  }

  /// Encodes edits as a change's body.
  static func bytes(of edits: [Edit]) -> [UInt8] {
    var writer = CBORWriter()
    writer.array(edits.count)
    for edit in edits { edit.encode(into: &writer) }
    return writer.bytes
  }

  /// Reads a body, or the remainder of a redacted one, to its end. After an error, the reader's `place` tells where.
  ///
  /// - Parameter fewest: 1 for a body; 0 for the remainder of a redacted one.
  /// - Throws: ``CBORError``; ``CBORError/value`` for too few or too many edits, or two edits of one ``EditTarget``.
  package static func edits(from reader: inout CBORReader, fewest: Int) throws(CBORError) -> [Edit] {
    let count = try reader.array()
    guard (fewest...Limits.editsPerChangeMax).contains(count) else { throw .value }
    var edits: [Edit] = []
    edits.reserveCapacity(count)
    for _ in 0..<count { edits.append(try Edit(from: &reader)) }
    guard !edits.haveTargetTwice else { throw .value }
    try reader.finish()
    return edits
  }
}

extension [Edit] {
  /// True if two edits have one ``EditTarget``. Of the few edits that a change usually has, each is compared with each,
  /// which costs less than hashing them.
  fileprivate var haveTargetTwice: Bool {
    let targets = map { EditTarget($0) }
    guard count <= 24 else { return Set(targets).count < count }
    return targets.indices.contains { index in targets[..<index].contains(targets[index]) }
  }

  /// The records edited, each once, in the order of their first edit.
  package var records: [RecordID] {
    var seen: Set<RecordID> = []
    return map(\.record).filter { seen.insert($0).inserted }
  }

  /// The edits by record, in the order of ``records``.
  var byRecord: [(record: RecordID, edits: [Edit])] {
    let groups = Dictionary(grouping: self, by: \.record)
    return records.map { ($0, groups[$0]!) }
  }
}
