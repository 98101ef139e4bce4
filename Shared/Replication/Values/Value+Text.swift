// Normalises text once, where it is entered, so that every copy holds and compares the same bytes afterwards.

extension Value {
  /// A failure to use entered text as a value.
  package enum EntryError: Error, Equatable, Sendable {
    /// The text contains U+0000, which terminates strings in too many programs to be accepted.
    case nulCharacter
  }

  /// The value with all texts and map keys in NFC (Unicode Standard Annex 15), without a byte-order mark before them.
  package func normalised() throws(EntryError) -> Value {
    switch self {
    case .text(let text): return .text(try text.normalisedForEntry())
    case .list(let values):
      var normal: [Value] = []
      for value in values { normal.append(try value.normalised()) }
      return .list(normal)
    case .map(let values):
      var normal: [String: Value] = [:]
      for (key, value) in values { normal[try key.normalisedForEntry()] = try value.normalised() }
      return .map(normal)
    case .null, .bool, .integer, .bytes, .link, .unknown: return self
    }
  }
}

extension String {
  fileprivate func normalisedForEntry() throws(Value.EntryError) -> String {
    guard !utf8.contains(0) else { throw .nulCharacter }
    // A byte-order mark belongs to the file or program that a text was taken from, and to no text.
    let text = unicodeScalars.first == "\u{feff}" ? String(unicodeScalars.dropFirst()) : self
    return String(decoding: text._nfcCodeUnits, as: UTF8.self)
  }
}
