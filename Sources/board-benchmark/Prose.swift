// Texts that compress about as English does. One sentence for all records would compress to nothing, and flatter.

/// Sentences of made-up words, the same in every run: some words are frequent and most are rare, as in any language
/// (Zipf's law).
struct Prose {
  private static let words: [String] = {
    var state: UInt64 = 1
    let syllables = [
      "a", "ca", "re", "the", "ing", "o", "li", "ti", "er", "in", "sho", "men", "de", "us", "tra", "on", "vi", "ce",
      "pa",
      "bo", "ard", "me", "ne", "sta", "f", "ple", "su", "por", "ght", "wa", "ys", "ho", "me", "qui", "y", "gen", "th",
    ]
    return (0..<4_000).map { _ in
      (0..<1 + draw(&state) % 4).map { _ in syllables[draw(&state) % syllables.count] }.joined()
    }
  }()

  /// The sentence with this number, of so many words.
  static func sentence(_ number: Int, words count: Int) -> String {
    var state = UInt64(truncatingIfNeeded: number) &* 0x9e37_79b9_7f4a_7c15 | 1
    return (0..<count).map { _ in
      // Small numbers are frequent: the product of two is unevenly spread, as words are.
      let (one, other) = (draw(&state) % words.count, draw(&state) % words.count)
      return words[one * other / words.count * (draw(&state) % words.count) / words.count]
    }.joined(separator: " ")
  }

  /// A number from xorshift64 (Marsaglia 2003), never negative.
  private static func draw(_ state: inout UInt64) -> Int {
    state ^= state << 13
    state ^= state >> 7
    state ^= state << 17
    return Int(state >> 33)
  }
}
