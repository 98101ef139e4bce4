// A log entry in transit, undecoded: only the receiver knows how to handle an entry that does not decode.
//
//   offer: map { 1: header, 2: body }
//
// Header, body and redacted body are byte strings that contain the encoded items, as in the rows of a ``Page``. Only
// whole changes are offered; voids and redacted changes are rows of a ``Page`` or a ``LogSegment``.

package import Replication

/// A log entry as undecoded bytes.
package struct RawEntry: Equatable, Sendable {
  package let headerBytes: [UInt8]
  package let content: Content

  /// The part of an entry that follows its header.
  package enum Content: Equatable, Sendable {
    case body([UInt8])
    /// The reason of a void.
    case void(RefusalReason)
    /// The remainder of a body after redaction, as ``RedactedChange/redactedBody``.
    case redactedBody([UInt8])
  }

  package init(headerBytes: [UInt8], content: Content) {
    self.headerBytes = headerBytes
    self.content = content
  }

  /// Takes the bytes of a log entry.
  package init(_ entry: LogEntry) {
    headerBytes = entry.headerBytes
    switch entry {
    case .change(let change): content = .body(change.bodyBytes)
    case .void(let void): content = .void(void.reason)
    case .redacted(let redacted): content = .redactedBody(redacted.redactedBody)
    }
  }

  /// Takes the bytes of a stored row.
  ///
  /// - Throws: ``StoreError/corrupt(_:)`` for a row that is neither a change nor a void.
  package init(_ row: StoredRow) throws(StoreError) {
    headerBytes = row.header
    switch (row.body, row.reason) {
    case (let body?, nil): content = row.isRedacted ? .redactedBody(body) : .body(body)
    case (nil, let reason?): content = .void(RefusalReason(rawValue: reason))
    default: throw .corrupt("log row \(row.position) is neither a change nor a void")
    }
  }

  /// Decodes the entry.
  ///
  /// - Throws: ``Change/DecodingError``.
  package func decoded() throws(Change.DecodingError) -> LogEntry {
    switch content {
    case .body(let body): return .change(try Change(headerBytes: headerBytes, bodyBytes: body))
    case .redactedBody(let body): return .redacted(try RedactedChange(headerBytes: headerBytes, redactedBody: body))
    case .void(let reason):
      do throws(CBORError) {
        return .void(try VoidEntry(headerBytes: headerBytes, reason: reason))
      } catch { throw .header(error) }
    }
  }
}

extension RefusalReason: CBORItem {
  package func encode(into writer: inout CBORWriter) { writer.text(rawValue) }
  package init(from reader: inout CBORReader) throws(CBORError) { self.init(rawValue: try reader.shortText()) }
}
