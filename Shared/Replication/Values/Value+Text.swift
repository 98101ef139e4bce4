// Text is normalised where a person types it, once; afterwards every copy holds and compares the same bytes.

extension Value {
  /// Why typed text cannot be a value.
  package enum EntryError: Error, Equatable, Sendable {
    /// U+0000 ends strings in too many programs to be let in.
    case nulCharacter
  }

  /// The value with every text in NFC (Unicode Standard Annex 15), and map keys too.
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
    return String(decoding: _nfcCodeUnits, as: UTF8.self)
  }
}
