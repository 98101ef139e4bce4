// The console over the process's standard streams. Output goes through the system call `write`, because the C library
// buffers output to a pipe, and a reader that is gone must cause a failed write, not a trap. Input is read as bytes,
// because Swift's `readLine` repairs invalid UTF-8.

internal import Glibc
internal import ProgramIO

extension Console {
  /// Returns a console over standard input, output and error. Call ``ProgramIO/begin()`` first.
  package static func standard() -> Console {
    let input = fdopen(STDIN_FILENO, "r")
    let isTerminal = isatty(STDIN_FILENO) == 1
    return Console(
      isInteractive: isTerminal,
      read: { input.flatMap { nextLine(of: $0, isTerminal: isTerminal) } },
      discard: { if isTerminal { discardTypedInput() } },
      write: { ProgramIO.write($0, to: STDOUT_FILENO) },
      complain: { _ = ProgramIO.write($0, to: STDERR_FILENO) })
  }
}

/// The most bytes of a line that a terminal passes on. The kernel drops what is typed or pasted beyond them, without a
/// word, until Enter (`termios(3)`, canonical mode; `N_TTY_BUF_SIZE` less the line break).
private let terminalLineBytesMax = 4_095

/// Reads the next line without its `\n` or `\r\n`; `nil` at the end of input.
private func nextLine(of input: UnsafeMutablePointer<FILE>, isTerminal: Bool) -> InputLine? {
  var buffer: UnsafeMutablePointer<CChar>?
  var capacity = 0
  let count = getline(&buffer, &capacity, input)
  defer { free(buffer) }
  guard count > 0 else { return nil }
  var line = UnsafeRawBufferPointer(start: buffer, count: count)[...]
  if line.last == UInt8(ascii: "\n") { line.removeLast() }
  let isCut = isTerminal && line.count >= terminalLineBytesMax
  if line.last == UInt8(ascii: "\r") { line.removeLast() }
  return InputLine(Array(line), isFollowed: isTerminal && hasTypedInput(), isCut: isCut)
}

/// Tests whether a terminal has more input already. Nobody types that soon after Enter, so it was pasted, or typed
/// while a command ran. Takes up to 30 milliseconds, because a pasted text arrives in parts.
private func hasTypedInput() -> Bool {
  var wanted = pollfd(fd: STDIN_FILENO, events: Int16(POLLIN), revents: 0)
  if poll(&wanted, 1, 30) > 0, wanted.revents & Int16(POLLIN) != 0 { return true }
  // A last line without its Enter shows only outside of canonical mode.
  var mode = termios()
  guard tcgetattr(STDIN_FILENO, &mode) == 0 else { return false }
  var unedited = mode
  unedited.c_lflag &= ~tcflag_t(ICANON)
  guard tcsetattr(STDIN_FILENO, TCSANOW, &unedited) == 0 else { return false }
  defer { _ = tcsetattr(STDIN_FILENO, TCSANOW, &mode) }
  var count: Int32 = 0
  return ioctl(STDIN_FILENO, UInt(FIONREAD), &count) == 0 && count > 0
}

/// Drops what a terminal has received and nobody has read, until no more arrives.
private func discardTypedInput() {
  repeat { guard tcflush(STDIN_FILENO, TCIFLUSH) == 0 else { return } } while hasTypedInput()
}
