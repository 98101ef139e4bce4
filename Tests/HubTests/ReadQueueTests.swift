// Members wait for each other as little as they can: a slow disk under a few of them is no reason that nobody else is
// answered.

import Cryptography
import Dispatch
import Replication
import SyncHub
import Synchronization
import TestKit
import Testing

/// A store whose first reads take until it is told to let them go.
private final class StuckStore: ReplicaStore {
  private let stuck: Int
  private let store = InMemoryStore()
  private let gate = DispatchSemaphore(value: 0)
  private let waiting = Mutex(0)

  init(stuck: Int) { self.stuck = stuck }

  var observers: CommitObservers { store.observers }

  var readers: Int { waiting.withLock { $0 } }

  func read<Result>(_ body: (any StoreReader) throws -> Result) throws -> Result {
    let number = waiting.withLock { count in
      count += 1
      return count
    }
    if number <= stuck { gate.wait() }
    return try store.read(body)
  }

  func write<Result>(_ body: (any StoreTransaction) throws -> Result) throws -> Result { try store.write(body) }
  func scrub() throws -> Bool { try store.scrub() }
  func indexTexts() throws { try store.indexTexts() }

  func release(_ count: Int) {
    for _ in 0..<count { gate.signal() }
  }
}

@Suite("Reads of a hub")
struct ReadQueueTests {
  @Test("answers that are stuck in a read hold up nobody but those who asked for them")
  func poolStaysFree() async throws {
    let store = StuckStore(stuck: ReadQueue.width)
    let hub = SyncHub(
      store: store, rules: .none, modelText: "", policy: SpaceMembersPolicy(), clock: { Timestamp(milliseconds: 0) })
    let (count, key) = (ReadQueue.width, SigningKey().publicKey)
    // Where reads stood on the cooperative pool, nothing of it would be left to run this test, so the end comes from
    // outside it.
    let isOver = Mutex(false)
    DispatchQueue.global().asyncAfter(deadline: .now() + 600) {
      isOver.withLock { $0 = true }
      store.release(count)
    }
    try await withThrowingTaskGroup(of: Void.self) { group in
      for _ in 0..<count {
        group.addTask {
          await #expect(throws: DirectoryError.deviceUnknown) { try await hub.answer([], signedBy: key) }
        }
      }
      while store.readers < count { try await Task.sleep(for: .milliseconds(5)) }
      #expect(await Task { 1 }.value == 1)
      #expect(isOver.withLock { !$0 }, "a task was run while every read was stuck")
      store.release(count)
      try await group.waitForAll()
    }
  }

  @Test("one read that is stuck holds up none of those that come after it")
  func oneStuckRead() async throws {
    let store = StuckStore(stuck: 1)
    let queue = ReadQueue(store: store)
    let isOver = Mutex(false)
    DispatchQueue.global().asyncAfter(deadline: .now() + 600) {
      isOver.withLock { $0 = true }
      store.release(1)
    }
    async let stuck = queue.read { try $0.spaces().count }
    while store.readers < 1 { try await Task.sleep(for: .milliseconds(5)) }
    // Enough of them that each worker would have its turn.
    for _ in 1...2 * ReadQueue.width { #expect(try await queue.read { try $0.spaces().count } == 0) }
    #expect(isOver.withLock { !$0 }, "each was answered while the first was stuck")
    store.release(1)
    #expect(try await stuck == 0)
  }
}
