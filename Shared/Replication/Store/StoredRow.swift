// What lies in a store, unread: for who holds a whole store against what it should be, and must not be stopped by the
// first bytes that make no sense.

/// One row of a space's log as it is stored. Nothing of it is checked.
package struct StoredRow: Equatable, Sendable {
  package let position: UInt64
  /// The dot by which the row is found; the header names it, too.
  package let replica: [UInt8]
  package let sequence: UInt64
  package let digest: [UInt8]
  package let header: [UInt8]
  /// `nil` where a void stands in the place of the change.
  package let body: [UInt8]?
  /// Of a void.
  package let reason: String?
  package let signature: [UInt8]?
  /// Whether `body` is what is left of one.
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
  /// What a stored row says, where it can be read at all. Whether it is what was written is another question.
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
