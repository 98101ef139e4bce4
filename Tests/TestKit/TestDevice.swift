// A member's computer in a small world for tests.

package import ClientCore
package import Cryptography
internal import RecordModel
package import Replication
package import SQLiteStorage
package import SyncProtocol

/// A member's copy on a real file, and its own connection to a hub.
package final class TestDevice: Sendable {
  package let store: SQLiteStore
  package let copy: MemberReplica
  package let transport: LoopbackTransport

  package init(_ file: String, over transport: LoopbackTransport, clock: ManualClock = ManualClock()) throws {
    let store = try SQLiteStore(path: file)
    let key = try deviceKey(in: store)
    self.store = store
    copy = MemberReplica(store: store, key: key, clock: clock.read)
    self.transport = transport
  }

  /// A copy on a file that was copied or closed before.
  package convenience init(_ file: String, at hub: TestHub) throws {
    try self.init(hub.folder.file(file), over: LoopbackTransport(to: hub.hub))
  }

  /// From now on another hub answers.
  package func connect(to hub: TestHub) {
    transport.connect(to: hub.hub)
  }

  @discardableResult
  package func send(removalsAllowed: Bool = false) async throws -> SyncReport {
    try await copy.sync(over: transport, removalsAllowed: removalsAllowed)
  }

  // MARK: Events

  /// Adds an event.
  @discardableResult
  package func add(_ title: String, space: String = "public") throws -> RecordID {
    try copy.add(kind: "event", [.text(field: "title", title)], space: space).id
  }

  /// Writes words into a field.
  package func set(_ record: RecordID, _ field: String, _ words: String) throws {
    _ = try copy.set(record.description, [.text(field: field, words)])
  }

  /// The titles of all events.
  package var titles: Set<String> {
    get throws {
      Set(
        try copy.list(kind: "event").compactMap {
          if case .text(let title)? = $0.fields["title"] { title } else { nil }
        })
    }
  }

  // MARK: What is there

  /// The shown value of a field.
  package func value(_ id: RecordID, _ field: String) throws -> Value? {
    try copy.show(id.description).fields[field]
  }

  package func digest(of space: String) throws -> String {
    try copy.digests()[space]?.description ?? ""
  }

  package func space(_ name: String) throws -> SpaceID {
    try copy.spaces().first { $0.name == name }!.id
  }

  package var key: SigningKey {
    get throws { try deviceKey(in: store) }
  }
}

/// The key of the device whose store this is. It is kept in the store, so that a test's clones and old copies are the
/// same device, as they are where a whole folder is copied.
package func deviceKey(in store: any ReplicaStore) throws -> SigningKey {
  try store.write { transaction in
    if let seed = try transaction.setting("test/key") { return SigningKey(seed: seed)! }
    let key = SigningKey()
    try transaction.set("test/key", to: key.seed)
    return key
  }
}
