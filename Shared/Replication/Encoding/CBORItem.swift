// Values that write and read themselves as one CBOR item: the parts of lists and maps.

package import Cryptography

/// A value with exactly one encoding in deterministic CBOR.
package protocol CBORItem {
  func encode(into writer: inout CBORWriter)
  /// Reads a value from its one encoding.
  ///
  /// - Throws: ``CBORError`` for anything that `encode(into:)` does not write.
  init(from reader: inout CBORReader) throws(CBORError)
}

extension CBORWriter {
  /// Writes an array of items, in the order given.
  package mutating func list(_ items: [some CBORItem]) {
    array(items.count)
    for item in items { item.encode(into: &self) }
  }

  /// Writes an array of items, each as `write` does.
  package mutating func list<Item>(_ items: [Item], _ write: (Item, inout CBORWriter) -> Void) {
    array(items.count)
    for item in items { write(item, &self) }
  }
}

extension CBORReader {
  /// Reads a list.
  ///
  /// - Throws: ``CBORError/value`` if the count is not in `counts`, before any item is read.
  package mutating func list<Item: CBORItem>(
    _ counts: some RangeExpression<Int> = 0...
  ) throws(CBORError) -> [Item] {
    try list(counts) { (reader) throws(CBORError) in try Item(from: &reader) }
  }

  /// Reads a list whose items `read` reads.
  ///
  /// - Throws: ``CBORError/value`` if the count is not in `counts`, before any item is read.
  package mutating func list<Item>(
    _ counts: some RangeExpression<Int> = 0..., _ read: (inout CBORReader) throws(CBORError) -> Item
  ) throws(CBORError) -> [Item] {
    let count = try array()
    guard counts.contains(count) else { throw .value }
    var items: [Item] = []
    for _ in 0..<count { items.append(try read(&self)) }
    return items
  }

  /// Reads a list whose items strictly ascend by a key, so that equal lists are equal bytes.
  ///
  /// - Throws: ``CBORError/value`` if the count is not in `counts`, or an item is out of order.
  package mutating func list<Item: CBORItem>(
    _ counts: some RangeExpression<Int> = 0..., ascendingBy key: (Item) -> some Comparable
  ) throws(CBORError) -> [Item] {
    let items: [Item] = try list(counts)
    for (item, next) in zip(items, items.dropFirst()) where key(item) >= key(next) { throw .value }
    return items
  }
}

extension UInt64: CBORItem {
  package func encode(into writer: inout CBORWriter) { writer.unsigned(self) }
  package init(from reader: inout CBORReader) throws(CBORError) { self = try reader.unsigned() }
}

extension Bool: CBORItem {
  package func encode(into writer: inout CBORWriter) { writer.bool(self) }
  package init(from reader: inout CBORReader) throws(CBORError) { self = try reader.bool() }
}

extension String: CBORItem {
  package func encode(into writer: inout CBORWriter) { writer.text(self) }
  package init(from reader: inout CBORReader) throws(CBORError) { self = try reader.text() }
}

extension Identifier: CBORItem {
  package func encode(into writer: inout CBORWriter) { writer.id(self) }
  package init(from reader: inout CBORReader) throws(CBORError) { self = try reader.id() }
}

extension Timestamp: CBORItem {
  package func encode(into writer: inout CBORWriter) { writer.integer(milliseconds) }
  package init(from reader: inout CBORReader) throws(CBORError) { self.init(milliseconds: try reader.integer()) }
}

/// A key of exactly 32 bytes.
package protocol CBORBytes32: CBORItem {
  var bytes: [UInt8] { get }
  /// Creates a value from its bytes.
  ///
  /// - Returns: `nil` unless there are exactly 32 bytes.
  init?(bytes: some Collection<UInt8>)
}

extension CBORBytes32 {
  package func encode(into writer: inout CBORWriter) { writer.bytes(bytes) }

  package init(from reader: inout CBORReader) throws(CBORError) {
    guard let value = Self(bytes: try reader.bytes(max: 32)) else { throw .value }
    self = value
  }
}

extension Digest: CBORItem {
  package func encode(into writer: inout CBORWriter) { writer.digest(self) }
  package init(from reader: inout CBORReader) throws(CBORError) { self = try reader.digest() }
}
extension PublicKey: CBORBytes32 {}
extension SealingPublicKey: CBORBytes32 {}
