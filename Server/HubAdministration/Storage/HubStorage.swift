// The place of a hub's data, behind a protocol: a hub on SQLite has a file in its folder, another would have a database
// server's. The program chooses one; all that a hub does while it is made, opened and restored is ``OpenHub``'s.

package import BoardModel
package import Replication

/// The place where the data of one hub lie.
package protocol HubStorage: Sendable {
  /// Tests whether a whole hub is there.
  var isInitialised: Bool { get }

  /// Opens the hub's store.
  ///
  /// - Throws: ``StoreError/inUse`` where it is open already, here or in another process.
  func open() throws -> any HubStore

  /// Makes the hub's store. It is in its place only when `fill` has returned and all of it is durable; a failure or a
  /// crash leaves nothing that looks like a hub.
  func create(_ fill: (any ReplicaStore) throws -> Void) throws

  /// Puts a copy of a backup in the place of the hub's data, or where none were. A crash leaves the one or the other,
  /// whole.
  ///
  /// - Parameter prepare: Called with the copy, open, before it takes the place.
  /// - Returns: The result of `prepare`.
  /// - Throws: ``StoreError/inUse`` while anybody holds the data to be replaced. That these cannot be read is no
  ///   obstacle.
  func replace<Result>(withBackup path: String, prepare: (any ReplicaStore) throws -> Result) throws -> Result
}

/// A hub's store while it is open.
package protocol HubStore: ReplicaStore {
  /// Writes a whole copy to a path that is not there yet, while others go on reading and writing.
  func backUp(to path: String) throws
  /// Shows each kind of the model to people who read the data with tools of their own, where the storage has a way to.
  func show(_ model: BoardModel) throws
  /// Lets others open it. Whatever it throws, the store is closed and whole.
  func close() throws
}
