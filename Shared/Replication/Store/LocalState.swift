// State local to one copy, never synced: its replica ids, its last contacts, queued messages. It has two shapes, a
// named value and a table of rows. Each is declared once, by the module that owns it, together with the type of its
// values, so that nobody else repeats its name or its encoding.

package import Cryptography

/// The encoding of one type of value in local state.
package struct LocalCoding<Value>: Sendable {
  let encode: @Sendable (Value) -> [UInt8]
  /// Returns `nil` for bytes that `encode` does not produce.
  let decode: @Sendable ([UInt8]) -> Value?

  package init(encode: @escaping @Sendable (Value) -> [UInt8], decode: @escaping @Sendable ([UInt8]) -> Value?) {
    self.encode = encode
    self.decode = decode
  }

  /// Encodes a value as one or more CBOR items. Decoding fails if `read` leaves bytes unread.
  package static func cbor(
    _ write: @escaping @Sendable (Value, inout CBORWriter) -> Void,
    _ read: @escaping @Sendable (inout CBORReader) throws(CBORError) -> Value
  ) -> LocalCoding {
    LocalCoding {
      var writer = CBORWriter()
      write($0, &writer)
      return writer.bytes
    } decode: { bytes in
      var reader = CBORReader(bytes)
      do throws(CBORError) {
        let value = try read(&reader)
        try reader.finish()
        return value
      } catch { return nil }
    }
  }
}

extension LocalCoding<Void> {
  /// Encodes presence alone, as no bytes.
  package static var presence: LocalCoding {
    LocalCoding {
      []
    } decode: {
      $0.isEmpty ? () : nil
    }
  }
}

extension LocalCoding<[UInt8]> {
  /// Stores bytes as they are.
  package static var bytes: LocalCoding {
    LocalCoding {
      $0
    } decode: {
      $0
    }
  }
}

extension LocalCoding<String> {
  /// Encodes text as UTF-8.
  package static var text: LocalCoding {
    LocalCoding {
      Array($0.utf8)
    } decode: {
      String(validating: $0, as: UTF8.self)
    }
  }
}

extension LocalCoding<Bool> {
  /// Encodes a Boolean value as one byte, 1 or 0.
  package static var flag: LocalCoding {
    LocalCoding {
      [$0 ? 1 : 0]
    } decode: {
      $0.count == 1 ? $0[0] == 1 : nil
    }
  }
}

extension LocalCoding<UInt64> {
  /// Encodes a number as a CBOR unsigned integer.
  package static var number: LocalCoding {
    .cbor {
      $1.unsigned($0)
    } _: { (reader) throws(CBORError) in
      try reader.unsigned()
    }
  }
}

extension LocalCoding {
  /// Encodes an id as its 16 bytes.
  package static func id<Role>() -> LocalCoding where Value == Identifier<Role> {
    LocalCoding {
      $0.bytes
    } decode: {
      Identifier(bytes: $0)
    }
  }
}

extension LocalCoding<Timestamp> {
  /// Encodes a time as a CBOR integer of milliseconds.
  package static var timestamp: LocalCoding {
    .cbor {
      $1.integer($0.milliseconds)
    } _: { (reader) throws(CBORError) in
      Timestamp(milliseconds: try reader.integer())
    }
  }
}

extension LocalCoding<Digest> {
  /// Encodes a digest as its 32 bytes.
  package static var digest: LocalCoding<Digest> {
    LocalCoding {
      $0.bytes
    } decode: {
      Digest(bytes: $0)
    }
  }
}

extension LocalCoding<PublicKey> {
  /// Encodes a public key as its 32 bytes.
  package static var publicKey: LocalCoding<PublicKey> {
    LocalCoding {
      $0.bytes
    } decode: {
      PublicKey(bytes: $0)
    }
  }
}

/// A named value in a copy's local state.
package struct LocalKey<Value>: Sendable {
  let name: String
  let coding: LocalCoding<Value>

  package init(_ name: String, _ coding: LocalCoding<Value>) {
    self.name = name
    self.coding = coding
  }
}

extension LocalStateReader {
  /// Reads a value; `nil` if it is not set.
  ///
  /// - Throws: ``StoreError/corrupt(_:)`` if the stored bytes do not decode.
  package func value<Value>(of key: LocalKey<Value>) throws -> Value? {
    guard let bytes = try setting(key.name) else { return nil }
    guard let value = key.coding.decode(bytes) else { throw StoreError.corrupt("the local value \(key.name)") }
    return value
  }
}

extension LocalStateWriter {
  /// Stores a value; `nil` removes it.
  package func set<Value>(_ key: LocalKey<Value>, to value: Value?) throws {
    try set(key.name, to: value.map(key.coding.encode))
  }

  /// Takes over another copy's value.
  package func carry<Value>(_ key: LocalKey<Value>, from other: any LocalStateReader) throws {
    try set(key, to: other.value(of: key))
  }
}

/// A table in a copy's local state: values by key within a scope, in the byte order of the encoded keys.
package struct LocalTable<Scope, Key, Value>: Sendable {
  let name: String
  let scope: LocalCoding<Scope>
  let key: LocalCoding<Key>
  let value: LocalCoding<Value>

  package init(_ name: String, of scope: LocalCoding<Scope>, _ key: LocalCoding<Key>, _ value: LocalCoding<Value>) {
    self.name = name
    self.scope = scope
    self.key = key
    self.value = value
  }

  /// Reads a row's value; `nil` if there is no such row.
  ///
  /// - Throws: ``StoreError/corrupt(_:)`` if the stored bytes do not decode.
  package func value(_ key: Key, of scope: Scope, in reader: any LocalStateReader) throws -> Value? {
    try reader.localRow(self.key.encode(key), of: self.scope.encode(scope), in: name).map(decoded)
  }

  /// Tests whether a row exists. Its value is not decoded.
  package func contains(_ key: Key, of scope: Scope, in reader: any LocalStateReader) throws -> Bool {
    try reader.localRow(self.key.encode(key), of: self.scope.encode(scope), in: name) != nil
  }

  /// Reads the first rows of a scope, at most `limit`.
  ///
  /// - Throws: ``StoreError/corrupt(_:)`` if a stored key or value does not decode.
  package func rows(
    of scope: Scope, limit: Int = .max, in reader: any LocalStateReader
  ) throws -> [(key: Key, value: Value)] {
    try reader.localRows(of: self.scope.encode(scope), in: name, limit: limit).map { row in
      guard let key = key.decode(row.key) else { throw StoreError.corrupt("a key of the local table \(name)") }
      return (key, try decoded(row.value))
    }
  }

  /// Reads the rows of a scope as far as they decode, and counts the others, for a caller that the others must not stop.
  package func readableRows(
    of scope: Scope, in reader: any LocalStateReader
  ) throws -> (rows: [(key: Key, value: Value)], unreadable: Int) {
    let stored = try reader.localRows(of: self.scope.encode(scope), in: name, limit: .max)
    let rows = stored.compactMap { row in
      key.decode(row.key).flatMap { key in value.decode(row.value).map { (key: key, value: $0) } }
    }
    return (rows, stored.count - rows.count)
  }

  /// Stores a row; `nil` removes it.
  package func set(_ key: Key, of scope: Scope, to value: Value?, in transaction: any LocalStateWriter) throws {
    try transaction.setLocalRow(
      self.key.encode(key), of: self.scope.encode(scope), in: name, to: value.map(self.value.encode))
  }

  /// Takes over another copy's rows of a scope.
  package func carry(of scope: Scope, from other: any LocalStateReader, to transaction: any LocalStateWriter) throws {
    for (key, value) in try rows(of: scope, in: other) { try set(key, of: scope, to: value, in: transaction) }
  }

  /// Removes every row of a scope.
  package func removeAll(of scope: Scope, in transaction: any LocalStateWriter) throws {
    try transaction.removeLocalRows(of: self.scope.encode(scope), in: name)
  }

  /// Removes every row of every scope.
  package func removeAllScopes(in transaction: any LocalStateWriter) throws {
    try transaction.removeLocalRows(of: nil, in: name)
  }

  private func decoded(_ bytes: [UInt8]) throws -> Value {
    guard let value = value.decode(bytes) else { throw StoreError.corrupt("a row of the local table \(name)") }
    return value
  }
}

/// The methods of a table with a single scope.
extension LocalTable where Scope == Void {
  package init(_ name: String, _ key: LocalCoding<Key>, _ value: LocalCoding<Value>) {
    self.init(name, of: .presence, key, value)
  }

  package func value(_ key: Key, in reader: any LocalStateReader) throws -> Value? {
    try value(key, of: (), in: reader)
  }

  package func contains(_ key: Key, in reader: any LocalStateReader) throws -> Bool {
    try contains(key, of: (), in: reader)
  }

  package func rows(limit: Int = .max, in reader: any LocalStateReader) throws -> [(key: Key, value: Value)] {
    try rows(of: (), limit: limit, in: reader)
  }

  package func set(_ key: Key, to value: Value?, in transaction: any LocalStateWriter) throws {
    try set(key, of: (), to: value, in: transaction)
  }

  package func removeAll(in transaction: any LocalStateWriter) throws {
    try removeAll(of: (), in: transaction)
  }
}

/// The engine's own local state.
package enum LocalState {
  /// This copy's current replica id.
  package static let replica = LocalKey("replica", LocalCoding<ReplicaID>.id())

  /// The key of this copy's device, from which its replica ids follow; not set on a hub.
  package static let replicaKey = LocalKey("replica/key", .publicKey)

  /// The member whose copy this is, and whose own changes are no news to them; not set on a hub.
  package static let owner = LocalKey("owner", LocalCoding<MemberID>.id())

  /// Every replica id this copy has had, with the salt that it follows from; a hub's ids have none.
  package static let ownReplicas = LocalTable("own_replica", .id() as LocalCoding<ReplicaID>, .salt)

  /// Per space, old dot → new dot, for changes re-issued after a fork.
  package static let reissued = LocalTable("reissued", of: .id() as LocalCoding<SpaceID>, .dot, .dot)

  /// Bytes kept beside a record that may hold its content. They are removed when the record is erased or its space
  /// leaves this copy.
  package static let besideRecords = LocalTable(
    "beside_record", of: .id() as LocalCoding<SpaceID>, .id() as LocalCoding<RecordID>, .bytes)
}

extension LocalState {
  /// Takes over the replica ids of a copy, and whose it is. New changes get a new id, because the chains of the earlier
  /// ones are not here.
  package static func carry(from other: any StoreReader, to transaction: any StoreTransaction) throws {
    try transaction.carry(owner, from: other)
    try transaction.carry(replicaKey, from: other)
    try ownReplicas.carry(of: (), from: other, to: transaction)
    for space in try other.spaces() { try reissued.carry(of: space.id, from: other, to: transaction) }
    try ReplicaIdentity.renew(in: transaction)
  }
}

extension LocalCoding<ReplicaSalt?> {
  /// Encodes a salt as its 16 bytes, and none as no bytes.
  package static var salt: LocalCoding {
    LocalCoding {
      $0?.bytes ?? []
    } decode: { bytes in
      bytes.isEmpty ? .some(nil) : ReplicaSalt(bytes: bytes).map { .some($0) }
    }
  }
}

extension LocalCoding<Dot> {
  /// Encodes a dot as the replica's 16 bytes and the sequence in 8 bytes, big-endian, so that a chain's dots sort
  /// together.
  package static var dot: LocalCoding {
    LocalCoding { dot in
      dot.replica.bytes + (0..<8).map { UInt8(truncatingIfNeeded: dot.sequence >> (56 - 8 * $0)) }
    } decode: { bytes in
      guard bytes.count == 24, let replica = ReplicaID(bytes: Array(bytes.prefix(16))) else { return nil }
      return Dot(replica, bytes.suffix(8).reduce(0) { $0 << 8 | UInt64($1) })
    }
  }
}
