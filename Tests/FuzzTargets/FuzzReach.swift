// What inputs have reached. A target whose inputs are all turned away at the first door shows nothing, so the tests ask.

internal import Synchronization

/// The outcomes that inputs have had in this process.
package enum FuzzReach {
  private static let reached = Mutex<Set<String>>([])

  /// The outcomes so far, as `target outcome`.
  package static var outcomes: Set<String> { reached.withLock { $0 } }

  /// Notes that an input of a target had an outcome.
  static func note(_ target: String, _ outcome: String) {
    _ = reached.withLock { $0.insert("\(target) \(outcome)") }
  }
}
