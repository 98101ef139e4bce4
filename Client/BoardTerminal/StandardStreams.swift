// The console over a process' own streams. Bytes go out through `write` itself: the C library holds lines back where
// nobody watches, and a reader that went away must end as a failed write, never as a trap.

internal import Glibc

extension Console {
  /// Standard input, output and error. From here on a broken pipe is an error of `write`, not a signal.
  package static func standard() -> Console {
    _ = signal(SIGPIPE, SIG_IGN)
    return Console(
      isInteractive: isatty(STDIN_FILENO) == 1,
      read: { readLine(strippingNewline: true) },
      write: { writeAll($0, to: STDOUT_FILENO) },
      complain: { writeAll($0, to: STDERR_FILENO) })
  }
}

/// Writes every byte, however many calls that takes.
private func writeAll(_ bytes: [UInt8], to descriptor: Int32) -> Bool {
  var done = 0
  while done < bytes.count {
    let count = bytes.withUnsafeBytes { write(descriptor, $0.baseAddress! + done, bytes.count - done) }
    if count > 0 {
      done += count
    } else if errno != EINTR {
      return false
    }
  }
  return true
}
