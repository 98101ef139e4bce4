// The console over a process' own streams. Bytes go out through `write` itself: the C library holds lines back where
// nobody watches, and a reader that went away must end as a failed write, never as a trap. Bytes come in as they are:
// Swift's own `readLine` repairs what is no text.

internal import Glibc
internal import ProgramIO

extension Console {
  /// Standard input, output and error, after ``ProgramIO/begin()``.
  package static func standard() -> Console {
    let input = fdopen(STDIN_FILENO, "r")
    return Console(
      isInteractive: isatty(STDIN_FILENO) == 1,
      read: { input.flatMap(nextLine) },
      write: { ProgramIO.write($0, to: STDOUT_FILENO) },
      complain: { _ = ProgramIO.write($0, to: STDERR_FILENO) })
  }
}

/// The bytes of the next line without its end, be it `\n` or `\r\n`; `nil` at the end of input.
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
