// The change log of a space: one row per change, in the order this copy applied them, which is causal order. It is
// what is sent, what history is read from, and what a record is rebuilt from when a change turns out refused.

package import Cryptography

/// The empty place of a refused change: its header stays, so that the chain verifies and the dot stays taken.
package struct VoidEntry: Equatable, Sendable {
  package let header: Header
  package let headerBytes: [UInt8]
  package let reason: RefusalReason
  package let digest: Digest
  /// The home hub's, over the refusal: without it nobody could make a void of another's change. `nil` on a copy whose
  /// hub gave none.
  package let signature: [UInt8]?

  /// - Throws: ``CBORError`` where the bytes are no header.
  package init(headerBytes: [UInt8], reason: RefusalReason, signature: [UInt8]? = nil) throws(CBORError) {
    header = try Header(decoding: headerBytes)
    self.headerBytes = headerBytes
    self.reason = reason
    self.signature = signature
    digest = Header.digest(of: headerBytes)
  }

  package init(of change: Change, reason: RefusalReason, signature: [UInt8]? = nil) {
    self.init(of: .change(change), reason: reason, signature: signature)
  }

  package init(of entry: LogEntry, reason: RefusalReason, signature: [UInt8]? = nil) {
    header = entry.header
    headerBytes = entry.headerBytes
    self.reason = reason
    self.signature = signature
    digest = entry.digest
  }

  /// The same void, signed by its hub.
  package func signed(for hub: HubID, by key: SigningKey) -> VoidEntry {
    VoidEntry(self, signature: key.signature(for: statement(hub)))
  }

  private init(_ void: VoidEntry, signature: [UInt8]) {
    header = void.header
    headerBytes = void.headerBytes
    reason = void.reason
    digest = void.digest
    self.signature = signature
  }

  /// Whether the hub with this key signed the refusal.
  package func isSigned(for hub: HubID, by key: PublicKey) -> Bool {
    signature.map { key.isValid($0, for: statement(hub)) } ?? false
  }

  /// "board.void", a zero byte, and the array [hub, header digest, reason].
  private func statement(_ hub: HubID) -> [UInt8] {
    var writer = CBORWriter()
    writer.array(3)
    writer.id(hub)
    writer.bytes(digest.bytes)
    writer.text(reason.rawValue)
    return Array("board.void".utf8) + [0] + writer.bytes
  }
}

/// What a log row holds.
package enum LogEntry: Equatable, Sendable {
  case change(Change)
  case void(VoidEntry)
  /// A change that edited records which are erased by now.
  case redacted(RedactedChange)

  package var header: Header {
    switch self {
    case .change(let change): change.header
    case .redacted(let erased): erased.header
    case .void(let void): void.header
    }
  }

  package var headerBytes: [UInt8] {
    switch self {
    case .change(let change): change.headerBytes
    case .redacted(let erased): erased.headerBytes
    case .void(let void): void.headerBytes
    }
  }

  /// The header's digest.
  package var digest: Digest {
    switch self {
    case .change(let change): change.digest
    case .redacted(let erased): erased.digest
    case .void(let void): void.digest
    }
  }

  package var dot: Dot { header.dot }

  /// What it writes; nothing where it is a void.
  package var edits: [Edit] {
    switch self {
    case .change(let change): change.edits
    case .redacted(let erased): erased.edits
    case .void: []
    }
  }

  /// Encoded size, near enough to fill a request by.
  package var byteCount: Int {
    switch self {
    case .change(let change): change.headerBytes.count + change.bodyBytes.count + 32
    case .redacted(let erased): erased.headerBytes.count + erased.redactedBody.count + 32
    case .void(let void): void.headerBytes.count + 32
    }
  }
}

/// One row of a space's log.
package struct LogRow: Equatable, Sendable {
  /// This copy's own count in the space, ascending. Only a hub's positions are dense and mean something to others.
  package let position: UInt64
  package let entry: LogEntry
  /// Whether the hub has said that it holds this. Always true on a hub.
  package let isAcknowledged: Bool

  package init(position: UInt64, entry: LogEntry, isAcknowledged: Bool) {
    self.position = position
    self.entry = entry
    self.isAcknowledged = isAcknowledged
  }
}

/// A place in one hub's log of one space. It means nothing in another epoch.
package struct Cursor: Equatable, Sendable {
  package let epoch: EpochID
  /// The position of the last row applied; 0 before the first.
  package let position: UInt64
  /// The header digest of that row; `nil` at position 0.
  package let digest: Digest?

  package init(epoch: EpochID, position: UInt64, digest: Digest?) {
    self.epoch = epoch
    self.position = position
    self.digest = digest
  }
}

/// What a copy knows of a space besides its records and log.
package struct Space: Equatable, Sendable {
  package let id: SpaceID
  /// A label for people. Ids, not names, keep spaces apart.
  package var name: String
  /// The highest Lamport time applied.
  package var lamport: UInt64
  /// The position of the last log row; 0 while the log is empty.
  package var lastPosition: UInt64
  /// How far this copy has read the hub's log; `nil` before the first page, and on the hub.
  package var cursor: Cursor?

  package init(id: SpaceID, name: String, lamport: UInt64 = 0, lastPosition: UInt64 = 0, cursor: Cursor? = nil) {
    self.id = id
    self.name = name
    self.lamport = lamport
    self.lastPosition = lastPosition
    self.cursor = cursor
  }
}

/// Refused or stranded work, kept whole.
package struct RescuedChange: Equatable, Sendable {
  package let change: Change
  package let reason: RefusalReason

  package init(change: Change, reason: RefusalReason) {
    self.change = change
    self.reason = reason
  }
}
