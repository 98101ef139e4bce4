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
}

extension CBORReader {
  /// Reads a list.
  ///
  /// - Throws: ``CBORError/value`` if the count is not in `counts`, before any item is read.
  package mutating func list<Item: CBORItem>(
    _ counts: some RangeExpression<Int> = 0...
  ) throws(CBORError) -> [Item] {
    try list(counts) { _, _ in true }
  }

  /// Reads a list whose items strictly ascend by a key, so that equal lists are equal bytes.
  ///
  /// - Throws: ``CBORError/value`` if the count is not in `counts`, or an item is out of order.
  package mutating func list<Item: CBORItem>(
    _ counts: some RangeExpression<Int> = 0..., ascendingBy key: (Item) -> some Comparable
  ) throws(CBORError) -> [Item] {
    try list(counts) { key($0) < key($1) }
  }

  private mutating func list<Item: CBORItem>(
    _ counts: some RangeExpression<Int>, inOrder: (Item, Item) -> Bool
  ) throws(CBORError) -> [Item] {
    let count = try array()
    guard counts.contains(count) else { throw .value }
    var items: [Item] = []
    for _ in 0..<count {
      let item = try Item(from: &self)
      if let last = items.last, !inOrder(last, item) { throw .value }
      items.append(item)
    }
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
