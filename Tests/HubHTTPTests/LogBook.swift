// What a hub says to its administrator, kept so that a test can look through it.

import Logging
import Synchronization

/// Everything that a hub logs, at the most talkative level.
final class LogBook: LogHandler, Sendable {
  private let lines = Mutex<[String]>([])

  var text: String { lines.withLock { $0.joined(separator: "\n") } }
  var logger: Logger { Logger(label: "hub") { _ in self } }

  func log(event: LogEvent) {
    let line = "\(event.message) \(event.metadata ?? [:])"
    lines.withLock { $0.append(line) }
  }

  // One book for all copies of a logger, whatever level or metadata they want for themselves.
  subscript(metadataKey key: String) -> Logger.Metadata.Value? {
    get { nil }
    set { log(newValue) }
  }
  var metadata: Logger.Metadata {
    get { [:] }
    set { log(.dictionary(newValue)) }
  }
  var logLevel: Logger.Level {
    get { .trace }
    set {}
  }

  private func log(_ value: Logger.Metadata.Value?) {
    if let value { lines.withLock { $0.append("\(value)") } }
  }
}
