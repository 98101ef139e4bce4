// Free text crosses only once an administrator has looked at that very value. A look is at a value, not at a field: what
// somebody writes later waits again.

internal import Cryptography
package import Replication

/// An administrator's decision on one value of free text.
package struct Look: Equatable, Sendable {
  package enum Decision: Equatable, Sendable {
    case pass
    case leaveOut
    /// The partner gets these words instead.
    case edited(String)
  }

  let value: Digest
  package let decision: Decision

  /// - Parameter value: The value that was looked at.
  package init(at value: Value, _ decision: Decision) {
    self.value = Self.digest(of: value)
    self.decision = decision
  }

  fileprivate init(digest: Digest, _ decision: Decision) {
    value = digest
    self.decision = decision
  }

  /// Tests whether the look was at this value.
  func isAt(_ value: Value) -> Bool { self.value == Self.digest(of: value) }

  private static func digest(of value: Value) -> Digest { Digest(tag: "board.partner-look", value.canonicalBytes) }
}

/// A field of a record of ours.
package struct FieldKey: Hashable, Sendable {
  package let record: RecordKey
  package let field: String

  package init(_ record: RecordKey, _ field: String) {
    self.record = record
    self.field = field
  }
}

/// The looks of one agreement, and what waits for one.
package struct Looks {
  /// The agreement and the partner: two partners may call their agreements alike.
  private let agreement: String

  private static let decided = LocalTable("partner_look", of: .text, .fieldKey, .look)
  private static let waiting = LocalTable("partner_look_waiting", of: .text, .fieldKey, .presence)

  package init(of agreement: String, with partner: HubID) {
    self.agreement = "\(agreement) \(partner)"
  }

  /// The decision on a field's present value; `nil` if nobody has looked at it.
  package func decision(on field: FieldKey, _ value: Value, in reader: any LocalStateReader) throws -> Look.Decision? {
    guard let look = try Self.decided.value(field, of: agreement, in: reader), look.isAt(value) else { return nil }
    return look.decision
  }

  /// The fields whose present value waits, at most `limit`.
  package func waiting(limit: Int = .max, in reader: any LocalStateReader) throws -> [FieldKey] {
    try Self.waiting.rows(of: agreement, limit: limit, in: reader).map(\.key)
  }

  package func decide(_ look: Look, on field: FieldKey, in transaction: any LocalStateWriter) throws {
    try Self.decided.set(field, of: agreement, to: look, in: transaction)
    try setWaiting(false, field, in: transaction)
  }

  func setWaiting(_ isWaiting: Bool, _ field: FieldKey, in transaction: any LocalStateWriter) throws {
    guard try isWaiting != Self.waiting.contains(field, of: agreement, in: transaction) else { return }
    try Self.waiting.set(field, of: agreement, to: isWaiting ? () : nil, in: transaction)
  }
}

extension LocalCoding<FieldKey> {
  /// Encodes the space's 16 bytes, the record's 16 bytes and the field's name.
  fileprivate static var fieldKey: LocalCoding {
    LocalCoding { key in
      key.record.space.bytes + key.record.record.bytes + Array(key.field.utf8)
    } decode: { bytes in
      guard let space = SpaceID(bytes: Array(bytes.prefix(16))), bytes.count > 32,
        let record = RecordID(bytes: Array(bytes[16..<32])),
        let field = String(validating: bytes.dropFirst(32), as: UTF8.self)
      else { return nil }
      return FieldKey(RecordKey(space, record), field)
    }
  }
}

extension LocalCoding<Look> {
  fileprivate static var look: LocalCoding {
    .cbor { look, writer in
      writer.array(2)
      writer.digest(look.value)
      switch look.decision {
      case .pass: writer.bool(true)
      case .leaveOut: writer.bool(false)
      case .edited(let text): writer.text(text)
      }
    } _: { (reader) throws(CBORError) in
      guard try reader.array() == 2 else { throw .value }
      let digest = try reader.digest()
      var rest = reader
      do throws(CBORError) {
        let flag = try rest.bool()
        reader = rest
        return Look(digest: digest, flag ? .pass : .leaveOut)
      } catch { return Look(digest: digest, .edited(try reader.text())) }
    }
  }
}
