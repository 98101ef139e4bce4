// Time for tests, which moves only when a test moves it.

package import Replication
internal import Synchronization

/// A clock that stands until it is told to move.
package final class ManualClock: Sendable {
  private let now: Mutex<Int64>

  package init(milliseconds: Int64 = 1_790_000_000_000) {
    now = Mutex(milliseconds)
  }

  package func advance(milliseconds: Int64) {
    now.withLock { $0 += milliseconds }
  }

  package var read: @Sendable () -> Timestamp {
    { [self] in Timestamp(milliseconds: now.withLock { $0 }) }
  }
}
