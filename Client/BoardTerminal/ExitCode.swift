// The exit codes of the program, as sysexits.h numbers them, so that scripts can tell "try later" from "you typed it wrong".

/// The exit codes of `board`.
package enum ExitCode: Int32, Sendable {
  case done = 0
  /// The words typed make no command.
  case usage = 64
  /// The data typed, or sent by the hub, is no good.
  case badData = 65
  /// The hub cannot be reached, or something else answers in its place.
  case hubAway = 69
  /// This program is at fault.
  case fault = 70
  /// The disk, or what is on it.
  case disk = 74
  /// The same command may well work later.
  case tryAgain = 75
  /// Not known to the hub, or not allowed there.
  case notAllowed = 77
}
