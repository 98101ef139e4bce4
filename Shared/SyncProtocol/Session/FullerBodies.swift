// The changes of which this copy has more than its hub. A hub that went back to a backup takes from a member's copy what
// is left of a change after an erasing, and no digest covers that; so whoever has the whole change offers it once more.

internal import Replication

/// The dots of changes to offer whole, though the hub has acknowledged them.
enum FullerBodies {
  private static let dots = LocalTable("fuller_body", of: .id() as LocalCoding<SpaceID>, .dot, .presence)

  /// Notes that this copy has more of a change than its hub.
  static func note(_ dot: Dot, in space: SpaceID, _ transaction: any StoreTransaction) throws {
    try dots.set(dot, of: space, to: (), in: transaction)
  }

  /// Forgets a change, because the hub has been offered all of it.
  static func remove(_ dot: Dot, in space: SpaceID, _ transaction: any StoreTransaction) throws {
    try dots.set(dot, of: space, to: nil, in: transaction)
  }

  /// Forgets every change of a space.
  static func removeAll(in space: SpaceID, _ transaction: any StoreTransaction) throws {
    try dots.removeAll(of: space, in: transaction)
  }

  /// The most changes that one request offers of these.
  private static let changesMax = 256

  /// The first changes to offer, unless something of them has been erased here meanwhile.
  static func changes(in space: SpaceID, _ reader: any StoreReader) throws -> [Change] {
    try dots.rows(of: space, limit: changesMax, in: reader).compactMap { dot, _ in
      guard case .change(let change)? = try reader.row(of: dot, in: space)?.entry else { return nil }
      return change
    }
  }
}
