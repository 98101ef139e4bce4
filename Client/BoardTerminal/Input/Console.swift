// The input and output of a session, as lines. The terminal runs over any source and destination, and text leaves the
// program only here: everything printed is either `TerminalText` or an escaped line of the JSON writer.

package import JSONText
package import SafeText

/// The source and destination of a session's lines.
package final class Console {
  /// True if input comes from a person. Otherwise, input is echoed after its prompt, so that a transcript reads like a
  /// screen.
  package let isInteractive: Bool
  private let read: () -> InputLine?
  private let discard: () -> Void
  private let write: ([UInt8]) -> Bool
  private let complain: ([UInt8]) -> Void
  private var waiting: [UInt8] = []
  /// True if more was waiting behind the last line, which makes the next one part of the same paste.
  private var wasFollowed = false
  /// True inside a paste whose end the terminal has yet to mark.
  private var isInPaste = false
  /// True once output could not be written: its reader is gone, or its disk is full.
  package private(set) var isCut = false

  /// - Parameters:
  ///   - read: Reads the next line; `nil` at the end of input.
  ///   - discard: Drops all input that is waiting to be read.
  ///   - write: Writes bytes to the output; returns false if that failed.
  ///   - complain: Writes bytes to the error output. If that fails, only the exit code tells of the error.
  package init(
    isInteractive: Bool, read: @escaping () -> InputLine?, discard: @escaping () -> Void = {},
    write: @escaping ([UInt8]) -> Bool, complain: @escaping ([UInt8]) -> Void
  ) {
    self.isInteractive = isInteractive
    self.read = read
    self.discard = discard
    self.write = write
    self.complain = complain
  }

  /// Prints a line, buffered until the next ``flush()``.
  package func say(_ text: TerminalText) {
    waiting += text.description.utf8
    waiting.append(UInt8(ascii: "\n"))
  }

  /// Prints lines, buffered until the next ``flush()``.
  package func say(_ lines: [TerminalText]) {
    for line in lines { say(line) }
  }

  /// Prints JSON on one line, buffered until the next ``flush()``.
  package func print(_ json: JSON) {
    waiting += json.text.utf8
    waiting.append(UInt8(ascii: "\n"))
  }

  /// Writes a failure to the error output, after flushing the output.
  package func complain(_ failure: Failure, isJSON: Bool) {
    flush()
    for line in isJSON ? [failure.json.text] : failure.words.map(\.description) {
      complain(Array(line.utf8) + [UInt8(ascii: "\n")])
    }
  }

  /// Writes buffered output.
  package func flush() {
    guard !waiting.isEmpty else { return }
    if !isCut { isCut = !write(waiting) }
    waiting = []
  }

  /// Prompts for a line and reads it.
  ///
  /// - Returns: The line; `nil` at the end of input.
  /// - Throws: ``Failure`` for a line that is not text in UTF-8, or whose end may be missing.
  package func ask(_ prompt: TerminalText) throws(Failure) -> TypedLine? {
    waiting += prompt.description.utf8
    if isInteractive { flush() }
    let line = read()
    if let line, !isInteractive {
      waiting += TerminalText(words: String(decoding: line.bytes, as: UTF8.self)).description.utf8
    }
    if line == nil || !isInteractive { waiting.append(UInt8(ascii: "\n")) }
    flush()
    return try typed(line)
  }

  /// Reads the next line without a prompt.
  ///
  /// - Throws: ``Failure`` for a line that is not text in UTF-8, or whose end may be missing.
  package func next() throws(Failure) -> TypedLine? {
    flush()
    return try typed(read())
  }

  /// Drops the lines of a paste that have not been read.
  package func discardPaste() {
    if wasFollowed || isInPaste { discard() }
    (wasFollowed, isInPaste) = (false, false)
  }

  /// Decodes a line. Invalid UTF-8 is refused, because a repaired text would be saved that nobody typed.
  private func typed(_ line: InputLine?) throws(Failure) -> TypedLine? {
    guard let line else { return nil }
    var bytes = line.bytes
    let isMarked = isInteractive && PasteMark.remove(from: &bytes, isInside: &isInPaste)
    let isPasted = isInteractive && (line.isFollowed || wasFollowed || isMarked)
    wasFollowed = line.isFollowed
    guard !line.isCut else { throw Failure("lineTooLong", .badData, Wording.lineTooLong) }
    guard let text = String(validating: bytes, as: UTF8.self) else {
      throw Failure("notText", .badData, Wording.lineNotKept)
    }
    return TypedLine(text: text, isPasted: isPasted)
  }
}
