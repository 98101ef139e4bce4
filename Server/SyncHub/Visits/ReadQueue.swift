// A read blocks its thread, for as long as the disk takes. On the cooperative pool, which has a thread a core, a few
// large answers at once would leave none for anybody else; so reads leave it, as writes do (`CommitQueue`).

internal import Dispatch
package import Replication

/// Runs reads of one store off the cooperative pool, beside each other as far as the store allows.
package final class ReadQueue: Sendable {
  private let store: any ReplicaStore
  private let queue = DispatchQueue(label: "hub.read", attributes: .concurrent)

  package init(store: any ReplicaStore) {
    self.store = store
  }

  /// Runs the body over one consistent state of the store.
  ///
  /// - Throws: What the body throws; ``StoreError``.
  package func read<Output: Sendable>(
    _ body: @escaping @Sendable (any StoreReader) throws -> Output
  ) async throws -> Output {
    try await withCheckedThrowingContinuation { continuation in
      queue.async { continuation.resume(with: Result { try self.store.read(body) }) }
    }
  }
}
