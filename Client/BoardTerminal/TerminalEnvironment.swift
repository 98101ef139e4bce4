// Everything a terminal stands on that comes from outside: a program gives it once, a test gives its own.

package import ClientCore
package import Cryptography
package import Replication

/// The copy, the hub, files and the time.
package struct TerminalEnvironment: Sendable {
  /// Opens the copy in a folder, `nil` for the usual one. Throws ``ClientError/notJoined`` where there is none and
  /// none is to be made.
  package let open: @Sendable (_ home: String?, _ isToBeMade: Bool) throws -> OpenedReplica
  package let transport: any HubTransport
  /// The words of a file; `nil` where there are none.
  package let text: @Sendable (_ path: String) -> String?
  package let clock: @Sendable () -> Timestamp
  /// Seconds east of Greenwich at a moment, where this computer stands.
  package let offset: @Sendable (Timestamp) -> Int64

  package init(
    open: @escaping @Sendable (_ home: String?, _ isToBeMade: Bool) throws -> OpenedReplica,
    transport: any HubTransport,
    text: @escaping @Sendable (_ path: String) -> String?,
    clock: @escaping @Sendable () -> Timestamp, offset: @escaping @Sendable (Timestamp) -> Int64
  ) {
    self.open = open
    self.transport = transport
    self.text = text
    self.clock = clock
    self.offset = offset
  }

  /// A moment at the clocks of this computer.
  func local(_ time: Timestamp) -> CivilTime {
    CivilTime(time, offset: offset(time))
  }
}

/// A store at hand, and how its file is told which kinds of record to show to other programs.
package struct OpenedReplica: Sendable {
  package let store: any ReplicaStore
  /// The device's own, made when it is first asked for.
  package let key: @Sendable () throws -> SigningKey
  /// Called with the fields of every kind when the model may be new.
  package let showKinds: @Sendable ([String: [String]]) throws -> Void
  /// Throws the key away, so that the next one asked for is new.
  package let forgetKey: @Sendable () throws -> Void
  /// The folder, where the member named one: a stick's, above all, in a computer that is not theirs.
  package let namedFolder: String?

  package init(
    store: any ReplicaStore, key: @escaping @autoclosure @Sendable () throws -> SigningKey,
    forgetKey: @escaping @Sendable () throws -> Void, namedFolder: String? = nil,
    showKinds: @escaping @Sendable ([String: [String]]) throws -> Void = { _ in }
  ) {
    self.store = store
    self.key = key
    self.forgetKey = forgetKey
    self.namedFolder = namedFolder
    self.showKinds = showKinds
  }
}
