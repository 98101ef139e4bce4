// What happened, in order: a line for everything that could have gone otherwise. Two runs of one seed are the same run
// if the digests of their traces are equal; a failing run's lines are the time line a person reads.

internal import Cryptography

/// The record of one run.
struct Trace {
  /// Everything so far, in one value.
  private(set) var digest = Digest(tag: "board.trace", [])
  /// The lines, where they are kept.
  private(set) var lines: [String] = []
  private let isKept: Bool

  init(isKept: Bool) {
    self.isKept = isKept
  }

  /// - Parameters:
  ///   - time: The world's, in milliseconds.
  ///   - node: Who it happened to: `hub`, `d0`, `d1`, …
  mutating func note(_ time: Int64, _ node: String, _ words: String) {
    let line = "\(time) \(node) \(words)"
    digest = Digest(tag: "board.trace", digest.bytes + Array(line.utf8))
    if isKept { lines.append(line) }
  }
}
