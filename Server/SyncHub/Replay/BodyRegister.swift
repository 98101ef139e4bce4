// Which bodies this hub lacks, and which of them have arrived. Rows of the log never change; these numbers tell devices
// that have read a row what has become of its body since.

internal import Cryptography
package import Replication
internal import SyncProtocol

/// A hub's numbered news of bodies, per space.
package enum BodyRegister {
  private static let numbered = LocalTable("hub/body", of: .id() as LocalCoding<SpaceID>, .number, .dot)
  private static let last = LocalTable("hub/body_last", .id() as LocalCoding<SpaceID>, .number)

  /// Notes that this hub took what is left of a change, or that it has the whole now.
  package static func note(_ dot: Dot, in space: SpaceID, _ transaction: any StoreTransaction) throws {
    let number = try (last.value(space, in: transaction) ?? 0) + 1
    try numbered.set(number, of: space, to: dot, in: transaction)
    try last.set(space, to: number, in: transaction)
  }

  /// The news after what a device has heard; `nil` if there are none.
  static func news(
    in space: SpaceID, after heard: BodyNewsPosition?, epoch: EpochID, bytesMax: Int, _ reader: any StoreReader
  ) throws -> BodyNews? {
    let from = heard?.epoch == epoch ? heard?.number ?? 0 : 0
    guard let last = try last.value(space, in: reader), last > from else { return nil }
    var (number, bytesLeft): (UInt64, Int) = (from, bytesMax)
    var (wanted, arrived): (Set<Dot>, [BodyNews.Body]) = ([], [])
    while number < last, number - from < UInt64(BodyNews.changesMax), bytesLeft > 0 {
      number += 1
      guard let dot = try numbered.value(number, of: space, in: reader) else { continue }
      switch try reader.row(of: dot, in: space)?.entry {
      case .redacted: wanted.insert(dot)
      case .change(let change):
        arrived.append(BodyNews.Body(headerBytes: change.headerBytes, bodyBytes: change.bodyBytes))
        bytesLeft -= change.headerBytes.count + change.bodyBytes.count
      case .void, nil: continue
      }
    }
    return BodyNews(space: space, number: number, wanted: wanted.sorted(), arrived: arrived)
  }
}

extension Replica {
  /// Takes a whole change where the log has only what somebody left of it, except what the ledger says is erased. Does
  /// nothing if the log has no remainder of it, or the change adds nothing to that.
  ///
  /// Costs a rebuild of the records edited where the change adds anything, so once for each change.
  func restoreBody(of change: Change, _ ledger: Ledger) throws {
    let (dot, space) = (change.dot, change.header.space)
    guard let held = try transaction.row(of: dot, in: space)?.entry, case .redacted = held, held.digest == change.digest
    else { return }
    let kept = try redacted(ledger.redacted(.change(change)))
    guard kept != held else { return }
    var stale = StaleRecords()
    try reinstate(kept, leaving: &stale)
    try stale.rebuild(with: self)
    try BodyRegister.note(dot, in: space, transaction)
  }
}
