// Decisions read from an input, so that a small change of the bytes is a small change of what happens. Once the bytes are
// used up, every decision is the first, which is the harmless one.

/// A source of decisions.
struct ByteSource {
  private var bytes: ArraySlice<UInt8>

  init(_ bytes: [UInt8]) {
    self.bytes = bytes[...]
  }

  var isAtEnd: Bool { bytes.isEmpty }

  mutating func byte() -> UInt8 { bytes.popFirst() ?? 0 }

  /// A number from 0 up to, but not including, `bound`, which is at most 256.
  mutating func below(_ bound: Int) -> Int { bound > 1 ? Int(byte()) % bound : 0 }

  /// True for one byte in so many.
  mutating func once(in count: Int) -> Bool { below(count) == count - 1 && count > 1 }

  mutating func choice<Element>(_ choices: [Element]) -> Element { choices[below(choices.count)] }

  /// As many bytes as there are, up to `count`.
  mutating func take(_ count: Int) -> [UInt8] {
    defer { bytes = bytes.dropFirst(count) }
    return Array(bytes.prefix(count))
  }

  /// Numbers at and beside every bound that there is.
  mutating func number() -> UInt64 {
    let most: UInt64 = 1 << 53
    let numbers: [UInt64] = [0, 1, 2, UInt64(byte()), most - 1, most, most + 1, 1 << 63, .max]
    return choice(numbers)
  }

  /// The bytes with one of them changed, or cut off there.
  mutating func spoiled(_ whole: [UInt8]) -> [UInt8] {
    guard !whole.isEmpty else { return whole }
    var spoiled = whole
    let place = (Int(byte()) << 8 | Int(byte())) % whole.count
    let bits = byte()
    if bits == 0 { return Array(whole.prefix(place)) }
    spoiled[place] ^= bits
    return spoiled
  }
}
