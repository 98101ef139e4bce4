// An administrator's reads may take minutes: a verification, a digest of a large space. A hub's store has readers for a
// few of them beside those that answer members, and further ones wait here for each other, so that however many an
// administrator asks for, no member's sync waits for a reader.

internal import Dispatch
internal import Replication

/// A store with a limit on the reads that run at a time.
final class ReadLimit: ReplicaStore {
  private let store: any ReplicaStore
  private let free: DispatchSemaphore

  init(_ readsMax: Int, on store: any ReplicaStore) {
    self.store = store
    free = DispatchSemaphore(value: readsMax)
  }

  var observers: CommitObservers { store.observers }

  func read<Result>(_ body: (any StoreReader) throws -> Result) throws -> Result {
    free.wait()
    defer { free.signal() }
    return try store.read(body)
  }

  func write<Result>(_ body: (any StoreTransaction) throws -> Result) throws -> Result { try store.write(body) }
  func scrub() throws -> Bool { try store.scrub() }
  func indexTexts() throws { try store.indexTexts() }
}
