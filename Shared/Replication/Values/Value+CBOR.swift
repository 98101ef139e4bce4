// Values on the wire and on disk. A link is the UUID tag (37) over its 16 bytes. Items of types unknown to this program
// (floats, other tags, large numbers) are carried unchanged as `unknown`.

extension Value: CBORItem {
  private static let linkTag: UInt64 = 37

  /// The value's one encoding, freshly written at each call. Two values are the same if these bytes are equal.
  package var canonicalBytes: [UInt8] {
    var writer = CBORWriter()
    encode(into: &writer)
    return writer.bytes
  }

  package func encode(into writer: inout CBORWriter) {
    switch self {
    case .null: writer.null()
    case .bool(let value): writer.bool(value)
    case .integer(let value): writer.integer(value)
    case .text(let value): writer.text(value)
    case .bytes(let value): writer.bytes(value)
    case .link(let record):
      writer.tag(Self.linkTag)
      writer.id(record)
    case .list(let values):
      writer.array(values.count)
      for value in values { value.encode(into: &writer) }
    case .map(let values):
      writer.map(values.count)
      for (key, value) in values.sortedByCanonicalKey() {
        writer.text(key)
        value.encode(into: &writer)
      }
    case .unknown(let item): writer.raw(item)
    }
  }

  /// Reads one value of any type.
  ///
  /// - Throws: ``CBORError`` if the bytes are not well-formed deterministic CBOR.
  package init(from reader: inout CBORReader) throws(CBORError) {
    try self.init(from: &reader, depth: 0)
  }

  private init(from reader: inout CBORReader, depth: Int) throws(CBORError) {
    guard depth <= CBORReader.depthMax else { throw .tooDeep }
    if reader.skipNull() {
      self = .null
      return
    }
    let major = try reader.nextMajor()
    let start = reader
    switch major {
    case 0, 1:
      do throws(CBORError) {
        self = .integer(try reader.integer())
      } catch CBORError.value {
        reader = start
        self = .unknown(try reader.item())
      }
    case 2: self = .bytes(try reader.bytes())
    case 3: self = .text(try reader.text())
    case 4:
      var values: [Value] = []
      for _ in 0..<(try reader.array()) { values.append(try Value(from: &reader, depth: depth + 1)) }
      self = .list(values)
    case 5: self = try Self.map(from: &reader, depth: depth)
    case 6 where try reader.tag() == Self.linkTag:
      self = .link(try reader.id())
    default:
      reader = start
      let item = try reader.item()
      self = item == [0xf5] ? .bool(true) : item == [0xf4] ? .bool(false) : .unknown(item)
    }
  }

  private static func map(from reader: inout CBORReader, depth: Int) throws(CBORError) -> Value {
    let start = reader
    var values: [String: Value] = [:]
    var previous: [UInt8]?
    let count = try reader.map()
    for _ in 0..<count {
      guard try reader.nextMajor() == 3 else {
        // A map with keys other than text is legal CBOR, but not a value of ours.
        reader = start
        return .unknown(try reader.item())
      }
      let key = try reader.text()
      let order = canonicalOrder(of: key)
      if let last = previous, !last.lexicographicallyPrecedes(order) { throw .mapKeys }
      previous = order
      values[key] = try Value(from: &reader, depth: depth + 1)
    }
    // Swift treats canonically equivalent texts as equal, so a map with two spellings of one key is refused.
    guard values.count == count else { throw .mapKeys }
    return .map(values)
  }
}

/// The sort key of a text key in a deterministic map: its encoded bytes, so that shorter texts come first.
private func canonicalOrder(of key: String) -> [UInt8] {
  var writer = CBORWriter()
  writer.text(key)
  return writer.bytes
}

extension Dictionary where Key == String {
  /// The pairs in the key order of deterministic CBOR.
  package func sortedByCanonicalKey() -> [(key: String, value: Value)] {
    map { (canonicalOrder(of: $0.key), $0) }
      .sorted { $0.0.lexicographicallyPrecedes($1.0) }
      .map(\.1)
  }
}
