// The layout of record ids: UUIDv7 (RFC 9562 section 5.7). They are time-ordered, so that new records are stored next
// to each other; random keys cost ten times as much to insert.

internal import Cryptography

extension RecordID {
  /// Draws an id for a new record.
  ///
  /// - Parameter time: The wall clock. It only affects the order of ids on disk, so a wrong clock is harmless; at or
  ///   before 1970 it counts as the first moment after.
  package static func make(at time: Timestamp) -> RecordID {
    layout(milliseconds: min(max(1, time.milliseconds), 1 << 48 - 1), random: randomBytes(10))
  }

  /// The id of a record that every importer must identify alike: time 0, random bits from SHA-256 over kind and key.
  ///
  /// - Parameters:
  ///   - kind: The record's kind, for example `event`.
  ///   - key: Its fixed key, for example `event/2022-autumn-valuing-potential`.
  package static func fixed(kind: String, key: String) -> RecordID {
    let digest = Digest(tag: "board.record-key", Array(kind.utf8) + [0] + Array(key.utf8))
    return layout(milliseconds: 0, random: Array(digest.bytes.prefix(10)))
  }

  /// True if the id has time 0, as the ids of `fixed(kind:key:)` have: anybody who knows the key can compute it.
  package var isForeseeable: Bool { bytes.prefix(6).allSatisfy { $0 == 0 } }

  private static func layout(milliseconds: Int64, random: [UInt8]) -> RecordID {
    let time = UInt64(milliseconds)
    var bytes = (0..<6).map { UInt8(truncatingIfNeeded: time >> (40 - 8 * UInt64($0))) } + random
    bytes[6] = 0x70 | bytes[6] & 0x0f
    bytes[8] = 0x80 | bytes[8] & 0x3f
    return RecordID(bytes: bytes)!
  }
}
