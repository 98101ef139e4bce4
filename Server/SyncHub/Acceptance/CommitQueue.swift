// Group commit. The hub has one writer, and a durable commit costs a disk flush, so all jobs that arrive during one
// flush share the next commit. Each job can fail alone; none is answered before all are durable.

internal import Dispatch
package import Replication
internal import Synchronization

/// A queue of write jobs over one store.
package final class CommitQueue: Sendable {
  private struct Job: Sendable {
    /// Runs the job in a nested transaction and keeps its result.
    let run: @Sendable (any StoreTransaction) -> Void
    /// Resumes the waiting caller with the job's result, or with the error that failed the commit.
    let finish: @Sendable ((any Error)?) -> Void
  }

  private let store: any ReplicaStore
  private let waiting = Mutex<[Job]>([])
  private let queue = DispatchQueue(label: "hub.commit")

  package init(store: any ReplicaStore) {
    self.store = store
  }

  /// Runs the body in the next commit; its writes are durable on return.
  ///
  /// - Throws: Any error of the body, whose own writes are then undone; ``StoreError`` if the commit failed for every
  ///   job.
  package func write<Output: Sendable>(
    _ body: @escaping @Sendable (any StoreTransaction) throws -> Output
  ) async throws -> Output {
    try await withCheckedThrowingContinuation { continuation in
      let outcome = Outcome<Output>()
      waiting.withLock {
        $0.append(
          Job(
            run: { transaction in outcome.keep(Result { try transaction.nested { try body(transaction) } }) },
            finish: { failure in
              if let failure {
                continuation.resume(throwing: failure)
              } else {
                continuation.resume(with: outcome.result)
              }
            }))
      }
      queue.async { self.commitWaiting() }
    }
  }

  /// Scrubs the store (``ReplicaStore/scrub()``), after the commits that were asked for before.
  package func scrub() async throws {
    try await withCheckedThrowingContinuation { continuation in
      queue.async { continuation.resume(with: Result { _ = try self.store.scrub() }) }
    }
  }

  private func commitWaiting() {
    let jobs = waiting.withLock { jobs in
      defer { jobs = [] }
      return jobs
    }
    guard !jobs.isEmpty else { return }
    do {
      try store.write { transaction in
        for job in jobs { job.run(transaction) }
      }
      for job in jobs { job.finish(nil) }
    } catch {
      for job in jobs { job.finish(error) }
    }
  }
}

/// The result of one job, held from its run until its commit is durable.
private final class Outcome<Output: Sendable>: Sendable {
  private let kept = Mutex<Result<Output, any Error>?>(nil)

  func keep(_ result: Result<Output, any Error>) {
    kept.withLock { $0 = result }
  }

  var result: Result<Output, any Error> {
    kept.withLock { $0! }
  }
}
