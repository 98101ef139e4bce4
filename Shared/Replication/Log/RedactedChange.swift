// What stays in the log of a change whose words were erased: the header, so that chains, cursors and forks hold, and
// the edits of records that nobody erased, so that these records' history is whole.

package import Cryptography

/// A change without its edits of erased records.
package struct RedactedChange: Equatable, Sendable {
  package let header: Header
  package let headerBytes: [UInt8]
  /// The header's digest: that of the whole change, which this is a copy of.
  package let digest: Digest
  /// What is left; perhaps nothing. An edit that erases always stays.
  package let edits: [Edit]
  /// The edits left, encoded as a body is. The header's digest of the body does not cover them.
  package let redactedBody: [UInt8]

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
  /// The same entry without its edits of these records, but for those that erase; itself where there are none.
  func redacting(_ erased: Set<RecordID>) -> LogEntry {
    let kept = edits.filter { $0.isErasure || !erased.contains($0.record) }
    return kept.count == edits.count ? self : .redacted(RedactedChange(self, keeping: kept))
  }

  /// What it still says, as a change that can be kept apart or made again; `nil` where it says nothing.
  package var remainder: Change? {
    switch self {
    case .change(let change): change
    case .redacted(let erased): erased.edits.isEmpty ? nil : Change(erased.edits, of: erased.header)
    case .void: nil
    }
  }
}
