// A log entry in transit, undecoded: only the receiver knows how to handle an entry that does not decode.
//
//   offer: map { 1: header, 2: body }
//        | map { 1: header, 3: reason, 5: the hub's signature? }   a void
//        | map { 1: header, 4: redacted body }
//
// Header, body and redacted body are byte strings that contain the encoded items, as in the rows of a ``Page``.

package import Replication

/// A log entry as undecoded bytes.
package struct RawEntry: Equatable, Sendable {
  package let headerBytes: [UInt8]
  package let content: Content

  /// The part of an entry that follows its header.
  package enum Content: Equatable, Sendable {
    case body([UInt8])
    /// The reason of a void, with the hub's signature if there is one (``VoidEntry/signature``).
    case void(RefusalReason, signature: [UInt8]? = nil)
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
    case .void(let void): content = .void(void.reason, signature: void.signature)
    case .redacted(let redacted): content = .redactedBody(redacted.redactedBody)
    }
  }

  /// Decodes the entry.
  ///
  /// - Throws: ``Change/DecodingError``.
  package func decoded() throws(Change.DecodingError) -> LogEntry {
    switch content {
    case .body(let body): return .change(try Change(headerBytes: headerBytes, bodyBytes: body))
    case .redactedBody(let body): return .redacted(try RedactedChange(headerBytes: headerBytes, redactedBody: body))
    case .void(let reason, let signature):
      do throws(CBORError) {
        return .void(try VoidEntry(headerBytes: headerBytes, reason: reason, signature: signature))
      } catch { throw .header(error) }
    }
  }
}

extension RawEntry: CBORMapItem {
  package func encode(into map: inout CBORMapWriter) {
    map.write(1, headerBytes)
    switch content {
    case .body(let body): map.write(2, body)
    case .void(let reason, let signature):
      map.write(3, reason)
      map.write(5, signature)
    case .redactedBody(let body): map.write(4, body)
    }
  }

  package init(from map: inout CBORMapReader) throws(CBORError) {
    headerBytes = try map.read(1)
    let body: [UInt8]? = try map.readIfPresent(2)
    let reason: RefusalReason? = try map.readIfPresent(3)
    let redactedBody: [UInt8]? = try map.readIfPresent(4)
    let signature = try map.next(is: 5) ? map.reader.signature() : nil
    try map.finish()
    switch (body, reason, redactedBody, signature) {
    case (let body?, nil, nil, nil): content = .body(body)
    case (nil, let reason?, nil, _): content = .void(reason, signature: signature)
    case (nil, nil, let body?, nil): content = .redactedBody(body)
    default: throw .mapKeys
    }
  }
}

extension RefusalReason: CBORItem {
  package func encode(into writer: inout CBORWriter) { writer.text(rawValue) }
  package init(from reader: inout CBORReader) throws(CBORError) { self.init(rawValue: try reader.shortText()) }
}
