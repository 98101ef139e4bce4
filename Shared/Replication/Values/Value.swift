// What a field can hold. Values compare by their canonical bytes: equal bytes show as one value, other bytes are rivals.

/// A value of a field, an element of a set, or an entry of a list.
package indirect enum Value: Hashable, Sendable {
  case null
  case bool(Bool)
  case integer(Int64)
  /// Text in NFC, without U+0000. Positions in it count Unicode scalars.
  case text(String)
  case bytes([UInt8])
  /// A link to a record of the same space or another.
  case link(RecordID)
  case list([Value])
  /// A group's fields, or any map. Keys are text.
  case map([String: Value])
  /// Well-formed CBOR of a type this program does not know, kept byte for byte for one that does.
  case unknown([UInt8])
}
