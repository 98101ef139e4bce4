// A store in memory that counts what is asked of it.

import Replication
import Synchronization
import TestKit

/// Counts read transactions.
final class CountingStore: ReplicaStore {
  private let store = InMemoryStore()
  private let count = Mutex(0)

  var observers: CommitObservers { store.observers }

  var reads: Int { count.withLock { $0 } }

  /// How many records and log rows were read.
  var decoded: Int { store.decoded }

  func read<Result>(_ body: (any StoreReader) throws -> Result) throws -> Result {
    count.withLock { $0 += 1 }
    return try store.read(body)
  }

  func write<Result>(_ body: (any StoreTransaction) throws -> Result) throws -> Result {
    try store.write(body)
  }

  func scrub() throws -> Bool { try store.scrub() }

  func indexTexts() throws { try store.indexTexts() }
}
