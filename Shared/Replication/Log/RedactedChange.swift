// The part of a change that stays in the log after records it edited were erased: the header, so that chains, cursors
// and fork detection keep working, and the edits of other records, so that their history stays complete.

package import Cryptography

/// A change stripped of its edits to erased records.
package struct RedactedChange: Equatable, Sendable {
  package let header: Header
  package let headerBytes: [UInt8]
  /// The header's digest, equal to that of the original change.
  package let digest: Digest
  /// The remaining edits, possibly none. Edits that erase are always kept.
  package let edits: [Edit]
  /// The remaining edits, encoded as a body. The body digest in the header does not cover them.
  package let redactedBody: [UInt8]

  /// Reads a redacted change. Unlike a ``Change``, its body cannot be checked against the header's digest.
  ///
  /// - Throws: ``Change/DecodingError``.
  package init(headerBytes: [UInt8], redactedBody: [UInt8]) throws(Change.DecodingError) {
    do throws(CBORError) {
      header = try Header(decoding: headerBytes)
    } catch { throw .header(error) }
    do throws(CBORError) {
      var reader = CBORReader(redactedBody)
      edits = try Change.edits(from: &reader, fewest: 0)
    } catch { throw .body(header, error) }
    self.headerBytes = headerBytes
    self.redactedBody = redactedBody
    digest = Header.digest(of: headerBytes)
  }

  fileprivate init(_ entry: LogEntry, keeping edits: [Edit]) {
    header = entry.header
    headerBytes = entry.headerBytes
    digest = entry.digest
    self.edits = edits
    redactedBody = Change.bytes(of: edits)
  }
}

extension LogEntry {
  /// The entry without its edits to the given records, except those that erase; the entry itself if nothing is removed.
  package func redacting(_ erased: Set<RecordID>) -> LogEntry {
    let kept = edits.filter { $0.isErasure || !erased.contains($0.record) }
    return kept.count == edits.count ? self : .redacted(RedactedChange(self, keeping: kept))
  }

  /// The remaining edits as a change that can be rescued or re-issued; `nil` if there are none.
  package var remainder: Change? {
    switch self {
    case .change(let change): change
    case .redacted(let erased): erased.edits.isEmpty ? nil : Change(erased.edits, of: erased.header)
    case .void: nil
    }
  }
}
