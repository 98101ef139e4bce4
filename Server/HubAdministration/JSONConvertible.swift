// The JSON of commands and answers, both ways: what one process writes, another, or a script, reads back as typed
// values.

package import Cryptography
package import Replication

/// A value with one JSON form, from which it can be read back.
package protocol JSONConvertible: Equatable, Sendable {
  var json: JSON { get }
  init(json: JSON) throws(JSONMismatch)
}

/// JSON that is no form of the wanted type.
package struct JSONMismatch: Error {}

extension JSON {
  /// A member of an object as a typed value; an absent member reads as `null`.
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

/// A number beyond 64 signed bits is written as the nearest that fits.
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

/// `null` stands for `nil`.
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

/// A closed enum whose raw values are its words for scripts.
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

/// To the second, as scripts read times.
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
