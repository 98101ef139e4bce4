// Log rows as stored, not decoded, for verifying a whole store without stopping at the first corrupt bytes.

/// One row of a space's log as stored. None of it is validated.
package struct StoredRow: Equatable, Sendable {
  package let position: UInt64
  /// The replica of the dot under which the row is stored; the header holds it, too.
  package let replica: [UInt8]
  package let sequence: UInt64
  /// The stored digest of the header.
  package let digest: [UInt8]
  /// The encoded header.
  package let header: [UInt8]
  /// The encoded body, or the remaining edits of a redacted change; `nil` for a void.
  package let body: [UInt8]?
  /// The reason of a void; otherwise `nil`.
  package let reason: String?
  /// The hub's signature of a void; `nil` if there is none.
  package let signature: [UInt8]?
  /// True if `body` holds the remaining edits of a redacted change.
  package let isRedacted: Bool

  package init(
    position: UInt64, replica: [UInt8], sequence: UInt64, digest: [UInt8], header: [UInt8], body: [UInt8]?,
    reason: String?, signature: [UInt8]?, isErased: Bool
  ) {
    self.position = position
    self.replica = replica
    self.sequence = sequence
    self.digest = digest
    self.header = header
    self.body = body
    self.reason = reason
    self.signature = signature
    self.isRedacted = isErased
  }
}

extension LogEntry {
  /// Decodes a stored row; `nil` if it cannot be read. The row is not checked against its stored dot and digest.
  package init?(_ row: StoredRow) {
    switch (row.body, row.reason) {
    case (let rest?, nil) where row.isRedacted:
      guard let erased = try? RedactedChange(headerBytes: row.header, redactedBody: rest) else { return nil }
      self = .redacted(erased)
    case (let body?, nil):
      guard let change = try? Change(headerBytes: row.header, bodyBytes: body) else { return nil }
      self = .change(change)
    case (nil, let reason?):
      let reason = RefusalReason(rawValue: reason)
      guard let void = try? VoidEntry(headerBytes: row.header, reason: reason, signature: row.signature) else {
        return nil
      }
      self = .void(void)
    case (nil, nil), (_?, _?): return nil
    }
  }
}
