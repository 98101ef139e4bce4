// The hub's database remembers how many entries of the ledger it has seen, so that it notices where the ledger is gone or
// was replaced by an older one.

package import Replication

extension Ledger {
  private static let entriesSeen = LocalKey("hub/ledger-entries", .number)
  private static let missing = LocalKey("hub/ledger-missing", .presence)

  /// Tests whether the ledger was gone, or older than the data, when the hub was last opened or restored. What was
  /// erased since the backup may be back then, so the hub takes what copies bring, and gives nobody any rows, until
  /// ``accept(in:)``.
  package static func isLedgerMissing(in reader: any StoreReader) throws -> Bool {
    try reader.value(of: missing) != nil
  }

  /// Ends ``isLedgerMissing(in:)``: an administrator judges that what copies remember has come back.
  package static func accept(in transaction: any StoreTransaction) throws {
    try transaction.set(missing, to: nil)
  }

  /// Compares this ledger with what the store has seen of it, and notes if it is missing or older.
  ///
  /// - Returns: True if the ledger is new or was missing, so that it may lack any act of the data.
  package func check(in transaction: any StoreTransaction) throws -> Bool {
    let seen = try transaction.value(of: Self.entriesSeen) ?? 0
    if seen > count { try transaction.set(Self.missing, to: ()) }
    try Self.setEntriesSeen(count, in: transaction)
    return count == 0 || seen > count
  }

  static func setEntriesSeen(_ count: Int, in transaction: any StoreTransaction) throws {
    try transaction.set(entriesSeen, to: UInt64(count))
  }
}
