// The program's two outputs: answers go to standard output, errors and notes to standard error, so that a script reads
// only answers and a person sees both.

import Foundation
import HubAdministration
import HubTerminal
import JSONText
import ProgramIO
import SafeText

/// Standard output and standard error, written directly, because buffered output to a pipe is held back.
enum Output {
  /// True if answers and errors are JSON: it was asked for, or standard output is not a terminal.
  static func isForScripts(json: Bool) -> Bool { json || isatty(STDOUT_FILENO) == 0 }

  /// Prints a command's answer, as JSON or as plain lines.
  static func answer(_ answer: some JSONConvertible & TerminalAnswer, json: Bool) throws(AdminError) {
    try answers([answer], json: json)
  }

  /// Prints some of a command's answers, one after the other.
  static func answers(_ answers: [some JSONConvertible & TerminalAnswer], json: Bool) throws(AdminError) {
    guard !isForScripts(json: json) else { return try answer(answers.map(\.json.text).joined(separator: "\n")) }
    try answer(answers.flatMap(\.lines))
  }

  static func answer(_ lines: [TerminalText]) throws(AdminError) {
    try answer(lines.map(\.description).joined(separator: "\n"))
  }

  /// - Throws: ``AdminError`` if the answer could not be written; the command has been carried out all the same.
  private static func answer(_ text: String) throws(AdminError) {
    guard write(text, to: STDOUT_FILENO) else {
      throw AdminError(.notShown, "What was asked for is done, but the answer could not be written.")
    }
  }

  /// Prints a note to standard error. If that fails, only the exit code remains to tell.
  static func note(_ line: TerminalText) {
    _ = write(line.description, to: STDERR_FILENO)
  }

  /// Prints to standard error how far a command has come, if a person watches: scripts read their answer alone.
  static func progress(_ lines: [TerminalText], json: Bool) {
    guard !json, isatty(STDERR_FILENO) != 0 else { return }
    for line in lines { note(line) }
  }

  /// Prints an error to standard error, as JSON or as plain lines.
  static func tell(_ error: AdminError, json: Bool) {
    let short = JSON.object(["error": error.code.json, "message": error.message.json])
    let lines = isForScripts(json: json) ? short.text : error.lines.map(\.description).joined(separator: "\n")
    _ = write(lines, to: STDERR_FILENO)
  }

  private static func write(_ text: String, to descriptor: Int32) -> Bool {
    ProgramIO.write(Array((text + "\n").utf8), to: descriptor)
  }
}
