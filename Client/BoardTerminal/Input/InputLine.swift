// One line of a session's input, with what its source knows about it besides its bytes. A terminal gives a pasted text
// line by line, as if each had been typed; whether more was waiting behind a line is the one trace that a paste leaves.

/// A line of input as it was read.
package struct InputLine: Equatable, Sendable {
  /// The line's bytes without its line break.
  package let bytes: [UInt8]
  /// True if more input was waiting behind the line already, faster than anybody types.
  package let isFollowed: Bool
  /// True if the line is as long as a terminal's lines can be, so that its end may be missing.
  package let isCut: Bool

  package init(_ bytes: [UInt8], isFollowed: Bool = false, isCut: Bool = false) {
    self.bytes = bytes
    self.isFollowed = isFollowed
    self.isCut = isCut
  }
}

/// A line of input as text.
package struct TypedLine: Equatable, Sendable {
  package let text: String
  /// True if the line was part of a paste, so that nobody typed it as a command.
  package let isPasted: Bool
}

/// The marks that a terminal in bracketed-paste mode sets around a pasted text (xterm control sequences, "Bracketed
/// Paste Mode"). A program that ran before may have left the mode on.
enum PasteMark {
  static let begin: [UInt8] = Array("\u{1b}[200~".utf8)
  static let end: [UInt8] = Array("\u{1b}[201~".utf8)

  /// Takes the marks out of a line.
  ///
  /// - Parameter isInside: True if a paste had begun before the line; set to whether one is open after it.
  /// - Returns: True if any part of the line was pasted.
  static func remove(from bytes: inout [UInt8], isInside: inout Bool) -> Bool {
    var kept: [UInt8] = []
    var isPasted = isInside
    var rest = bytes[...]
    while let byte = rest.first {
      if rest.starts(with: begin) {
        (isInside, isPasted) = (true, true)
        rest = rest.dropFirst(begin.count)
      } else if rest.starts(with: end) {
        isInside = false
        rest = rest.dropFirst(end.count)
      } else {
        kept.append(byte)
        rest = rest.dropFirst()
      }
    }
    bytes = kept
    return isPasted
  }
}
