// Deterministic CBOR (RFC 8949 section 4.2): definite lengths, shortest heads, map keys in the order of their
// encoded bytes, no key twice. A change is encoded once, where it is born, and those bytes are hashed, stored and
// forwarded, so the reader refuses every other spelling of the same thing: one meaning, one digest.
//
//   head:  major type (3 bits) | argument (5 bits, or 24/25/26/27 and 1/2/4/8 bytes, big-endian)
//   major: 0 unsigned  1 negative  2 bytes  3 text  4 array  5 map  6 tag  7 false, true, null

/// Why bytes are not what they should be. Every case is final: the same bytes never become right.
package enum CBORError: Error, Equatable, Sendable {
  /// The bytes end inside an item.
  case truncated
  /// Bytes follow where an end was due.
  case trailing
  /// A head that is not the shortest, an indefinite length, or a number beyond 64-bit.
  case notDeterministic
  /// A map whose keys are out of order or repeat.
  case mapKeys
  /// Another type than the format asks for here.
  case type
  /// Text that is not UTF-8, or holds U+0000.
  case text
  /// More nesting or more items than the limits allow.
  case tooDeep
  /// A well-typed value outside its range, for example an identifier that is not 16 bytes.
  case value
}

/// Writes deterministic CBOR from first byte to last. Map keys must be written in ascending order by the caller.
package struct CBORWriter: Sendable {
  package private(set) var bytes: [UInt8] = []

  package init() {}

  package mutating func unsigned(_ value: UInt64) { head(0, value) }

  package mutating func integer(_ value: Int64) {
    if value < 0 { head(1, UInt64(bitPattern: ~value)) } else { head(0, UInt64(value)) }
  }

  package mutating func bytes(_ value: some Collection<UInt8>) {
    head(2, UInt64(value.count))
    bytes.append(contentsOf: value)
  }

  package mutating func text(_ value: String) {
    head(3, UInt64(value.utf8.count))
    bytes.append(contentsOf: value.utf8)
  }

  /// Opens an array; the next `count` items are its own.
  package mutating func array(_ count: Int) { head(4, UInt64(count)) }
  /// Opens a map; the next `count` pairs of items are its own, keys ascending. Where the keys are unsigned, `map(_:)`
  /// of a closure counts them itself.
  package mutating func map(_ count: Int) { head(5, UInt64(count)) }
  package mutating func tag(_ number: UInt64) { head(6, number) }
  package mutating func bool(_ value: Bool) { bytes.append(value ? 0xf5 : 0xf4) }
  package mutating func null() { bytes.append(0xf6) }
  package mutating func id<Role>(_ value: Identifier<Role>) { bytes(value.bytes) }
  /// Items that are encoded already.
  package mutating func raw(_ items: some Sequence<UInt8>) { bytes.append(contentsOf: items) }

  /// Opens a map whose fields are counted as they come: at most 23, what a head of one byte can say.
  ///
  /// - Returns: Where its head is, for ``countField(ofMapAt:)``.
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

/// Reads deterministic CBOR and nothing else. Cost is linear in the bytes; nothing is allocated by a length alone.
package struct CBORReader: Sendable {
  /// Arrays, maps and tags may nest this deep: our own formats need 9, and a stack must not be a stranger's to spend.
  package static let depthMax = 24

  private let bytes: ArraySlice<UInt8>
  private var position: Int
  /// Where the item read last begins, from 0: after an error, the first place where the bytes are wrong.
  package private(set) var place = 0

  package init(_ bytes: some Collection<UInt8>) {
    self.bytes = ArraySlice(Array(bytes))
    position = self.bytes.startIndex
  }

  package var isAtEnd: Bool { position == bytes.endIndex }

  /// - Throws: ``CBORError/trailing`` if bytes are left.
  package func finish() throws(CBORError) {
    guard isAtEnd else { throw .trailing }
  }

  package mutating func unsigned() throws(CBORError) -> UInt64 {
    try argument(of: 0)
  }

  package mutating func integer() throws(CBORError) -> Int64 {
    let (major, argument) = try head()
    guard major < 2 else { throw .type }
    guard let value = Int64(exactly: argument) else { throw .value }
    return major == 0 ? value : ~value
  }

  package mutating func bytes(max: Int = .max) throws(CBORError) -> [UInt8] {
    let count = try argument(of: 2)
    guard count <= UInt64(max) else { throw .value }
    return Array(try take(count))
  }

  package mutating func text() throws(CBORError) -> String {
    let slice = try take(try argument(of: 3))
    guard let text = String(validating: slice, as: UTF8.self), !slice.contains(0) else { throw .text }
    return text
  }

  package mutating func array() throws(CBORError) -> Int { try count(of: 4) }
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
    guard let id = Identifier<Role>(bytes: try bytes(max: 16)) else { throw .value }
    return id
  }

  /// Whether a null stands next; it is read if so.
  package mutating func skipNull() -> Bool {
    guard position < bytes.endIndex, bytes[position] == 0xf6 else { return false }
    position += 1
    return true
  }

  /// The major type of the next item, without reading it.
  package func nextMajor() throws(CBORError) -> UInt8 {
    guard position < bytes.endIndex else { throw .truncated }
    return bytes[position] >> 5
  }

  /// The tag number that stands next.
  package mutating func tag() throws(CBORError) -> UInt64 { try argument(of: 6) }

  /// Reads one whole item of any type, checking that it is well formed and deterministic, and returns its bytes.
  package mutating func item() throws(CBORError) -> [UInt8] {
    let start = position
    try skip(depth: 0)
    return Array(bytes[start..<position])
  }

  /// Reads a map with unsigned keys, ascending. `field` is called with each key and must read that key's value.
  ///
  /// - Throws: ``CBORError/mapKeys`` where keys repeat or are out of order, and what `field` throws.
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

  /// Simple values and floats: 20–22 and half, single and double precision. Their shortest form is not checked,
  /// for none of our formats has one; they are only ever carried.
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
    // Every item takes a byte, so a count beyond the bytes left can only be a lie.
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
    let argument = try take(width).reduce(UInt64(0)) { $0 << 8 | UInt64($1) }
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

  private mutating func take(_ count: UInt64) throws(CBORError) -> ArraySlice<UInt8> {
    guard count <= UInt64(bytes.endIndex - position) else { throw .truncated }
    defer { position += Int(count) }
    return bytes[position..<position + Int(count)]
  }
}
