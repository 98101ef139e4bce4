// The program's two outputs. Errors stand beside the answer, so that a script reads the one and a person sees both.

import Foundation
import HubAdministration
import HubTerminal
import ProgramIO
import Replication
import SafeText

/// The program's two outputs, written line by line; output to a pipe is otherwise held back.
enum Output {
  /// Whether answers and errors are JSON: asked for, or no person reads the answer.
  static func isForScripts(json: Bool) -> Bool { json || isatty(STDOUT_FILENO) == 0 }

  static func answer(_ answer: some JSONConvertible & TerminalAnswer, json: Bool) throws(AdminError) {
    if isForScripts(json: json) { try self.answer(answer.json.text) } else { try self.answer(answer.lines) }
  }

  static func answer(_ lines: [TerminalText]) throws(AdminError) {
    try answer(lines.map(\.description).joined(separator: "\n"))
  }

  /// - Throws: ``AdminError`` where the answer did not get there; the command is done all the same.
  private static func answer(_ text: String) throws(AdminError) {
    guard write(text, to: STDOUT_FILENO) else {
      throw AdminError(.notShown, "What was asked for is done, but the answer could not be written.")
    }
  }

  /// Says something beside the answer. Where that reaches nobody, the exit code has to tell.
  static func note(_ line: TerminalText) {
    _ = write(line.description, to: STDERR_FILENO)
  }

  static func tell(_ error: AdminError, json: Bool) {
    let short = JSON.object(["error": error.code.json, "message": error.message.json])
    let lines = isForScripts(json: json) ? short.text : error.lines.map(\.description).joined(separator: "\n")
    _ = write(lines, to: STDERR_FILENO)
  }

  private static func write(_ text: String, to descriptor: Int32) -> Bool {
    ProgramIO.write(Array((text + "\n").utf8), to: descriptor)
  }
}
