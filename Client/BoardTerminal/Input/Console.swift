// The two ends of a conversation: lines in, lines out. It exists so that the terminal runs over anything that reads and
// writes, and so that there is one place where text leaves the program: what is printed is either `TerminalText` or
// the JSON writer's escaped line.

package import Replication
package import SafeText

/// The source of lines and their destination.
package final class Console {
  /// True where a person sits at the other end. Where none does, what was read is shown after its prompt, so that a
  /// transcript reads like the screen would.
  package let isInteractive: Bool
  private let read: () -> [UInt8]?
  private let write: ([UInt8]) -> Bool
  private let complain: ([UInt8]) -> Void
  private var waiting: [UInt8] = []
  /// True once output could not be written: the reader at the other end is gone, or the disk under it is full.
  package private(set) var isCut = false

  /// - Parameters:
  ///   - read: The bytes of the next line without its end; `nil` at the end of input.
  ///   - write: Writes bytes to the screen; false where they did not get there.
  ///   - complain: Writes what belongs beside the output, the errors of single commands. Where they reach nobody, the
  ///     exit code has to tell.
  package init(
    isInteractive: Bool, read: @escaping () -> [UInt8]?, write: @escaping ([UInt8]) -> Bool,
    complain: @escaping ([UInt8]) -> Void
  ) {
    self.isInteractive = isInteractive
    self.read = read
    self.write = write
    self.complain = complain
  }

  package func say(_ text: TerminalText) {
    waiting += text.description.utf8
    waiting.append(UInt8(ascii: "\n"))
  }

  package func say(_ lines: [TerminalText]) {
    for line in lines { say(line) }
  }

  package func print(_ json: JSON) {
    waiting += json.text.utf8
    waiting.append(UInt8(ascii: "\n"))
  }

  /// An error beside the output, after everything said before it.
  package func complain(_ failure: Failure, isJSON: Bool) {
    flush()
    for line in isJSON ? [failure.json.text] : failure.words.map(\.description) {
      complain(Array(line.utf8) + [UInt8(ascii: "\n")])
    }
  }

  /// Sends what was said on its way.
  package func flush() {
    guard !waiting.isEmpty else { return }
    if !isCut { isCut = !write(waiting) }
    waiting = []
  }

  /// Asks for a line.
  ///
  /// - Returns: `nil` at the end of input.
  /// - Throws: ``Failure`` for a line that is not text in UTF-8.
  package func ask(_ prompt: TerminalText) throws(Failure) -> String? {
    waiting += prompt.description.utf8
    if isInteractive { flush() }
    let line = read()
    if let line, !isInteractive {
      waiting += TerminalText(words: String(decoding: line, as: UTF8.self)).description.utf8
    }
    if line == nil || !isInteractive { waiting.append(UInt8(ascii: "\n")) }
    flush()
    return try Self.text(line)
  }

  /// The next line, without a word said.
  ///
  /// - Throws: ``Failure`` for a line that is not text in UTF-8.
  package func next() throws(Failure) -> String? {
    flush()
    return try Self.text(read())
  }

  /// Bytes that are no text are turned away: repaired, they would be saved as something nobody typed.
  private static func text(_ line: [UInt8]?) throws(Failure) -> String? {
    guard let line else { return nil }
    guard let text = String(validating: line, as: UTF8.self) else {
      throw Failure("notText", .badData, Wording.lineNotKept)
    }
    return text
  }
}
