// The time after a restore in which a hub waits for what it lost. Until it ends, nothing new is written in members' spaces:
// a new row would take a position at which copies have another, and these would have to read on from there anew.

internal import Cryptography
package import Replication

/// Whether a hub is waiting for its log to come back, since when, and who has brought what they had.
package enum ReplayState {
  private static let began = LocalKey("hub/replay", .timestamp)
  private static let heard = LocalTable("hub/replayed", .publicKey, .presence)

  /// The time after which a hub waits no longer.
  package static let millisecondsMax: Int64 = 24 * 60 * 60 * 1000
  /// A hub waits only for devices that it heard of in this time before it went back.
  package static let awaitedMilliseconds: Int64 = 30 * millisecondsMax

  /// Begins to wait, in the transaction that goes back to a backup or notices that an older state was put back.
  package static func begin(at now: Timestamp, in transaction: any StoreTransaction) throws {
    try transaction.set(began, to: now)
    try heard.removeAll(in: transaction)
    try endIfDue(at: now, in: transaction)
  }

  /// The time since which this hub waits; `nil` while it does not.
  package static func since(in reader: any StoreReader) throws -> Timestamp? { try reader.value(of: began) }

  /// Tests whether this hub waits.
  package static func isUnderway(in reader: any StoreReader) throws -> Bool { try since(in: reader) != nil }

  /// The devices that may have what this hub lacks and have not shown it yet. Costs a scan of all devices.
  package static func awaited(in reader: any StoreReader) throws -> [Device] {
    guard let since = try since(in: reader) else { return [] }
    return try Directory(reader).devices().filter { device in
      guard device.revocation == nil, let last = device.lastContact else { return false }
      return try since.milliseconds - last.time.milliseconds <= awaitedMilliseconds
        && !heard.contains(device.key, in: reader)
    }
  }

  /// Tests whether a device has yet to show that this hub has what it has read.
  static func awaits(_ key: PublicKey, in reader: any StoreReader) throws -> Bool {
    try isUnderway(in: reader) && !heard.contains(key, in: reader)
  }

  /// Notes that this hub has everything that a device has read.
  static func note(_ key: PublicKey, in transaction: any StoreTransaction) throws {
    try heard.set(key, to: (), in: transaction)
  }

  /// Ends the wait if nobody is awaited, or if it has lasted long enough.
  static func endIfDue(at now: Timestamp, in transaction: any StoreTransaction) throws {
    guard let since = try since(in: transaction) else { return }
    let isOver = now.milliseconds - since.milliseconds >= millisecondsMax
    if try isOver || awaited(in: transaction).isEmpty { try end(in: transaction) }
  }

  /// Ends the wait. Whoever brings something later is as welcome as before.
  package static func end(in transaction: any StoreTransaction) throws {
    try transaction.set(began, to: nil)
    try heard.removeAll(in: transaction)
  }
}
