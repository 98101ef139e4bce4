// Field values as JSON, for the readable columns of a store, for screens and for answers to admin commands.

internal import Cryptography
package import Replication

extension JSON {
  /// Creates the form of a field's value that people and scripts read: a link as its UUID, bytes as `{"bytes": hex}`,
  /// and a value of unknown type as `{"unknown": hex}` of its CBOR. For display only: the mapping is not reversible.
  package init(_ value: Value) {
    switch value {
    case .null: self = .null
    case .bool(let value): self = .bool(value)
    case .integer(let value): self = .integer(value)
    case .text(let text): self = .string(text)
    case .bytes(let bytes): self = .object(["bytes": .string(hex(bytes))])
    case .link(let record): self = .string(record.description)
    case .list(let values): self = .array(values.map { JSON($0) })
    case .map(let values): self = .object(values.mapValues { JSON($0) })
    case .unknown(let item): self = .object(["unknown": .string(hex(item))])
    }
  }
}
