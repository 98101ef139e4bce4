// Log rows as columns: the mapping between an entry and what a store keeps of it, the same for every backend. Rows that
// are read are not decoded yet, so a whole store can be verified without stopping at the first corrupt bytes.

internal import Cryptography

/// One row of a space's log as stored: integers, digests and encoded bytes. None of it is validated.
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
  /// True if `body` holds the remaining edits of a redacted change.
  package let isRedacted: Bool
  /// The row's place in the hub's log; `nil` if it has none.
  package let place: StoredPlace?

  package init(
    position: UInt64, replica: [UInt8], sequence: UInt64, digest: [UInt8], header: [UInt8], body: [UInt8]?,
    reason: String?, isRedacted: Bool, place: StoredPlace? = nil
  ) {
    self.position = position
    self.replica = replica
    self.sequence = sequence
    self.digest = digest
    self.header = header
    self.body = body
    self.reason = reason
    self.isRedacted = isRedacted
    self.place = place
  }

  /// Creates the row that stores an entry at a position.
  package init(_ entry: LogEntry, at position: UInt64, place: LogPlace? = nil) {
    let (body, void, isRedacted) =
      switch entry {
      case .change(let change): (change.bodyBytes as [UInt8]?, nil as VoidEntry?, false)
      case .redacted(let redacted): (redacted.redactedBody, nil, true)
      case .void(let void): (nil, void, false)
      }
    self.init(
      position: position, replica: entry.dot.replica.bytes, sequence: entry.dot.sequence, digest: entry.digest.bytes,
      header: entry.headerBytes, body: body, reason: void?.reason.rawValue, isRedacted: isRedacted,
      place: place.map(StoredPlace.init))
  }
}

/// A place in the hub's log as stored. None of it is validated.
package struct StoredPlace: Equatable, Sendable {
  package let position: UInt64
  /// The hub's time of receipt in milliseconds.
  package let time: Int64
  /// The running digest.
  package let digest: [UInt8]
  /// The epoch and the signature of the checkpoint there; `nil` if there is none.
  package let epoch, signature: [UInt8]?

  package init(position: UInt64, time: Int64, digest: [UInt8], epoch: [UInt8]? = nil, signature: [UInt8]? = nil) {
    self.position = position
    self.time = time
    self.digest = digest
    self.epoch = epoch
    self.signature = signature
  }

  package init(_ place: LogPlace) {
    self.init(
      position: place.position, time: place.time.milliseconds, digest: place.digest.bytes,
      epoch: place.signature?.epoch.bytes, signature: place.signature?.bytes)
  }
}

extension LogPlace {
  /// Decodes a stored place; `nil` if there is none.
  ///
  /// - Throws: ``StoreError/corrupt(_:)`` if its digest is not 32 bytes, or its epoch not 16.
  package init?(_ stored: StoredPlace?) throws(StoreError) {
    guard let stored else { return nil }
    guard let digest = Digest(bytes: stored.digest) else {
      throw .corrupt("the running digest at \(stored.position) is not 32 bytes")
    }
    self.init(position: stored.position, time: Timestamp(milliseconds: stored.time), digest: digest)
    guard let bytes = stored.signature else { return }
    guard let epoch = stored.epoch.flatMap({ EpochID(bytes: $0) }) else {
      throw .corrupt("the epoch of the checkpoint at \(stored.position) is not 16 bytes")
    }
    signature = CheckpointSignature(epoch: epoch, bytes: bytes)
  }
}

extension LogEntry {
  /// Decodes a stored row. The row is not checked against its stored dot and digest.
  ///
  /// - Throws: ``StoreError/corrupt(_:)`` if the row cannot be read.
  package init(_ row: StoredRow) throws(StoreError) {
    do {
      switch (row.body, row.reason) {
      case (let body?, nil) where row.isRedacted:
        self = .redacted(try RedactedChange(headerBytes: row.header, redactedBody: body))
      case (let body?, nil): self = .change(try Change(headerBytes: row.header, bodyBytes: body))
      case (nil, let reason?):
        let reason = RefusalReason(rawValue: reason)
        self = .void(try VoidEntry(headerBytes: row.header, reason: reason))
      default: throw StoreError.corrupt("neither a change nor a void")
      }
    } catch { throw StoreError.corrupt("log row \(row.position): \(error)") }
  }
}

extension LogRow {
  /// Decodes a stored row. The stored digest protects the header, as the header protects the body.
  ///
  /// - Throws: ``StoreError/corrupt(_:)`` if the row cannot be read or its header does not match the stored digest.
  package init(_ row: StoredRow, isAcknowledged: Bool) throws(StoreError) {
    let entry = try LogEntry(row)
    guard entry.digest.bytes == row.digest else {
      throw .corrupt("log row \(row.position): the header is not the one that was stored")
    }
    self.init(
      position: row.position, entry: entry, isAcknowledged: isAcknowledged, place: try LogPlace(row.place))
  }
}
