// Sixteen-byte identifiers with their role in the type, so that a space's id can never be passed where a record's is
// expected.

internal import Cryptography

/// A 16-byte id, compared and ordered by its bytes.
package struct Identifier<Role>: Hashable, Sendable, Comparable, CustomStringConvertible {
  private let high: UInt64
  private let low: UInt64

  /// Creates an id from its bytes.
  ///
  /// - Returns: `nil` unless there are exactly 16 bytes.
  package init?(bytes: some Collection<UInt8>) {
    guard bytes.count == 16 else { return nil }
    var halves: (UInt64, UInt64) = (0, 0)
    for (offset, byte) in bytes.enumerated() {
      if offset < 8 { halves.0 = halves.0 << 8 | UInt64(byte) } else { halves.1 = halves.1 << 8 | UInt64(byte) }
    }
    (high, low) = halves
  }

  /// Parses the form of `description`: 32 hexadecimal digits in groups of 8-4-4-4-12. Accepts upper case.
  package init?(_ text: String) {
    let parts = text.split(separator: "-", omittingEmptySubsequences: false)
    guard parts.map(\.utf8.count) == [8, 4, 4, 4, 12], let bytes = Cryptography.bytes(ofHex: parts.joined()) else {
      return nil
    }
    self.init(bytes: bytes)
  }

  /// Reinterprets the bytes of an id of another role.
  fileprivate init<Other>(recasting other: Identifier<Other>) {
    (high, low) = (other.high, other.low)
  }

  /// A fresh id of 16 random bytes.
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

/// One copy of some spaces. Drawn for every installation, and anew whenever a restore or clone is noticed. A device's
/// proves its key: see `ReplicaID.init(of:salt:)`.
package typealias ReplicaID = Identifier<ReplicaRole>
/// A unit of log, membership and permission. A rename would not change its id.
package typealias SpaceID = Identifier<SpaceRole>
/// A record within its space. Time-ordered (UUIDv7 layout); see `RecordID.make(at:)`.
package typealias RecordID = Identifier<RecordRole>
/// A person, or the importer: the author of changes.
package typealias MemberID = Identifier<MemberRole>
/// A hub, for its whole lifetime. A restore keeps the `HubID` and draws a new `EpochID`.
package typealias HubID = Identifier<HubRole>
/// One uninterrupted life of a hub's logs. Drawn anew at every restore or promotion.
package typealias EpochID = Identifier<EpochRole>

extension RecordID {
  /// The id of the record that describes a member; both have the same bytes.
  package init(_ member: MemberID) { self.init(recasting: member) }
}

extension MemberID {
  /// The id of the member that a record describes; both have the same bytes.
  package init(_ record: RecordID) { self.init(recasting: record) }
}

/// A record's full key, with its space: the same record id in two spaces means two records.
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
