// The console over the process's standard streams. Output goes through the system call `write`, because the C library
// buffers output to a pipe, and a reader that is gone must cause a failed write, not a trap. Input is read as bytes,
// because Swift's `readLine` repairs invalid UTF-8.

internal import Glibc
internal import ProgramIO

extension Console {
  /// Returns a console over standard input, output and error. Call ``ProgramIO/begin()`` first.
  package static func standard() -> Console {
    let input = fdopen(STDIN_FILENO, "r")
    return Console(
      isInteractive: isatty(STDIN_FILENO) == 1,
      read: { input.flatMap(nextLine) },
      write: { ProgramIO.write($0, to: STDOUT_FILENO) },
      complain: { _ = ProgramIO.write($0, to: STDERR_FILENO) })
  }
}

/// Reads the bytes of the next line without its `\n` or `\r\n`; `nil` at the end of input.
private func nextLine(of input: UnsafeMutablePointer<FILE>) -> [UInt8]? {
  var buffer: UnsafeMutablePointer<CChar>?
  var capacity = 0
  let count = getline(&buffer, &capacity, input)
  defer { free(buffer) }
  guard count > 0 else { return nil }
  var line = UnsafeRawBufferPointer(start: buffer, count: count)[...]
  if line.last == UInt8(ascii: "\n") {
    line.removeLast()
    if line.last == UInt8(ascii: "\r") { line.removeLast() }
  }
  return Array(line)
}
