// What the program says. Errors stand beside the answer, so that a script reads the one and a person sees both.

import Foundation
import HubAdministration
import ProgramIO
import Replication

/// The program's two outputs, written line by line; output to a pipe is otherwise held back.
enum Output {
  /// Whether answers and errors are JSON: asked for, or no person reads the answer.
  static func isForScripts(json: Bool) -> Bool { json || isatty(STDOUT_FILENO) == 0 }

  /// - Throws: ``AdminError`` where the answer did not get there; the act is done all the same.
  static func answer(_ text: String) throws(AdminError) {
    guard write(text, to: STDOUT_FILENO) else {
      throw AdminError(.disk, "notShown", "What was asked for is done, but the answer could not be written.")
    }
  }

  /// Says something beside the answer. Where that reaches nobody, the exit code has to tell.
  static func note(_ text: String) {
    _ = write(text, to: STDERR_FILENO)
  }

  static func tell(_ error: AdminError, json: Bool) {
    let short = JSON.object(["error": .string(error.code), "message": .string(error.message)])
    note(isForScripts(json: json) ? short.text : error.message)
  }

  private static func write(_ text: String, to descriptor: Int32) -> Bool {
    ProgramIO.write(Array((text + "\n").utf8), to: descriptor)
  }
}
