// The unit that is logged, sent and merged: one atomic set of edits to records of one space, by one author, on one
// replica. Its bytes are made once, here, and are what every copy hashes, stores and forwards.

package import Cryptography

/// A header and its body, as decoded values and as the bytes they came in.
package struct Change: Equatable, Sendable {
  package let header: Header
  package let edits: [Edit]
  package let headerBytes: [UInt8]
  package let bodyBytes: [UInt8]
  /// The header's digest, which names this change beyond doubt.
  package let digest: Digest

  /// Why bytes are no change.
  package enum DecodingError: Error, Equatable, Sendable {
    /// The header is not one; nothing can be said about the change at all.
    case header(CBORError)
    /// The body is not the one the header names.
    case bodyDigest
    /// The header stands, but the body it names makes no sense.
    case body(Header, CBORError)
  }

  /// Names and times edits: the birth of a change.
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

  /// Reads a change from a peer or from disk, holding body against header.
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

  /// Some of the edits of another change, to be shown or made again: its header, but for the digest of the body.
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

  /// The digest by which a header names its body.
  package static func bodyDigest(of bytes: [UInt8]) -> Digest {
    Digest(tag: "board.body", bytes)
  }

  /// Edits as a body holds them.
  static func bytes(of edits: [Edit]) -> [UInt8] {
    var writer = CBORWriter()
    writer.array(edits.count)
    for edit in edits { edit.encode(into: &writer) }
    return writer.bytes
  }

  /// Reads a body, or what is left of one, to its end; after an error the reader says how far it came.
  ///
  /// - Parameter fewest: 1 for a body; 0 for what is left of one.
  package static func edits(from reader: inout CBORReader, fewest: Int) throws(CBORError) -> [Edit] {
    let count = try reader.array()
    guard (fewest...Limits.editsPerChangeMax).contains(count) else { throw .value }
    var edits: [Edit] = []
    var targets: Set<EditTarget> = []
    for _ in 0..<count {
      let edit = try Edit(from: &reader)
      guard targets.insert(EditTarget(edit)).inserted else { throw .value }
      edits.append(edit)
    }
    try reader.finish()
    return edits
  }
}

extension [Edit] {
  /// The records edited, each once, in the order of their first edit.
  package var records: [RecordID] {
    var seen: Set<RecordID> = []
    return map(\.record).filter { seen.insert($0).inserted }
  }
}
