// An entry of the change log: one change, in the order this copy applied it, which is causal order. It is what is sent,
// what history is read from, and what a record is rebuilt from when a change turns out refused.

package import Cryptography

/// A change, or what is left of one.
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
