// The JSON of commands and answers, in both directions: what one process writes, another reads back as typed values.
// Scripts read the same JSON.

package import Cryptography
package import JSONText
package import Replication

/// A value that can be written as JSON and read back.
package protocol JSONConvertible: Equatable, Sendable {
  var json: JSON { get }
  init(json: JSON) throws(JSONMismatch)
}

/// The error for JSON that does not have the form of the expected type.
package struct JSONMismatch: Error {}

extension JSON {
  /// Reads a member of an object as a typed value. An absent member reads as `null`.
  func member<Value: JSONConvertible>(_ name: String) throws(JSONMismatch) -> Value {
    guard case .object(let members) = self else { throw JSONMismatch() }
    return try Value(json: members[name] ?? .null)
  }
}

// MARK: Plain values

extension JSON: JSONConvertible {
  package var json: JSON { self }
  package init(json: JSON) { self = json }
}

extension String: JSONConvertible {
  package var json: JSON { .string(self) }

  package init(json: JSON) throws(JSONMismatch) {
    guard case .string(let text) = json else { throw JSONMismatch() }
    self = text
  }
}

extension Bool: JSONConvertible {
  package var json: JSON { .bool(self) }

  package init(json: JSON) throws(JSONMismatch) {
    guard case .bool(let value) = json else { throw JSONMismatch() }
    self = value
  }
}

/// Written as a number, clamped to the range of `Int64`.
extension JSONConvertible where Self: FixedWidthInteger {
  package var json: JSON { .integer(Int64(clamping: self)) }

  package init(json: JSON) throws(JSONMismatch) {
    guard case .integer(let number) = json, let value = Self(exactly: number) else { throw JSONMismatch() }
    self = value
  }
}

extension Int: JSONConvertible {}
extension Int64: JSONConvertible {}
extension UInt64: JSONConvertible {}

/// An answer without entries has the entry type `Never`, which is never written.
extension Never: JSONConvertible {
  package var json: JSON { switch self {} }
  package init(json: JSON) throws(JSONMismatch) { throw JSONMismatch() }
}

/// `nil` is written as `null`.
extension Optional: JSONConvertible where Wrapped: JSONConvertible {
  package var json: JSON { self?.json ?? .null }

  package init(json: JSON) throws(JSONMismatch) {
    self = json == .null ? nil : try Wrapped(json: json)
  }
}

extension Array: JSONConvertible where Element: JSONConvertible {
  package var json: JSON { .array(map(\.json)) }

  package init(json: JSON) throws(JSONMismatch) {
    guard case .array(let elements) = json else { throw JSONMismatch() }
    self.init()
    for element in elements { append(try Element(json: element)) }
  }
}

extension Dictionary: JSONConvertible where Key == String, Value: JSONConvertible {
  package var json: JSON { .object(mapValues(\.json)) }

  package init(json: JSON) throws(JSONMismatch) {
    guard case .object(let members) = json else { throw JSONMismatch() }
    self.init()
    for (name, member) in members { self[name] = try Value(json: member) }
  }
}

/// Written as the raw value.
extension JSONConvertible where Self: RawRepresentable, RawValue == String {
  package var json: JSON { .string(rawValue) }

  package init(json: JSON) throws(JSONMismatch) {
    guard let value = Self(rawValue: try String(json: json)) else { throw JSONMismatch() }
    self = value
  }
}

// MARK: The engine's values

extension Identifier: JSONConvertible {
  package var json: JSON { .string(description) }

  package init(json: JSON) throws(JSONMismatch) {
    guard let id = Self(try String(json: json)) else { throw JSONMismatch() }
    self = id
  }
}

/// Written in ISO 8601, to the second.
extension Timestamp: JSONConvertible {
  package var json: JSON { .string(iso8601) }

  package init(json: JSON) throws(JSONMismatch) {
    guard let time = Timestamp(iso8601: try String(json: json)) else { throw JSONMismatch() }
    self = time
  }
}

extension Digest: JSONConvertible {
  package var json: JSON { .string(description) }

  package init(json: JSON) throws(JSONMismatch) {
    guard let digest = Cryptography.bytes(ofHex: try String(json: json)).flatMap({ Digest(bytes: $0) }) else {
      throw JSONMismatch()
    }
    self = digest
  }
}

extension Dot: JSONConvertible {
  package var json: JSON { .object(["replica": replica.json, "sequence": sequence.json]) }

  package init(json: JSON) throws(JSONMismatch) {
    self.init(try json.member("replica"), try json.member("sequence"))
  }
}

extension RefusalReason: JSONConvertible {}
