// Sixteen bytes that name something, with the thing's role in the type, so that a space can never be passed
// where a record is meant.

internal import Cryptography

/// A 16-byte name. Two names are equal, and ordered, as their bytes.
package struct Identifier<Role>: Hashable, Sendable, Comparable, CustomStringConvertible {
  private let high: UInt64
  private let low: UInt64

  /// - Returns: `nil` unless there are exactly 16 bytes.
  package init?(bytes: some Collection<UInt8>) {
    guard bytes.count == 16 else { return nil }
    var halves: (UInt64, UInt64) = (0, 0)
    for (offset, byte) in bytes.enumerated() {
      if offset < 8 { halves.0 = halves.0 << 8 | UInt64(byte) } else { halves.1 = halves.1 << 8 | UInt64(byte) }
    }
    (high, low) = halves
  }

  /// Reads the form `description` writes: 32 hexadecimal digits in groups of 8-4-4-4-12. Upper case is accepted.
  package init?(_ text: String) {
    let parts = text.split(separator: "-", omittingEmptySubsequences: false)
    guard parts.map(\.utf8.count) == [8, 4, 4, 4, 12], let bytes = Cryptography.bytes(ofHex: parts.joined()) else {
      return nil
    }
    self.init(bytes: bytes)
  }

  /// The same bytes in another role.
  fileprivate init<Other>(recasting other: Identifier<Other>) {
    (high, low) = (other.high, other.low)
  }

  /// A name nobody else has: 16 random bytes.
  package static func random() -> Identifier {
    Identifier(bytes: randomBytes(16))!
  }

  /// The 16 bytes, first byte first.
  package var bytes: [UInt8] {
    [high, low].flatMap { half in (0..<8).map { UInt8(truncatingIfNeeded: half >> (56 - 8 * UInt64($0))) } }
  }

  /// Lower-case hexadecimal digits in groups of 8-4-4-4-12 (RFC 9562 section 4).
  package var description: String {
    let digits = Array(hex(bytes))
    return [0..<8, 8..<12, 12..<16, 16..<20, 20..<32].map { String(digits[$0]) }.joined(separator: "-")
  }

  package static func < (left: Identifier, right: Identifier) -> Bool {
    (left.high, left.low) < (right.high, right.low)
  }
}

package enum ReplicaRole {}
package enum SpaceRole {}
package enum RecordRole {}
package enum MemberRole {}
package enum HubRole {}
package enum EpochRole {}

/// One copy of some spaces. New for every install, and whenever a restore or clone is noticed.
package typealias ReplicaID = Identifier<ReplicaRole>
/// A unit of log, membership and permission. Random at creation; its name is only a label.
package typealias SpaceID = Identifier<SpaceRole>
/// A record within its space. Time-ordered (UUIDv7 layout), see `RecordID.make(at:)`.
package typealias RecordID = Identifier<RecordRole>
/// A person, or the importer: the author of changes.
package typealias MemberID = Identifier<MemberRole>
/// A hub, for as long as it lives; a restore keeps it and draws a new `EpochID`.
package typealias HubID = Identifier<HubRole>
/// One unbroken life of a hub's logs: new after every restore or promotion.
package typealias EpochID = Identifier<EpochRole>

extension RecordID {
  /// The record that tells of a member; the two share their bytes.
  package init(_ member: MemberID) { self.init(recasting: member) }
}

extension MemberID {
  /// The member that a record tells of; the two share their bytes.
  package init(_ record: RecordID) { self.init(recasting: record) }
}

/// A record's whole name: records of different spaces never meet.
package struct RecordKey: Hashable, Sendable, Comparable {
  package let space: SpaceID
  package let record: RecordID

  package init(_ space: SpaceID, _ record: RecordID) {
    self.space = space
    self.record = record
  }

  package static func < (left: RecordKey, right: RecordKey) -> Bool {
    (left.space, left.record) < (right.space, right.record)
  }
}
