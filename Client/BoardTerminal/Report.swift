// A command's answer in both forms: one JSON object for scripts, and lines for people. Commands return both and never
// ask which is wanted.

package import ClientCore
package import JSONText
package import SafeText

/// The outcome of a command.
package struct Report: Sendable {
  /// The answer for `--json`; `nil` if the command failed before it had one.
  package var json: JSON?
  package var lines: [TerminalText]
  /// The failure to report besides the answer; `nil` if the command succeeded.
  package var failure: Failure?
  /// True if the command saved something of the member's. They must learn that even if the lines cannot be printed.
  package var isSaved: Bool
  /// Records that the answer was shown. Called only once all of it is printed.
  package var whenShown: (@Sendable (MemberReplica) throws -> Void)?

  package init(
    json: JSON?, lines: [TerminalText] = [], failure: Failure? = nil, isSaved: Bool = false,
    whenShown: (@Sendable (MemberReplica) throws -> Void)? = nil
  ) {
    self.json = json
    self.lines = lines
    self.failure = failure
    self.isSaved = isSaved
    self.whenShown = whenShown
  }
}
