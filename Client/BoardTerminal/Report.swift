// A command's answer: the same facts twice, as one JSON object for scripts and as lines for people. Commands return it
// and never ask which of the two is wanted.

package import Replication
package import SafeText

/// The outcome of a command.
package struct Report: Sendable {
  /// The answer to `--json`; `nil` where the command failed before anything was known.
  package var json: JSON?
  package var lines: [TerminalText]
  /// Set where the command came to an end that a script must not take for success.
  package var failure: Failure?
  /// True where something of the person's was put on the disk, which they must be able to know whatever becomes of
  /// the lines.
  package var isSaved: Bool

  package init(json: JSON?, lines: [TerminalText] = [], failure: Failure? = nil, isSaved: Bool = false) {
    self.json = json
    self.lines = lines
    self.failure = failure
    self.isSaved = isSaved
  }
}
