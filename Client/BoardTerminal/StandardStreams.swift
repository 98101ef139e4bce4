// The console over a process' own streams. Bytes go out through `write` itself: the C library holds lines back where
// nobody watches, and a reader that went away must end as a failed write, never as a trap.

internal import Glibc
internal import ProgramIO

extension Console {
  /// Standard input, output and error, after ``ProgramIO/begin()``.
  package static func standard() -> Console {
    Console(
      isInteractive: isatty(STDIN_FILENO) == 1,
      read: { readLine(strippingNewline: true) },
      write: { ProgramIO.write($0, to: STDOUT_FILENO) },
      complain: { _ = ProgramIO.write($0, to: STDERR_FILENO) })
  }
}
