// Group commit. The hub has one writer, and a durable commit costs a disk flush, so jobs that arrive during one flush
// share the next commit. Each job can fail alone; none is answered before all of its commit are durable. A commit takes
// no further job once it has worked for a while, so that a small job is not answered only after all the large ones that
// came with it. Jobs run in the order in which they were asked for, and a visitor asks for the next only when the last is
// answered, so visitors have their turns.

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
  private let clock: @Sendable () -> Duration

  /// The work after which a commit takes no further job: some ten times what a flush costs on a slow disk, and little
  /// beside the time that a request takes on its way. The largest job, 500 changes of a member, takes about as long.
  package static let workMax = Duration.milliseconds(100)

  /// - Parameter clock: The time since some moment in the past, which never goes back.
  package init(
    store: any ReplicaStore,
    clock: @escaping @Sendable () -> Duration = { .nanoseconds(Int64(DispatchTime.now().uptimeNanoseconds)) }
  ) {
    self.store = store
    self.clock = clock
  }

  /// The number of jobs that no commit has taken yet.
  package var waitingCount: Int { waiting.withLock { $0.count } }

  /// Runs the body in the next commit that has room; its writes are durable on return.
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

  /// Commits the jobs at the front of the queue. It is called once for each job, so what one call leaves has a later one.
  private func commitWaiting() {
    guard let first = next() else { return }
    var jobs = [first]
    do {
      try store.write { transaction in
        let end = clock() + Self.workMax
        first.run(transaction)
        while clock() < end, let job = next() {
          jobs.append(job)
          job.run(transaction)
        }
      }
      for job in jobs { job.finish(nil) }
    } catch {
      for job in jobs { job.finish(error) }
    }
  }

  private func next() -> Job? { waiting.withLock { $0.isEmpty ? nil : $0.removeFirst() } }
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
