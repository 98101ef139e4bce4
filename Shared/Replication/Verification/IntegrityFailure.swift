// The first place at which a store differs from what was written: where it is, what is wrong and, if that can be known,
// from which byte on.

/// The first fault found in a store, and its place.
package struct IntegrityFailure: Error, Equatable, Sendable {
  /// The part of the store that is at fault.
  package enum Place: Equatable, Sendable {
    /// A space as a whole: its counts, or what cannot be read of it.
    case space
    /// A row of the log, by position; its dot, if the row still names one.
    case row(UInt64, Dot?)
    /// The stored tip of a replica's chain.
    case tip(ReplicaID)
    /// The signed head at a dot.
    case head(Dot)
    case record(RecordID)
  }

  /// The way in which it is at fault.
  package enum Kind: Equatable, Sendable {
    /// The store cannot read what is there; the store's own message.
    case unreadable(String)
    /// The bytes of the header do not match the digest stored in the row.
    case header
    /// The digest stored in the row is corrupt, and not the header.
    case digest
    /// The row is stored under another space, replica or sequence than its header bears.
    case name
    /// No row at this position.
    case gap
    /// The row does not follow its replica's previous change.
    case chain
    /// The row's place in the log is not what follows from the rows before it.
    case log
    /// The bytes of the body do not match the digest in the header, or cannot be decoded.
    case body
    /// The key did not sign this head.
    case signature
    /// The head attests another change than the one stored under its dot, or none is stored there.
    case signedOther
    /// The key belongs to no device of the change's author.
    case signer
    /// The stored tip is not where the chain ends.
    case end
    /// The space's last position or Lamport time does not match its log.
    case counts
    /// The row is not found by every record that it edits.
    case index
    /// The record differs from the merge of its changes.
    case record
    /// Changes in the log made the record, and none is stored.
    case recordMissing
    /// No change in the log made this record.
    case recordUnmade
  }

  package let space: SpaceID
  package let spaceName: String
  package let place: Place
  package let kind: Kind
  /// The offset of the first wrong byte of what is damaged, from 0; `nil` if it cannot be known.
  package let byte: Int?

  package init(space: SpaceID, spaceName: String, place: Place, kind: Kind, byte: Int?) {
    self.space = space
    self.spaceName = spaceName
    self.place = place
    self.kind = kind
    self.byte = byte
  }
}

/// Finds a single corrupted byte by trying all 255 other values at each offset.
///
/// Costs 255 calls of `isMeant` for each byte; skipped above 512 bytes.
///
/// - Returns: The offset of the byte; `nil` if more than one is wrong, and above 512 bytes.
func oneWrongByte(of bytes: [UInt8], isMeant: ([UInt8]) -> Bool) -> Int? {
  guard bytes.count <= 512 else { return nil }
  var tried = bytes
  for place in bytes.indices {
    for value in UInt8.min...UInt8.max where value != bytes[place] {
      tried[place] = value
      if isMeant(tried) { return place }
    }
    tried[place] = bytes[place]
  }
  return nil
}

/// The first offset at which two byte strings differ, the shorter one's end included; `nil` if they are equal.
func firstDifference(_ one: [UInt8], _ other: [UInt8]) -> Int? {
  zip(one, other).enumerated().first { $0.element.0 != $0.element.1 }?.offset
    ?? (one.count == other.count ? nil : min(one.count, other.count))
}
