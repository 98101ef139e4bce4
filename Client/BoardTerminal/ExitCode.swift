// The program's exit codes, numbered as in sysexits.h, so that scripts can tell a temporary failure from a wrong
// command.

/// The exit codes of `board`.
package enum ExitCode: Int32, Sendable {
  case done = 0
  /// The arguments form no valid command.
  case usage = 64
  /// The data typed, or sent by the hub, is invalid.
  case badData = 65
  /// The hub cannot be reached, or something else answers in its place.
  case hubAway = 69
  /// This program has a fault.
  case fault = 70
  /// The disk failed, is full, or holds damaged data.
  case disk = 74
  /// The same command may succeed later.
  case tryAgain = 75
  /// The device is unknown to the hub, or the action is not allowed.
  case notAllowed = 77
}
