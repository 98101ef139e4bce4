// Many jobs share a commit, but not so many that a small one waits for all the large ones.

import Dispatch
import Replication
import SQLiteStorage
import SyncHub
import Synchronization
import TestKit
import Testing

@Suite("Commits of a hub", .timeLimit(.minutes(5)))
struct CommitQueueTests {
  /// Jobs on a clock that only they move. The first waits until it is let go.
  private final class Jobs: Sendable {
    let hub: TestHub
    let store: CommitCountingStore
    let queue: CommitQueue
    private let clock: ManualTime
    private let ran = Mutex<[String]>([])
    private let gate = DispatchSemaphore(value: 0)

    init() throws {
      hub = try TestHub()
      store = CommitCountingStore(hub.store)
      clock = ManualTime()
      queue = CommitQueue(store: store) { [clock] in clock.now }
    }

    /// The names of the jobs in the order in which they ran.
    var order: [String] { ran.withLock { $0 } }

    func run(_ name: String, for duration: Duration) async throws {
      try await queue.write { [self] transaction in
        let isFirst = ran.withLock { ran in
          ran.append(name)
          return ran.count == 1
        }
        if isFirst { gate.wait() }
        clock.pass(duration)
        try transaction.set("job/" + name, to: [1])
      }
    }

    /// Waits until so many have run or are running, and so many wait.
    func reach(ran count: Int, waiting: Int) async throws {
      while order.count < count || queue.waitingCount < waiting { try await Task.sleep(for: .milliseconds(2)) }
    }

    func letGo() { gate.signal() }
  }

  private final class ManualTime: Sendable {
    private let time = Mutex(Duration.zero)

    var now: Duration { time.withLock { $0 } }
    func pass(_ duration: Duration) { time.withLock { $0 += duration } }
  }

  @Test("jobs that wait share commits of about 100 ms of work, in the order in which they came")
  func bounded() async throws {
    let jobs = try Jobs()
    try await withThrowingTaskGroup(of: Void.self) { group in
      for number in 0..<8 {
        group.addTask { try await jobs.run("\(number)", for: .milliseconds(40)) }
        try await jobs.reach(ran: 1, waiting: number)
      }
      jobs.letGo()
      try await group.waitForAll()
    }
    #expect(jobs.order == (0..<8).map(String.init))
    // Three of 40 ms each, and again, and the last two.
    #expect(jobs.store.commits == 3)
    #expect(try jobs.hub.store.read { reader in try (0..<8).allSatisfy { try reader.setting("job/\($0)") != nil } })
  }

  @Test("a visitor with a small job has their turn between the parts of one with many")
  func inTurn() async throws {
    let jobs = try Jobs()
    async let large: Void = {
      for part in 0..<5 { try await jobs.run("large \(part)", for: CommitQueue.workMax) }
    }()
    try await jobs.reach(ran: 1, waiting: 0)
    async let small: Void = jobs.run("small", for: .zero)
    try await jobs.reach(ran: 1, waiting: 1)
    jobs.letGo()
    try await small
    try await large
    #expect(jobs.order.prefix(2) == ["large 0", "small"])
  }

  @Test("a job that fails is undone alone, and the others of its commit are durable")
  func oneFails() async throws {
    struct Refused: Error {}
    let hub = try TestHub()
    let queue = CommitQueue(store: hub.store)
    async let good: Void = queue.write { try $0.set("good", to: [1]) }
    await #expect(throws: Refused.self) {
      try await queue.write { transaction in
        try transaction.set("bad", to: [1])
        throw Refused()
      }
    }
    try await good
    #expect(try hub.store.read { try $0.setting("good") != nil && $0.setting("bad") == nil })
  }
}

/// A hub's store that counts its commits.
private final class CommitCountingStore: ReplicaStore {
  private let store: any ReplicaStore
  private let count = Mutex(0)

  init(_ store: any ReplicaStore) { self.store = store }

  var observers: CommitObservers { store.observers }
  var commits: Int { count.withLock { $0 } }

  func write<Result>(_ body: (any StoreTransaction) throws -> Result) throws -> Result {
    count.withLock { $0 += 1 }
    return try store.write(body)
  }

  func read<Result>(_ body: (any StoreReader) throws -> Result) throws -> Result { try store.read(body) }
  func scrub() throws -> Bool { try store.scrub() }
  func indexTexts() throws { try store.indexTexts() }
}
