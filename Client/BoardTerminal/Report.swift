// What an act has to say when it is over: the same facts twice, as one JSON object for scripts and as lines for people.
// Acts return it and never ask which of the two is wanted.

package import Replication
package import SafeText

/// The outcome of an act.
package struct Report: Sendable {
  /// What `--json` prints; `nil` where the act failed before anything was known.
  package var json: JSON?
  package var lines: [TerminalText]
  /// Set where the act came to an end that a script must not take for success.
  package var failure: Failure?
  /// Whether something of the person's was put on the disk, which they must be able to know whatever becomes of the
  /// lines.
  package var isSaved: Bool

  package init(json: JSON?, lines: [TerminalText] = [], failure: Failure? = nil, isSaved: Bool = false) {
    self.json = json
    self.lines = lines
    self.failure = failure
    self.isSaved = isSaved
  }
}
