// An entry of the change log: one change, in the order this copy applied it, which is a causal order. Entries are sent
// to peers; history is read from them, and records are rebuilt from them after a refusal.

package import Cryptography

/// A change, or the remainder of a refused or redacted one.
package enum LogEntry: Equatable, Sendable {
  /// A whole change.
  case change(Change)
  /// The void left by a refused change.
  case void(VoidEntry)
  /// The remainder of a change that edited records which have since been erased.
  case redacted(RedactedChange)

  /// The decoded header, which every entry keeps.
  package var header: Header {
    switch self {
    case .change(let change): change.header
    case .redacted(let erased): erased.header
    case .void(let void): void.header
    }
  }

  /// The encoded header, byte for byte as its author's replica wrote it.
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

  /// The entry's edits; empty for a void.
  package var edits: [Edit] {
    switch self {
    case .change(let change): change.edits
    case .redacted(let erased): erased.edits
    case .void: []
    }
  }

  /// The approximate encoded size in bytes, close enough for filling a request.
  package var byteCount: Int {
    switch self {
    case .change(let change): change.headerBytes.count + change.bodyBytes.count + 32
    case .redacted(let erased): erased.headerBytes.count + erased.redactedBody.count + 32
    case .void(let void): void.headerBytes.count + 32
    }
  }
}
