// The storage of a hub's data, behind a protocol: SQLite keeps it in a file of the hub's folder, while another storage
// might keep it on a database server. The program chooses one. The steps of creating, opening and restoring a hub are
// the same for all, in ``OpenHub``.

package import PartnerExchange
package import Replication
internal import SyncHub

/// The storage of one hub's data.
package protocol HubStorage: PartnerCopies {
  /// True if the storage holds a complete hub.
  var isInitialised: Bool { get }

  /// Opens the hub's store, for ``HubReaders/count`` reads at a time.
  ///
  /// - Throws: ``StoreError/inUse`` if it is open already, here or in another process.
  func open() throws -> any HubStore

  /// Creates the hub's store. It takes its place only once `fill` has returned and everything is durable; a failure or
  /// a crash leaves nothing that looks like a hub.
  func create(_ fill: (any ReplicaStore) throws -> Void) throws

  /// Replaces the hub's data, if any, with a copy of a backup. A crash leaves either the old or the new data, complete.
  ///
  /// - Parameter prepare: Called with the open copy, before it takes its place.
  /// - Returns: The result of `prepare`.
  /// - Throws: ``StoreError/inUse`` while the data to be replaced is open. Unreadable data can be replaced.
  func replace<Result>(withBackup path: String, prepare: (any ReplicaStore) throws -> Result) throws -> Result
}

/// The open store of a hub.
package protocol HubStore: BackupStore {
  /// Closes the store, so that others can open it. Even if it throws, the store is closed and intact.
  func close() throws
}

/// The readers that a hub's store needs, so that nobody who reads waits for another kind of reader.
package enum HubReaders {
  /// Those of members' requests and of administrators, one of a backup, of which one is written at a time, and one of the
  /// commit queue, which looks for what is to be scrubbed.
  package static let count = ReadQueue.width + AdminService.readsMax + 1 + 1
}
