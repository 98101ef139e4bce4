// A read blocks its thread for as long as the disk takes. On the cooperative pool, which has one thread for each core, a
// few large answers would leave none for anybody else; so reads leave it, as writes do (`CommitQueue`).

internal import Dispatch
package import Replication
internal import Synchronization

/// Runs reads of one store off the cooperative pool, a few at a time, in the order in which they were asked for.
package final class ReadQueue: Sendable {
  /// The most reads that run at a time. The store needs as many readers, or they wait for each other there.
  package static let width = 4

  private let store: any ReplicaStore
  private let waiting = Mutex<[@Sendable () -> Void]>([])
  // Serial queues, because those get a thread however busy the machine is; a concurrent queue does not.
  private let workers = (0..<ReadQueue.width).map { DispatchQueue(label: "hub.read.\($0)") }

  package init(store: any ReplicaStore) {
    self.store = store
  }

  /// Runs the body over one consistent state of the store.
  ///
  /// - Throws: Any error of the body; ``StoreError``.
  package func read<Output: Sendable>(
    _ body: @escaping @Sendable (any StoreReader) throws -> Output
  ) async throws -> Output {
    try await withCheckedThrowingContinuation { continuation in
      waiting.withLock {
        $0.append { continuation.resume(with: Result { try self.store.read(body) }) }
      }
      // Every worker is told, since any of them may be stuck in a long read.
      for worker in workers { worker.async { self.runWaiting() } }
    }
  }

  /// Runs what waits, until nothing does.
  private func runWaiting() {
    while let job = waiting.withLock({ $0.isEmpty ? nil : $0.removeFirst() }) { job() }
  }
}
