// A cap on the hub's open connections. At the cap, further ones wait in the system's backlog, so that the hub never
// runs out of file descriptors, which its store needs too. The deadlines on connections keep that wait short.

internal import HummingbirdCore
internal import Logging

/// Counts one listener's connections, and accepts no more than a maximum.
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
    logger.warning(
      "three quarters of all connections are open", metadata: ["connections": "\(count)", "most": "\(most)"])
  }

  mutating func connectionClosed() {
    count -= 1
    // Warn again only after the count has fallen below half.
    if count * 2 < most { isWarned = false }
  }

  func isAcceptingNewConnections() -> Bool { count < most }
}
