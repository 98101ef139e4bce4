// Sixteen-byte identifiers with their role in the type, so that a space's id can never be passed where a record's is
// expected.

package import Cryptography

/// A 16-byte id, compared and ordered by its bytes. A value of two words and no allocation, since every step of merging
/// and storing compares ids; what is called for each row is inlined into other modules.
package struct Identifier<Role>: Hashable, Sendable, Comparable, CustomStringConvertible {
  /// The first and the last 8 bytes, as big-endian numbers, so that numbers are ordered as the bytes are.
  @usableFromInline let high: UInt64
  @usableFromInline let low: UInt64

  @inlinable init(high: UInt64, low: UInt64) {
    self.high = high
    self.low = low
  }

  /// Creates an id from its bytes.
  ///
  /// - Returns: `nil` unless there are exactly 16 bytes.
  @inlinable package init?(bytes: [UInt8]) {
    let id = bytes.withUnsafeBytes { Identifier(raw: $0) }
    guard let id else { return nil }
    self = id
  }

  /// Creates an id from its bytes, wherever they lie.
  ///
  /// - Returns: `nil` unless there are exactly 16 bytes.
  @inlinable package init?(raw bytes: UnsafeRawBufferPointer) {
    guard bytes.count == 16 else { return nil }
    high = UInt64(bigEndian: bytes.loadUnaligned(fromByteOffset: 0, as: UInt64.self))
    low = UInt64(bigEndian: bytes.loadUnaligned(fromByteOffset: 8, as: UInt64.self))
  }

  /// Calls the body with the 16 bytes, first byte first.
  @inlinable package func withBytes<Result>(_ body: (UnsafeRawBufferPointer) throws -> Result) rethrows -> Result {
    try withUnsafeBytes(of: (high.bigEndian, low.bigEndian), body)
  }

  /// Parses the form of `description`: 32 hexadecimal digits in groups of 8-4-4-4-12. Accepts upper case.
  package init?(_ text: String) {
    let parts = text.split(separator: "-", omittingEmptySubsequences: false)
    guard parts.map(\.utf8.count) == [8, 4, 4, 4, 12], let bytes = Cryptography.bytes(ofHex: parts.joined()) else {
      return nil
    }
    self.init(bytes: bytes)
  }

  /// The first 16 bytes of a digest.
  package init(prefixOf digest: Digest) {
    self = digest.withBytes { Identifier(raw: UnsafeRawBufferPointer(rebasing: $0.prefix(16)))! }
  }

  /// Reinterprets the bytes of an id of another role.
  fileprivate init<Other>(recasting other: Identifier<Other>) {
    self.init(high: other.high, low: other.low)
  }

  /// A fresh id of 16 random bytes.
  package static func random() -> Identifier {
    Identifier(bytes: randomBytes(16))!
  }

  /// The 16 bytes, first byte first.
  @inlinable package var bytes: [UInt8] { withBytes { Array($0) } }

  /// Lower-case hexadecimal digits in groups of 8-4-4-4-12 (RFC 9562 section 4).
  package var description: String {
    let digits = Array(hex(bytes))
    return [0..<8, 8..<12, 12..<16, 16..<20, 20..<32].map { String(digits[$0]) }.joined(separator: "-")
  }

  @inlinable package static func == (left: Identifier, right: Identifier) -> Bool {
    left.high == right.high && left.low == right.low
  }

  @inlinable package static func < (left: Identifier, right: Identifier) -> Bool {
    (left.high, left.low) < (right.high, right.low)
  }

  @inlinable package func hash(into hasher: inout Hasher) {
    hasher.combine(high)
    hasher.combine(low)
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
