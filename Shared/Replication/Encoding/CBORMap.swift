// Maps with unsigned keys, the layout of nearly all our formats: a later version can add a field, and an absent field
// costs nothing.
//
// Both directions name each key once, in ascending order. The writer counts the fields it writes, so no count is
// computed separately. The reader need not remember earlier keys: a key below the one requested can only be unknown,
// repeated or out of order, and is refused. Keys from 16 on are left to later versions, and passed over.

/// A value encoded as a map with unsigned keys.
package protocol CBORMapItem: CBORItem {
  func encode(into map: inout CBORMapWriter)
  /// Reads a value's fields, in ascending order of keys.
  ///
  /// - Throws: ``CBORError`` for a missing field or an invalid value. The caller refuses unread fields.
  init(from map: inout CBORMapReader) throws(CBORError)
}

extension CBORMapItem {
  package func encode(into writer: inout CBORWriter) {
    writer.map { encode(into: &$0) }
  }

  package init(from reader: inout CBORReader) throws(CBORError) {
    self = try reader.map { (map) throws(CBORError) in try Self(from: &map) }
  }
}

/// Writes the fields of one map and counts them.
package struct CBORMapWriter: Sendable {
  fileprivate private(set) var writer: CBORWriter
  private let head: Int
  private var last: UInt64?

  fileprivate init(_ writer: consuming CBORWriter) {
    self.writer = writer
    head = self.writer.openMap()
  }

  /// Writes a field, unless the value is `nil`.
  package mutating func write(_ key: UInt64, _ value: (some CBORItem)?) {
    if let value { field(key) { value.encode(into: &$0) } }
  }

  /// Writes a field of bytes, unless they are `nil`.
  package mutating func write(_ key: UInt64, _ bytes: [UInt8]?) {
    if let bytes { field(key) { $0.bytes(bytes) } }
  }

  /// Writes a field that is a list, unless it is `nil`. An empty list is written.
  package mutating func write(_ key: UInt64, _ items: [some CBORItem]?) {
    if let items { field(key) { $0.list(items) } }
  }

  /// Writes a field whose value is the one item written by `write`.
  ///
  /// - Precondition: `key` is above every key written before.
  package mutating func field(_ key: UInt64, _ write: (inout CBORWriter) -> Void) {
    precondition(last.map { $0 < key } ?? true, "keys ascend")
    last = key
    writer.unsigned(key)
    write(&writer)
    writer.countField(ofMapAt: head)
  }
}

/// Reads the fields of one map. Keys must be requested in ascending order.
package struct CBORMapReader: Sendable {
  /// The reader, at the value of the field found last. That value must be read before the next key is requested.
  package var reader: CBORReader
  private var remaining: Int
  /// A key that was read but not yet requested.
  private var pending: UInt64?

  fileprivate init(_ count: Int, _ reader: CBORReader) {
    self.reader = reader
    remaining = count
  }

  /// Moves to the value of a field, if it is present.
  ///
  /// - Throws: ``CBORError/mapKeys`` if a lower key is left, which can no longer be requested.
  package mutating func next(is key: UInt64) throws(CBORError) -> Bool {
    guard let found = try nextKey(), found <= key else { return false }
    guard found == key else { throw .mapKeys }
    pending = nil
    return true
  }

  /// Moves to the value of a required field.
  ///
  /// - Throws: ``CBORError/mapKeys`` if it is missing.
  package mutating func require(_ key: UInt64) throws(CBORError) {
    guard try next(is: key) else { throw .mapKeys }
  }

  /// Reads a required field.
  ///
  /// - Throws: ``CBORError/mapKeys`` if it is missing.
  package mutating func read<Item: CBORItem>(_ key: UInt64) throws(CBORError) -> Item {
    try require(key)
    return try Item(from: &reader)
  }

  /// Reads a required field of bytes.
  ///
  /// - Throws: ``CBORError/mapKeys`` if it is missing.
  package mutating func read(_ key: UInt64) throws(CBORError) -> [UInt8] {
    try require(key)
    return try reader.bytes()
  }

  /// Reads an optional field; `nil` if it is absent.
  package mutating func readIfPresent<Item: CBORItem>(_ key: UInt64) throws(CBORError) -> Item? {
    try next(is: key) ? try Item(from: &reader) : nil
  }

  /// Reads an optional field of bytes; `nil` if it is absent.
  package mutating func readIfPresent(_ key: UInt64) throws(CBORError) -> [UInt8]? {
    try next(is: key) ? try reader.bytes() : nil
  }

  /// Passes over the fields of later versions, and checks that no other is left. `CBORReader.map(_:)` does so in any
  /// case; an initialiser that validates its fields against each other calls this first, so that an unknown key is
  /// reported as such.
  ///
  /// - Throws: ``CBORError/mapKeys`` if a field is left whose key is not reserved, or reserved keys do not ascend.
  package mutating func finish() throws(CBORError) {
    var last = CBORReader.firstReservedKey - 1
    while let key = try nextKey() {
      guard key > last else { throw .mapKeys }
      last = key
      try reader.skipItem()
      pending = nil
    }
  }

  private mutating func nextKey() throws(CBORError) -> UInt64? {
    if pending == nil, remaining > 0 {
      pending = try reader.unsigned()
      remaining -= 1
    }
    return pending
  }
}

extension CBORWriter {
  /// Writes a map of the fields written by `write`: at most 23.
  package mutating func map(_ write: (inout CBORMapWriter) -> Void) {
    // Moved, not copied: with a second reference, the next write would copy the whole buffer.
    var map = CBORMapWriter(consume self)
    write(&map)
    self = map.writer
  }
}

extension CBORReader {
  /// Reads a map of exactly the fields read by `read`, and of any reserved ones.
  ///
  /// - Throws: ``CBORError/mapKeys`` if other than reserved fields are left, and whatever `read` throws.
  package mutating func map<Value>(
    _ read: (inout CBORMapReader) throws(CBORError) -> Value
  ) throws(CBORError) -> Value {
    var map = CBORMapReader(try self.map(), self)
    defer { self = map.reader }
    let value = try read(&map)
    try map.finish()
    return value
  }
}
