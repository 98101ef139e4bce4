// How many lines are open at a hub. At the most it takes, it leaves the next ones waiting at the system's door, so that it
// never runs out of files, which its store needs too; the deadlines of lines see to it that the wait is short.

internal import HummingbirdCore
internal import Logging

/// Counts a door's lines, and opens no more than some number of them.
struct ConnectionLimit: AvailableConnectionsDelegate {
  private let most: Int
  private let logger: Logger
  private var count = 0
  private var isWarned = false

  init(most: Int, logger: Logger) {
    self.most = most
    self.logger = logger
  }

  mutating func connectionOpened() {
    count += 1
    guard !isWarned, count * 4 >= most * 3 else { return }
    isWarned = true
    logger.warning("three quarters of all lines are open", metadata: ["lines": "\(count)", "most": "\(most)"])
  }

  mutating func connectionClosed() {
    count -= 1
    // Half is far enough away to be worth another warning.
    if count * 2 < most { isWarned = false }
  }

  func isAcceptingNewConnections() -> Bool { count < most }
}
