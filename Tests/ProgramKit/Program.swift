// Real processes for tests: a program is started with its words, its input and a deadline, and whatever happens to the
// test it does not outlive it. Output goes to files, so that nothing waits for a reader and a test may look at any time.

internal import Foundation
internal import Glibc
package import JSONText
internal import Synchronization

/// A program that was started.
package final class Program: Sendable {
  /// How it ended.
  package enum End: Equatable {
    case exit(Int32)
    case signal(Int32)
  }

  private struct State {
    var end: End?
    var waiting: [CheckedContinuation<End, Never>] = []
    var isOverdue = false
  }

  private let process: Process
  /// The writing end of its input; `nil` where that is empty.
  private let input: FileHandle?
  private let outputFile: String
  private let errorFile: String
  private let state = Mutex(State())

  /// Starts a program.
  ///
  /// - Parameters:
  ///   - path: The executable.
  ///   - input: What `write` writes to.
  ///   - outputFile: Where its output goes; its errors go beside it, to the same name and `.errors`.
  ///   - deadlineSeconds: After this it is killed, and its outcome says so.
  package init(
    _ path: String, _ arguments: [String], environment: [String: String], input: Input = .none, outputFile: String,
    deadlineSeconds: Int
  ) throws {
    self.outputFile = outputFile
    errorFile = outputFile + ".errors"
    process = Process()
    let ends = try input.open()
    self.input = ends?.writing
    for file in [outputFile, errorFile] { _ = FileManager.default.createFile(atPath: file, contents: nil) }
    process.executableURL = URL(fileURLWithPath: path)
    process.arguments = arguments
    process.environment = environment
    process.standardInput = ends?.reading ?? FileHandle.nullDevice
    let outputs = try [outputFile, errorFile].map { try FileHandle(forWritingTo: URL(fileURLWithPath: $0)) }
    process.standardOutput = outputs[0]
    process.standardError = outputs[1]
    process.terminationHandler = { [weak self] process in
      self?.finish(
        process.terminationReason == .exit ? .exit(process.terminationStatus) : .signal(process.terminationStatus))
    }
    try process.run()
    for output in outputs { try output.close() }
    try ends?.reading.close()
    DispatchQueue.global().asyncAfter(deadline: .now() + .seconds(deadlineSeconds)) { [weak self] in
      self?.giveUp()
    }
  }

  private func finish(_ end: End) {
    let waiting = state.withLock { state in
      state.end = end
      defer { state.waiting = [] }
      return state.waiting
    }
    for continuation in waiting { continuation.resume(returning: end) }
  }

  private func giveUp() {
    state.withLock { if $0.end == nil { $0.isOverdue = true } }
    end(by: SIGKILL)
  }

  /// Sends a signal to this one process, if it is still there.
  package func end(by signal: Int32) {
    state.withLock { if $0.end == nil { kill(process.processIdentifier, signal) } }
  }

  /// The kernel's letter for what it does now, `T` where it is stopped; `nil` where it has ended.
  ///
  /// - SeeAlso: `proc_pid_stat(5)`.
  package var stateLetter: Character? {
    state.withLock { state in
      guard state.end == nil else { return nil }
      // The name before it stands in brackets and may hold anything.
      return Self.text(of: "/proc/\(process.processIdentifier)/stat").split(separator: ")").last?.first { $0 != " " }
    }
  }

  /// The most memory that it has had so far, in KiB; `nil` where it has ended.
  ///
  /// - SeeAlso: `VmHWM` in `proc_pid_status(5)`.
  package var peakKibibytes: Int? {
    state.withLock { state in
      guard state.end == nil else { return nil }
      let line = Self.text(of: "/proc/\(process.processIdentifier)/status").split(separator: "\n")
        .first { $0.hasPrefix("VmHWM:") }
      return line.flatMap { Int($0.filter(\.isNumber)) }
    }
  }

  package func write(_ text: String) throws {
    try input?.write(contentsOf: Data(text.utf8))
  }

  package func closeInput() throws {
    try input?.close()
  }

  /// What it has said so far.
  package var output: String { Self.text(of: outputFile) }
  package var errors: String { Self.text(of: errorFile) }
  package var isRunning: Bool { state.withLock { $0.end == nil } }

  private static func text(of file: String) -> String {
    String(decoding: FileManager.default.contents(atPath: file) ?? Data(), as: UTF8.self)
  }

  /// Waits for its end.
  package func outcome() async -> Outcome {
    let end = await withCheckedContinuation { continuation in
      let end = state.withLock { state in
        if state.end == nil { state.waiting.append(continuation) }
        return state.end
      }
      if let end { continuation.resume(returning: end) }
    }
    return Outcome(end: end, output: output, errors: errors, isOverdue: state.withLock { $0.isOverdue })
  }

  /// Waits until it has said a whole line.
  ///
  /// - Throws: ``ProgramError`` where it ends, or its deadline passes, without one.
  package func firstLine() async throws -> String {
    while true {
      let isRunning = isRunning
      if let end = output.firstIndex(of: "\n") { return String(output[..<end]) }
      guard isRunning else { throw ProgramError.silent(errors) }
      try await Task.sleep(for: .milliseconds(5))
    }
  }
}

/// The source of a program's input.
package enum Input: Sendable {
  case none
  case pipe
  /// A pseudo-terminal, so that the program takes its input for a person's: the kernel edits its lines, and drops what is
  /// over their length. Nothing is echoed, because nobody reads the echo.
  case terminal

  fileprivate func open() throws -> (reading: FileHandle, writing: FileHandle)? {
    switch self {
    case .none: return nil
    case .pipe:
      let pipe = Pipe()
      return (pipe.fileHandleForReading, pipe.fileHandleForWriting)
    case .terminal:
      let controller = Glibc.open("/dev/ptmx", O_RDWR | O_NOCTTY | O_CLOEXEC)
      // The two requests of `ioctl_tty(2)` behind `unlockpt` and `ptsname`, which Swift's Glibc does not have.
      let (setLock, getNumber): (UInt, UInt) = (0x4004_5431, 0x8004_5430)
      var (lock, number): (Int32, UInt32) = (0, 0)
      guard controller >= 0, ioctl(controller, setLock, &lock) == 0, ioctl(controller, getNumber, &number) == 0 else {
        throw ProgramError.noTerminal
      }
      let terminal = Glibc.open("/dev/pts/\(number)", O_RDWR | O_NOCTTY | O_CLOEXEC)
      var mode = termios()
      guard terminal >= 0, tcgetattr(terminal, &mode) == 0 else { throw ProgramError.noTerminal }
      mode.c_lflag &= ~tcflag_t(ECHO)
      guard tcsetattr(terminal, TCSANOW, &mode) == 0 else { throw ProgramError.noTerminal }
      return (
        FileHandle(fileDescriptor: terminal, closeOnDealloc: true),
        FileHandle(fileDescriptor: controller, closeOnDealloc: true)
      )
    }
  }
}

package enum ProgramError: Error {
  case noTerminal
  case notFound(String)
  /// It ended without a word on its output; what it said beside it.
  case silent(String)
}

/// How a program ended and what it said.
package struct Outcome {
  package let end: Program.End
  package let output: String
  package let errors: String
  /// Whether it had to be killed because its time was over.
  package let isOverdue: Bool

  /// Its exit code; `nil` where a signal ended it.
  package var code: Int32? { if case .exit(let code) = end { code } else { nil } }
  package var json: JSON { Self.json(output) }
  /// The JSON of each line.
  package var lines: [JSON] { output.split(separator: "\n").map { Self.json(String($0)) } }
  /// The `error` member of the one JSON object on its error stream; `nil` where there is anything but such an object
  /// with `error` and `message`.
  package var errorCode: String? {
    guard case .object(let members) = Self.json(errors), Set(members.keys) == ["error", "message"],
      case .string(let message)? = members["message"], !message.isEmpty
    else { return nil }
    return members["error"]?.word
  }

  private static func json(_ text: String) -> JSON {
    do throws(JSONError) { return try JSON(parsing: Array(text.utf8)) } catch { return .null }
  }
}

extension JSON {
  package subscript(name: String) -> JSON {
    if case .object(let members) = self { members[name] ?? .null } else { .null }
  }

  package subscript(place: Int) -> JSON {
    if case .array(let items) = self, items.indices.contains(place) { items[place] } else { .null }
  }

  package var items: [JSON] { if case .array(let items) = self { items } else { [] } }
  package var keys: Set<String> { if case .object(let members) = self { Set(members.keys) } else { [] } }
  package var word: String? { if case .string(let text) = self { text } else { nil } }
  package var number: Int64? { if case .integer(let number) = self { number } else { nil } }
}
