// What is fuzzed: each target takes bytes that anybody may have sent, and throws where a promise is broken. `board-fuzz`
// has libFuzzer make the bytes up; `FuzzTests` replays the corpus, and some more from seeds, without it.

/// One target of fuzzing.
package struct FuzzTarget: Sendable {
  /// The name of the target, and of its folder in the corpus.
  package let name: String
  /// Handles one input.
  ///
  /// - Throws: ``FuzzFinding`` where a promise is broken.
  package let run: @Sendable ([UInt8]) async throws -> Void

  package static let all: [FuzzTarget] = [.cbor, .message, .model, .import, .zstd, .session, .acceptance, .answer]
}

/// A broken promise.
package struct FuzzFinding: Error, CustomStringConvertible {
  package let description: String

  init(_ description: String) {
    self.description = description
  }

  /// - Throws: This finding, unless the condition holds.
  static func unless(_ condition: Bool, _ description: @autoclosure () -> String) throws(FuzzFinding) {
    guard condition else { throw FuzzFinding(description()) }
  }
}
