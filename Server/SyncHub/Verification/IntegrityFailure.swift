// The first thing of a store that is not as it was written: where it is, what is wrong with it and, where that can be known,
// from which byte on.

package import Replication

/// What a check of a store found.
package struct IntegrityFailure: Error, Equatable, Sendable {
  package enum Place: Equatable, Sendable {
    case space
    /// A row of the log; the dot where the row still names one.
    case row(UInt64, Dot?)
    /// The stored end of a replica's chain.
    case tip(ReplicaID)
    /// What an author's device has signed.
    case head(Dot)
    case record(RecordID)
  }

  package enum Kind: Equatable, Sendable {
    /// The store itself cannot read what is there; its own words.
    case unreadable(String)
    /// The bytes of the header are not those whose digest stands in the row.
    case header
    /// The digest in the row is not that of the header.
    case digest
    /// The row is found by another name than its header bears.
    case name
    /// There is no row at this position.
    case gap
    /// It does not follow the change before it in its replica's chain.
    case chain
    /// The bytes of the body are not those whose digest the header names.
    case body
    /// The hub did not sign this refusal.
    case refusal
    /// The key did not sign this head.
    case signature
    /// What was signed is another change than the one that stands here, or none does.
    case signedOther
    /// The key is of no device of the change's author.
    case signer
    /// It is not where the chain ends.
    case end
    /// What the space says of its own log is not so.
    case counts
    /// The record is not what its changes make of it.
    case record
    case recordMissing
    /// No change made this record.
    case recordUnmade
  }

  package let space: SpaceID
  package let spaceName: String
  package let place: Place
  package let kind: Kind
  /// The first wrong byte of what is damaged, from 0; `nil` where nobody can know it.
  package let byte: Int?

  package init(space: SpaceID, spaceName: String, place: Place, kind: Kind, byte: Int?) {
    self.space = space
    self.spaceName = spaceName
    self.place = place
    self.kind = kind
    self.byte = byte
  }
}

/// The one byte by which a text differs from the one that was meant, where there is one such byte. Every other value of
/// every byte is tried.
///
/// - Returns: `nil` where more is wrong, and for texts that would take long.
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

/// The first place at which two texts differ.
func firstDifference(_ one: [UInt8], _ other: [UInt8]) -> Int? {
  zip(one, other).enumerated().first { $0.element.0 != $0.element.1 }?.offset
    ?? (one.count == other.count ? nil : min(one.count, other.count))
}
