// Everything that a terminal needs from outside. A program provides it once; a test provides its own.

package import ClientCore
package import Cryptography
package import Replication

/// The environment of a terminal: the copy, the transport, files and the time.
package struct TerminalEnvironment: Sendable {
  /// Opens the copy in a folder, `nil` for the usual one. Throws ``ClientError/notJoined`` if there is none and none is
  /// to be created.
  package let open: @Sendable (_ home: String?, _ creating: Bool) throws -> OpenedReplica
  package let transport: any HubTransport
  /// Reads a text file; `nil` if it cannot be read or is not text.
  package let text: @Sendable (_ path: String) -> String?
  package let clock: @Sendable () -> Timestamp
  /// The offset of the local time zone at a moment, in seconds east of Greenwich.
  package let offset: @Sendable (Timestamp) -> Int64
  /// The name of the local time zone; `nil` if it is not known.
  package let zone: String?
  /// The offset of a time zone by its name; `nil` if there is none of that name.
  package let zoneOffset: @Sendable (String, Timestamp) -> Int64?

  package init(
    open: @escaping @Sendable (_ home: String?, _ creating: Bool) throws -> OpenedReplica,
    transport: any HubTransport,
    text: @escaping @Sendable (_ path: String) -> String?,
    clock: @escaping @Sendable () -> Timestamp, offset: @escaping @Sendable (Timestamp) -> Int64, zone: String? = nil,
    zoneOffset: @escaping @Sendable (String, Timestamp) -> Int64? = { _, _ in nil }
  ) {
    self.open = open
    self.transport = transport
    self.text = text
    self.clock = clock
    self.offset = offset
    self.zone = zone
    self.zoneOffset = zoneOffset
  }

  /// Converts a moment to local time.
  func local(_ time: Timestamp) -> CivilTime {
    CivilTime(time, offset: offset(time))
  }
}

/// An open copy: its store, its key, and its readable views.
package struct OpenedReplica: Sendable {
  package let store: any ReplicaStore
  /// Returns the device's key, creating it on first use.
  package let key: @Sendable () throws -> SigningKey
  /// Updates the file's readable views. Called with the fields of every kind whenever the model may be new.
  package let showKinds: @Sendable ([String: [String]]) throws -> Void
  /// Deletes the key, so that the next one is new.
  package let forgetKey: @Sendable () throws -> Void
  /// Puts a new store, which the body fills, in the place of this one, which is closed.
  ///
  /// - Returns: The path under which the file of this one stays.
  package let replace: @Sendable (_ fill: (any ReplicaStore) throws -> Void) throws -> String
  /// The folder if the member named one, for example on a memory stick in somebody else's computer.
  package let namedFolder: String?

  package init(
    store: any ReplicaStore, key: @escaping @autoclosure @Sendable () throws -> SigningKey,
    forgetKey: @escaping @Sendable () throws -> Void,
    replace: @escaping @Sendable (_ fill: (any ReplicaStore) throws -> Void) throws -> String,
    namedFolder: String? = nil,
    showKinds: @escaping @Sendable ([String: [String]]) throws -> Void = { _ in }
  ) {
    self.store = store
    self.key = key
    self.forgetKey = forgetKey
    self.replace = replace
    self.namedFolder = namedFolder
    self.showKinds = showKinds
  }
}
