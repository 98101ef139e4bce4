// Deterministic CBOR (RFC 8949 section 4.2): definite lengths, shortest heads, map keys in the order of their encoded
// bytes, no duplicate keys. A change is encoded once, where it is made, and those bytes are hashed, stored and
// forwarded. The reader therefore refuses every other encoding of the same value: one meaning, one digest.
//
//   head:  major type (3 bits) | argument (5 bits, or 24/25/26/27 and 1/2/4/8 bytes, big-endian)
//   major: 0 unsigned  1 negative  2 bytes  3 text  4 array  5 map  6 tag  7 false, true, null

package import Cryptography

/// A decoding failure. Every case but ``reserved`` is permanent: no program ever reads the same bytes.
package enum CBORError: Error, Equatable, Sendable {
  /// The bytes end inside an item.
  case truncated
  /// Bytes follow the end of the item.
  case trailing
  /// A head that is not the shortest, an indefinite length, or a reserved head.
  case notDeterministic
  /// A map whose keys are out of order or repeat.
  case mapKeys
  /// An item of another type than the format requires here.
  case type
  /// Text that is not UTF-8, or contains U+0000.
  case text
  /// Nesting deeper than the limit.
  case tooDeep
  /// A value of the right type but out of range, for example an identifier that is not 16 bytes.
  case value
  /// A code or key that this version leaves to later ones: a newer program may read these bytes.
  case reserved
}

/// Writes deterministic CBOR sequentially. The caller must write map keys in ascending order.
package struct CBORWriter: Sendable {
  /// The bytes written so far.
  package private(set) var bytes: [UInt8] = []

  package init() {}

  package mutating func unsigned(_ value: UInt64) { head(0, value) }

  package mutating func integer(_ value: Int64) {
    if value < 0 { head(1, UInt64(bitPattern: ~value)) } else { head(0, UInt64(value)) }
  }

  package mutating func bytes(_ value: [UInt8]) {
    head(2, UInt64(value.count))
    bytes.append(contentsOf: value)
  }

  private mutating func bytes(_ value: UnsafeRawBufferPointer) {
    head(2, UInt64(value.count))
    bytes.append(contentsOf: value)
  }

  package mutating func text(_ value: String) {
    head(3, UInt64(value.utf8.count))
    bytes.append(contentsOf: value.utf8)
  }

  /// Opens an array of the next `count` items.
  package mutating func array(_ count: Int) { head(4, UInt64(count)) }
  /// Opens a map of the next `count` pairs of items, keys ascending. For unsigned keys, the `map(_:)` that takes a
  /// closure counts the fields itself.
  package mutating func map(_ count: Int) { head(5, UInt64(count)) }
  /// Writes a tag; the next item is the tagged one.
  package mutating func tag(_ number: UInt64) { head(6, number) }
  package mutating func bool(_ value: Bool) { bytes.append(value ? 0xf5 : 0xf4) }
  package mutating func null() { bytes.append(0xf6) }
  /// Writes an id as a string of its 16 bytes.
  package mutating func id<Role>(_ value: Identifier<Role>) { value.withBytes { bytes($0) } }
  /// Writes a digest as a string of its 32 bytes.
  package mutating func digest(_ value: Digest) { value.withBytes { bytes($0) } }
  /// Writes items that are already encoded.
  package mutating func raw(_ items: [UInt8]) { bytes.append(contentsOf: items) }
  package mutating func raw(_ items: ArraySlice<UInt8>) { bytes.append(contentsOf: items) }

  /// Opens a map whose fields are counted as they are written: at most 23, the limit of a one-byte head.
  ///
  /// - Returns: The offset of its head, for ``countField(ofMapAt:)``.
  mutating func openMap() -> Int {
    map(0)
    return bytes.count - 1
  }

  mutating func countField(ofMapAt head: Int) {
    precondition(bytes[head] & 0x1f < 23, "a map of more than 23 fields")
    bytes[head] += 1
  }

  private mutating func head(_ major: UInt8, _ argument: UInt64) {
    let type = major << 5
    switch argument {
    case 0..<24: bytes.append(type | UInt8(argument))
    case 24...0xff: bytes.append(contentsOf: [type | 24, UInt8(argument)])
    case 0x100...0xffff: append(type | 25, argument, bytes: 2)
    case 0x1_0000...0xffff_ffff: append(type | 26, argument, bytes: 4)
    default: append(type | 27, argument, bytes: 8)
    }
  }

  private mutating func append(_ first: UInt8, _ argument: UInt64, bytes count: UInt64) {
    bytes.append(first)
    for place in 1...count { bytes.append(UInt8(truncatingIfNeeded: argument >> (8 * (count - place)))) }
  }
}

/// Reads deterministic CBOR only. Cost is linear in the bytes; no allocation is sized by an unchecked length. The bytes
/// are not copied: what is read of them is taken where they lie, at offsets from 0.
package struct CBORReader: Sendable {
  /// The deepest nesting of arrays, maps and tags. Our own formats need 9; the limit keeps untrusted input from
  /// exhausting the stack.
  package static let depthMax = 24

  private let bytes: [UInt8]
  private var position = 0
  /// The offset of the item read last, from 0. After an error, the first offset at which the bytes are wrong.
  package private(set) var place = 0

  package init(_ bytes: [UInt8]) {
    self.bytes = bytes
  }

  /// True once every byte has been read.
  package var isAtEnd: Bool { position == bytes.endIndex }

  /// Checks that every byte has been read.
  ///
  /// - Throws: ``CBORError/trailing`` if bytes are left.
  package func finish() throws(CBORError) {
    guard isAtEnd else { throw .trailing }
  }

  package mutating func unsigned() throws(CBORError) -> UInt64 {
    try argument(of: 0)
  }

  /// Reads a signed integer.
  ///
  /// - Throws: ``CBORError/value`` if it does not fit in 64 bits, signed.
  package mutating func integer() throws(CBORError) -> Int64 {
    let (major, argument) = try head()
    guard major < 2 else { throw .type }
    guard let value = Int64(exactly: argument) else { throw .value }
    return major == 0 ? value : ~value
  }

  /// Reads a byte string.
  ///
  /// - Throws: ``CBORError/value`` if it is longer than `max` bytes.
  package mutating func bytes(max: Int = .max) throws(CBORError) -> [UInt8] {
    let count = try argument(of: 2)
    guard count <= UInt64(max) else { throw .value }
    return Array(bytes[try take(count)])
  }

  /// Reads a byte string of exactly so many bytes, where it lies.
  ///
  /// - Throws: ``CBORError/value`` if it has another length, or `read` returns `nil`.
  private mutating func fixed<Value>(
    _ count: Int, _ read: (UnsafeRawBufferPointer) -> Value?
  ) throws(CBORError) -> Value {
    guard try argument(of: 2) == UInt64(count) else { throw .value }
    let place = try take(UInt64(count))
    guard let value = bytes.withUnsafeBytes({ read(UnsafeRawBufferPointer(rebasing: $0[place])) }) else { throw .value }
    return value
  }

  /// Reads a text string.
  ///
  /// - Throws: ``CBORError/text`` if it is not UTF-8 or contains U+0000.
  package mutating func text() throws(CBORError) -> String {
    let place = try take(try argument(of: 3))
    let text = bytes.withUnsafeBufferPointer { bytes -> String? in
      let found = UnsafeBufferPointer(rebasing: bytes[place])
      return found.contains(0) ? nil : String(validating: found, as: UTF8.self)
    }
    guard let text else { throw .text }
    return text
  }

  /// Reads the head of an array and returns the number of its items, at most the number of bytes left.
  package mutating func array() throws(CBORError) -> Int { try count(of: 4) }
  /// Reads the head of a map and returns the number of its pairs, at most the number of bytes left.
  package mutating func map() throws(CBORError) -> Int { try count(of: 5) }

  package mutating func bool() throws(CBORError) -> Bool {
    switch try byte() {
    case 0xf5: true
    case 0xf4: false
    default: throw .type
    }
  }

  package mutating func id<Role>(_: Identifier<Role>.Type = Identifier<Role>.self) throws(CBORError) -> Identifier<Role>
  {
    try fixed(16) { Identifier<Role>(raw: $0) }
  }

  /// Reads a digest, as a string of its 32 bytes.
  package mutating func digest() throws(CBORError) -> Digest {
    try fixed(32) { Digest(raw: $0) }
  }

  /// Reads a null if the next item is one.
  ///
  /// - Returns: False, with nothing read, if the next item is another or there is none.
  package mutating func skipNull() -> Bool {
    guard position < bytes.endIndex, bytes[position] == 0xf6 else { return false }
    position += 1
    return true
  }

  /// The major type of the next item, which is not consumed.
  package func nextMajor() throws(CBORError) -> UInt8 {
    guard position < bytes.endIndex else { throw .truncated }
    return bytes[position] >> 5
  }

  /// Reads a tag number; the tagged item follows.
  package mutating func tag() throws(CBORError) -> UInt64 { try argument(of: 6) }

  /// Reads one whole item of any type, checks that it is well-formed and deterministic, and returns its bytes.
  package mutating func item() throws(CBORError) -> [UInt8] {
    let start = position
    try skip(depth: 0)
    return Array(bytes[start..<position])
  }

  /// Passes over one whole item of any type, checked like that of `item`.
  ///
  /// Not written as an `item` whose bytes are let go: an optimised build of Swift 6.3 then frees their buffer before it
  /// fills it, as the address sanitizer showed.
  package mutating func skipItem() throws(CBORError) { try skip(depth: 0) }

  /// The first of the keys that later versions may add to a message, a header or an edit.
  package static let firstReservedKey: UInt64 = 16

  /// Reads a map with unsigned keys, ascending. `field` is called with each key and must read that key's value.
  ///
  /// - Throws: ``CBORError/mapKeys`` if keys repeat or are out of order, and whatever `field` throws.
  package mutating func fields(
    _ field: (UInt64, inout CBORReader) throws(CBORError) -> Void
  ) throws(CBORError) {
    var previous: UInt64?
    for _ in 0..<(try map()) {
      let key = try unsigned()
      if let last = previous, key <= last { throw .mapKeys }
      previous = key
      try field(key, &self)
    }
  }

  private mutating func skip(depth: Int) throws(CBORError) {
    guard depth <= Self.depthMax else { throw .tooDeep }
    switch try nextMajor() {
    case 0, 1: _ = try head()
    case 2: _ = try bytes()
    case 3: _ = try text()
    case 4: for _ in 0..<(try array()) { try skip(depth: depth + 1) }
    case 5:
      var previous: [UInt8]?
      for _ in 0..<(try map()) {
        let start = position
        try skip(depth: depth + 1)
        let key = Array(bytes[start..<position])
        if let last = previous, !last.lexicographicallyPrecedes(key) { throw .mapKeys }
        previous = key
        try skip(depth: depth + 1)
      }
    case 6:
      _ = try tag()
      try skip(depth: depth + 1)
    default: try skipSimple()
    }
  }

  /// Skips a simple value (20–23) or a float of half, single or double precision. Floats are not checked for their
  /// shortest form: none of our formats uses them, so they are only carried.
  private mutating func skipSimple() throws(CBORError) {
    switch try byte() & 0x1f {
    case 20...23: return
    case 25: _ = try take(2)
    case 26: _ = try take(4)
    case 27: _ = try take(8)
    default: throw .notDeterministic
    }
  }

  private mutating func count(of major: UInt8) throws(CBORError) -> Int {
    let count = try argument(of: major)
    // Every item takes at least one byte, so a count beyond the bytes left is false.
    guard count <= UInt64(bytes.endIndex - position) else { throw .truncated }
    return Int(count)
  }

  private mutating func argument(of major: UInt8) throws(CBORError) -> UInt64 {
    let (found, argument) = try head()
    guard found == major else { throw .type }
    return argument
  }

  private mutating func head() throws(CBORError) -> (major: UInt8, argument: UInt64) {
    let first = try byte()
    let width: UInt64
    switch first & 0x1f {
    case 0..<24: return (first >> 5, UInt64(first & 0x1f))
    case 24: width = 1
    case 25: width = 2
    case 26: width = 4
    case 27: width = 8
    default: throw .notDeterministic
    }
    var argument: UInt64 = 0
    for byte in bytes[try take(width)] { argument = argument << 8 | UInt64(byte) }
    let least: UInt64 = width == 1 ? 24 : 1 << (8 * (width / 2))
    guard argument >= least else { throw .notDeterministic }
    return (first >> 5, argument)
  }

  private mutating func byte() throws(CBORError) -> UInt8 {
    place = position
    guard position < bytes.endIndex else { throw .truncated }
    defer { position += 1 }
    return bytes[position]
  }

  /// Passes over bytes, and says where they are.
  private mutating func take(_ count: UInt64) throws(CBORError) -> Range<Int> {
    guard count <= UInt64(bytes.endIndex - position) else { throw .truncated }
    defer { position += Int(count) }
    return position..<position + Int(count)
  }
}
