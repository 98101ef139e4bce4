// A program's arguments, streams and files, as bytes. It exists because Swift's own interfaces repair arguments that
// are not valid text, and stop the program if an output cannot be written.

internal import Glibc

/// Input and output shared by the programs.
package enum ProgramIO {
  /// Prepares the standard streams. Call it before opening anything.
  ///
  /// From then on, writing to an output without a reader is an error of `write`, not a signal. A standard stream that
  /// was closed stays unusable; otherwise the next file opened would get its number, and with it the program's answers.
  package static func begin() {
    _ = signal(SIGPIPE, SIG_IGN)
    for stream in [STDIN_FILENO, STDOUT_FILENO, STDERR_FILENO] where fcntl(stream, F_GETFD) == -1 {
      // `open` returns the lowest free number, which is this one. The direction is wrong, so that every use fails.
      _ = open("/dev/null", stream == STDIN_FILENO ? O_WRONLY : O_RDONLY)
    }
  }

  /// The arguments after the program's name; `nil` in the place of one that is not UTF-8.
  package static func arguments() -> [String?] {
    (1..<max(1, Int(CommandLine.argc))).map { place in
      CommandLine.unsafeArgv[place].flatMap { String(validatingCString: $0) }
    }
  }

  /// Reads a text file that a person named.
  ///
  /// - Returns: `nil` if the file cannot be read, is longer than `bytesMax`, or is not UTF-8.
  package static func text(ofFile path: String, bytesMax: Int) -> String? {
    let descriptor = open(path, O_RDONLY | O_CLOEXEC)
    guard descriptor >= 0 else { return nil }
    defer { close(descriptor) }
    var bytes: [UInt8] = []
    // A device or a pipe has no size, and may never end.
    while bytes.count <= bytesMax {
      var part = [UInt8](repeating: 0, count: 65_536)
      let count = read(descriptor, &part, part.count)
      // Other programs begin a text with a byte-order mark.
      if count == 0 { return String(validating: bytes.drop(first: [0xef, 0xbb, 0xbf]), as: UTF8.self) }
      if count > 0 { bytes += part[..<count] } else if errno != EINTR { return nil }
    }
    return nil
  }

  /// Writes all bytes, in as many calls as it takes.
  ///
  /// - Returns: False if not all of them were written.
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

extension [UInt8] {
  /// The bytes without those that it may begin with.
  fileprivate func drop(first bytes: [UInt8]) -> ArraySlice<UInt8> {
    starts(with: bytes) ? dropFirst(bytes.count) : self[...]
  }
}
