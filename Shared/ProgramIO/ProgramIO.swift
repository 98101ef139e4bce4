// Where a program meets the system that started it: its words and its streams, as bytes. It exists because Swift's own
// ways repair words that are no text, and stop the program where an output cannot be written.

internal import Glibc

/// What both programs do alike before their first act and after their last.
package enum ProgramIO {
  /// To be called before anything is opened. From here on an output without a reader is an error of `write`, not a
  /// signal; and a stream that was closed stays unusable, where the next file opened would have taken its number and
  /// with it the program's answers.
  package static func begin() {
    _ = signal(SIGPIPE, SIG_IGN)
    for stream in [STDIN_FILENO, STDOUT_FILENO, STDERR_FILENO] where fcntl(stream, F_GETFD) == -1 {
      // `open` gives the lowest free number, which is this one. The wrong way round, so that every use of it fails.
      _ = open("/dev/null", stream == STDIN_FILENO ? O_WRONLY : O_RDONLY)
    }
  }

  /// The words after the program's name; `nil` in the place of one that is not UTF-8.
  package static func arguments() -> [String?] {
    (1..<max(1, Int(CommandLine.argc))).map { place in
      CommandLine.unsafeArgv[place].flatMap { String(validatingCString: $0) }
    }
  }

  /// The words of a file a person named.
  ///
  /// - Returns: `nil` where there is none that can be read, or it is longer, or not UTF-8.
  package static func text(ofFile path: String, bytesMax: Int) -> String? {
    let descriptor = open(path, O_RDONLY | O_CLOEXEC)
    guard descriptor >= 0 else { return nil }
    defer { close(descriptor) }
    var bytes: [UInt8] = []
    // A device or a pipe has no size, and may have no end.
    while bytes.count <= bytesMax {
      var part = [UInt8](repeating: 0, count: 65_536)
      let count = read(descriptor, &part, part.count)
      if count == 0 { return String(validating: bytes, as: UTF8.self) }
      if count > 0 { bytes += part[..<count] } else if errno != EINTR { return nil }
    }
    return nil
  }

  /// Writes every byte, however many calls that takes.
  ///
  /// - Returns: False where they did not all get there.
  package static func write(_ bytes: [UInt8], to descriptor: Int32) -> Bool {
    var done = 0
    while done < bytes.count {
      let count = bytes.withUnsafeBytes { Glibc.write(descriptor, $0.baseAddress! + done, bytes.count - done) }
      if count > 0 {
        done += count
      } else if errno != EINTR {
        return false
      }
    }
    return true
  }
}
