// Maps with unsigned keys, the layout of nearly every format of ours: a later version can add a field, and an absent
// field costs nothing.
//
// Both directions name each key once and go through them ascending. The writer counts what it writes, so no count is
// computed apart from it. The reader needs no memory of earlier keys: one below the key asked for can only be unknown,
// repeated or out of order, and is refused.

/// A value that is a map with unsigned keys.
package protocol CBORMapItem: CBORItem {
  func encode(into map: inout CBORMapWriter)
  /// - Throws: ``CBORError`` for a missing field or a wrong value; unread fields are the caller's to refuse.
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

  /// Writes a field, unless there is no value.
  package mutating func write(_ key: UInt64, _ value: (some CBORItem)?) {
    if let value { field(key) { value.encode(into: &$0) } }
  }

  package mutating func write(_ key: UInt64, _ bytes: [UInt8]?) {
    if let bytes { field(key) { $0.bytes(bytes) } }
  }

  package mutating func write(_ key: UInt64, _ items: [some CBORItem]?) {
    if let items { field(key) { $0.list(items) } }
  }

  /// Writes a field whose value is the one item that `write` writes.
  package mutating func field(_ key: UInt64, _ write: (inout CBORWriter) -> Void) {
    precondition(last.map { $0 < key } ?? true, "keys ascend")
    last = key
    writer.unsigned(key)
    write(&writer)
    writer.countField(ofMapAt: head)
  }
}

/// Reads the fields of one map. Keys must be asked for in ascending order.
package struct CBORMapReader: Sendable {
  /// At the value of the field found last, which must be read before the next key is asked for.
  package var reader: CBORReader
  private var remaining: Int
  /// A key that was read and not yet asked for.
  private var pending: UInt64?

  fileprivate init(_ count: Int, _ reader: CBORReader) {
    self.reader = reader
    remaining = count
  }

  /// Moves to the value of a field, if it is there.
  ///
  /// - Throws: ``CBORError/mapKeys`` where a key below it is left, which nobody can ask for any more.
  package mutating func next(is key: UInt64) throws(CBORError) -> Bool {
    guard let found = try nextKey(), found <= key else { return false }
    guard found == key else { throw .mapKeys }
    pending = nil
    return true
  }

  /// Moves to the value of a field that must be there.
  package mutating func require(_ key: UInt64) throws(CBORError) {
    guard try next(is: key) else { throw .mapKeys }
  }

  package mutating func read<Item: CBORItem>(_ key: UInt64) throws(CBORError) -> Item {
    try require(key)
    return try Item(from: &reader)
  }

  package mutating func read(_ key: UInt64) throws(CBORError) -> [UInt8] {
    try require(key)
    return try reader.bytes()
  }

  package mutating func readIfPresent<Item: CBORItem>(_ key: UInt64) throws(CBORError) -> Item? {
    try next(is: key) ? try Item(from: &reader) : nil
  }

  package mutating func readIfPresent(_ key: UInt64) throws(CBORError) -> [UInt8]? {
    try next(is: key) ? try reader.bytes() : nil
  }

  /// Ends the map, which whoever opened it does in any case. A reader that holds its fields against one another ends it
  /// first, so that a wrong key is refused as such.
  ///
  /// - Throws: ``CBORError/mapKeys`` where fields are left.
  package mutating func finish() throws(CBORError) {
    guard try nextKey() == nil else { throw .mapKeys }
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
  /// Writes a map of the fields that `write` writes: at most 23 of them.
  package mutating func map(_ write: (inout CBORMapWriter) -> Void) {
    // Moved, not copied: a second reference to the bytes would copy all of them at the next one written.
    var map = CBORMapWriter(consume self)
    write(&map)
    self = map.writer
  }
}

extension CBORReader {
  /// Reads a map of exactly the fields that `read` reads.
  ///
  /// - Throws: ``CBORError/mapKeys`` where fields are left, and what `read` throws.
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
