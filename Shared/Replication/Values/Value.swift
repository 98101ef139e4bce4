// The values a field can hold. They are compared by canonical bytes: equal bytes are shown as one value, different
// bytes are rivals.

/// A value of a field, an element of a set, or an entry of a list.
package indirect enum Value: Hashable, Sendable {
  case null
  case bool(Bool)
  case integer(Int64)
  /// Text in NFC, without U+0000. Positions in it are counted in Unicode scalars.
  case text(String)
  case bytes([UInt8])
  /// A link to a record, of the same space or another.
  case link(RecordID)
  case list([Value])
  /// The fields of a group, or any other map with text keys.
  case map([String: Value])
  /// Well-formed CBOR of a type unknown to this program, preserved byte for byte for programs that know it.
  case unknown([UInt8])
}
